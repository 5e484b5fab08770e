/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature: Ed25519 (RFC 8032, by libsodium) over the bytes of a package's manifest, with a key that the operator made.
 *
 *   PATH            wattledger-secret-key-1 SEED         64 hexadecimal digits; mode 600, never leaves the machine
 *   PATH.pub        wattledger-public-key-1 KEY          64; goes to the auditor, by another way than the package
 *   manifest.sig    wattledger-signature-1 KEY SIGNATURE 64 and 128
 *
 * What it proves: the holder of the key made this manifest, which names the digest of every file. Not: that the meters told the truth, nor that
 * the ledger behind it was left alone by who holds the key.
 */
#ifndef WATTLEDGER_REPORT_SIGNATURE_H
#define WATTLEDGER_REPORT_SIGNATURE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGNATURE_PUBLIC_BYTES = 32, SIGNATURE_SECRET_BYTES = 64, SIGNATURE_BYTES = 64, SIGNATURE_TEXT_BYTES_MAX = 512 };

#define SIGNATURE_FILE "manifest.sig"

/* Clear it with signature_key_clear() when it is no longer needed. */
struct signature_key {
	uint8_t public_key[SIGNATURE_PUBLIC_BYTES];
	uint8_t secret_key[SIGNATURE_SECRET_BYTES]; /* seed and public key, as libsodium has it */
};

/*
 * Makes a key and writes it to `path` (mode 600) and PATH.pub (644). ERR_USAGE when either is there: a key is never written over.
 * ERR_IO, ERR_PERMISSION.
 */
enum err signature_key_make(const char *path, struct signature_key *out, struct err_info *info) MUST_CHECK;

/* ERR_UNAVAILABLE it is not there; ERR_PERMISSION others may read it, or we may not; ERR_DATA it is no secret key; ERR_IO. */
enum err signature_key_load(const char *path, struct signature_key *out, struct err_info *info) MUST_CHECK;
void signature_key_clear(struct signature_key *key);

/* A public key from a file as above. ERR_DATA when it is none; ERR_IO, ERR_PERMISSION. */
enum err signature_public_load(const char *path, uint8_t out[static SIGNATURE_PUBLIC_BYTES], struct err_info *info) MUST_CHECK;

/* Adds the text of a public-key file, or of a signature over `data`, with their end of line. */
void signature_add_public(struct buf *out, const uint8_t public_key[static SIGNATURE_PUBLIC_BYTES]);
void signature_add(struct buf *out, const struct signature_key *key, const void *data, size_t bytes);

/* Reads the text of a signature file: who says to have signed, and whether that is so for `data`. ERR_DATA: no signature. */
enum err signature_check(const char *text, const void *data, size_t bytes, uint8_t signer[static SIGNATURE_PUBLIC_BYTES], bool *is_good,
			 struct err_info *info) MUST_CHECK;

#endif

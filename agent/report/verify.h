/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: computes a package's figures again from its own rows and compares them as text. Needs neither ledger nor agent; trusts nothing but the
 * package's interval, register and factor rows.
 *
 *   sums       digest of every file; no other file is there      signature  of the manifest
 *   manifest   digest and row count of each file                chain   digest of each totals row, and of the chain of them
 *   cells      totals.csv is made again from the other files, by the functions that make reports and exports; verify_columns.def says of each
 *              column what that takes, or why nothing can tell it
 *   entries    corrections.csv says what entries.csv says; no certificate is used twice
 *   sealed     the chain of statements, the digest of each one's rows, and that totals.csv says what the newest revision says
 *   supply     the energy of each hour is that of its interval rows, and the store goes on from the hour before
 *   traffic    octets of ports and flows are the sums of their interval rows, those of sites of their ports; ratios are of their integers
 */
#ifndef WATTLEDGER_REPORT_VERIFY_H
#define WATTLEDGER_REPORT_VERIFY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/progress.h"

#include <stdbool.h>
#include <stdint.h>

enum { VERIFY_FINDINGS_MAX = 100, VERIFY_HEAD_BYTES = 256 };

/* SELF: it fits the manifest by the key that lies in the package, which anyone could have put there. TRUSTED: by the key that was given. */
enum verify_signature { VERIFY_SIGNATURE_NONE = 0, VERIFY_SIGNATURE_BAD, VERIFY_SIGNATURE_SELF, VERIFY_SIGNATURE_TRUSTED };

struct verify_summary {
	uint64_t file_count;
	uint64_t interval_count;
	uint64_t total_count;
	uint64_t statement_count;        /* sealed periods, of all revisions */
	uint64_t finding_count;          /* what differs; the first VERIFY_FINDINGS_MAX are told */
	char head_of[VERIFY_HEAD_BYTES]; /* the statement that has the head asked for: "oslo, revision 0 of 2026-10"; "" none */
	bool has_meters;                 /* totals.csv goes down to meters; else energy alone is computed again */
	enum verify_signature signature;
	uint8_t signer[32]; /* the public key that the package says signed it; with a signature */
};

/* What is asked for; borrowed. */
struct verify_request {
	const char *dir;
	const uint8_t *trusted_key; /* 32 bytes: the signature must be there and made with it; NULL none */
	const uint8_t *head;        /* 32 bytes: a chain head that was read elsewhere, which one of the statements must have; NULL none */
	const struct progress *progress; /* told of the interval rows, the long part of it; NULL: nobody */
};

/*
 * One line a finding is added to `findings`. Errors: ERR_DATA when anything differs or is malformed (`summary` is filled), ERR_IO,
 * ERR_PERMISSION, ERR_MEMORY.
 */
enum err verify_package(const struct verify_request *request, struct verify_summary *summary, struct buf *findings,
			struct err_info *info) MUST_CHECK;

#endif

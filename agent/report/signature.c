/* SPDX-License-Identifier: Apache-2.0 */
#include "report/signature.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECRET_WORD "wattledger-secret-key-1"
#define PUBLIC_WORD "wattledger-public-key-1"
#define SIGNATURE_WORD "wattledger-signature-1"

_Static_assert(SIGNATURE_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "libsodium's public key");
_Static_assert(SIGNATURE_SECRET_BYTES == crypto_sign_SECRETKEYBYTES, "libsodium's secret key");
_Static_assert(SIGNATURE_BYTES == crypto_sign_BYTES, "libsodium's signature");

static void add_hex(struct buf *out, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_add_format(out, "%02x", bytes[i]);
}

/* Takes " HEX" of exactly `count` bytes from *text and moves behind it. */
static bool take_hex(const char **text, uint8_t *out, size_t count)
{
	size_t made = 0;
	const char *end;

	if (**text != ' ')
		return false;
	(*text)++;
	if (sodium_hex2bin(out, count, *text, strnlen(*text, 2 * count), NULL, &made, &end) != 0 || made != count)
		return false;
	*text = end;
	return true;
}

static bool take_word(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

/* Nothing more but the end of the line. */
static bool is_end(const char *text)
{
	return text[strspn(text, "\r\n")] == '\0';
}

/* ---- Files ---- */

static enum err create(const char *path, mode_t mode, const struct buf *text, struct err_info *info)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	enum err err;

	if (fd < 0 && errno == EEXIST)
		return err_set(info, ERR_USAGE, "%s is there already, and a key is never written over; --key FILE names another place",
			       path);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot make %s", path);
	err = file_write_all(fd, buf_text(text), text->bytes, info);
	if (err == ERR_NONE && fsync(fd) != 0)
		err = err_set_errno(info, ERR_IO, errno, "%s: cannot sync", path);
	close(fd);
	if (err != ERR_NONE)
		(void)unlink(path);
	return err;
}

static enum err public_path(char out[static PATH_MAX], const char *path, struct err_info *info)
{
	int printed = snprintf(out, PATH_MAX, "%s.pub", path);

	return printed > 0 && printed < PATH_MAX ? ERR_NONE : err_set(info, ERR_USAGE, "%s: the path is too long", path);
}

enum err signature_key_make(const char *path, struct signature_key *out, struct err_info *info)
{
	char pub[PATH_MAX];
	struct buf text;
	enum err err = public_path(pub, path, info);

	if (err != ERR_NONE)
		return err;
	if (access(pub, F_OK) == 0)
		return err_set(info, ERR_USAGE, "%s is there already, and a key is never written over; --key FILE names another place",
			       pub);
	crypto_sign_keypair(out->public_key, out->secret_key);
	buf_init(&text, SIGNATURE_TEXT_BYTES_MAX);
	buf_add_text(&text, SECRET_WORD " ");
	add_hex(&text, out->secret_key, crypto_sign_SEEDBYTES);
	buf_add_char(&text, '\n');
	err = create(path, 0600, &text, info);
	if (text.data != NULL)
		sodium_memzero(text.data, text.capacity_bytes);
	buf_clear(&text);
	signature_add_public(&text, out->public_key);
	if (err == ERR_NONE)
		err = create(pub, 0644, &text, info);
	buf_deinit(&text);
	return err;
}

enum err signature_key_load(const char *path, struct signature_key *out, struct err_info *info)
{
	uint8_t seed[crypto_sign_SEEDBYTES];
	const char *at;
	struct buf text;
	enum err err;

	if (access(path, F_OK) != 0)
		return err_set(info, ERR_UNAVAILABLE, "there is no key at %s; `wattledger key new` makes one", path);
	if (file_is_readable_by_others(path))
		return err_set(info, ERR_PERMISSION, "%s can be read by others: chmod 600 %s, and think of who has read it", path, path);
	buf_init(&text, SIGNATURE_TEXT_BYTES_MAX);
	err = file_read(path, &text, info);
	at = buf_text(&text);
	if (err == ERR_NONE && !(take_word(&at, SECRET_WORD) && take_hex(&at, seed, sizeof(seed)) && is_end(at)))
		err = err_set(info, ERR_DATA, "%s is no secret key: '%s' and 64 hexadecimal digits are expected", path, SECRET_WORD);
	if (err == ERR_NONE)
		crypto_sign_seed_keypair(out->public_key, out->secret_key, seed);
	sodium_memzero(seed, sizeof(seed));
	if (text.data != NULL)
		sodium_memzero(text.data, text.capacity_bytes);
	buf_deinit(&text);
	return err;
}

void signature_key_clear(struct signature_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

enum err signature_public_load(const char *path, uint8_t out[static SIGNATURE_PUBLIC_BYTES], struct err_info *info)
{
	const char *at;
	struct buf text;
	enum err err;

	buf_init(&text, SIGNATURE_TEXT_BYTES_MAX);
	err = file_read(path, &text, info);
	at = buf_text(&text);
	if (err == ERR_NONE && take_word(&at, SECRET_WORD))
		err = err_set(info, ERR_DATA, "%s is a secret key: it stays with its owner; what is expected here is %s.pub", path, path);
	else if (err == ERR_NONE && !(take_word(&at, PUBLIC_WORD) && take_hex(&at, out, SIGNATURE_PUBLIC_BYTES) && is_end(at)))
		err = err_set(info, ERR_DATA, "%s is no public key: '%s' and 64 hexadecimal digits are expected", path, PUBLIC_WORD);
	buf_deinit(&text);
	return err;
}

/* ---- Texts ---- */

void signature_add_public(struct buf *out, const uint8_t public_key[static SIGNATURE_PUBLIC_BYTES])
{
	buf_add_text(out, PUBLIC_WORD " ");
	add_hex(out, public_key, SIGNATURE_PUBLIC_BYTES);
	buf_add_char(out, '\n');
}

void signature_add(struct buf *out, const struct signature_key *key, const void *data, size_t bytes)
{
	uint8_t signature[SIGNATURE_BYTES];

	crypto_sign_detached(signature, NULL, data, bytes, key->secret_key);
	buf_add_text(out, SIGNATURE_WORD " ");
	add_hex(out, key->public_key, sizeof(key->public_key));
	buf_add_char(out, ' ');
	add_hex(out, signature, sizeof(signature));
	buf_add_char(out, '\n');
}

enum err signature_check(const char *text, const void *data, size_t bytes, uint8_t signer[static SIGNATURE_PUBLIC_BYTES], bool *is_good,
			 struct err_info *info)
{
	uint8_t signature[SIGNATURE_BYTES];
	const char *at = text;

	if (!take_word(&at, SIGNATURE_WORD) || !take_hex(&at, signer, SIGNATURE_PUBLIC_BYTES) ||
	    !take_hex(&at, signature, sizeof(signature)) || !is_end(at))
		return err_set(info, ERR_DATA, SIGNATURE_FILE ": it is no signature: '%s', a key and a signature are expected",
			       SIGNATURE_WORD);
	*is_good = crypto_sign_verify_detached(signature, data, bytes, signer) == 0;
	return ERR_NONE;
}

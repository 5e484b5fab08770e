/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/series_file.h"

#include "base/clock.h"
#include "base/file.h"
#include "model/units.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* COMPACT_BYTES: of clock_print_compact(); the digest is cut to DIGEST_BYTES, two digits each. */
enum { COMPACT_BYTES = 16, DIGEST_BYTES = 8, DIGITS = 2 * DIGEST_BYTES };

#define SUFFIX ".csv"

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* ---- Names ---- */

size_t series_file_prefix(char out[static SERIES_NAME_BYTES], const char *zone, enum factor_basis basis)
{
	return (size_t)snprintf(out, SERIES_NAME_BYTES, "%s-%s-", zone, factor_basis_name(basis));
}

/* "20261125T201500Z" and the byte behind it. Moves *at behind both. */
static bool take_compact(const char **at, char behind, int64_t *utc_ms)
{
	char text[CLOCK_TEXT_BYTES];

	if (strnlen(*at, COMPACT_BYTES + 1) < COMPACT_BYTES + 1 || (*at)[COMPACT_BYTES] != behind)
		return false;
	snprintf(text, sizeof text, "%.4s-%.2s-%.5s:%.2s:%.3s", *at, *at + 4, *at + 6, *at + 11, *at + 13);
	*at += COMPACT_BYTES + 1;
	return clock_parse_utc(text, utc_ms);
}

static bool take_digest(const char **at)
{
	bool is_digest = strspn(*at, "0123456789abcdef") == DIGITS;

	*at += is_digest ? DIGITS : 0;
	return is_digest;
}

/* What follows the prefix. */
static bool read_rest(struct series_file_name *out, const char *at)
{
	int64_t first_ms;
	int64_t last_ms;

	*out = (struct series_file_name){.is_volume = false};
	if (!take_compact(&at, '-', &out->imported_utc_ms) || !take_digest(&at))
		return false;
	if (strcmp(at, SUFFIX) == 0)
		return true;
	if (*at++ != '-' || !take_compact(&at, '-', &first_ms) || !take_compact(&at, SUFFIX[0], &last_ms))
		return false;
	out->first_s = first_ms / UNITS_MS_PER_S;
	out->last_s = last_ms / UNITS_MS_PER_S;
	out->is_volume = true;
	return strcmp(at, &SUFFIX[1]) == 0;
}

bool series_file_read_name(struct series_file_name *out, const char *path, const char *prefix)
{
	const char *name = name_of(path);

	return strncmp(name, prefix, strlen(prefix)) == 0 && read_rest(out, name + strlen(prefix));
}

static void print_digest(char hex[static DIGITS + 1], const void *data, size_t bytes)
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, data, bytes);
	sodium_bin2hex(hex, DIGITS + 1, digest, DIGEST_BYTES);
}

void series_file_name_volume(char out[static SERIES_NAME_BYTES], const char *prefix, const struct series_file_name *name, const void *data,
			     size_t bytes)
{
	char hex[DIGITS + 1];
	char imported[CLOCK_TEXT_BYTES];
	char first[CLOCK_TEXT_BYTES];
	char last[CLOCK_TEXT_BYTES];

	print_digest(hex, data, bytes);
	clock_print_compact(imported, name->imported_utc_ms);
	clock_print_compact(first, name->first_s * UNITS_MS_PER_S);
	clock_print_compact(last, name->last_s * UNITS_MS_PER_S);
	snprintf(out, SERIES_NAME_BYTES, "%s%s-%s-%s-%s" SUFFIX, prefix, imported, hex, first, last);
}

/* ---- What is in it ---- */

/* No line of a series but its first begins so: those of the head have a key, and those behind it an instant. */
size_t series_file_first_bytes(const void *data, size_t bytes)
{
	static const char BORDER[] = "\n" SERIES_FIRST_LINE "\n";
	const char *next = memmem(data, bytes, BORDER, sizeof BORDER - 1);

	return next == NULL ? bytes : (size_t)(next - (const char *)data) + 1;
}

enum err series_file_open(struct series_file *out, const char *path, struct err_info *info)
{
	char hex[DIGITS + 1];
	const char *digest;
	enum err err;

	*out = (struct series_file){.path = path};
	buf_init(&out->data, SERIES_FILE_BYTES_MAX);
	err = file_read(path, &out->data, info);
	if (err == ERR_NONE) {
		print_digest(hex, buf_text(&out->data), out->data.bytes);
		digest = strstr(name_of(path), hex);
		if (digest == NULL || digest == name_of(path) || digest[-1] != '-' ||
		    (digest[DIGITS] != '-' && digest[DIGITS] != SUFFIX[0]))
			err = err_set(info, ERR_DATA, "%s was changed after it was imported: its digest is %s", path, hex);
	}
	if (err != ERR_NONE)
		series_file_close(out);
	return err;
}

enum err series_file_next(struct series_file *file, struct series *out, bool *is_end, struct err_info *info)
{
	const char *data = buf_text(&file->data) + file->at;
	size_t bytes = series_file_first_bytes(data, file->data.bytes - file->at);
	char prefix[SERIES_NAME_BYTES];
	enum err err;

	*is_end = file->at > 0 && bytes == 0;
	if (*is_end)
		return ERR_NONE;
	err = series_parse(out, file->path, data, bytes, info);
	if (err != ERR_NONE)
		return err;
	file->at += bytes;
	if (strncmp(name_of(file->path), prefix, series_file_prefix(prefix, out->zone, out->basis)) == 0)
		return ERR_NONE;
	err = err_set(info, ERR_DATA, "%s was renamed after it was imported: what it holds is of %s, %s", file->path, out->zone,
		      factor_basis_name(out->basis));
	series_deinit(out);
	return err;
}

void series_file_close(struct series_file *file)
{
	buf_deinit(&file->data);
	*file = (struct series_file){.at = 0};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* verify_files: the files of a package against SHA256SUMS and its manifest, and the manifest against its signature. */
#include "report/verify_priv.h"

#include "report/export.h"
#include "report/seal_priv.h"
#include "report/signature.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	MANIFEST_BYTES_MAX = 64 << 20,
	HEX_BYTES = VERIFY_HEX_BYTES,
	DIGEST_BYTES_AT_ONCE = 4 << 20,
};

static const char *const FILES[] = {EXPORT_INTERVALS, "totals.csv",  "factors.csv",        "events.csv",
				    "register.csv",   "entries.csv", SEAL_STATEMENTS_FILE, SEAL_ROWS_FILE};

static void digest_file(const struct verify_file *file, char hex[static HEX_BYTES])
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state hash;
	size_t done = 0;

	crypto_hash_sha256_init(&hash);
	for (size_t at = 0; at < file->bytes; at += DIGEST_BYTES_AT_ONCE) {
		size_t bytes = file->bytes - at < DIGEST_BYTES_AT_ONCE ? file->bytes - at : DIGEST_BYTES_AT_ONCE;

		crypto_hash_sha256_update(&hash, (const unsigned char *)file->data + at, bytes);
		verify_pass(file, at + bytes, &done);
	}
	crypto_hash_sha256_final(&hash, digest);
	sodium_bin2hex(hex, HEX_BYTES, digest, sizeof(digest));
}

/* ---- SHA256SUMS ---- */

static void check_sum(struct verification *verification, size_t at, const char *expected)
{
	const char *name = verification->files.name[at];
	char *hex = verification->files.hex[at];
	struct verify_file file;
	struct err_info info = {0};

	if (verify_map(&file, verification->dir, name, &info) != ERR_NONE) {
		verify_find(verification, "%s: %s", name, info.text);
		return;
	}
	digest_file(&file, hex);
	if (strcmp(hex, expected) != 0)
		verify_find(verification, "%s: its SHA-256 is %s, " EXPORT_SUMS " says %s", name, hex, expected);
	verify_unmap(&file);
}

/* "HEX  NAME" up to the end of the line; false when it is something else. */
static bool take_line(struct verification *verification, const char *line, size_t length)
{
	struct verify_files *files = &verification->files;
	char expected[HEX_BYTES];
	char *name = files->name[files->count];

	if (length < HEX_BYTES + 2 || length - HEX_BYTES - 1 >= VERIFY_NAME_BYTES || files->count >= VERIFY_FILES_MAX - 1)
		return false;
	memcpy(expected, line, HEX_BYTES - 1);
	expected[HEX_BYTES - 1] = '\0';
	memcpy(name, line + HEX_BYTES + 1, length - HEX_BYTES - 1);
	name[length - HEX_BYTES - 1] = '\0';
	if (strspn(expected, "0123456789abcdef") != HEX_BYTES - 1 || memcmp(line + HEX_BYTES - 1, "  ", 2) != 0 ||
	    strlen(name) != length - HEX_BYTES - 1 || strchr(name, '/') != NULL)
		return false;
	check_sum(verification, files->count++, expected);
	return true;
}

/* What a file's digest was computed to be; NULL: SHA256SUMS does not list it, or it could not be read. */
static const char *digest_of(const struct verify_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->name[i], name) == 0)
			return files->hex[i][0] == '\0' ? NULL : files->hex[i];
	}
	return NULL;
}

static bool is_listed(const struct verify_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->name[i], name) == 0)
			return true;
	}
	return false;
}

/* What lies beside is of somebody else; what is missing was found already. */
static enum err check_folder(struct verification *verification, struct err_info *info)
{
	DIR *folder = opendir(verification->dir);
	const struct dirent *entry;

	if (folder == NULL)
		return err_set_errno(info, ERR_IO, errno, "%s", verification->dir);
	while ((entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strcmp(entry->d_name, EXPORT_SUMS) != 0 &&
		    !is_listed(&verification->files, entry->d_name))
			verify_find(verification, "%.200s: " EXPORT_SUMS " does not list it", entry->d_name);
	}
	closedir(folder);
	return ERR_NONE;
}

enum err verify_sums(struct verification *verification, struct err_info *info)
{
	struct verify_file file;
	size_t at = 0;
	enum err err = verify_map(&file, verification->dir, EXPORT_SUMS, info);

	if (err == ERR_IO)
		err_set(info, ERR_IO, "%s holds no " EXPORT_SUMS " to read, so it is no package: name the folder that export wrote",
			verification->dir);
	if (err != ERR_NONE)
		return err;
	while (at < file.bytes) {
		const char *line = (const char *)file.data + at;
		const char *end = memchr(line, '\n', file.bytes - at);
		size_t length = end == NULL ? file.bytes - at : (size_t)(end - line);

		if (end == NULL || !take_line(verification, line, length))
			verify_find(verification, EXPORT_SUMS ": byte %zu: no line of digest and file name", at);
		at += length + 1;
	}
	verify_unmap(&file);
	return check_folder(verification, info);
}

/* ---- manifest.sig ---- */

static void check_trust(struct verification *verification, const uint8_t *trusted_key)
{
	struct verify_summary *summary = verification->summary;

	if (trusted_key == NULL || summary->signature == VERIFY_SIGNATURE_BAD)
		return;
	if (summary->signature == VERIFY_SIGNATURE_NONE) {
		verify_find(verification, SIGNATURE_FILE ": the package is not signed, by the key given or any other");
	} else if (memcmp(trusted_key, summary->signer, sizeof(summary->signer)) != 0) {
		summary->signature = VERIFY_SIGNATURE_BAD;
		verify_find(verification, SIGNATURE_FILE ": it was made with another key than the one given");
	} else {
		summary->signature = VERIFY_SIGNATURE_TRUSTED;
	}
}

static enum err check_signature(struct verification *verification, const struct verify_file *file, struct err_info *info)
{
	struct verify_file manifest;
	char text[SIGNATURE_TEXT_BYTES_MAX];
	bool is_good = false;
	enum err err = verify_map(&manifest, verification->dir, EXPORT_MANIFEST, info);

	if (err != ERR_NONE)
		return err;
	verification->summary->signature = VERIFY_SIGNATURE_BAD;
	snprintf(text, sizeof(text), "%.*s", (int)(file->bytes < sizeof(text) ? file->bytes : sizeof(text) - 1),
		 file->data == NULL ? "" : (const char *)file->data);
	if (signature_check(text, manifest.data == NULL ? "" : manifest.data, manifest.bytes, verification->summary->signer, &is_good,
			    info) != ERR_NONE)
		verify_find(verification, "%s", info->text);
	else if (!is_good)
		verify_find(verification,
			    SIGNATURE_FILE ": it does not fit " EXPORT_MANIFEST ": one of the two was changed after it was signed");
	else
		verification->summary->signature = VERIFY_SIGNATURE_SELF;
	verify_unmap(&manifest);
	return ERR_NONE;
}

enum err verify_signature(struct verification *verification, const uint8_t *trusted_key, struct err_info *info)
{
	struct verify_file file;
	struct err_info missing = {0};
	enum err err = ERR_NONE;

	if (verify_map(&file, verification->dir, SIGNATURE_FILE, &missing) == ERR_NONE) {
		err = check_signature(verification, &file, info);
		verify_unmap(&file);
	}
	if (err == ERR_NONE)
		check_trust(verification, trusted_key);
	return err;
}

/* A manifest that names a signer must come with that one's signature. */
static void check_signer(struct verification *verification, const json_t *manifest)
{
	const char *named = json_string_value(json_object_get(json_object_get(manifest, "signature"), "public_key"));
	char hex[2 * SIGNATURE_PUBLIC_BYTES + 1];

	if (verification->summary->signature == VERIFY_SIGNATURE_NONE) {
		if (named != NULL)
			verify_find(verification, SIGNATURE_FILE ": the manifest says that it is signed, and the signature is not there");
		return;
	}
	sodium_bin2hex(hex, sizeof(hex), verification->summary->signer, SIGNATURE_PUBLIC_BYTES);
	if (named == NULL || strcmp(named, hex) != 0)
		verify_find(verification, SIGNATURE_FILE ": the manifest names another signer");
}

/* ---- manifest.json ---- */

static uint64_t count_rows(const char *name, const struct verify_file *file)
{
	struct csv_reader *reader = csv_new(name, file->data == NULL ? "" : file->data, file->bytes);
	struct csv_row row;
	uint64_t count = 0;
	bool is_end = reader == NULL;

	while (!is_end && csv_next(reader, &row, &is_end, NULL) == ERR_NONE)
		count += is_end ? 0 : 1;
	csv_free(reader);
	return count > 0 ? count - 1 : 0;
}

static bool is_csv(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && strcmp(dot, ".csv") == 0;
}

/* Rows are counted here, but for the interval rows, which are walked later anyway. */
static void check_rows(struct verification *verification, const char *name, json_int_t expected)
{
	struct err_info info = {0};
	struct verify_file file;
	uint64_t rows;

	if (strcmp(name, EXPORT_INTERVALS) == 0) {
		verification->interval_rows = expected < 0 ? 0 : (uint64_t)expected;
		return;
	}
	if (verify_map(&file, verification->dir, name, &info) != ERR_NONE) {
		verify_find(verification, "%s: %s", name, info.text);
		return;
	}
	rows = is_csv(name) ? count_rows(name, &file) : 0;
	if (expected != (json_int_t)rows)
		verify_find(verification, "%s: it has %llu rows, the manifest says %lld", name, (unsigned long long)rows,
			    (long long)expected);
	verify_unmap(&file);
}

static void check_file(struct verification *verification, const json_t *entry, const char *name)
{
	const char *sha256 = json_string_value(json_object_get(entry, "sha256"));
	const char *hex = digest_of(&verification->files, name);

	if (hex == NULL) {
		verify_find(verification, "%s: the manifest lists it, and " EXPORT_SUMS " has no digest of it", name);
		return;
	}
	if (sha256 == NULL || strcmp(hex, sha256) != 0)
		verify_find(verification, "%s: its SHA-256 is %s, the manifest says %s", name, hex, sha256 == NULL ? "nothing" : sha256);
	check_rows(verification, name, json_integer_value(json_object_get(entry, "rows")));
	verification->summary->file_count++;
}

static const json_t *find_file(const json_t *files, const char *name)
{
	for (size_t i = 0; i < json_array_size(files); i++) {
		const char *listed = json_string_value(json_object_get(json_array_get(files, i), "name"));

		if (listed != NULL && strcmp(listed, name) == 0)
			return json_array_get(files, i);
	}
	return NULL;
}

/* All that must be listed, and all that is. */
static void check_files(struct verification *verification, const json_t *files)
{
	for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		if (find_file(files, FILES[i]) == NULL)
			verify_find(verification, "%s: the manifest does not list it", FILES[i]);
	}
	for (size_t i = 0; i < json_array_size(files); i++) {
		const json_t *entry = json_array_get(files, i);
		const char *name = json_string_value(json_object_get(entry, "name"));

		if (name == NULL || name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
			verify_find(verification,
				    EXPORT_MANIFEST ": file %zu of its list has no name that a file of the package could have", i);
		else
			check_file(verification, entry, name);
	}
	verification->has_supply = find_file(files, EXPORT_SUPPLY) != NULL;
	verification->has_batteries = find_file(files, EXPORT_BATTERIES) != NULL;
	verification->has_corrections = find_file(files, EXPORT_CORRECTIONS) != NULL;
	verification->has_traffic = find_file(files, EXPORT_TRAFFIC) != NULL;
}

enum err verify_manifest(struct verification *verification, struct err_info *info)
{
	struct verify_file file;
	json_error_t error;
	json_t *manifest;
	const char *schema;
	enum err err = verify_map(&file, verification->dir, EXPORT_MANIFEST, info);

	if (err != ERR_NONE)
		return err;
	manifest = file.bytes > MANIFEST_BYTES_MAX ? NULL : json_loadb(file.data == NULL ? "" : file.data, file.bytes, 0, &error);
	verify_unmap(&file);
	schema = json_string_value(json_object_get(manifest, "schema"));
	if (schema == NULL || strcmp(schema, EXPORT_SCHEMA) != 0) {
		json_decref(manifest);
		return err_set(info, ERR_DATA, "%s is not the manifest of a package (%s)", EXPORT_MANIFEST, EXPORT_SCHEMA);
	}
	check_signer(verification, manifest);
	check_files(verification, json_object_get(manifest, "files"));
	verification->manifest = manifest;
	return ERR_NONE;
}

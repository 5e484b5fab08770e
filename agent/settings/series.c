/* SPDX-License-Identifier: Apache-2.0 */
/* series: our own form of a series: a head of comments, then rows. */
#include "settings/series.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { DECIMALS = 6, HEAD_LINE_BYTES = 64, NAME_DIGEST_BYTES = 8, GRID_WORD_BYTES = 16 };

#define ROW_HEADER "start_utc,duration_s,gco2e_per_kwh,estimated"

void series_deinit(struct series *series)
{
	mem_free(series->row);
	*series = (struct series){0};
}

/* ---- Writing ---- */

static void add_digest(struct buf *out, const uint8_t *digest, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf_add_format(out, "%02x", digest[i]);
}

static void print_rows(const struct series *series, struct buf *out)
{
	char text[NUM_TEXT_BYTES + CLOCK_TEXT_BYTES];

	buf_add_text(out, ROW_HEADER "\n");
	for (size_t i = 0; i < series->count; i++) {
		const struct series_row *row = &series->row[i];

		clock_print_utc(text, row->start_s * UNITS_MS_PER_S);
		buf_add_format(out, "%s,%d,", text, (int)row->duration_s);
		num_print_fixed(text, row->microg_per_kwh, DECIMALS, DECIMALS);
		buf_add_format(out, "%s,%s\n", text, row->is_estimated ? "yes" : "no");
	}
}

void series_print(struct series *series, struct buf *out)
{
	char imported[CLOCK_TEXT_BYTES];
	size_t before = out->bytes;

	clock_print_utc(imported, series->imported_utc_ms);
	buf_add_format(out, SERIES_FIRST_LINE "\n# zone: %s\n# basis: %s\n# publisher: %s\n# edition: %s\n", series->zone,
		       factor_basis_name(series->basis), series->publisher, series->edition);
	buf_add_format(out, "# licence: %s\n# source: %s\n# imported: %s\n# file_sha256: ", series->licence, series->source, imported);
	add_digest(out, series->file_sha256, sizeof(series->file_sha256));
	buf_add_char(out, '\n');
	print_rows(series, out);
	crypto_hash_sha256(series->table_sha256, (const unsigned char *)buf_text(out) + before, out->bytes - before);
}

void series_name(const struct series *series, char out[static SERIES_NAME_BYTES])
{
	char imported[CLOCK_TEXT_BYTES];
	char digest[2 * NAME_DIGEST_BYTES + 1];

	clock_print_compact(imported, series->imported_utc_ms);
	sodium_bin2hex(digest, sizeof(digest), series->table_sha256, NAME_DIGEST_BYTES);
	snprintf(out, SERIES_NAME_BYTES, "%s-%s-%s-%s.csv", series->zone, factor_basis_name(series->basis), imported, digest);
}

/* ---- Reading ---- */

/* A line of the head: the bytes behind "# KEY: ", NUL-terminated in `out`. Moves *at behind the line. */
static bool take_head(const char **at, const char *end, const char *key, char *out, size_t out_bytes)
{
	const char *line = *at;
	const char *newline = memchr(line, '\n', (size_t)(end - line));
	char before[HEAD_LINE_BYTES];
	int length = snprintf(before, sizeof(before), "# %s: ", key);

	if (newline == NULL || newline - line < length || memcmp(line, before, (size_t)length) != 0)
		return false;
	line += length;
	if ((size_t)(newline - line) >= out_bytes)
		return false;
	memcpy(out, line, (size_t)(newline - line));
	out[newline - line] = '\0';
	*at = newline + 1;
	return text_is_clean(out);
}

static bool parse_head(struct series *series, const char **at, const char *end)
{
	char basis[GRID_WORD_BYTES];
	char imported[CLOCK_TEXT_BYTES];
	char digest[2 * sizeof(series->file_sha256) + 1];
	size_t bytes = strlen(SERIES_FIRST_LINE "\n");

	if ((size_t)(end - *at) < bytes || memcmp(*at, SERIES_FIRST_LINE "\n", bytes) != 0)
		return false;
	*at += bytes;
	return take_head(at, end, "zone", series->zone, sizeof(series->zone)) && text_is_id(series->zone) &&
	       take_head(at, end, "basis", basis, sizeof(basis)) && factor_basis_find_mix(basis, &series->basis) &&
	       take_head(at, end, "publisher", series->publisher, sizeof(series->publisher)) &&
	       take_head(at, end, "edition", series->edition, sizeof(series->edition)) &&
	       take_head(at, end, "licence", series->licence, sizeof(series->licence)) &&
	       take_head(at, end, "source", series->source, sizeof(series->source)) &&
	       take_head(at, end, "imported", imported, sizeof(imported)) && clock_parse_utc(imported, &series->imported_utc_ms) &&
	       take_head(at, end, "file_sha256", digest, sizeof(digest)) &&
	       sodium_hex2bin(series->file_sha256, sizeof(series->file_sha256), digest, strlen(digest), NULL, NULL, NULL) == 0;
}

static bool parse_row(const struct csv_row *cells, const struct series *series, struct series_row *row)
{
	const struct series_row *last = series->count == 0 ? NULL : &series->row[series->count - 1];
	int64_t start_ms;
	int64_t duration_s;

	if (cells->count != 4 || !clock_parse_utc(cells->cell[0], &start_ms) || !num_parse_i64(cells->cell[1], &duration_s) ||
	    !num_parse_fixed(cells->cell[2], DECIMALS, &row->microg_per_kwh) || row->microg_per_kwh < 0)
		return false;
	if (duration_s != 900 && duration_s != 1800 && duration_s != UNITS_S_PER_HOUR)
		return false;
	row->start_s = start_ms / UNITS_MS_PER_S;
	row->duration_s = (int32_t)duration_s;
	row->is_estimated = strcmp(cells->cell[3], "yes") == 0;
	return row->start_s % duration_s == 0 && (last == NULL || row->start_s >= last->start_s + last->duration_s) &&
	       (row->is_estimated || strcmp(cells->cell[3], "no") == 0);
}

static enum err parse_rows(struct series *series, const char *name, struct csv_reader *csv, struct err_info *info)
{
	struct csv_row cells = {0};
	bool is_end = false;
	bool is_first = true;
	enum err err = csv_next(csv, &cells, &is_end, info);

	for (; err == ERR_NONE && !is_end; err = csv_next(csv, &cells, &is_end, info)) {
		struct series_row row = {0};
		void *list = series->row;

		if (is_first && cells.count == 4 && strcmp(cells.cell[0], "start_utc") == 0) {
			is_first = false;
			continue;
		}
		if (is_first || !parse_row(&cells, series, &row))
			return err_set(info, ERR_DATA, "%s: row %zu behind its head is not as it was written", name, cells.line);
		err = mem_grow(&list, &series->capacity, series->count, SERIES_ROWS_MAX, sizeof(*series->row));
		series->row = list;
		if (err != ERR_NONE)
			return err_set(info, err, "%s: no room for its rows", name);
		series->row[series->count++] = row;
	}
	return err;
}

enum err series_parse(struct series *out, const char *name, const void *data, size_t bytes, struct err_info *info)
{
	struct series series = {0};
	const char *at = data;
	const char *end = at + bytes;
	struct csv_reader *csv;
	enum err err;

	if (bytes == 0 || !parse_head(&series, &at, end))
		return err_set(info, ERR_DATA, "%s: this is no series of grid factors: its head is not as it was written", name);
	crypto_hash_sha256(series.table_sha256, data, bytes);
	csv = csv_new(name, at, (size_t)(end - at));
	err = csv == NULL ? err_set(info, ERR_MEMORY, "no memory for %s", name) : parse_rows(&series, name, csv, info);
	csv_free(csv);
	if (err != ERR_NONE) {
		series_deinit(&series);
		return err;
	}
	*out = series;
	return ERR_NONE;
}

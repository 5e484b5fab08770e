/* SPDX-License-Identifier: Apache-2.0 */
/* export_totals: totals.csv, with a digest of each row and of the chain of rows. */
#include "report/export_priv.h"

#include "report/figure.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

enum { ROW_BYTES_MAX = 64 << 10 };

/* The digests of a row: SHA-256 of its other cells as they stand, joined by commas; and of the chain so far with that, in 64 bytes. */
struct row_digests {
	uint8_t row[crypto_hash_sha256_BYTES];
	uint8_t chain[crypto_hash_sha256_BYTES];
};

static void make_digests(struct row_digests *digests, const char *text, const size_t end[static EXPORT_COLUMNS])
{
	crypto_hash_sha256_state hash;
	uint8_t both[2 * crypto_hash_sha256_BYTES];
	bool is_first = true;

	crypto_hash_sha256_init(&hash);
	for (size_t i = 0; i < EXPORT_COLUMNS; i++) {
		size_t start = i == 0 ? 0 : end[i - 1];

		if (export_digest_of(i) != EXPORT_DIGEST_NONE)
			continue;
		if (!is_first)
			crypto_hash_sha256_update(&hash, (const unsigned char *)",", 1);
		crypto_hash_sha256_update(&hash, (const unsigned char *)text + start, end[i] - start);
		is_first = false;
	}
	crypto_hash_sha256_final(&hash, digests->row);
	memcpy(both, digests->chain, sizeof(digests->chain));
	memcpy(both + sizeof(digests->chain), digests->row, sizeof(digests->row));
	crypto_hash_sha256(digests->chain, both, sizeof(both));
}

static enum err write_row(struct sheet *sheet, const struct export_row *cells, struct row_digests *digests, struct err_info *info)
{
	size_t end[EXPORT_COLUMNS];
	struct buf row;

	buf_init(&row, ROW_BYTES_MAX);
	for (size_t i = 0; i < EXPORT_COLUMNS; i++) {
		export_put_cell(&row, cells, i);
		end[i] = row.bytes;
	}
	if (row.is_failed) {
		buf_deinit(&row);
		return err_set(info, ERR_LIMIT, "totals.csv: a row is longer than %d bytes", ROW_BYTES_MAX);
	}
	make_digests(digests, buf_text(&row), end);
	for (size_t i = 0; i < EXPORT_COLUMNS; i++) {
		size_t start = i == 0 ? 0 : end[i - 1];
		struct buf *cell = sheet_begin_cell(sheet);

		if (export_digest_of(i) != EXPORT_DIGEST_NONE)
			figure_add_sha256(cell, export_digest_of(i) == EXPORT_DIGEST_ROW ? digests->row : digests->chain);
		else
			buf_add(cell, buf_text(&row) + start, end[i] - start);
	}
	buf_deinit(&row);
	return sheet_end_row(sheet, info);
}

static enum err write_and_count(struct package *package, struct sheet *sheet, const struct export_row *cells, struct row_digests *digests,
				struct err_info *info)
{
	package->total_count++;
	return write_row(sheet, cells, digests, info);
}

bool export_make_overhead(struct report_total *out, const struct report_total *site)
{
	const struct report_overhead *overhead = &site->overhead;

	if (site->level != REPORT_SITE || overhead->part_count == 0)
		return false;
	*out = (struct report_total){.level = REPORT_OVERHEAD,
				     .site = site->site,
				     .start_s = site->start_s,
				     .end_s = site->end_s,
				     .has_energy = report_overhead_has(overhead),
				     .energy_millij = overhead->millij,
				     .millij = {[COVERAGE_STATIC] = overhead->millij},
				     .leased = {.part_count = report_overhead_has(overhead) ? 1 : 0,
						.unknown_count = report_overhead_has_mg(overhead) ? 0 : 1,
						.mg = overhead->mg},
				     .overhead = *overhead};
	return true;
}

/* Below its site, where there is one. */
static enum err write_overhead(struct package *package, struct sheet *sheet, const struct report_total *site, struct row_digests *digests,
			       struct err_info *info)
{
	static const struct export_evidence NONE = {.has_raw = false};
	struct report_total row;

	if (!export_make_overhead(&row, site))
		return ERR_NONE;
	return write_and_count(package, sheet, &(struct export_row){package, &row, &NONE, SIZE_MAX}, digests, info);
}

enum err export_write_totals(struct package *package, struct err_info *info)
{
	struct row_digests digests = {.chain = {0}};
	struct sheet *sheet;
	size_t count;
	enum err err = sheet_open(&sheet, package->folder, "totals.csv", export_columns(&count), EXPORT_COLUMNS, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < package->totals.count; i++) {
		struct export_row cells = {package, &package->totals.row[i], &package->evidence[i], i};

		if (cells.row->level > package->request->level)
			continue;
		err = write_and_count(package, sheet, &cells, &digests, info);
		if (err == ERR_NONE)
			err = write_overhead(package, sheet, cells.row, &digests, info);
	}
	return export_close_sheet(package, sheet, err, info);
}

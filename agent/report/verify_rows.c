/* SPDX-License-Identifier: Apache-2.0 */
/* verify_rows: what totals.csv says, with its digests; and the interval rows, added up in the rows that they belong to. */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"
#include "report/export.h"
#include "report/figure.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100000000, ROW_BYTES_MAX = 128 << 10, NODE_BYTES = 1024, ROWS_PER_WORD = 1024 };

/* Of all amounts of a file together, so that no sum of some of them passes the end of an int64_t. */
#define AMOUNT_MAX ((uint64_t)INT64_MAX / 2)

static enum err bad_cell(const char *file, const struct csv_row *row, const char *what, const char *cell, struct err_info *info)
{
	return err_set(info, ERR_DATA, "%s:%zu: %s '%.80s' is not understood", file, row->line, what, cell);
}

bool verify_count(struct verification *verification, int64_t amount)
{
	uint64_t size = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;

	if (size > AMOUNT_MAX || verification->amount > AMOUNT_MAX - size)
		return false;
	verification->amount += size;
	return true;
}

/* ---- totals.csv ---- */

enum total_column {
	TOTAL_NODE = 0,
	TOTAL_TYPE,
	TOTAL_START,
	TOTAL_END,
	TOTAL_ENERGY,
	TOTAL_MG,
	TOTAL_ROW_SHA,
	TOTAL_CHAIN_SHA,
	TOTAL_U_BASIS,
	TOTAL_STATED
};

static const char *const TOTAL_COLUMNS[] = {[TOTAL_NODE] = "node_id",
					    [TOTAL_TYPE] = "node_type",
					    [TOTAL_START] = "period_start_utc",
					    [TOTAL_END] = "period_end_utc",
					    [TOTAL_ENERGY] = "energy_millij",
					    [TOTAL_MG] = "m_scope2_lb_mg",
					    [TOTAL_ROW_SHA] = "row_sha256",
					    [TOTAL_CHAIN_SHA] = "chain_sha256",
					    [TOTAL_U_BASIS] = VERIFY_OPTIONAL "u_ef_basis",
					    [TOTAL_STATED] = VERIFY_OPTIONAL "m_scope2_mb_mg",
					    VERIFY_OPTIONAL "m_scope3_cat3a_mg",
					    VERIFY_OPTIONAL "m_scope3_cat3b_mg",
					    VERIFY_OPTIONAL "m_scope3_cat3c_mg",
					    NULL};

static bool take_figure(const char *cell, bool *has, int64_t *value)
{
	*has = strcmp(cell, FIGURE_NONE) != 0;
	return !*has || num_parse_i64(cell, value);
}

static void check_digest(struct verification *verification, const struct csv_row *row, const char *what, const uint8_t *digest,
			 const char *cell)
{
	char hex[2 * crypto_hash_sha256_BYTES + 1];

	sodium_bin2hex(hex, sizeof(hex), digest, crypto_hash_sha256_BYTES);
	if (strcmp(hex, cell) != 0)
		verify_find(verification, "totals.csv:%zu: %s is %.64s, computed it is %s", row->line, what, cell, hex);
}

/* The cells other than the two digests, as CSV, joined by commas. */
static void digest_row(const struct csv_row *row, const char *const *cell, uint8_t digest[static crypto_hash_sha256_BYTES])
{
	struct buf text;
	bool is_first = true;

	buf_init(&text, ROW_BYTES_MAX);
	for (size_t i = 0; i < row->count; i++) {
		if (row->cell[i] == cell[TOTAL_ROW_SHA] || row->cell[i] == cell[TOTAL_CHAIN_SHA])
			continue;
		if (!is_first)
			buf_add_char(&text, ',');
		text_add_csv(&text, row->cell[i]);
		is_first = false;
	}
	crypto_hash_sha256(digest, (const unsigned char *)buf_text(&text), text.bytes);
	buf_deinit(&text);
}

static void check_chain(struct verification *verification, const struct csv_row *row, const char *const *cell)
{
	uint8_t both[2 * crypto_hash_sha256_BYTES];
	uint8_t chain[crypto_hash_sha256_BYTES];

	memcpy(both, verification->totals_chain, sizeof(verification->totals_chain));
	digest_row(row, cell, both + sizeof(verification->totals_chain));
	crypto_hash_sha256(chain, both, sizeof(both));
	memcpy(verification->totals_chain, chain, sizeof(chain));
	check_digest(verification, row, "row_sha256", both + crypto_hash_sha256_BYTES, cell[TOTAL_ROW_SHA]);
	check_digest(verification, row, "chain_sha256", chain, cell[TOTAL_CHAIN_SHA]);
}

static enum err take_total(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_total total = {.line = row->line};
	void *array = verification->total;
	enum err err;

	if (!report_level_find(cell[TOTAL_TYPE], &total.level))
		return bad_cell("totals.csv", row, "node_type", cell[TOTAL_TYPE], info);
	if (!clock_parse_utc(cell[TOTAL_START], &total.start_ms))
		return bad_cell("totals.csv", row, "period_start_utc", cell[TOTAL_START], info);
	if (!clock_parse_utc(cell[TOTAL_END], &total.end_ms) || total.end_ms <= total.start_ms)
		return bad_cell("totals.csv", row, "period_end_utc", cell[TOTAL_END], info);
	if (!take_figure(cell[TOTAL_ENERGY], &total.has_energy, &total.energy_millij))
		return bad_cell("totals.csv", row, TOTAL_COLUMNS[TOTAL_ENERGY], cell[TOTAL_ENERGY], info);
	if (!take_figure(cell[TOTAL_MG], &total.has_location, &total.location_mg))
		return bad_cell("totals.csv", row, TOTAL_COLUMNS[TOTAL_MG], cell[TOTAL_MG], info);
	verification->has_uncertainty_bases = cell[TOTAL_U_BASIS] != NULL;
	for (int i = 0; i < REPORT_STATED_COUNT; i++) {
		const char *stated = cell[TOTAL_STATED + i];

		if (stated != NULL && !text_copy(total.stated[i], sizeof(total.stated[i]), stated))
			return bad_cell("totals.csv", row, "a figure of scope 2 or 3", stated, info);
	}
	err = mem_grow(&array, &verification->total_capacity, verification->total_count, ROWS_MAX, sizeof(total));
	verification->total = array;
	if (err != ERR_NONE)
		return err_set(info, err, "totals.csv: no room for its rows");
	total.node = mem_dup(cell[TOTAL_NODE]);
	if (total.node == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	verification->total[verification->total_count++] = total;
	verification->summary->total_count++;
	verification->summary->has_meters = verification->summary->has_meters || total.level == REPORT_METER;
	check_chain(verification, row, cell);
	return ERR_NONE;
}

static int compare_totals(const void *a, const void *b)
{
	const struct verify_total *x = a;
	const struct verify_total *y = b;
	int order = (x->level > y->level) - (x->level < y->level);

	if (order == 0)
		order = strcmp(x->node, y->node);
	return order != 0 ? order : (x->start_ms > y->start_ms) - (x->start_ms < y->start_ms);
}

enum err verify_load_totals(struct verification *verification, struct err_info *info)
{
	enum err err = verify_walk(verification, "totals.csv", TOTAL_COLUMNS, take_total, info);

	if (err == ERR_NONE && verification->total_count > 0)
		qsort(verification->total, verification->total_count, sizeof(verification->total[0]), compare_totals);
	return err;
}

/* ---- intervals.csv ---- */

struct verify_total *verify_find_total(struct verification *verification, enum report_level level, const char *node, int64_t utc_ms)
{
	size_t low = 0;
	size_t high = verification->total_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct verify_total *total = &verification->total[middle];
		int order = (total->level > level) - (total->level < level);

		if (order == 0)
			order = strcmp(total->node, node);
		if (order < 0 || (order == 0 && total->start_ms <= utc_ms))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || verification->total[low - 1].level != level || strcmp(verification->total[low - 1].node, node) != 0)
		return NULL;
	return utc_ms < verification->total[low - 1].end_ms ? &verification->total[low - 1] : NULL;
}

/* Adds a row where it is, and where it was as it was written. */
static void add_to(struct verify_total *total, const struct verify_slot *slot, bool is_in, bool was_in)
{
	struct report_total *sum = total == NULL ? NULL : &total->sum;

	if (sum == NULL)
		return;
	for (int i = 0; is_in && slot->quantity == QUANTITY_ENERGY && i < COVERAGE_COUNT; i++) {
		sum->millij[i] += slot->millij[i];
		sum->covered_ms[i] += slot->covered_ms[i];
		sum->energy_millij += slot->millij[i];
	}
	for (int i = 0; was_in && slot->stored == QUANTITY_ENERGY && i < COVERAGE_COUNT; i++) {
		sum->uncorrected.energy_millij += slot->stored_millij[i];
		sum->uncorrected.has_energy = sum->uncorrected.has_energy || slot->stored_millij[i] != 0 || slot->covered_ms[i] != 0;
	}
	sum->uncorrected.is_corrected = sum->uncorrected.is_corrected || ((is_in || was_in) && slot->is_corrected);
}

/* Of a meter's own rows, as they were written. */
static void add_evidence(struct verify_total *total, const struct verify_slot *slot)
{
	struct export_evidence *evidence = total == NULL ? NULL : &total->evidence;
	struct interval row = {.slot_start_s = slot->start_ms / UNITS_MS_PER_S, .slot_s = slot->slot_s};

	if (evidence == NULL || slot->stored != QUANTITY_ENERGY)
		return;
	memcpy(row.covered_ms, slot->covered_ms, sizeof(row.covered_ms));
	ledger_gap_walk_take(&total->gap_walk, &row);
	evidence->reset_count += slot->is_reset ? 1 : 0;
	if (slot->is_first)
		account_uncertainty_add_slot(&evidence->spread,
					     slot->stored_millij[COVERAGE_MEASURED] + slot->stored_millij[COVERAGE_BRIDGED],
					     slot->covered_ms[COVERAGE_MEASURED] + slot->covered_ms[COVERAGE_BRIDGED]);
	if (!slot->has_raw)
		return;
	if (!evidence->has_raw)
		evidence->raw_open = slot->raw_open;
	evidence->raw_close = slot->raw_close;
	evidence->has_raw = true;
}

static enum err take_interval(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	char device[NODE_BYTES];
	const struct report_entry *meter;
	struct verify_total *total;
	struct verify_slot slot;
	enum err err = verify_read_slot(verification, row, cell, &slot, info);

	if (++verification->summary->interval_count % ROWS_PER_WORD == 0 && verification->interval_rows > 0)
		progress_tell(verification->progress, (double)verification->summary->interval_count / (double)verification->interval_rows);
	verification->other_rows += slot.stored == QUANTITY_ENERGY ? 0 : 1;
	if (err == ERR_NONE && slot.stored == QUANTITY_FUEL_USED)
		err = verify_add_flow(verification, &slot, cell, info);
	if (err != ERR_NONE || (slot.quantity != QUANTITY_ENERGY && slot.stored != QUANTITY_ENERGY))
		return err;
	snprintf(device, sizeof(device), "%.255s/%.255s", cell[0], cell[1]);
	meter = verify_find_meter(verification, slot.node, slot.start_ms);
	if (meter == NULL) {
		verify_find(verification, "intervals.csv:%zu: the register has no meter %s", row->line, slot.node);
		return ERR_NONE;
	}
	total = verify_find_total(verification, REPORT_METER, slot.node, slot.start_ms);
	if (total == NULL && verification->summary->has_meters)
		verify_find(verification, "intervals.csv:%zu: totals.csv has no row that holds this slot of %s", row->line, slot.node);
	slot.is_corrected = slot.is_corrected || meter->is_corrected;
	add_to(total, &slot, true, true);
	add_evidence(total, &slot);
	if (verification->summary->has_meters)
		return ERR_NONE; /* the others are sums of meters */
	add_to(verify_find_total(verification, REPORT_DEVICE, device, slot.start_ms), &slot, meter->row.role == ROLE_TOTAL,
	       meter->stored.role == ROLE_TOTAL);
	add_to(verify_find_total(verification, REPORT_SITE, cell[0], slot.start_ms), &slot, meter->row.is_in_total,
	       meter->stored.is_in_total);
	add_to(verify_find_total(verification, REPORT_TOTAL, "total", slot.start_ms), &slot, meter->row.is_in_total,
	       meter->stored.is_in_total);
	return ERR_NONE;
}

enum err verify_add_intervals(struct verification *verification, struct err_info *info)
{
	enum err err = verify_find_sets(verification, info);

	if (err == ERR_NONE)
		err = verify_walk(verification, EXPORT_INTERVALS, VERIFY_SLOT_COLUMNS, take_interval, info);
	for (size_t i = 0; i < verification->total_count; i++) {
		struct report_total *sum = &verification->total[i].sum;

		for (int c = 0; c < COVERAGE_COUNT; c++)
			sum->has_energy = sum->has_energy || sum->millij[c] != 0 || sum->covered_ms[c] != 0;
		verification->total[i].evidence.has_gaps = verification->total[i].gap_walk.is_seen;
		ledger_gap_walk_end(&verification->total[i].gap_walk);
		verification->total[i].evidence.gaps = verification->total[i].gap_walk.gaps;
	}
	if (err == ERR_NONE && verification->summary->interval_count != verification->interval_rows)
		verify_find(verification, EXPORT_INTERVALS ": it has %llu rows, the manifest says %llu",
			    (unsigned long long)verification->summary->interval_count, (unsigned long long)verification->interval_rows);
	return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* verify_rows: the package's rows into memory, each cell checked, and the interval rows into the sums of the totals that they belong to. */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/quantity.h"
#include "report/export.h"
#include "report/figure.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100000000, ROW_BYTES_MAX = 128 << 10, NODE_BYTES = 4096, ROWS_PER_WORD = 1024 };

static bool is_none(const char *cell)
{
	return strcmp(cell, FIGURE_NONE) == 0;
}

static enum err bad_cell(const char *file, const struct csv_row *row, const char *what, const char *cell, struct err_info *info)
{
	return err_set(info, ERR_DATA, "%s:%zu: %s '%.80s' is not understood", file, row->line, what, cell);
}

/* ---- factors.csv ---- */

enum { LOSS_DECIMALS = 6, LOSS_MICROPCT_MAX = 95000000 };

/* Losses have no factor but a share. */
static bool take_figure(struct verify_factor *factor, const char *const *cell)
{
	if (factor->basis == FACTOR_LOSSES)
		return cell[7] != NULL && num_parse_fixed(cell[7], LOSS_DECIMALS, &factor->microg_per_kwh) &&
		       factor->microg_per_kwh <= LOSS_MICROPCT_MAX;
	return num_parse_i64(cell[2], &factor->microg_per_kwh);
}

static enum err take_factor(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_factor factor = {0};
	void *array = verification->factor;
	enum err err;

	if (cell[5] != NULL && !is_none(cell[5]))
		return ERR_NONE; /* of a series: verify_hourly() */
	if (!num_parse_i64(cell[1], &factor.year))
		return bad_cell("factors.csv", row, "year", cell[1], info);
	if (!factor_basis_find(cell[6], &factor.basis))
		return bad_cell("factors.csv", row, "basis", cell[6], info);
	if (!take_figure(&factor, cell) || factor.microg_per_kwh < 0)
		return bad_cell("factors.csv", row, "microg_per_kwh", cell[2], info);
	err = mem_grow(&array, &verification->factor_capacity, verification->factor_count, ROWS_MAX, sizeof(factor));
	verification->factor = array;
	if (err != ERR_NONE)
		return err_set(info, err, "factors.csv: no room for its rows");
	factor.zone = mem_dup(cell[0]);
	factor.edition = mem_dup(cell[3]);
	factor.table = mem_dup(cell[4]);
	verification->factor[verification->factor_count++] = factor;
	return factor.zone == NULL || factor.edition == NULL || factor.table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

enum err verify_load_factors(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {
	    "zone", "year", "microg_per_kwh", "edition", "table_sha256", VERIFY_OPTIONAL "start_utc", "basis", VERIFY_OPTIONAL "loss_pct",
	    NULL};

	return verify_walk(verification, "factors.csv", COLUMNS, take_factor, info);
}

int64_t verify_find_factor(const struct verification *verification, const char *zone, const char *year, const char *edition,
			   const char *table)
{
	struct verify_factor_wish wish = {FACTOR_BASIS_COUNT, zone, year, edition, table};

	return verify_find_factor_like(verification, &wish);
}

int64_t verify_find_factor_like(const struct verification *verification, const struct verify_factor_wish *wish)
{
	int64_t year;

	if (!num_parse_i64(wish->year, &year))
		return -1;
	for (size_t i = 0; i < verification->factor_count; i++) {
		const struct verify_factor *factor = &verification->factor[i];
		bool is_basis = wish->basis == FACTOR_BASIS_COUNT ? factor->basis <= FACTOR_LIFECYCLE : factor->basis == wish->basis;

		if (is_basis && factor->year == year && strcmp(factor->zone, wish->zone) == 0 &&
		    (wish->edition == NULL || strcmp(factor->edition, wish->edition) == 0) && strcmp(factor->table, wish->table) == 0)
			return (int64_t)i;
	}
	return -1;
}

/* ---- register.csv ---- */

static enum err take_meter(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_meter meter = {.is_total_of_device = strcmp(cell[4], role_name(ROLE_TOTAL)) == 0,
				     .is_in_total = strcmp(cell[5], "yes") == 0};
	void *array = verification->meter;
	enum err err;

	if (strcmp(cell[2], "meter") != 0 || strcmp(cell[3], quantity_name(QUANTITY_ENERGY)) != 0)
		return ERR_NONE;
	meter.was_total_of_device = cell[6] == NULL ? meter.is_total_of_device : strcmp(cell[6], role_name(ROLE_TOTAL)) == 0;
	meter.was_in_total = cell[7] == NULL ? meter.is_in_total : strcmp(cell[7], "yes") == 0;
	if (!is_none(cell[1]) && !clock_parse_utc(cell[1], &meter.from_ms))
		return bad_cell("register.csv", row, "valid_from", cell[1], info);
	err = mem_grow(&array, &verification->meter_capacity, verification->meter_count, ROWS_MAX, sizeof(meter));
	verification->meter = array;
	if (err != ERR_NONE)
		return err_set(info, err, "register.csv: no room for its rows");
	meter.node = mem_dup(cell[0]);
	verification->meter[verification->meter_count++] = meter;
	return meter.node == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

static int compare_meters(const void *a, const void *b)
{
	const struct verify_meter *x = a;
	const struct verify_meter *y = b;
	int order = strcmp(x->node, y->node);

	return order != 0 ? order : (x->from_ms > y->from_ms) - (x->from_ms < y->from_ms);
}

enum err verify_load_register(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {"node",
					      "valid_from",
					      "node_type",
					      "quantity",
					      "role",
					      "in_total",
					      VERIFY_OPTIONAL "stored_role",
					      VERIFY_OPTIONAL "stored_in_total",
					      NULL};
	enum err err = verify_walk(verification, "register.csv", COLUMNS, take_meter, info);

	if (err == ERR_NONE && verification->meter_count > 0)
		qsort(verification->meter, verification->meter_count, sizeof(verification->meter[0]), compare_meters);
	return err;
}

const struct verify_meter *verify_find_meter(const struct verification *verification, const char *node, int64_t utc_ms)
{
	size_t low = 0;
	size_t high = verification->meter_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(verification->meter[middle].node, node);

		if (order < 0 || (order == 0 && verification->meter[middle].from_ms <= utc_ms))
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0 && strcmp(verification->meter[low - 1].node, node) == 0)
		return &verification->meter[low - 1];
	if (low < verification->meter_count && strcmp(verification->meter[low].node, node) == 0)
		return &verification->meter[low];
	return NULL;
}

bool verify_is_device_total(const struct verification *verification, const char *node, int64_t utc_ms)
{
	const struct verify_meter *meter = verify_find_meter(verification, node, utc_ms);

	return meter != NULL && meter->is_total_of_device;
}

/* ---- totals.csv ---- */

enum total_column {
	TOTAL_NODE = 0,
	TOTAL_TYPE,
	TOTAL_START,
	TOTAL_END,
	TOTAL_IN_TOTAL,
	TOTAL_SUPPLY,
	TOTAL_ZONE,
	TOTAL_ENERGY,
	TOTAL_MEASURED,
	TOTAL_BRIDGED,
	TOTAL_ESTIMATED,
	TOTAL_MANUAL,
	TOTAL_STATIC,
	TOTAL_MG,
	TOTAL_LB_YEAR,
	TOTAL_LB_EDITION,
	TOTAL_LB_TABLE,
	TOTAL_ENERGY_KWH,
	TOTAL_KG,
	TOTAL_ROW_SHA,
	TOTAL_CHAIN_SHA,
	TOTAL_UNCORRECTED,
	TOTAL_UNCORRECTED_KWH,
	TOTAL_UNCORRECTED_MG,
	TOTAL_SCOPE3,
	TOTAL_OVERHEAD
};

static const char *const TOTAL_COLUMNS[] = {[TOTAL_NODE] = "node_id",
					    [TOTAL_TYPE] = "node_type",
					    [TOTAL_START] = "period_start_utc",
					    [TOTAL_END] = "period_end_utc",
					    [TOTAL_IN_TOTAL] = "in_total",
					    [TOTAL_SUPPLY] = "supply",
					    [TOTAL_ZONE] = "zone",
					    [TOTAL_ENERGY] = "energy_millij",
					    [TOTAL_MEASURED] = "energy_measured_millij",
					    [TOTAL_BRIDGED] = "energy_bridged_millij",
					    [TOTAL_ESTIMATED] = "energy_estimated_millij",
					    [TOTAL_MANUAL] = "energy_manual_millij",
					    [TOTAL_STATIC] = "energy_static_millij",
					    [TOTAL_MG] = "m_scope2_lb_mg",
					    [TOTAL_LB_YEAR] = "lb_year",
					    [TOTAL_LB_EDITION] = "lb_edition",
					    [TOTAL_LB_TABLE] = "lb_table_sha256",
					    [TOTAL_ENERGY_KWH] = "energy_kwh",
					    [TOTAL_KG] = "m_scope2_lb_kg",
					    [TOTAL_ROW_SHA] = "row_sha256",
					    [TOTAL_CHAIN_SHA] = "chain_sha256",
					    [TOTAL_UNCORRECTED] = VERIFY_OPTIONAL "uncorrected_energy_millij",
					    [TOTAL_UNCORRECTED_KWH] = VERIFY_OPTIONAL "uncorrected_energy_kwh",
					    [TOTAL_UNCORRECTED_MG] = VERIFY_OPTIONAL "uncorrected_m_scope2_lb_mg",
					    [TOTAL_SCOPE3] = VERIFY_OPTIONAL "scope3_category",
					    [TOTAL_OVERHEAD] = VERIFY_OPTIONAL "overhead_factor",
					    NULL};

static enum err parse_energy(struct verify_total *total, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	static const struct {
		enum total_column column;
		enum coverage coverage;
	} CLASSES[] = {{TOTAL_MEASURED, COVERAGE_MEASURED},
		       {TOTAL_BRIDGED, COVERAGE_BRIDGED},
		       {TOTAL_ESTIMATED, COVERAGE_ESTIMATED},
		       {TOTAL_MANUAL, COVERAGE_MANUAL},
		       {TOTAL_STATIC, COVERAGE_STATIC}};

	total->has_energy = !is_none(cell[TOTAL_ENERGY]);
	if (total->has_energy && !num_parse_i64(cell[TOTAL_ENERGY], &total->energy_millij))
		return bad_cell("totals.csv", row, "energy_millij", cell[TOTAL_ENERGY], info);
	for (size_t i = 0; total->has_energy && i < sizeof(CLASSES) / sizeof(CLASSES[0]); i++) {
		if (!num_parse_i64(cell[CLASSES[i].column], &total->millij[CLASSES[i].coverage]))
			return bad_cell("totals.csv", row, TOTAL_COLUMNS[CLASSES[i].column], cell[CLASSES[i].column], info);
	}
	total->has_location = !is_none(cell[TOTAL_MG]);
	if (total->has_location && !num_parse_i64(cell[TOTAL_MG], &total->location_mg))
		return bad_cell("totals.csv", row, "m_scope2_lb_mg", cell[TOTAL_MG], info);
	return ERR_NONE;
}

static enum err parse_uncorrected(struct verify_total *total, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	if (cell[TOTAL_UNCORRECTED] == NULL || cell[TOTAL_UNCORRECTED_KWH] == NULL || cell[TOTAL_UNCORRECTED_MG] == NULL)
		return ERR_NONE;
	total->has_uncorrected = !is_none(cell[TOTAL_UNCORRECTED]);
	total->has_uncorrected_mg = !is_none(cell[TOTAL_UNCORRECTED_MG]);
	if (total->has_uncorrected && !num_parse_i64(cell[TOTAL_UNCORRECTED], &total->uncorrected_millij))
		return bad_cell("totals.csv", row, "uncorrected_energy_millij", cell[TOTAL_UNCORRECTED], info);
	if (total->has_uncorrected_mg && !num_parse_i64(cell[TOTAL_UNCORRECTED_MG], &total->uncorrected_mg))
		return bad_cell("totals.csv", row, "uncorrected_m_scope2_lb_mg", cell[TOTAL_UNCORRECTED_MG], info);
	return ERR_NONE;
}

/* kWh and kg are for people; they must say what the integers say. */
static void check_figure(struct verification *verification, const struct verify_total *total, const char *name, const char *said,
			 const struct buf *figure)
{
	if (strcmp(buf_text(figure), said) != 0)
		verify_find(verification, "totals.csv:%zu: %s: %s is %s, of the whole number beside it it is %s", total->line, total->node,
			    name, said, buf_text(figure));
}

static void check_kwh(struct verification *verification, const struct verify_total *total, enum total_column column, const char *said,
		      const int64_t *millij)
{
	const char *name = TOTAL_COLUMNS[column];
	struct buf text;

	buf_init(&text, NUM_TEXT_BYTES);
	if (millij != NULL)
		figure_add_kwh(&text, *millij, 6);
	else
		buf_add_text(&text, FIGURE_NONE);
	check_figure(verification, total, name[0] == VERIFY_OPTIONAL[0] ? name + 1 : name, said, &text);
	buf_deinit(&text);
}

static void check_text(struct verification *verification, const struct verify_total *total, const char *const *cell)
{
	struct buf text;

	check_kwh(verification, total, TOTAL_ENERGY_KWH, cell[TOTAL_ENERGY_KWH], total->has_energy ? &total->energy_millij : NULL);
	if (cell[TOTAL_UNCORRECTED_KWH] != NULL)
		check_kwh(verification, total, TOTAL_UNCORRECTED_KWH, cell[TOTAL_UNCORRECTED_KWH],
			  total->has_uncorrected ? &total->uncorrected_millij : NULL);
	buf_init(&text, NUM_TEXT_BYTES);
	if (total->has_location)
		figure_add_kg(&text, total->location_mg, 6);
	else
		buf_add_text(&text, FIGURE_NONE);
	check_figure(verification, total, "m_scope2_lb_kg", cell[TOTAL_KG], &text);
	buf_deinit(&text);
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
	if (!clock_parse_utc(cell[TOTAL_END], &total.end_ms))
		return bad_cell("totals.csv", row, "period_end_utc", cell[TOTAL_END], info);
	err = parse_energy(&total, row, cell, info);
	if (err == ERR_NONE)
		err = parse_uncorrected(&total, row, cell, info);
	if (err != ERR_NONE)
		return err;
	total.is_in_total = strcmp(cell[TOTAL_IN_TOTAL], "yes") == 0;
	total.is_leased = cell[TOTAL_SCOPE3] != NULL && strcmp(cell[TOTAL_SCOPE3], REPORT_LEASED_CATEGORY) == 0;
	total.is_grid = !total.is_leased && strcmp(cell[TOTAL_SUPPLY], supply_name(SUPPLY_GRID)) == 0;
	if (!verify_overhead_parse(&total, cell[TOTAL_OVERHEAD]))
		return bad_cell("totals.csv", row, "overhead_factor", cell[TOTAL_OVERHEAD], info);
	total.factor_idx =
	    verify_find_factor(verification, cell[TOTAL_ZONE], cell[TOTAL_LB_YEAR], cell[TOTAL_LB_EDITION], cell[TOTAL_LB_TABLE]);
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
	check_text(verification, &total, cell);
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
	if (total == NULL)
		return;
	for (int i = 0; is_in && slot->quantity == QUANTITY_ENERGY && i < COVERAGE_COUNT; i++)
		total->sum_millij[i] += slot->millij[i];
	for (int i = 0; was_in && slot->stored == QUANTITY_ENERGY && i < COVERAGE_COUNT; i++)
		total->sum_stored_millij += slot->stored_millij[i];
}

static enum err take_interval(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	char device[NODE_BYTES];
	const struct verify_meter *meter;
	struct verify_total *total;
	struct verify_slot slot;
	enum err err = verify_read_slot(verification, row, cell, &slot, info);

	if (++verification->summary->interval_count % ROWS_PER_WORD == 0 && verification->interval_rows > 0)
		progress_tell(verification->progress, (double)verification->summary->interval_count / (double)verification->interval_rows);
	verification->other_rows += slot.stored == QUANTITY_ENERGY ? 0 : 1;
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
	add_to(total, &slot, true, true);
	add_to(verify_find_total(verification, REPORT_DEVICE, device, slot.start_ms), &slot, meter->is_total_of_device,
	       meter->was_total_of_device);
	add_to(verify_find_total(verification, REPORT_SITE, cell[0], slot.start_ms), &slot, meter->is_in_total, meter->was_in_total);
	add_to(verify_find_total(verification, REPORT_TOTAL, "total", slot.start_ms), &slot, meter->is_in_total, meter->was_in_total);
	return ERR_NONE;
}

enum err verify_add_intervals(struct verification *verification, struct err_info *info)
{
	enum err err = verify_walk(verification, EXPORT_INTERVALS, VERIFY_SLOT_COLUMNS, take_interval, info);

	if (err == ERR_NONE && verification->summary->interval_count != verification->interval_rows)
		verify_find(verification, EXPORT_INTERVALS ": it has %llu rows, the manifest says %llu",
			    (unsigned long long)verification->summary->interval_count, (unsigned long long)verification->interval_rows);
	return err;
}

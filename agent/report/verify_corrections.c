/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_corrections: corrections.csv, what it makes of the rows of intervals.csv, and whether register.csv is as it says: corrected where it
 * is to be, and elsewhere as it was written.
 */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/export.h"
#include "report/figure.h"

#include <stdio.h>
#include <string.h>

enum { CORRECTIONS_MAX = 100000, MS_DECIMALS = 3, TIME_MS_MAX = 1000000000 };

enum slot_column {
	S_SITE = 0,
	S_DEVICE,
	S_METER,
	S_QUANTITY,
	S_START,
	S_MILLIJ,
	S_OPEN = S_MILLIJ + COVERAGE_COUNT,
	S_CLOSE,
	S_BITS,
	S_REV,
	S_COVERED,
	S_MEASURED,
	S_BRIDGED,
	S_SLOT
};

const char *const VERIFY_SLOT_COLUMNS[] = {[S_SITE] = "site",
					   [S_DEVICE] = "device",
					   [S_METER] = "meter",
					   [S_QUANTITY] = "quantity",
					   [S_START] = "slot_start_utc",
					   [S_MILLIJ + COVERAGE_MEASURED] = "measured_millij",
					   [S_MILLIJ + COVERAGE_BRIDGED] = "bridged_millij",
					   [S_MILLIJ + COVERAGE_ESTIMATED] = "estimated_millij",
					   [S_MILLIJ + COVERAGE_MANUAL] = "manual_millij",
					   [S_MILLIJ + COVERAGE_STATIC] = "static_millij",
					   [S_OPEN] = "raw_open",
					   [S_CLOSE] = "raw_close",
					   [S_BITS] = "status_bits",
					   [S_REV] = "rev",
					   [S_COVERED] = "covered_s",
					   [S_MEASURED] = "measured_ms",
					   [S_BRIDGED] = "bridged_ms",
					   [S_SLOT] = "slot_s",
					   NULL};

static bool is_known(const char *cell)
{
	return strcmp(cell, FIGURE_NONE) != 0;
}

/* ---- corrections.csv ---- */

static enum err take_correction(struct verification *verification, const struct csv_row *row, const char *const *cell,
				struct err_info *info)
{
	struct report_correction correction = {.site_id = 0};
	void *array = verification->correction;
	char *node;
	enum err err;

	if (strcmp(cell[5], "yes") != 0)
		return ERR_NONE;
	if (!clock_parse_utc(cell[1], &correction.from_ms) || !clock_parse_utc(cell[2], &correction.to_ms) ||
	    !report_correction_find(cell[3], &correction.what))
		return err_set(info, ERR_DATA, EXPORT_CORRECTIONS ":%zu: from_utc, to_utc or what is not understood", row->line);
	err = report_correction_parse(correction.what, cell[4], &correction.value_micro, info);
	if (err != ERR_NONE)
		return err_prefix(info, EXPORT_CORRECTIONS ":%zu", row->line);
	err = mem_grow(&array, &verification->correction_capacity, verification->correction_count, CORRECTIONS_MAX, sizeof(correction));
	verification->correction = array;
	if (err != ERR_NONE)
		return err_set(info, err, EXPORT_CORRECTIONS ": no room for its rows");
	node = mem_dup(cell[0]);
	if (node == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	correction.node = node;
	verification->correction[verification->correction_count++] = correction;
	return ERR_NONE;
}

void verify_drop_corrections(struct verification *verification)
{
	for (size_t i = 0; i < verification->correction_count; i++)
		mem_free((char *)(uintptr_t)verification->correction[i].node);
	mem_free(verification->correction);
}

/* ---- register.csv ---- */

enum register_column {
	R_NODE = 0,
	R_FROM,
	R_TO,
	R_TYPE,
	R_QUANTITY,
	R_NOW,
	R_STORED = R_NOW + REPORT_CORRECTION_PHASE,
	R_CORRECTED = R_STORED + REPORT_CORRECTION_PHASE
};

static void check_cells(struct verification *verification, size_t line, const char *const *cell, const int64_t span_ms[static 2])
{
	static const char *const NAMES[] = {
	    [REPORT_CORRECTION_ROLE] = "role", [REPORT_CORRECTION_IN_TOTAL] = "in_total", [REPORT_CORRECTION_PHASE] = "phase"};
	bool is_corrected = false;
	struct buf wanted;

	buf_init(&wanted, NUM_TEXT_BYTES);
	for (int what = REPORT_CORRECTION_ROLE; what <= REPORT_CORRECTION_PHASE; what++) {
		const char *said = cell[R_NOW + what - 1];

		buf_clear(&wanted);
		buf_add_text(&wanted, cell[R_STORED + what - 1]);
		for (size_t i = 0; i < verification->correction_count; i++) {
			const struct report_correction *correction = &verification->correction[i];

			if ((int)correction->what != what || strcmp(correction->node, cell[R_NODE]) != 0 ||
			    correction->from_ms >= span_ms[1] || correction->to_ms <= span_ms[0])
				continue;
			is_corrected = true;
			buf_clear(&wanted);
			report_correction_add_value(&wanted, correction->what, correction->value_micro);
		}
		if (strcmp(said, buf_text(&wanted)) != 0)
			verify_find(verification, "register.csv:%zu: %s: %s is %s, as stored and corrected it is %s", line, cell[R_NODE],
				    NAMES[what], said, buf_text(&wanted));
	}
	if (strcmp(cell[R_CORRECTED], is_corrected ? "yes" : "no") != 0)
		verify_find(verification, "register.csv:%zu: %s: is_corrected is %s, " EXPORT_CORRECTIONS " says something else", line,
			    cell[R_NODE], cell[R_CORRECTED]);
	buf_deinit(&wanted);
}

static enum err take_register(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	int64_t span_ms[2] = {0, INT64_MAX};

	if (strcmp(cell[R_TYPE], "meter") != 0)
		return ERR_NONE;
	if ((is_known(cell[R_FROM]) && !clock_parse_utc(cell[R_FROM], &span_ms[0])) ||
	    (is_known(cell[R_TO]) && !clock_parse_utc(cell[R_TO], &span_ms[1])))
		return err_set(info, ERR_DATA, "register.csv:%zu: valid_from or valid_to is not understood", row->line);
	if (strcmp(cell[R_QUANTITY], quantity_name(QUANTITY_ENERGY)) == 0 ||
	    strcmp(cell[R_QUANTITY], quantity_name(QUANTITY_ENERGY_OUT)) == 0)
		check_cells(verification, row->line, cell, span_ms);
	return ERR_NONE;
}

enum err verify_corrections(struct verification *verification, struct err_info *info)
{
	static const char *const CORRECTIONS[] = {"node", "from_utc", "to_utc", "what", "value", "counts", NULL};
	static const char *const REGISTER[] = {"node",         "valid_from",   "valid_to", "node_type",   "quantity",
					       "role",         "in_total",     "phase",    "stored_role", "stored_in_total",
					       "stored_phase", "is_corrected", NULL};
	enum err err;

	if (!verification->has_corrections)
		return ERR_NONE;
	err = verify_walk(verification, EXPORT_CORRECTIONS, CORRECTIONS, take_correction, info);
	return err == ERR_NONE ? verify_walk(verification, "register.csv", REGISTER, take_register, info) : err;
}

/* ---- intervals.csv ---- */

static void correct(const struct verification *verification, struct verify_slot *slot)
{
	for (size_t i = 0; i < verification->correction_count; i++) {
		const struct report_correction *correction = &verification->correction[i];
		bool is_turned = correction->value_micro < 0;

		if (correction->what != REPORT_CORRECTION_RATIO || slot->start_ms < correction->from_ms ||
		    slot->start_ms >= correction->to_ms || strcmp(correction->node, slot->node) != 0)
			continue;
		slot->is_corrected = true;
		for (int c = 0; c < COVERAGE_COUNT; c++)
			slot->millij[c] = num_muldiv_half_even(
			    slot->millij[c], is_turned ? -correction->value_micro : correction->value_micro, REPORT_CORRECTION_ONE_MICRO);
		if (is_turned)
			slot->quantity = slot->stored == QUANTITY_ENERGY ? QUANTITY_ENERGY_OUT : QUANTITY_ENERGY;
		return;
	}
}

/* Time of the classes that have no column of their own is with the estimated one. */
static bool take_times(struct verify_slot *slot, const char *const *cell)
{
	int64_t covered_ms;

	if (!num_parse_fixed(cell[S_COVERED], MS_DECIMALS, &covered_ms) ||
	    !num_parse_i64(cell[S_MEASURED], &slot->covered_ms[COVERAGE_MEASURED]) ||
	    !num_parse_i64(cell[S_BRIDGED], &slot->covered_ms[COVERAGE_BRIDGED]) || covered_ms > TIME_MS_MAX || covered_ms < -TIME_MS_MAX ||
	    slot->covered_ms[COVERAGE_MEASURED] > TIME_MS_MAX || slot->covered_ms[COVERAGE_MEASURED] < -TIME_MS_MAX ||
	    slot->covered_ms[COVERAGE_BRIDGED] > TIME_MS_MAX || slot->covered_ms[COVERAGE_BRIDGED] < -TIME_MS_MAX)
		return false;
	slot->covered_ms[COVERAGE_ESTIMATED] = covered_ms - slot->covered_ms[COVERAGE_MEASURED] - slot->covered_ms[COVERAGE_BRIDGED];
	return true;
}

static bool take_raw(struct verify_slot *slot, const char *const *cell)
{
	int64_t rev;
	int64_t slot_s;

	if (!num_parse_i64(cell[S_SLOT], &slot_s) || slot_s <= 0 || slot_s > UNITS_S_PER_HOUR)
		return false;
	slot->slot_s = (int32_t)slot_s;
	slot->has_raw = is_known(cell[S_OPEN]);
	if (!num_parse_i64(cell[S_REV], &rev) ||
	    (slot->has_raw && (!num_parse_u64(cell[S_OPEN], &slot->raw_open) || !num_parse_u64(cell[S_CLOSE], &slot->raw_close))))
		return false;
	slot->is_first = rev == 0;
	slot->is_reset = slot->is_first && interval_bits_text_has(cell[S_BITS], INTERVAL_RESET);
	return true;
}

/* No more than sums of all of them can take. */
static bool count(struct verification *verification, const struct verify_slot *slot)
{
	for (int c = 0; c < COVERAGE_COUNT; c++) {
		if (!verify_count(verification, slot->stored_millij[c]) ||
		    (slot->is_corrected && !verify_count(verification, slot->millij[c])))
			return false;
	}
	return true;
}

static enum quantity stored_of(const char *name)
{
	enum quantity quantity = quantity_find(name);

	return quantity == QUANTITY_ENERGY || quantity == QUANTITY_ENERGY_OUT || quantity == QUANTITY_FUEL_USED ? quantity : QUANTITY_NONE;
}

enum err verify_read_slot(struct verification *verification, const struct csv_row *row, const char *const *cell, struct verify_slot *out,
			  struct err_info *info)
{
	*out = (struct verify_slot){.start_ms = 0};
	out->stored = stored_of(cell[S_QUANTITY]);
	out->quantity = out->stored;
	if (out->stored == QUANTITY_NONE)
		return ERR_NONE;
	if (!clock_parse_utc(cell[S_START], &out->start_ms))
		return err_set(info, ERR_DATA, EXPORT_INTERVALS ":%zu: slot_start_utc '%.80s' is not understood", row->line, cell[S_START]);
	for (int c = 0; c < COVERAGE_COUNT; c++) {
		if (!num_parse_i64(cell[S_MILLIJ + c], &out->millij[c]))
			return err_set(info, ERR_DATA, EXPORT_INTERVALS ":%zu: energy '%.80s' is not understood", row->line,
				       cell[S_MILLIJ + c]);
	}
	if (!take_times(out, cell) || !take_raw(out, cell))
		return err_set(info, ERR_DATA, EXPORT_INTERVALS ":%zu: slot_s, readings, times or rev are not understood", row->line);
	snprintf(out->node, sizeof(out->node), "%.255s/%.255s/%.255s", cell[S_SITE], cell[S_DEVICE], cell[S_METER]);
	memcpy(out->stored_millij, out->millij, sizeof(out->millij));
	if (out->stored != QUANTITY_FUEL_USED)
		correct(verification, out);
	if (!count(verification, out))
		return err_set(info, ERR_DATA, EXPORT_INTERVALS ":%zu: all its energy together is more than there can be", row->line);
	return ERR_NONE;
}

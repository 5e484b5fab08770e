/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_corrections: corrections.csv, what it makes of the rows of intervals.csv, and whether register.csv is as it says: corrected where it
 * is to be, and elsewhere as it was written.
 */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/correction.h"
#include "report/export.h"
#include "report/figure.h"

#include <stdio.h>
#include <string.h>

enum { CORRECTIONS_MAX = 100000 };

const char *const VERIFY_SLOT_COLUMNS[] = {
    "site",          "device",        "meter", "quantity", "slot_start_utc", "measured_millij", "bridged_millij", "estimated_millij",
    "manual_millij", "static_millij", NULL};

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

enum register_column { R_NODE = 0, R_FROM, R_TO, R_TYPE, R_QUANTITY, R_NOW, R_STORED = R_NOW + REPORT_CORRECTION_PHASE };

static void check_cells(struct verification *verification, size_t line, const char *const *cell, const int64_t span_ms[static 2])
{
	static const char *const NAMES[] = {
	    [REPORT_CORRECTION_ROLE] = "role", [REPORT_CORRECTION_IN_TOTAL] = "in_total", [REPORT_CORRECTION_PHASE] = "phase"};
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
			buf_clear(&wanted);
			report_correction_add_value(&wanted, correction->what, correction->value_micro);
		}
		if (strcmp(said, buf_text(&wanted)) != 0)
			verify_find(verification, "register.csv:%zu: %s: %s is %s, as stored and corrected it is %s", line, cell[R_NODE],
				    NAMES[what], said, buf_text(&wanted));
	}
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
	static const char *const REGISTER[] = {"node",     "valid_from", "valid_to",    "node_type",       "quantity",     "role",
					       "in_total", "phase",      "stored_role", "stored_in_total", "stored_phase", NULL};
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
		for (int c = 0; c < COVERAGE_COUNT; c++)
			slot->millij[c] = num_muldiv_half_even(
			    slot->millij[c], is_turned ? -correction->value_micro : correction->value_micro, REPORT_CORRECTION_ONE_MICRO);
		if (is_turned)
			slot->quantity = slot->stored == QUANTITY_ENERGY ? QUANTITY_ENERGY_OUT : QUANTITY_ENERGY;
		return;
	}
}

enum err verify_read_slot(const struct verification *verification, const struct csv_row *row, const char *const *cell,
			  struct verify_slot *out, struct err_info *info)
{
	static const enum coverage CLASSES[] = {COVERAGE_MEASURED, COVERAGE_BRIDGED, COVERAGE_ESTIMATED, COVERAGE_MANUAL, COVERAGE_STATIC};

	out->stored = strcmp(cell[3], quantity_name(QUANTITY_ENERGY)) == 0       ? QUANTITY_ENERGY
		      : strcmp(cell[3], quantity_name(QUANTITY_ENERGY_OUT)) == 0 ? QUANTITY_ENERGY_OUT
										 : QUANTITY_NONE;
	out->quantity = out->stored;
	if (out->stored == QUANTITY_NONE)
		return ERR_NONE;
	if (!clock_parse_utc(cell[4], &out->start_ms))
		return err_set(info, ERR_DATA, EXPORT_INTERVALS ":%zu: slot_start_utc '%.80s' is not understood", row->line, cell[4]);
	for (size_t i = 0; i < sizeof(CLASSES) / sizeof(CLASSES[0]); i++) {
		if (!num_parse_i64(cell[5 + i], &out->millij[CLASSES[i]]))
			return err_set(info, ERR_DATA, EXPORT_INTERVALS ":%zu: energy '%.80s' is not understood", row->line, cell[5 + i]);
	}
	snprintf(out->node, sizeof(out->node), "%.255s/%.255s/%.255s", cell[0], cell[1], cell[2]);
	memcpy(out->stored_millij, out->millij, sizeof(out->millij));
	correct(verification, out);
	return ERR_NONE;
}

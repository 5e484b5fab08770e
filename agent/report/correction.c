/* SPDX-License-Identifier: Apache-2.0 */
#include "report/correction.h"

#include "base/mem.h"
#include "base/num.h"
#include "ledger/entry.h"
#include "ledger/rows.h"
#include "model/units.h"

#include <stdio.h>
#include <string.h>

enum { CORRECTIONS_MAX = 100000, ROWS_MAX = 100000000, NODE_BYTES = 1024, VALUE_BYTES = 64, PHASE_MAX = 3, MICRO_DECIMALS = 6 };

static const struct {
	const char *word;
	enum report_correction_what what;
} WORDS[] = {{"ct_ratio", REPORT_CORRECTION_RATIO},
	     {"scale", REPORT_CORRECTION_RATIO},
	     {"role", REPORT_CORRECTION_ROLE},
	     {"in_total", REPORT_CORRECTION_IN_TOTAL},
	     {"phase", REPORT_CORRECTION_PHASE}};

bool report_correction_find(const char *word, enum report_correction_what *out)
{
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		if (strcmp(WORDS[i].word, word) == 0) {
			*out = WORDS[i].what;
			return true;
		}
	}
	return false;
}

/* ---- Values ---- */

/* "2", "-1", or "150/100" with six digits behind the dot. */
static bool parse_ratio(const char *text, int64_t *value_micro)
{
	const char *slash = strchr(text, '/');
	char number[VALUE_BYTES];
	int64_t above;
	int64_t below;

	if (slash == NULL)
		return num_parse_fixed(text, MICRO_DECIMALS, value_micro);
	if ((size_t)(slash - text) >= sizeof(number))
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)(slash - text), text);
	if (!num_parse_fixed(number, MICRO_DECIMALS, &above) || !num_parse_fixed(slash + 1, MICRO_DECIMALS, &below) || below <= 0)
		return false;
	*value_micro = num_muldiv_half_even(above, REPORT_CORRECTION_ONE_MICRO, below);
	return true;
}

static bool parse_words(const char *text, const char *one, const char *none, int64_t *value_micro)
{
	*value_micro = strcmp(text, one) == 0 ? REPORT_CORRECTION_ONE_MICRO : 0;
	return *value_micro != 0 || strcmp(text, none) == 0;
}

static bool parse_phase(const char *text, int64_t *value_micro)
{
	int64_t phase;

	if (!num_parse_i64(text[0] == 'L' ? text + 1 : text, &phase) || phase < 0 || phase > PHASE_MAX)
		return false;
	*value_micro = phase * REPORT_CORRECTION_ONE_MICRO;
	return true;
}

static bool is_ratio(int64_t value_micro)
{
	int64_t most = (int64_t)REPORT_CORRECTION_RATIO_MAX * REPORT_CORRECTION_ONE_MICRO;

	return value_micro != 0 && value_micro >= -most && value_micro <= most;
}

enum err report_correction_parse(enum report_correction_what what, const char *text, int64_t *value_micro, struct err_info *info)
{
	int64_t value = 0;
	const char *expected = "";
	bool is_good = false;

	switch (what) {
	case REPORT_CORRECTION_RATIO:
		is_good = parse_ratio(text, &value) && is_ratio(value);
		expected = "what the booked energy is to be multiplied by, like 2, 150/100 or -1";
		break;
	case REPORT_CORRECTION_ROLE:
		is_good = parse_words(text, "total", "part", &value);
		expected = "total or part";
		break;
	case REPORT_CORRECTION_IN_TOTAL:
		is_good = parse_words(text, "yes", "no", &value);
		expected = "yes or no";
		break;
	case REPORT_CORRECTION_PHASE:
		is_good = parse_phase(text, &value);
		expected = "1, 2, 3, or 0 for none";
		break;
	}
	if (!is_good)
		return err_set(info, ERR_DATA, "value: '%s' is not understood; %s is expected", text, expected);
	*value_micro = value;
	return ERR_NONE;
}

void report_correction_add_value(struct buf *out, enum report_correction_what what, int64_t value_micro)
{
	char text[NUM_TEXT_BYTES];

	switch (what) {
	case REPORT_CORRECTION_RATIO:
		num_print_fixed(text, value_micro, MICRO_DECIMALS, MICRO_DECIMALS);
		buf_add_text(out, text);
		break;
	case REPORT_CORRECTION_ROLE: buf_add_text(out, value_micro != 0 ? "total" : "part"); break;
	case REPORT_CORRECTION_IN_TOTAL: buf_add_text(out, value_micro != 0 ? "yes" : "no"); break;
	case REPORT_CORRECTION_PHASE: buf_add_i64(out, value_micro / REPORT_CORRECTION_ONE_MICRO); break;
	}
}

/* ---- Before it is entered ---- */

struct check {
	const struct ledger_entry *entry;
	bool has_in;
	bool has_out;
	int64_t other_id; /* that is in its way; 0: none */
};

static enum err take_meter(void *context, const struct ledger_register_row *row, struct err_info *info)
{
	struct check *check = context;
	char node[NODE_BYTES];

	(void)info;
	snprintf(node, sizeof(node), "%s/%s/%s", row->site, row->device, row->key);
	if (strcmp(node, check->entry->node) != 0)
		return ERR_NONE;
	check->has_in = check->has_in || row->quantity == QUANTITY_ENERGY;
	check->has_out = check->has_out || row->quantity == QUANTITY_ENERGY_OUT;
	return ERR_NONE;
}

bool report_correction_collides(const struct ledger_entry *a, const struct ledger_entry *b)
{
	enum report_correction_what of_a;
	enum report_correction_what of_b;

	return strcmp(a->kind, REPORT_CORRECTION) == 0 && strcmp(b->kind, REPORT_CORRECTION) == 0 && strcmp(a->node, b->node) == 0 &&
	       report_correction_find(a->what, &of_a) && report_correction_find(b->what, &of_b) && of_a == of_b &&
	       a->from_utc_ms < b->to_utc_ms && a->to_utc_ms > b->from_utc_ms;
}

static enum err take_other(void *context, const struct ledger_entry *other, struct err_info *info)
{
	struct check *check = context;

	(void)info;
	if (!other->is_voided && report_correction_collides(other, check->entry))
		check->other_id = other->entry_id;
	return ERR_NONE;
}

enum err report_correction_check(struct ledger *ledger, const struct ledger_entry *entry, struct err_info *info)
{
	struct check check = {.entry = entry};
	struct ledger_filter all_time = {
	    .start_s = 1, .end_s = INT64_MAX / UNITS_MS_PER_S, .site_id = entry->site_id, .is_any_quantity = true};
	struct ledger_entry_filter all = {.site_id = entry->site_id};
	enum err err = ledger_query_register(ledger, &all_time, take_meter, &check, info);

	if (err == ERR_NONE)
		err = ledger_query_entries(ledger, &all, take_other, &check, info);
	if (err != ERR_NONE)
		return err;
	if (!check.has_in && !check.has_out)
		return err_set(info, ERR_DATA, "node: '%s' is no meter of energy (SITE/DEVICE/METER is expected)", entry->node);
	if (entry->value_micro < 0 && !(check.has_in && check.has_out))
		return err_set(info, ERR_DATA,
			       "value: '%s' counts one way alone, so what it booked while it was turned round cannot be turned back",
			       entry->node);
	if (check.other_id != 0)
		return err_set(info, ERR_DATA, "node: entry %lld corrects the %s of '%s' in that time already: void it first",
			       (long long)check.other_id, entry->what, entry->node);
	return ERR_NONE;
}

/* ---- Into the register ---- */

/* The meters of its node: whatever the register ever called so. */
static void find_meters(struct report_correction *correction, const struct report_register *reg)
{
	char node[NODE_BYTES];

	for (size_t i = 0; i < reg->entry_count; i++) {
		const struct ledger_register_row *row = &reg->entry[i].row;

		if (row->quantity != QUANTITY_ENERGY && row->quantity != QUANTITY_ENERGY_OUT)
			continue;
		snprintf(node, sizeof(node), "%s/%s/%s", row->site, row->device, row->key);
		if (strcmp(node, correction->node) != 0)
			continue;
		correction->site_id = row->site_id;
		*(row->quantity == QUANTITY_ENERGY ? &correction->meter_id : &correction->out_id) = row->meter_id;
	}
}

enum err report_corrections_collect(struct report_register *reg, const struct report_entered *entered, struct err_info *info)
{
	for (size_t i = 0; i < entered->count; i++) {
		const struct report_entered_row *row = &entered->row[i];
		struct report_correction correction = {.entry_id = row->entry_id,
						       .node = row->node,
						       .from_ms = row->from_ms,
						       .to_ms = row->to_ms,
						       .value_micro = row->value_micro};
		void *array = reg->correction;
		enum err err;

		if (!row->counts || strcmp(row->kind, REPORT_CORRECTION) != 0 || !report_correction_find(row->what, &correction.what))
			continue;
		err = mem_grow(&array, &reg->correction_capacity, reg->correction_count, CORRECTIONS_MAX, sizeof(correction));
		reg->correction = array;
		if (err != ERR_NONE)
			return err_set(info, err, "no room for %zu corrections", reg->correction_count + 1);
		find_meters(&correction, reg);
		reg->correction[reg->correction_count++] = correction;
	}
	return ERR_NONE;
}

static bool is_of(const struct report_correction *correction, uint32_t meter_id)
{
	return meter_id == correction->meter_id || meter_id == correction->out_id;
}

/* The first instant after at_ms where what holds for a row changes; its end when nothing does. */
static int64_t next_cut_ms(const struct report_register *reg, const struct ledger_register_row *row, int64_t at_ms)
{
	int64_t next_ms = row->valid_to_ms;

	for (size_t i = 0; i < reg->correction_count; i++) {
		const struct report_correction *correction = &reg->correction[i];

		if (correction->what == REPORT_CORRECTION_RATIO || !is_of(correction, row->meter_id))
			continue;
		if (correction->from_ms > at_ms && correction->from_ms < next_ms)
			next_ms = correction->from_ms;
		if (correction->to_ms > at_ms && correction->to_ms < next_ms)
			next_ms = correction->to_ms;
	}
	return next_ms;
}

/* A piece of a row, as it is to be read from at_ms on. */
static void correct_piece(struct report_entry *piece, const struct report_register *reg, int64_t at_ms)
{
	for (size_t i = 0; i < reg->correction_count; i++) {
		const struct report_correction *correction = &reg->correction[i];

		if (!is_of(correction, piece->row.meter_id) || at_ms < correction->from_ms || at_ms >= correction->to_ms)
			continue;
		if (correction->what == REPORT_CORRECTION_ROLE)
			piece->row.role = correction->value_micro != 0 ? ROLE_TOTAL : ROLE_PART;
		else if (correction->what == REPORT_CORRECTION_IN_TOTAL)
			piece->row.is_in_total = correction->value_micro != 0;
		else if (correction->what == REPORT_CORRECTION_PHASE)
			piece->row.phase = (uint8_t)(correction->value_micro / REPORT_CORRECTION_ONE_MICRO);
		piece->is_corrected = piece->is_corrected || correction->what != REPORT_CORRECTION_RATIO;
	}
}

/* The row in pieces; their texts are those of the first. */
static enum err add_pieces(struct report_register *out, const struct report_register *reg, const struct report_entry *entry,
			   struct err_info *info)
{
	int64_t at_ms = entry->row.valid_from_ms;
	bool is_first = true;

	do {
		struct report_entry piece = *entry;
		int64_t next_ms = next_cut_ms(reg, &entry->row, at_ms);
		void *array = out->entry;
		enum err err = mem_grow(&array, &out->entry_capacity, out->entry_count, ROWS_MAX, sizeof(piece));

		out->entry = array;
		if (err != ERR_NONE)
			return err_set(info, err, "no room for %zu register rows", out->entry_count + 1);
		piece.row.valid_from_ms = at_ms;
		piece.row.valid_to_ms = next_ms;
		piece.text = is_first ? entry->text : NULL;
		correct_piece(&piece, reg, at_ms);
		out->entry[out->entry_count++] = piece;
		is_first = false;
		at_ms = next_ms;
	} while (at_ms < entry->row.valid_to_ms);
	return ERR_NONE;
}

static enum err cut_rows(struct report_register *reg, struct err_info *info)
{
	struct report_register out = {0};
	enum err err = ERR_NONE;

	for (size_t s = 0; s < reg->site_count; s++) {
		struct report_site *site = &reg->site[s];
		size_t first = site->first_entry;

		site->first_entry = out.entry_count;
		for (size_t i = first; err == ERR_NONE && i < first + site->entry_count; i++)
			err = add_pieces(&out, reg, &reg->entry[i], info);
		site->entry_count = out.entry_count - site->first_entry;
	}
	if (err != ERR_NONE) {
		mem_free(out.entry);
		return err;
	}
	mem_free(reg->entry);
	reg->entry = out.entry;
	reg->entry_count = out.entry_count;
	reg->entry_capacity = out.entry_capacity;
	return report_register_index(reg, info);
}

enum err report_corrections_take(struct report_register *reg, const struct report_entered *entered, struct err_info *info)
{
	enum err err = report_corrections_collect(reg, entered, info);

	return err != ERR_NONE || reg->correction_count == 0 ? err : cut_rows(reg, info);
}

/* ---- Rows ---- */

uint32_t report_correction_apply(const struct report_register *reg, uint32_t meter_id, struct interval *interval)
{
	int64_t at_ms = interval->slot_start_s * UNITS_MS_PER_S;

	for (size_t i = 0; i < reg->correction_count; i++) {
		const struct report_correction *correction = &reg->correction[i];
		int64_t value_micro = correction->value_micro < 0 ? -correction->value_micro : correction->value_micro;

		if (correction->what != REPORT_CORRECTION_RATIO || !is_of(correction, meter_id) || at_ms < correction->from_ms ||
		    at_ms >= correction->to_ms)
			continue;
		for (int c = 0; c < COVERAGE_COUNT; c++)
			interval->millij[c] = num_muldiv_half_even(interval->millij[c], value_micro, REPORT_CORRECTION_ONE_MICRO);
		if (correction->value_micro > 0)
			return meter_id;
		return meter_id == correction->meter_id ? correction->out_id : correction->meter_id;
	}
	return meter_id;
}

bool report_correction_turns(const struct report_register *reg, const struct report_site *site)
{
	for (size_t i = 0; i < reg->correction_count; i++) {
		if (reg->correction[i].site_id == site->site_id && reg->correction[i].what == REPORT_CORRECTION_RATIO &&
		    reg->correction[i].value_micro < 0)
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_again: totals.csv made once more: the parts of each site from the files, then by what makes reports and exports; and each cell that can be
 * told so compared as text.
 */
#include "report/verify_priv.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/units.h"
#include "report/cfe.h"
#include "report/correction.h"
#include "report/export.h"
#include "report/totals_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 100000000, CELL_BYTES_MAX = 64 << 10 };

_Static_assert(EXPORT_COLUMNS <= (int)CSV_CELLS_MAX, "what is exported can be read");

/* What a cell is made from. */
enum need { ANYTHING, METERS, ENTRIES, REGISTER, UNCERTAINTY, SUPPLY, CFE };

static const struct {
	const char *name;
	bool is_again;
	enum need need;
} COLUMNS[] = {
#define AGAIN(name, need) {#name, true, need},
#define ELSEWHERE(name) {#name, false, ANYTHING},
#define TOLD(name, why) {#name, false, ANYTHING},
#include "report/verify_columns.def"
#undef AGAIN
#undef ELSEWHERE
#undef TOLD
};

struct verify_again {
	struct verify_total **by_line; /* as they stand in the file */
	size_t next;                   /* of them, for the parts of the next site */
	size_t line;                   /* of them, that is compared */
	size_t row;                    /* of the totals that were made */
	size_t entry;                  /* of the register, at which the device before was found: the next is behind it */
	bool has_overhead;             /* the next line is that row, of the site above it */
	struct report_total overhead;
	size_t column[CSV_CELLS_MAX]; /* of export_columns(): what COLUMNS has of it */
};

/* ---- Parts ---- */

static bool is_of(const char *node, const char *site)
{
	size_t bytes = strlen(site);

	return strncmp(node, site, bytes) == 0 && node[bytes] == '/';
}

static int64_t expected_ms(const struct verification *verification, const struct verify_total *total)
{
	int64_t now_s = verification->package.totals.now_utc_ms / UNITS_MS_PER_S;
	int64_t end_s = total->end_ms / UNITS_MS_PER_S < now_s ? total->end_ms / UNITS_MS_PER_S : now_s;

	return end_s > total->start_ms / UNITS_MS_PER_S ? end_s * UNITS_MS_PER_S - total->start_ms : 0;
}

static enum err add_part(struct verification *verification, struct report_parts *parts, const struct verify_total *total,
			 struct err_info *info)
{
	const struct report_entry *meter = verify_find_meter(verification, total->node, total->end_ms - 1);
	struct report_total *part;
	void *array = parts->row;
	enum err err = mem_grow(&array, &parts->capacity, parts->count, PARTS_MAX, sizeof(*parts->row));

	parts->row = array;
	if (err != ERR_NONE)
		return err_set(info, err, "totals.csv: no room for its meters");
	if (meter == NULL)
		return err_set(info, ERR_DATA, "totals.csv:%zu: register.csv has no meter %s", total->line, total->node);
	part = &parts->row[parts->count++];
	*part = total->sum;
	part->level = REPORT_METER;
	part->site = parts->site;
	part->meter = &meter->row;
	part->start_s = total->start_ms / UNITS_MS_PER_S;
	part->end_s = total->end_ms / UNITS_MS_PER_S;
	part->meter_count = 1;
	part->unknown_count = part->has_energy ? 0 : 1;
	part->expected_ms = expected_ms(verification, total);
	part->uncorrected.is_corrected = part->uncorrected.is_corrected || meter->is_corrected;
	return ERR_NONE;
}

/* The meters of a site that come next in the file. */
static enum err make_parts(void *context, struct report_parts *parts, struct err_info *info)
{
	struct verification *verification = context;
	struct verify_again *again = verification->again;
	struct report_totals *totals = &verification->package.totals;
	struct report_entered entered = {.row = totals->entered.row + parts->site->first_entered, .count = parts->site->entered_count};
	enum err err = ERR_NONE;

	parts->late_count = parts->site->sealed.late_count; /* as the manifest has it */
	for (; err == ERR_NONE && again->next < verification->total_count; again->next++) {
		const struct verify_total *total = again->by_line[again->next];

		if (total->level == REPORT_METER && !is_of(total->node, parts->site->id))
			break;
		if (total->level == REPORT_METER)
			err = add_part(verification, parts, total, info);
	}
	return err == ERR_NONE ? report_parts_compute(parts, &entered, totals, info) : err;
}

/* ---- A package without meters: its rows as they are, with the energy of their interval rows ---- */

/* Both files have devices in the same order. */
static const struct ledger_register_row *find_device(struct verify_again *again, const struct report_register *reg, const char *node)
{
	for (size_t i = 0; i < reg->entry_count; i++) {
		size_t at = (again->entry + i) % reg->entry_count;
		const struct ledger_register_row *row = &reg->entry[at].row;

		if (!is_of(node, row->site) || strcmp(node + strlen(row->site) + 1, row->device) != 0)
			continue;
		again->entry = at;
		return row;
	}
	return NULL;
}

static void take_row(struct verification *verification, const struct verify_total *total)
{
	struct report_totals *totals = &verification->package.totals;
	struct report_total *row = &totals->row[totals->count++];

	*row = total->sum;
	row->level = total->level;
	row->start_s = total->start_ms / UNITS_MS_PER_S;
	row->end_s = total->end_ms / UNITS_MS_PER_S;
	row->meter = total->level == REPORT_DEVICE ? find_device(verification->again, &totals->reg, total->node) : NULL;
	row->site = verify_find_site(verification, row->meter != NULL ? row->meter->site : total->node);
	if (total->level == REPORT_TOTAL && totals->reg.site_count == 1)
		row->site = &totals->reg.site[0];
}

static enum err take_rows(struct verification *verification, struct err_info *info)
{
	struct report_totals *totals = &verification->package.totals;

	totals->row = mem_new_array(verification->total_count + 1, sizeof(*totals->row));
	if (totals->row == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	for (size_t i = 0; i < verification->total_count; i++) {
		const struct verify_total *total = verification->again->by_line[i];
		const struct report_total *row = &totals->row[totals->count];

		if (total->level == REPORT_OVERHEAD)
			continue;
		take_row(verification, total);
		if (total->level != REPORT_TOTAL && (row->site == NULL || (total->level == REPORT_DEVICE && row->meter == NULL)))
			return err_set(info, ERR_DATA, "totals.csv:%zu: nothing in the package knows %s", total->line, total->node);
	}
	return ERR_NONE;
}

/* ---- Evidence ---- */

/* Meters stand in the same order in both. */
static enum err take_evidence(struct verification *verification, struct err_info *info)
{
	struct package *package = &verification->package;
	size_t at = 0;

	package->evidence = mem_new_array(package->totals.count + 1, sizeof(*package->evidence));
	if (package->evidence == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu rows", package->totals.count);
	for (size_t i = 0; i < package->totals.count; i++) {
		if (package->totals.row[i].level != REPORT_METER)
			continue;
		while (at < verification->total_count && verification->again->by_line[at]->level != REPORT_METER)
			at++;
		if (at < verification->total_count)
			package->evidence[i] = verification->again->by_line[at++]->evidence;
		package->evidence[i].has_gaps = package->evidence[i].has_gaps && export_has_gaps(package, i);
	}
	return export_make_uncertainty(package, info);
}

/* ---- Comparing ---- */

static bool can_tell(const struct verification *verification, enum need need)
{
	bool has_meters = verification->summary->has_meters;

	switch (need) {
	case METERS: return has_meters;
	case ENTRIES: return has_meters && verification->has_entries;
	case REGISTER: return has_meters && verification->has_register;
	case UNCERTAINTY: return has_meters && verification->has_register && verification->has_uncertainty_bases;
	case SUPPLY: return verification->has_supply_columns;
	case CFE: return has_meters && verification->has_entries && verification->has_cfe_columns;
	default: return true;
	}
}

static void compare_cell(struct verification *verification, const struct csv_row *row, const struct export_row *cells, size_t column,
			 const char *cell)
{
	size_t count;
	const char *name = export_columns(&count)[column];
	struct buf said;
	struct buf made;

	buf_init(&said, CELL_BYTES_MAX);
	buf_init(&made, CELL_BYTES_MAX);
	text_add_csv(&said, cell);
	export_put_cell(&made, cells, column);
	if (strcmp(buf_text(&said), buf_text(&made)) != 0)
		verify_find(verification, "totals.csv:%zu: %s: %s is %.64s, computed again it is %.64s", row->line,
			    verification->again->by_line[verification->again->line]->node, name, cell, buf_text(&made));
	buf_deinit(&said);
	buf_deinit(&made);
}

static void compare_cells(struct verification *verification, const struct csv_row *row, const struct export_row *cells,
			  const char *const *cell)
{
	for (size_t i = 0; i < EXPORT_COLUMNS; i++) {
		size_t at = verification->again->column[i];

		if (at != SIZE_MAX && cell[i] != NULL && COLUMNS[at].is_again && can_tell(verification, COLUMNS[at].need))
			compare_cell(verification, row, cells, i, cell[i]);
	}
}

static enum err compare_row(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	static const struct export_evidence NONE = {.has_raw = false};
	const struct package *package = &verification->package;
	struct verify_again *again = verification->again;
	bool is_overhead = again->by_line[again->line]->level == REPORT_OVERHEAD;
	struct export_row cells = {package, &again->overhead, &NONE, SIZE_MAX};

	(void)info;
	if (is_overhead && !verification->summary->has_meters) {
		again->line++; /* of meters that are not there */
		return ERR_NONE;
	}
	if (is_overhead != again->has_overhead || (!is_overhead && again->row >= package->totals.count)) {
		verify_find(verification, "totals.csv:%zu: %s: computed again, another row is here", row->line,
			    again->by_line[again->line++]->node);
		return ERR_NONE;
	}
	if (!is_overhead)
		cells = (struct export_row){package, &package->totals.row[again->row], &package->evidence[again->row], again->row};
	compare_cells(verification, row, &cells, cell);
	again->has_overhead = !is_overhead && verification->summary->has_meters && export_make_overhead(&again->overhead, cells.row);
	again->row += is_overhead ? 0 : 1;
	again->line++;
	return ERR_NONE;
}

/* Earlier versions had fewer columns. */
static enum err compare_all(struct verification *verification, struct err_info *info)
{
	static char text[CSV_CELLS_MAX][VERIFY_NAME_BYTES];
	const char *wanted[CSV_CELLS_MAX] = {NULL};
	struct verify_again *again = verification->again;
	size_t count;
	const char *const *name = export_columns(&count);
	enum err err;

	for (size_t i = 0; i < count; i++) {
		snprintf(text[i], sizeof(text[i]), VERIFY_OPTIONAL "%s", name[i]);
		wanted[i] = text[i];
		again->column[i] = SIZE_MAX;
		for (size_t c = 0; c < sizeof(COLUMNS) / sizeof(COLUMNS[0]); c++) {
			if (strcmp(COLUMNS[c].name, name[i]) == 0)
				again->column[i] = c;
		}
	}
	err = verify_walk(verification, "totals.csv", wanted, compare_row, info);
	if (err == ERR_NONE && again->row < verification->package.totals.count)
		verify_find(verification, "totals.csv: it has %zu rows, computed again there are %zu", again->row,
			    verification->package.totals.count);
	return err;
}

/* ---- The whole ---- */

static int compare_lines(const void *a, const void *b)
{
	const struct verify_total *x = *(struct verify_total *const *)a;
	const struct verify_total *y = *(struct verify_total *const *)b;

	return (x->line > y->line) - (x->line < y->line);
}

static enum err make(struct verification *verification, struct err_info *info)
{
	struct package *package = &verification->package;
	enum err err = report_corrections_collect(&package->totals.reg, &package->totals.entered, info);

	for (size_t i = 0; i < verification->total_count; i++)
		verification->again->by_line[i] = &verification->total[i];
	qsort(verification->again->by_line, verification->total_count, sizeof(struct verify_total *), compare_lines);
	if (err == ERR_NONE)
		err = verification->summary->has_meters ? report_totals_add(&package->totals, REPORT_METER, make_parts, verification, info)
							: take_rows(verification, info);
	if (err == ERR_NONE)
		err = report_totals_add_assets(&package->totals, info);
	if (err == ERR_NONE)
		err = report_cfe_fill(package->supplies.site, &package->totals, info);
	if (err == ERR_NONE)
		err = take_evidence(verification, info);
	return err == ERR_NONE ? compare_all(verification, info) : err;
}

enum err verify_again(struct verification *verification, struct err_info *info)
{
	struct verify_again again = {.by_line = mem_new_array(verification->total_count + 1, sizeof(*again.by_line))};
	enum err err;

	if (again.by_line == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	verification->again = &again;
	err = make(verification, info);
	verification->again = NULL;
	mem_free(again.by_line);
	return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* verify_assets: mass and embodied emissions of totals.csv, computed again from what entries.csv says counts. */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"
#include "report/assets.h"
#include "report/figure.h"

#include <string.h>

enum { ENTRIES_MAX = 1000000, MICRO_DECIMALS = 6, CELL_BYTES = 32 };

enum figure { MASS_KG = 0, EMBODIED_KG, EMBODIED_MG, FIGURE_COUNT };

static const char *const FIGURE_NAMES[FIGURE_COUNT] = {"mass_kg", "m_embodied_kg", "m_embodied_mg"};

struct row {
	char said[FIGURE_COUNT][CELL_BYTES];
	struct report_assets assets;
};

struct verify_assets {
	struct row *row; /* one a row of totals */
	struct report_entered entered;
};

/* ---- entries.csv ---- */

static enum err copy_texts(struct report_entered_row *row, const char *const *cell, struct err_info *info)
{
	size_t node_bytes = strlen(cell[1]) + 1;
	size_t what_bytes = strlen(cell[4]) + 1;
	size_t note_bytes = strlen(cell[6]) + 1;

	row->text = mem_new(node_bytes + what_bytes + note_bytes);
	if (row->text == NULL)
		return err_set(info, ERR_MEMORY, "no memory for an entry");
	row->node = memcpy(row->text, cell[1], node_bytes);
	row->what = memcpy(row->text + node_bytes, cell[4], what_bytes);
	row->note = memcpy(row->text + node_bytes + what_bytes, cell[6], note_bytes);
	return ERR_NONE;
}

static enum err take_entry(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_entered *entered = &verification->assets->entered;
	struct report_entered_row entry = {.kind = ASSET_KIND, .counts = true};
	void *array = entered->row;
	enum err err;

	if (strcmp(cell[0], ASSET_KIND) != 0 || cell[7] == NULL || strcmp(cell[7], "yes") != 0)
		return ERR_NONE;
	if (!clock_parse_utc(cell[2], &entry.from_ms) || (strcmp(cell[3], FIGURE_NONE) != 0 && !clock_parse_utc(cell[3], &entry.to_ms)) ||
	    !num_parse_fixed(cell[5], MICRO_DECIMALS, &entry.value_micro))
		return err_set(info, ERR_DATA, "entries.csv:%zu: instants and value are not understood", row->line);
	err = mem_grow(&array, &entered->capacity, entered->count, ENTRIES_MAX, sizeof(*entered->row));
	entered->row = array;
	if (err != ERR_NONE)
		return err_set(info, err, "entries.csv: no room for its rows");
	err = copy_texts(&entry, cell, info);
	entered->row[entered->count++] = entry;
	return err;
}

/* ---- totals.csv ---- */

enum column { TYPE = 0, NODE, START, FIRST };

static enum err take_row(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	enum report_level level;
	int64_t start_ms;
	struct verify_total *total = report_level_find(cell[TYPE], &level) && clock_parse_utc(cell[START], &start_ms)
					 ? verify_find_total(verification, level, cell[NODE], start_ms)
					 : NULL;

	if (total == NULL)
		return err_set(info, ERR_DATA, "totals.csv:%zu: a row that is not found again", row->line);
	for (int i = 0; i < FIGURE_COUNT; i++)
		(void)text_copy(verification->assets->row[total - verification->total].said[i], CELL_BYTES, cell[FIRST + i]);
	return ERR_NONE;
}

/* ---- Comparing ---- */

/* An asset of a site: in its row, in that of all, and in those of devices that it is, or is below. */
static void add_asset(struct verification *verification, const struct report_asset *asset, const struct verify_total *site)
{
	for (size_t i = 0; i < verification->total_count; i++) {
		const struct verify_total *total = &verification->total[i];

		if (total->level > REPORT_DEVICE)
			break; /* they are sorted by level */
		if (total->level == REPORT_TOTAL || total == site ||
		    (total->level == REPORT_DEVICE && report_assets_is_below(asset->node, total->node)))
			report_assets_add(&verification->assets->row[i].assets, asset, site->end_ms);
	}
}

/* Entries of assets below a site stand behind each other. */
static enum err add_site(struct verification *verification, const struct verify_total *total, struct err_info *info)
{
	const struct report_entered *entered = &verification->assets->entered;
	struct report_site site = {.id = total->node};
	struct report_asset *asset = NULL;
	size_t count = 0;
	enum err err;

	site.span.start_s = total->start_ms / UNITS_MS_PER_S;
	site.span.end_s = total->end_ms / UNITS_MS_PER_S;
	while (site.first_entered < entered->count && !report_assets_is_below(entered->row[site.first_entered].node, total->node))
		site.first_entered++;
	while (site.first_entered + site.entered_count < entered->count &&
	       report_assets_is_below(entered->row[site.first_entered + site.entered_count].node, total->node))
		site.entered_count++;
	err = report_assets_list(&asset, &count, entered, &site, info);
	for (size_t i = 0; err == ERR_NONE && i < count; i++)
		add_asset(verification, &asset[i], total);
	mem_free(asset);
	return err;
}

static void compare(struct verification *verification, size_t at)
{
	const struct row *row = &verification->assets->row[at];
	struct buf text[FIGURE_COUNT];
	bool has[FIGURE_COUNT] = {row->assets.mass_count > 0, row->assets.embodied_count > 0, row->assets.embodied_count > 0};

	for (int i = 0; i < FIGURE_COUNT; i++) {
		buf_init(&text[i], CELL_BYTES);
		if (!has[i])
			buf_add_text(&text[i], FIGURE_NONE);
		else if (i == EMBODIED_MG)
			buf_add_i64(&text[i], row->assets.embodied_mg);
		else
			figure_add_kg(&text[i], i == MASS_KG ? row->assets.mass_micro_kg : row->assets.embodied_mg, MICRO_DECIMALS);
		if (strcmp(buf_text(&text[i]), row->said[i]) != 0)
			verify_find(verification, "totals.csv:%zu: %s: %s is %s, by the entries it is %s", verification->total[at].line,
				    verification->total[at].node, FIGURE_NAMES[i], row->said[i], buf_text(&text[i]));
		buf_deinit(&text[i]);
	}
}

static enum err walk_all(struct verification *verification, struct err_info *info)
{
	static const char *const ENTRIES[] = {"kind", "node", "from_utc", "to_utc", "what", "value", "note", VERIFY_OPTIONAL "counts",
					      NULL};
	static const char *const TOTALS[] = {[TYPE] = "node_type",
					     [NODE] = "node_id",
					     [START] = "period_start_utc",
					     [FIRST + MASS_KG] = "mass_kg",
					     [FIRST + EMBODIED_KG] = "m_embodied_kg",
					     [FIRST + EMBODIED_MG] = "m_embodied_mg",
					     NULL};
	enum err err = verify_walk(verification, "entries.csv", ENTRIES, take_entry, info);

	if (err == ERR_NONE)
		err = verify_walk(verification, "totals.csv", TOTALS, take_row, info);
	for (size_t i = 0; err == ERR_NONE && i < verification->total_count; i++) {
		if (verification->total[i].level == REPORT_SITE)
			err = add_site(verification, &verification->total[i], info);
	}
	for (size_t i = 0; err == ERR_NONE && i < verification->total_count; i++)
		compare(verification, i);
	return err;
}

enum err verify_assets(struct verification *verification, struct err_info *info)
{
	struct verify_assets assets = {.row = mem_new_array(verification->total_count + 1, sizeof(*assets.row))};
	enum err err;

	if (assets.row == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	if (!verification->has_assets) {
		mem_free(assets.row);
		return ERR_NONE;
	}
	verification->assets = &assets;
	err = walk_all(verification, info);
	verification->assets = NULL;
	report_entered_deinit(&assets.entered);
	mem_free(assets.row);
	return err;
}

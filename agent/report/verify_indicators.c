/* SPDX-License-Identifier: Apache-2.0 */
/* verify_indicators: PUE, CUE, SEE and REF of each site, computed again from the rows of its meters. */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"
#include "report/figure.h"

#include <string.h>

enum { CELL_BYTES = 32 };

enum column { TYPE = 0, NODE, START, POINT, SUPPLY, TERM, CATEGORY, IT, TELECOM, PUE, IPUE, CUE, SEE, REF, FUEL, LOCATION, LEASED };
enum { FIGURE_FIRST = IT, FIGURE_COUNT = REF - IT + 1 };

static const char *const COLUMNS[] = {[TYPE] = "node_type",
				      [NODE] = "node_id",
				      [START] = "period_start_utc",
				      [POINT] = "metering_point",
				      [SUPPLY] = "supply",
				      [TERM] = VERIFY_OPTIONAL "indicator_term",
				      [CATEGORY] = "pue_category",
				      [IT] = VERIFY_OPTIONAL "it_millij",
				      [TELECOM] = VERIFY_OPTIONAL "telecom_millij",
				      [PUE] = "pue",
				      [IPUE] = "ipue",
				      [CUE] = "cue_kg_per_kwh",
				      [SEE] = "see",
				      [REF] = "ref",
				      [FUEL] = "m_scope1_mg",
				      [LOCATION] = "m_scope2_lb_mg",
				      [LEASED] = VERIFY_OPTIONAL "m_scope3_cat8_mg",
				      NULL};

/* Of a site's row. */
struct site {
	char said[FIGURE_COUNT][CELL_BYTES];
	int category;
	struct report_indicators computed;
};

struct verify_indicators {
	struct site *site; /* one a row of totals */
	bool is_there;
};

static bool has(const char *cell)
{
	return cell != NULL && strcmp(cell, FIGURE_NONE) != 0;
}

/* Sums that are too large for their type stay at its end, and differ from what is said. */
static void add(int64_t *sum, int64_t value)
{
	bool is_saturated = false;

	*sum = num_add_saturating(*sum, value, &is_saturated);
}

/* ---- A meter ---- */

/* What of its emissions is known: of one scope alone, whichever it is in. */
static void add_mass(struct report_indicators *sum, const char *const *cell)
{
	static const enum column MASS[] = {FUEL, LOCATION, LEASED};
	bool is_known = false;

	for (size_t i = 0; i < sizeof(MASS) / sizeof(MASS[0]); i++) {
		int64_t mg;

		if (has(cell[MASS[i]]) && num_parse_i64(cell[MASS[i]], &mg)) {
			add(&sum->mg, mg);
			is_known = true;
		}
	}
	sum->has_mg = sum->has_mg && is_known;
}

static void add_meter(struct verification *verification, const struct verify_total *meter, struct site *site, const char *const *cell)
{
	struct report_indicators *sum = &site->computed;
	enum point point;
	bool is_it = has(cell[TERM]) && strcmp(cell[TERM], "it") == 0;

	if (is_it && (!point_find(cell[POINT], &point) || report_indicators_category(point) != site->category))
		verify_find(verification, "totals.csv:%zu: %s is IT at %.40s, its site's category is %d", meter->line, meter->node,
			    cell[POINT], site->category);
	if (is_it)
		add(&sum->it_millij, meter->energy_millij);
	else if (has(cell[TERM]))
		add(&sum->telecom_millij, meter->energy_millij);
	if (!meter->is_in_total || !meter->has_energy)
		return;
	add(&sum->pv_millij, strcmp(cell[SUPPLY], supply_name(SUPPLY_PV)) == 0 ? meter->energy_millij : 0);
	add_mass(sum, cell);
}

static struct verify_total *site_of(struct verification *verification, const struct verify_total *meter)
{
	char node[VERIFY_NODE_BYTES];
	size_t bytes = strcspn(meter->node, "/");

	if (bytes >= sizeof(node))
		return NULL;
	memcpy(node, meter->node, bytes);
	node[bytes] = '\0';
	return verify_find_total(verification, REPORT_SITE, node, meter->start_ms);
}

static void take_site(struct site *site, const char *const *cell)
{
	int64_t category = 0;

	site->computed.has_mg = true;
	if (has(cell[CATEGORY]) && num_parse_i64(cell[CATEGORY], &category) && category >= 1 && category <= 3)
		site->category = (int)category;
	for (int i = 0; i < FIGURE_COUNT; i++)
		(void)text_copy(site->said[i], CELL_BYTES, cell[FIGURE_FIRST + i]); /* what is longer is found to differ */
}

/* Sites stand before their meters. */
static enum err take_row(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_indicators *all = verification->indicators;
	enum report_level level;
	int64_t start_ms;
	struct verify_total *total = report_level_find(cell[TYPE], &level) && clock_parse_utc(cell[START], &start_ms)
					 ? verify_find_total(verification, level, cell[NODE], start_ms)
					 : NULL;
	struct verify_total *above;

	if (total == NULL)
		return err_set(info, ERR_DATA, "totals.csv:%zu: a row that is not found again", row->line);
	all->is_there = cell[TERM] != NULL && cell[IT] != NULL && cell[TELECOM] != NULL;
	if (!all->is_there)
		return ERR_NONE;
	if (level == REPORT_SITE)
		take_site(&all->site[total - verification->total], cell);
	above = level == REPORT_METER ? site_of(verification, total) : NULL;
	if (above != NULL)
		add_meter(verification, total, &all->site[above - verification->total], cell);
	return ERR_NONE;
}

/* ---- A site ---- */

static void compare(struct verification *verification, const struct verify_total *total, const struct site *site, int at,
		    const char *computed)
{
	const char *said = site->said[at];
	const char *name = COLUMNS[FIGURE_FIRST + at];

	/* A figure that is not there needs a reason (pue_missing), which may be that too little of the time is covered. */
	if (strcmp(said, FIGURE_NONE) != 0 && strcmp(said, computed) != 0)
		verify_find(verification, "totals.csv:%zu: %s: %s is %s, by its meters it is %s", total->line, total->node,
			    name[0] == VERIFY_OPTIONAL[0] ? name + 1 : name, said, computed);
}

typedef bool figure_fn(const struct report_indicators *indicators, int64_t *micro);

static void compare_micro(struct verification *verification, const struct verify_total *total, const struct site *site, enum column column,
			  figure_fn *figure)
{
	char text[NUM_TEXT_BYTES] = FIGURE_NONE;
	int64_t micro;

	if (figure != NULL && figure(&site->computed, &micro))
		num_print_fixed(text, micro, INDICATORS_DECIMALS, INDICATORS_DECIMALS);
	compare(verification, total, site, (int)column - FIGURE_FIRST, text);
}

static void compare_site(struct verification *verification, const struct verify_total *total, struct site *site)
{
	struct report_indicators *computed = &site->computed;
	bool is_year = report_indicators_is_year(total->start_ms / UNITS_MS_PER_S, total->end_ms / UNITS_MS_PER_S);
	char text[NUM_TEXT_BYTES];

	computed->has_site = total->has_energy && total->energy_millij > 0;
	computed->site_millij = total->energy_millij;
	computed->has_it = computed->has_telecom = true;
	num_print_i64(text, computed->it_millij);
	compare(verification, total, site, IT - FIGURE_FIRST, text);
	num_print_i64(text, computed->telecom_millij);
	compare(verification, total, site, TELECOM - FIGURE_FIRST, text);
	/* Of less than a year there is no PUE; a year that is not over has an interim one. */
	compare_micro(verification, total, site, PUE, is_year ? report_indicators_pue : NULL);
	compare_micro(verification, total, site, IPUE, report_indicators_pue);
	compare_micro(verification, total, site, CUE, report_indicators_cue);
	compare_micro(verification, total, site, SEE, report_indicators_see);
	compare_micro(verification, total, site, REF, report_indicators_ref);
}

enum err verify_indicators(struct verification *verification, struct err_info *info)
{
	struct verify_indicators all = {.site = mem_new_array(verification->total_count + 1, sizeof(*all.site))};
	enum err err;

	if (all.site == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	verification->indicators = &all;
	err = verify_walk(verification, "totals.csv", COLUMNS, take_row, info);
	for (size_t i = 0; err == ERR_NONE && all.is_there && verification->summary->has_meters && i < verification->total_count; i++) {
		if (verification->total[i].level == REPORT_SITE)
			compare_site(verification, &verification->total[i], &all.site[i]);
	}
	verification->indicators = NULL;
	mem_free(all.site);
	return err;
}

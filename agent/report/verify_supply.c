/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_supply: supply.csv: each hour's step of the store from the hour before, the energy of each source against its meters' totals, and the
 * sums against the site's row of totals.csv.
 */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/export.h"
#include "report/figure.h"
#include "report/supply.h"

#include <string.h>

enum { SITES_MAX = 1000000 };

/* What the row of a site says; and what its hours and its meters add up to. */
enum figure {
	BATTERY_IN = 0,
	BATTERY_OUT,
	STORED_OPEN,
	STORED_CLOSE,
	CARBON_OPEN,
	CARBON_CLOSE,
	INTAKE,
	DELIVERED,
	LOAD,
	RESIDUAL,
	FIGURE_COUNT
};

static const char *const FIGURE_NAMES[FIGURE_COUNT] = {
    "battery_in_millij",      "battery_out_millij", "stored_open_millij", "stored_close_millij", "stored_carbon_open_mg",
    "stored_carbon_close_mg", "m_intake_mg",        "m_delivered_mg",     "load_millij",         "balance_residual_millij"};

struct site {
	char *node;
	size_t line;
	bool has[FIGURE_COUNT];
	int64_t said[FIGURE_COUNT];
	struct account_store store;
	struct report_supply_hour sum;
	bool has_carbon;
	size_t hour_count;
	int64_t meters_millij[SUPPLY_COUNT]; /* of its meters that count */
	int64_t meters_mg;
};

struct verify_supply {
	struct site *site;
	size_t count;
	size_t capacity;
};

static struct site *find_site(const struct verify_supply *supplies, const char *node, size_t bytes)
{
	for (size_t i = 0; i < supplies->count; i++) {
		if (strlen(supplies->site[i].node) == bytes && strncmp(supplies->site[i].node, node, bytes) == 0)
			return &supplies->site[i];
	}
	return NULL;
}

/* ---- totals.csv ---- */

enum column { NODE = 0, TYPE, IN_TOTAL, SUPPLY, ENERGY, SCOPE1, SCOPE2, HOURLY, LEASED, FIRST };

static enum err take_site(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_supply *supplies = verification->supplies;
	struct site site = {.line = row->line};
	void *array = supplies->site;
	enum err err;

	if (strcmp(cell[TYPE], "site") != 0 || cell[FIRST] == NULL)
		return ERR_NONE;
	for (int i = 0; i < FIGURE_COUNT; i++) {
		if (cell[FIRST + i] == NULL)
			return err_set(info, ERR_DATA, "totals.csv has some of the columns of supply and not all: %s lacks",
				       FIGURE_NAMES[i]);
		site.has[i] = strcmp(cell[FIRST + i], FIGURE_NONE) != 0;
		if (site.has[i] && !num_parse_i64(cell[FIRST + i], &site.said[i]))
			return err_set(info, ERR_DATA, "totals.csv:%zu: %s is not understood", row->line, FIGURE_NAMES[i]);
	}
	site.store = (struct account_store){site.said[STORED_OPEN], site.said[CARBON_OPEN]};
	err = mem_grow(&array, &supplies->capacity, supplies->count, SITES_MAX, sizeof(*supplies->site));
	supplies->site = array;
	if (err != ERR_NONE)
		return err_set(info, err, "totals.csv: no room for its sites");
	site.node = mem_dup(cell[NODE]);
	supplies->site[supplies->count++] = site;
	return site.node == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

/* Sites stand before their meters. */
static enum err take_total(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct site *site;
	enum supply supply;
	int64_t millij = 0;
	int64_t mg = 0;
	const char *emissions;

	if (strcmp(cell[TYPE], "meter") != 0)
		return take_site(verification, row, cell, info);
	site = find_site(verification->supplies, cell[NODE], strcspn(cell[NODE], "/"));
	if (site == NULL || strcmp(cell[IN_TOTAL], "yes") != 0 || !supply_find(cell[SUPPLY], &supply))
		return ERR_NONE;
	emissions = cell[LEASED] != NULL && strcmp(cell[LEASED], FIGURE_NONE) != 0   ? cell[LEASED]
		    : supply != SUPPLY_GRID                                          ? cell[SCOPE1]
		    : cell[HOURLY] != NULL && strcmp(cell[HOURLY], FIGURE_NONE) != 0 ? cell[HOURLY]
										     : cell[SCOPE2];
	if (num_parse_i64(cell[ENERGY], &millij))
		site->meters_millij[supply] += millij;
	if (num_parse_i64(emissions, &mg))
		site->meters_mg += mg;
	return ERR_NONE;
}

/* ---- supply.csv ---- */

enum hour_column { H_SITE = 0, H_FIRST, H_LAST = H_FIRST + 12 };

static enum err take_hour(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct site *site = find_site(verification->supplies, cell[H_SITE], strlen(cell[H_SITE]));
	struct report_supply_hour said = {0};
	struct report_supply_hour hour;
	int64_t residual_millij = 0;
	int64_t *const to[] = {&said.in_millij[SUPPLY_GRID],
			       &said.in_millij[SUPPLY_GENSET],
			       &said.in_millij[SUPPLY_PV],
			       &said.intake_mg,
			       &said.charge_millij,
			       &said.charge_mg,
			       &said.discharge_millij,
			       &said.discharge_mg,
			       &said.store.millij,
			       &said.store.mg,
			       &said.load_millij,
			       &said.delivered_mg,
			       &residual_millij};

	if (site == NULL)
		return err_set(info, ERR_DATA, EXPORT_SUPPLY ":%zu: totals.csv has no site '%.80s'", row->line, cell[H_SITE]);
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		bool is_none = strcmp(cell[H_FIRST + i], FIGURE_NONE) == 0;

		if (!is_none && !num_parse_i64(cell[H_FIRST + i], to[i]))
			return err_set(info, ERR_DATA, EXPORT_SUPPLY ":%zu: '%.80s' is no whole number", row->line, cell[H_FIRST + i]);
		site->has_carbon = (site->hour_count == 0 || site->has_carbon) && !is_none;
	}
	site->hour_count++;
	hour = said;
	report_supply_step(&hour, &site->store);
	if (hour.store.millij != said.store.millij || residual_millij != report_supply_residual_millij(&said))
		verify_find(verification, EXPORT_SUPPLY ":%zu: what is stored, or the residual, is not what the hour gives", row->line);
	if (site->has_carbon && (hour.charge_mg != said.charge_mg || hour.discharge_mg != said.discharge_mg ||
				 hour.store.mg != said.store.mg || hour.delivered_mg != said.delivered_mg))
		verify_find(verification,
			    EXPORT_SUPPLY ":%zu: the carbon of charge, discharge, store or delivery is not what the hour gives", row->line);
	report_supply_add(&site->sum, &hour);
	return ERR_NONE;
}

/* ---- Comparing ---- */

static void compare(struct verification *verification, const struct site *site)
{
	const struct report_supply_hour *sum = &site->sum;
	const int64_t value[FIGURE_COUNT] = {
	    sum->charge_millij, sum->discharge_millij, site->said[STORED_OPEN], site->store.millij, site->said[CARBON_OPEN],
	    site->store.mg,     sum->intake_mg,        sum->delivered_mg,       sum->load_millij,   report_supply_residual_millij(sum)};

	for (int i = 0; i < FIGURE_COUNT; i++) {
		if (site->has[i] && site->said[i] != value[i])
			verify_find(verification, "totals.csv:%zu: %s: %s is %lld, its hours give %lld", site->line, site->node,
				    FIGURE_NAMES[i], (long long)site->said[i], (long long)value[i]);
	}
	for (int s = SUPPLY_GRID; verification->summary->has_meters && site->hour_count > 0 && s <= SUPPLY_PV; s++) {
		if (site->meters_millij[s] != sum->in_millij[s])
			verify_find(verification, EXPORT_SUPPLY ": %s has %lld mJ from %s, its meters have %lld", site->node,
				    (long long)sum->in_millij[s], supply_name((enum supply)s), (long long)site->meters_millij[s]);
	}
	if (verification->summary->has_meters && site->has_carbon && site->meters_mg != sum->intake_mg)
		verify_find(verification, EXPORT_SUPPLY ": %s has %lld mg CO2e of intake, its meters have %lld", site->node,
			    (long long)sum->intake_mg, (long long)site->meters_mg);
}

static enum err walk_all(struct verification *verification, struct err_info *info)
{
	static const char *const TOTALS[] = {[NODE] = "node_id",
					     [TYPE] = "node_type",
					     [IN_TOTAL] = "in_total",
					     [SUPPLY] = "supply",
					     [ENERGY] = "energy_millij",
					     [SCOPE1] = "m_scope1_mg",
					     [SCOPE2] = "m_scope2_lb_mg",
					     [HOURLY] = VERIFY_OPTIONAL "m_scope2_lb_hourly_mg",
					     [LEASED] = VERIFY_OPTIONAL "m_scope3_cat8_mg",
					     [FIRST + BATTERY_IN] = VERIFY_OPTIONAL "battery_in_millij",
					     [FIRST + BATTERY_OUT] = VERIFY_OPTIONAL "battery_out_millij",
					     [FIRST + STORED_OPEN] = VERIFY_OPTIONAL "stored_open_millij",
					     [FIRST + STORED_CLOSE] = VERIFY_OPTIONAL "stored_close_millij",
					     [FIRST + CARBON_OPEN] = VERIFY_OPTIONAL "stored_carbon_open_mg",
					     [FIRST + CARBON_CLOSE] = VERIFY_OPTIONAL "stored_carbon_close_mg",
					     [FIRST + INTAKE] = VERIFY_OPTIONAL "m_intake_mg",
					     [FIRST + DELIVERED] = VERIFY_OPTIONAL "m_delivered_mg",
					     [FIRST + LOAD] = VERIFY_OPTIONAL "load_millij",
					     [FIRST + RESIDUAL] = VERIFY_OPTIONAL "balance_residual_millij",
					     NULL};
	static const char *const HOURS[] = {"site",          "grid_millij", "genset_millij",    "pv_millij",       "intake_mg",
					    "charge_millij", "charge_mg",   "discharge_millij", "discharge_mg",    "stored_millij",
					    "stored_mg",     "load_millij", "delivered_mg",     "residual_millij", NULL};
	enum err err = verify_walk(verification, "totals.csv", TOTALS, take_total, info);

	if (err == ERR_NONE && verification->supplies->count > 0 && verification->has_supply)
		err = verify_walk(verification, EXPORT_SUPPLY, HOURS, take_hour, info);
	for (size_t i = 0; err == ERR_NONE && i < verification->supplies->count; i++)
		compare(verification, &verification->supplies->site[i]);
	return err;
}

enum err verify_supply(struct verification *verification, struct err_info *info)
{
	struct verify_supply supplies = {0};
	enum err err;

	verification->supplies = &supplies;
	err = walk_all(verification, info);
	verification->supplies = NULL;
	for (size_t i = 0; i < supplies.count; i++)
		mem_free(supplies.site[i].node);
	mem_free(supplies.site);
	return err;
}

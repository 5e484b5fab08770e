/* SPDX-License-Identifier: Apache-2.0 */
#include "report/cfe.h"

#include "account/carbon.h"
#include "base/mem.h"
#include "model/units.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS (UNITS_S_PER_HOUR * UNITS_MS_PER_S)

/* One that has the zone is still to be found. What it offers is its share in the period, which may cut its hour. */
static bool is_hourly(const struct report_market_claim *claim, const struct report_site *site)
{
	return claim->site == site && claim->match.offered_millij > 0 && claim->match.what != ACCOUNT_MARKET_SUPPLIER_RATE &&
	       strcmp(claim->match.node, site->id) == 0 && claim->match.to_ms > claim->match.from_ms &&
	       claim->match.from_ms / HOUR_MS == (claim->match.to_ms - 1) / HOUR_MS;
}

bool report_cfe_is_hourly(const struct report_totals *totals, const struct report_site *site)
{
	for (size_t i = 0; i < totals->markets.claim_count; i++) {
		if (is_hourly(&totals->markets.claim[i], site))
			return true;
	}
	return false;
}

/* ---- The instruments of a site, by hour ---- */

struct hourly_claim {
	int64_t hour; /* since 1970 */
	size_t at;    /* certificates before contracts, then as they were entered */
	struct account_cfe_claim claim;
};

struct claims {
	struct hourly_claim *hourly;
	struct account_cfe_claim *claim; /* the same, in order */
	size_t count;
};

static int compare_claims(const void *a, const void *b)
{
	const struct hourly_claim *x = a;
	const struct hourly_claim *y = b;

	if (x->hour != y->hour)
		return x->hour < y->hour ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* The zone in which a site takes energy from the grid; NULL: none, or several. */
static const char *zone_of(const struct report_totals *totals, const struct report_site *site)
{
	const char *zone = NULL;

	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];

		if (row->level != REPORT_METER || row->site != site || row->market.part_count == 0)
			continue;
		if (zone != NULL && strcmp(zone, row->meter->grid_zone) != 0)
			return NULL;
		zone = row->meter->grid_zone;
	}
	return zone;
}

static enum err gather(struct claims *claims, const struct report_totals *totals, const struct report_site *site, struct err_info *info)
{
	const struct report_markets *markets = &totals->markets;
	const char *zone = zone_of(totals, site);

	claims->hourly = mem_new_array(markets->claim_count + 1, sizeof(*claims->hourly));
	claims->claim = mem_new_array(markets->claim_count + 1, sizeof(*claims->claim));
	if (claims->hourly == NULL || claims->claim == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu instruments", markets->claim_count);
	for (size_t i = 0; zone != NULL && i < markets->claim_count; i++) {
		const struct report_market_claim *claim = &markets->claim[i];

		if (!is_hourly(claim, site) || strcmp(claim->terms.zone, zone) != 0)
			continue;
		claims->hourly[claims->count++] = (struct hourly_claim){claim->match.from_ms / HOUR_MS,
									i + (size_t)claim->match.what * markets->claim_count,
									{claim->match.offered_millij, claim->match.microg_per_kwh}};
	}
	if (claims->count > 0)
		qsort(claims->hourly, claims->count, sizeof(*claims->hourly), compare_claims);
	for (size_t i = 0; i < claims->count; i++)
		claims->claim[i] = claims->hourly[i].claim;
	return ERR_NONE;
}

/* ---- A site ---- */

static const struct report_total *row_of(const struct report_totals *totals, const struct report_site *site)
{
	for (size_t i = 0; i < totals->count; i++) {
		if (totals->row[i].level == REPORT_SITE && totals->row[i].site == site)
			return &totals->row[i];
	}
	return NULL;
}

static struct account_cfe add_hours(const struct report_supply *supply, const struct claims *claims)
{
	struct account_cfe sum = {0};
	size_t at = 0;

	for (size_t i = 0; i < supply->count; i++) {
		const struct report_supply_hour *hour = &supply->hour[i];
		struct account_cfe_hour energy = {hour->in_millij[SUPPLY_GRID], hour->in_millij[SUPPLY_GENSET], hour->in_millij[SUPPLY_PV],
						  hour->out_millij};
		size_t first;

		while (at < claims->count && claims->hourly[at].hour < hour->start_s / UNITS_S_PER_HOUR)
			at++;
		first = at;
		while (at < claims->count && claims->hourly[at].hour == hour->start_s / UNITS_S_PER_HOUR)
			at++;
		account_cfe_add(&sum, &energy, claims->claim + first, at - first);
	}
	return sum;
}

static void put_mg(struct report_cfe *cfe, const struct report_total *row)
{
	const struct report_market *market = &row->market;
	int64_t rest_millij = row->grid_millij - cfe->sum.instrument_millij;

	cfe->has_mg = market->part_count > 0 && !market->has_many_rests && (market->rest != NULL || rest_millij == 0);
	cfe->mg = cfe->sum.instrument_mg;
	if (cfe->has_mg && market->rest != NULL)
		cfe->mg += account_carbon_mg(rest_millij, market->rest->microg_per_kwh);
}

static enum err fill_site(struct report_supply *supply, const struct report_totals *totals, const struct report_site *site,
			  struct err_info *info)
{
	const struct report_total *row = row_of(totals, site);
	struct claims claims = {.count = 0};
	enum err err = gather(&claims, totals, site, info);

	supply->cfe = (struct report_cfe){.has = err == ERR_NONE && row != NULL && row->grid_millij == supply->sum.in_millij[SUPPLY_GRID] &&
						 row->market.part_count == row->grid_count && supply->count > 0 &&
						 (supply->sum.in_millij[SUPPLY_PV] != 0 || report_cfe_is_hourly(totals, site))};
	if (supply->cfe.has)
		supply->cfe.sum = add_hours(supply, &claims);
	supply->cfe.has = supply->cfe.sum.load_millij > 0;
	if (supply->cfe.has)
		put_mg(&supply->cfe, row);
	mem_free(claims.hourly);
	mem_free(claims.claim);
	return err;
}

enum err report_cfe_fill(struct report_supply *const *supply, const struct report_totals *totals, struct err_info *info)
{
	const struct report_register *reg = &totals->reg;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		if (supply[i] != NULL)
			err = fill_site(supply[i], totals, &reg->site[i], info);
	}
	return err;
}

struct report_cfe report_cfe_of(struct report_supply *const *supply, const struct report_totals *totals, const struct report_total *row)
{
	struct report_cfe all = {.has = supply != NULL && row->level <= REPORT_SITE, .has_mg = true};

	for (size_t i = 0; all.has && i < totals->reg.site_count; i++) {
		if (row->level == REPORT_SITE && &totals->reg.site[i] != row->site)
			continue;
		all.has = supply[i] != NULL && supply[i]->cfe.has;
		if (!all.has)
			break;
		account_cfe_sum(&all.sum, &supply[i]->cfe.sum);
		all.has_mg = all.has_mg && supply[i]->cfe.has_mg;
		all.mg += supply[i]->cfe.mg;
	}
	all.has = all.has && all.sum.load_millij > 0; /* else there is no site */
	all.has_mg = all.has_mg && all.has;
	return all;
}

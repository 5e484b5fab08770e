/* SPDX-License-Identifier: Apache-2.0 */
/* verify_supply_compare: what supply.csv and batteries.csv say, held against their steps, the interval rows and the meters' emissions. */
#include "report/verify_supply_priv.h"

#include "base/clock.h"
#include "base/num.h"
#include "model/units.h"
#include "report/export.h"

/* ---- Comparing ---- */

static void compare_hour(struct verification *verification, const char *site, const struct report_supply_hour *said,
			 const struct report_supply_hour *sum)
{
	const struct {
		const char *name;
		int64_t said;
		int64_t sum;
	} energy[] = {{"grid_millij", said->in_millij[SUPPLY_GRID], sum->in_millij[SUPPLY_GRID]},
		      {"genset_millij", said->in_millij[SUPPLY_GENSET], sum->in_millij[SUPPLY_GENSET]},
		      {"pv_millij", said->in_millij[SUPPLY_PV], sum->in_millij[SUPPLY_PV]},
		      {"charge_millij", said->charge_millij, sum->charge_millij},
		      {"discharge_millij", said->discharge_millij, sum->discharge_millij},
		      {"load_millij", said->load_millij, sum->load_millij},
		      {"grid_out_millij", said->out_millij, verification->has_cfe_columns ? sum->out_millij : said->out_millij}};
	char start[CLOCK_TEXT_BYTES];

	clock_print_utc(start, said->start_s * UNITS_MS_PER_S);
	for (size_t i = 0; i < sizeof(energy) / sizeof(energy[0]); i++) {
		if (energy[i].said != energy[i].sum)
			verify_find(verification, EXPORT_SUPPLY ": %s, %s: %s is %lld, its intervals give %lld", site, start,
				    energy[i].name, (long long)energy[i].said, (long long)energy[i].sum);
	}
}

static bool is_store(const struct report_supply *supply, const struct account_store *made, const struct account_store *said)
{
	return made->millij == said->millij && (!supply->has_carbon || made->mg == said->mg);
}

static bool is_step(const struct report_supply *supply, const struct report_supply_hour *made, const struct report_supply_hour *said)
{
	return is_store(supply, &made->store, &said->store) &&
	       (!supply->has_carbon || (made->charge_mg == said->charge_mg && made->discharge_mg == said->discharge_mg &&
					made->delivered_mg == said->delivered_mg));
}

/* Of an hour that was stepped; `before` is what the battery held then. */
static void compare_battery(struct verification *verification, const struct report_supply *supply, const struct verify_battery_hour *hour,
			    const struct report_battery_hour *made, const struct account_store *before)
{
	const struct report_battery_hour *said = &hour->said;
	bool is_made = is_store(supply, before, &hour->before) && is_store(supply, &made->store, &said->store) &&
		       (!supply->has_carbon || (made->charge_mg == said->charge_mg && made->discharge_mg == said->discharge_mg));

	if (hour->line != 0 && !is_made)
		verify_find(verification, EXPORT_BATTERIES VERIFY_NOT_GIVEN, hour->line);
	if (hour->line != 0 && (said->charge_millij != hour->charge_millij || said->discharge_millij != hour->discharge_millij))
		verify_find(verification, EXPORT_BATTERIES ":%zu: charge_millij or discharge_millij is not what its intervals give",
			    hour->line);
	if (hour->line == 0)
		verify_find(verification, EXPORT_BATTERIES ": an hour of " EXPORT_SUPPLY " lacks");
}

/* What batteries begin with is what the first of their hours says, and all of it what totals.csv says. */
static void open_batteries(struct verification *verification, const struct report_site *of, struct verify_supply_site *site)
{
	struct report_supply *supply = site->supply;
	struct account_store sum;

	for (size_t b = 0; b < supply->batteries.count; b++) {
		struct report_battery *battery = &supply->batteries.row[b];

		battery->open = verification->has_batteries ? site->battery[b * supply->count].before : supply->open;
		battery->store = battery->open;
		for (size_t h = 0; h < supply->count; h++) {
			const struct verify_battery_hour *hour = &site->battery[b * supply->count + h];

			battery->hour[h].charge_millij =
			    verification->has_batteries ? hour->said.charge_millij : supply->hour[h].charge_millij;
			battery->hour[h].discharge_millij =
			    verification->has_batteries ? hour->said.discharge_millij : supply->hour[h].discharge_millij;
		}
	}
	sum = report_batteries_sum_open(&supply->batteries);
	if (!is_store(supply, &sum, &supply->open))
		verify_find(verification, "totals.csv: %s: stored_open_millij or its carbon is not what " EXPORT_BATTERIES " begins with",
			    of->id);
}

static void step(struct verification *verification, struct verify_supply_site *site, size_t at)
{
	struct report_supply *supply = site->supply;
	struct report_supply_hour said = supply->hour[at];

	report_supply_step(supply, at);
	if (!is_step(supply, &supply->hour[at], &said))
		verify_find(verification, EXPORT_SUPPLY VERIFY_NOT_GIVEN, site->line[at]);
	report_supply_add(&supply->sum, &supply->hour[at]);
	for (size_t b = 0; verification->has_batteries && b < supply->batteries.count; b++) {
		const struct report_battery *battery = &supply->batteries.row[b];

		compare_battery(verification, supply, &site->battery[b * supply->count + at], &battery->hour[at],
				at == 0 ? &battery->open : &battery->hour[at - 1].store);
	}
}

void verify_supply_compare(struct verification *verification)
{
	const struct report_register *reg = &verification->package.totals.reg;

	for (size_t i = 0; i < reg->site_count; i++) {
		struct verify_supply_site *site = &verification->supplies->site[i];

		if (site->supply == NULL || site->supply->count == 0)
			continue;
		open_batteries(verification, &reg->site[i], site);
		for (size_t h = 0; h < site->supply->count; h++) {
			step(verification, site, h);
			compare_hour(verification, reg->site[i].id, &site->supply->hour[h], &site->sum[h]);
		}
	}
}

/* What the meters that count came with is what the hours took in. */
enum err verify_intake(struct verification *verification, struct err_info *info)
{
	const struct report_totals *totals = &verification->package.totals;

	(void)info;
	for (size_t i = 0; verification->summary->has_meters && i < totals->reg.site_count; i++) {
		const struct report_supply *supply = report_supplies_find(&verification->package.supplies, &totals->reg.site[i]);
		bool is_saturated = false;
		int64_t mg = 0;

		if (supply == NULL || supply->count == 0 || !supply->has_carbon)
			continue;
		for (size_t r = 0; r < totals->count; r++) {
			const struct report_total *row = &totals->row[r];
			int64_t own_mg;

			if (row->level == REPORT_METER && row->site == &totals->reg.site[i] && row->meter->is_in_total &&
			    report_supply_emissions(row, &own_mg))
				mg = num_add_saturating(mg, own_mg, &is_saturated);
		}
		if (mg != supply->sum.intake_mg)
			verify_find(verification, EXPORT_SUPPLY ": %s has %lld mg CO2e of intake, its meters have %lld",
				    totals->reg.site[i].id, (long long)supply->sum.intake_mg, (long long)mg);
	}
	return ERR_NONE;
}

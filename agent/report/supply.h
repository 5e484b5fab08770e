/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supply: a site that several sources feed, hour by hour: what came in and with which emissions, what went through the battery, what was
 * delivered. Of meters that stand for their devices:
 *
 *   intake   those that count in the site's total, fed by grid, genset or sun
 *   battery  those of supply battery: energy charges, energy_out discharges; each device has a store of its own (report/battery.h)
 *   load     those of supply none, unless the device that feeds theirs is such a one too
 *   out      energy_out of those of the intake that the grid feeds
 *
 * Emissions are booked at the intake: of the grid its hourly figure, else the annual one; of a set its fuel; of the sun none. They are spread
 * over a part's energy with cumulative rounding, so the hours add up to the part. Charges take their share of the hour's intake, a discharge
 * gives back its store's mean (account/store.h; charge first), and what is delivered is the rest:
 *
 *   delivered = intake - charged + discharged;   over the period: intake - (carbon at its end - carbon at its start)
 *   residual  = energy in - charge + discharge - load - out: losses outside the battery, and what the meters disagree by
 */
#ifndef WATTLEDGER_REPORT_SUPPLY_H
#define WATTLEDGER_REPORT_SUPPLY_H

#include "account/cfe.h"
#include "account/store.h"
#include "base/err.h"
#include "report/battery.h"
#include "report/totals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An hour of UTC, or the sum of all. */
struct report_supply_hour {
	int64_t start_s;
	bool has_rows; /* any of its meters was read in it */
	int64_t in_millij[SUPPLY_COUNT];
	int64_t intake_mg;
	int64_t charge_millij;
	int64_t charge_mg;
	int64_t discharge_millij;
	int64_t discharge_mg;
	int64_t load_millij;
	int64_t out_millij;
	int64_t delivered_mg;
	struct account_store store; /* of all batteries at its end */
};

/* Energy matched hour by hour (report/cfe.h), of a site, or of several; the rest means nothing without has. */
struct report_cfe {
	bool has; /* it has PV or hourly instruments, its hours hold all of its energy from the grid, and some was used */
	struct account_cfe sum;
	bool has_mg; /* there is energy from the grid, and one factor for all that instruments leave */
	int64_t mg;  /* CO2e of scope 2 */
};

struct report_supply {
	struct report_supply_hour *hour; /* every one of the period */
	size_t count;
	bool has_carbon; /* all its intake has emissions; else mg mean nothing */
	bool has_battery;
	bool has_load;
	bool is_mixed;                     /* more than the grid feeds it */
	struct report_batteries batteries; /* each with as many hours */
	struct account_store open;         /* of all of them */
	struct report_supply_hour sum;     /* its store is that at the end */
	struct report_cfe cfe;             /* report_cfe_fill()'s */
};

/* What is asked for: the parts of one site, and its batteries as the period before left them; NULL: they began empty. */
struct report_supply_request {
	struct ledger *ledger;
	const struct report_register *reg;
	const struct report_site *site;
	const struct report_total *part;
	size_t count;
	const struct report_batteries *before;
	bool is_hourly; /* an instrument has an hour of its own, so the hours are wanted where the grid alone feeds, too */
};

/* *out NULL where the grid alone feeds and nothing is hourly. Errors: the ledger's, ERR_MEMORY. Yours: report_supply_free(). */
enum err report_supply_make(struct report_supply **out, const struct report_supply_request *request, struct err_info *info) MUST_CHECK;
struct report_supply *report_supply_free(struct report_supply *supply);

/* What a part's energy came with; false: that is not known. */
bool report_supply_emissions(const struct report_total *part, int64_t *mg) MUST_CHECK;

/* Where the energy of a meter is in an hour, of request->part[0..count); NULL: nowhere. */
int64_t *report_supply_place(struct report_supply_hour *hour, const struct report_supply_request *request,
			     const struct ledger_register_row *meter) MUST_CHECK;

/* Energy that came in, and the residual, of an hour or a sum. */
int64_t report_supply_in_millij(const struct report_supply_hour *hour) MUST_CHECK;
int64_t report_supply_residual_millij(const struct report_supply_hour *hour) MUST_CHECK;

/* Micrograms CO2e a kWh delivered; 0 without a load or without emissions. */
int64_t report_supply_intensity(const struct report_supply *supply) MUST_CHECK;

/* Adds an hour's amounts to a sum; the store is that of the hour. */
void report_supply_add(struct report_supply_hour *sum, const struct report_supply_hour *hour);

/* Fills what the other members of supply->hour[at], of the whole and of its batteries, give: charge_mg, discharge_mg, delivered_mg, stores. */
void report_supply_step(struct report_supply *supply, size_t at);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * battery: the batteries of a site that several sources feed, each with a store of its own (account/store.h). A battery is a device that stands for
 * itself (role total) with supply battery; its efficiency is what the config says of it, as the register had it last in the period. One that is
 * retired takes what it holds with it.
 */
#ifndef WATTLEDGER_REPORT_BATTERY_H
#define WATTLEDGER_REPORT_BATTERY_H

#include "account/store.h"
#include "base/err.h"
#include "report/register.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one did in an hour. */
struct report_battery_hour {
	int64_t charge_millij;
	int64_t charge_mg;
	int64_t discharge_millij;
	int64_t discharge_mg;
	struct account_store store; /* at its end */
};

struct report_battery {
	uint32_t device_id; /* the register's */
	const char *device; /* as it was called last; borrowed from the register */
	int32_t eta_ppm;    /* each way */
	struct account_store open;
	struct account_store store;       /* after the hour that was stepped last */
	struct report_battery_hour *hour; /* owned: as many as the site has */
};

/* Zero-initialised it is empty. In order of their devices. */
struct report_batteries {
	struct report_battery *row;
	size_t count;
	size_t capacity;
};

/* Whether a meter is a battery's: what goes in (energy), or out (energy_out). */
bool report_battery_is(const struct ledger_register_row *meter) MUST_CHECK;

/* Adds those that the register has of a site in its period, each with `hour_count` hours of nothing. ERR_MEMORY, ERR_LIMIT: deinit it. */
enum err report_batteries_make(struct report_batteries *out, const struct report_register *reg, const struct report_site *site,
			       size_t hour_count, struct err_info *info) MUST_CHECK;
/* Adds one, of efficiencies that are not known. Errors: as make(). */
enum err report_batteries_add(struct report_batteries *out, const struct ledger_register_row *meter, size_t hour_count,
			      struct err_info *info) MUST_CHECK;
void report_batteries_deinit(struct report_batteries *batteries);

/* That of a meter's device, whatever it was called then; or by the device's name. NULL: there is none. Borrowed. */
struct report_battery *report_batteries_find(const struct report_batteries *batteries, const struct ledger_register_row *meter) MUST_CHECK;
struct report_battery *report_batteries_find_named(const struct report_batteries *batteries, const char *device) MUST_CHECK;

/* They begin with what those of before, of the same devices of the ledger, ended with. */
void report_batteries_open(struct report_batteries *batteries, const struct report_batteries *before);

/* What all begin with. */
struct account_store report_batteries_sum_open(const struct report_batteries *batteries) MUST_CHECK;

/*
 * Steps hour `at` of each: charge_mg of the whole site, at least 0, goes to them by what they charge, with cumulative rounding; what they
 * discharge comes out of the store of each. sum->discharge_mg and sum->store become the sums of all; the rest of it is not touched.
 */
void report_batteries_step(struct report_batteries *batteries, size_t at, int64_t charge_mg, struct report_battery_hour *sum);

#endif

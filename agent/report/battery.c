/* SPDX-License-Identifier: Apache-2.0 */
#include "report/battery.h"

#include "base/mem.h"
#include "base/num.h"
#include "model/facts.h"
#include "model/units.h"

#include <stdlib.h>
#include <string.h>

/* Batteries x hours: a thousand for a year. */
enum { BATTERIES_MAX = 100000, HOURS_MAX = 10000000 };

bool report_battery_is(const struct ledger_register_row *meter)
{
	return meter->supply == SUPPLY_BATTERY && meter->role == ROLE_TOTAL && !meter->is_port &&
	       (meter->quantity == QUANTITY_ENERGY || meter->quantity == QUANTITY_ENERGY_OUT);
}

static bool is_in(const struct ledger_register_row *meter, const struct report_site *site)
{
	return strcmp(meter->site, site->id) == 0 && meter->valid_from_ms < site->span.end_s * UNITS_MS_PER_S &&
	       meter->valid_to_ms > site->span.start_s * UNITS_MS_PER_S;
}

/* The newest row of the period says what a battery is called, and how good it is. */
static void describe(struct report_battery *battery, const struct report_register *reg, const struct report_site *site)
{
	const struct ledger_register_row *newest = NULL;
	struct facts facts;

	for (size_t i = 0; i < reg->entry_count; i++) {
		const struct ledger_register_row *meter = &reg->entry[i].row;

		if (report_battery_is(meter) && is_in(meter, site) && meter->device_id == battery->device_id &&
		    (newest == NULL || meter->valid_from_ms > newest->valid_from_ms))
			newest = meter;
	}
	if (newest == NULL)
		return;
	(void)facts_parse(&facts, newest->facts);
	battery->device = newest->device;
	battery->eta_ppm = account_store_eta_ppm(facts.round_trip_micro);
}

enum err report_batteries_add(struct report_batteries *out, const struct ledger_register_row *meter, size_t hour_count,
			      struct err_info *info)
{
	struct report_battery battery = {.device_id = meter->device_id, .device = meter->device, .eta_ppm = ACCOUNT_STORE_ETA_PPM};
	void *array = out->row;
	enum err err = mem_grow(&array, &out->capacity, out->count, BATTERIES_MAX, sizeof(*out->row));

	out->row = array;
	if (err == ERR_NONE && hour_count > HOURS_MAX / (out->count + 1))
		err = ERR_LIMIT;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu batteries of %zu hours each", out->count + 1, hour_count);
	battery.hour = mem_new_array(hour_count + 1, sizeof(*battery.hour));
	if (battery.hour == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the hours of battery '%s'", meter->device);
	out->row[out->count++] = battery;
	return ERR_NONE;
}

static int compare(const void *a, const void *b)
{
	const struct report_battery *x = a;
	const struct report_battery *y = b;

	return strcmp(x->device, y->device);
}

enum err report_batteries_make(struct report_batteries *out, const struct report_register *reg, const struct report_site *site,
			       size_t hour_count, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < reg->entry_count; i++) {
		const struct ledger_register_row *meter = &reg->entry[i].row;

		if (report_battery_is(meter) && is_in(meter, site) && report_batteries_find(out, meter) == NULL)
			err = report_batteries_add(out, meter, hour_count, info);
	}
	for (size_t i = 0; i < out->count; i++)
		describe(&out->row[i], reg, site);
	if (out->count > 0)
		qsort(out->row, out->count, sizeof(*out->row), compare);
	return err;
}

void report_batteries_deinit(struct report_batteries *batteries)
{
	for (size_t i = 0; i < batteries->count; i++)
		mem_free(batteries->row[i].hour);
	mem_free(batteries->row);
	*batteries = (struct report_batteries){.row = NULL};
}

struct report_battery *report_batteries_find(const struct report_batteries *batteries, const struct ledger_register_row *meter)
{
	for (size_t i = 0; i < batteries->count; i++) {
		if (batteries->row[i].device_id == meter->device_id)
			return &batteries->row[i];
	}
	return NULL;
}

struct report_battery *report_batteries_find_named(const struct report_batteries *batteries, const char *device)
{
	for (size_t i = 0; i < batteries->count; i++) {
		if (strcmp(batteries->row[i].device, device) == 0)
			return &batteries->row[i];
	}
	return NULL;
}

void report_batteries_open(struct report_batteries *batteries, const struct report_batteries *before)
{
	for (size_t i = 0; i < batteries->count; i++) {
		struct report_battery *battery = &batteries->row[i];

		for (size_t b = 0; b < before->count; b++) {
			if (before->row[b].device_id == battery->device_id)
				battery->open = before->row[b].store;
		}
		battery->store = battery->open;
	}
}

static void add_store(struct account_store *sum, const struct account_store *store)
{
	bool is_saturated = false;

	sum->millij = num_add_saturating(sum->millij, store->millij, &is_saturated);
	sum->mg = num_add_saturating(sum->mg, store->mg, &is_saturated);
}

struct account_store report_batteries_sum_open(const struct report_batteries *batteries)
{
	struct account_store sum = {0};

	for (size_t i = 0; i < batteries->count; i++)
		add_store(&sum, &batteries->row[i].open);
	return sum;
}

void report_batteries_step(struct report_batteries *batteries, size_t at, int64_t charge_mg, struct report_battery_hour *sum)
{
	int64_t charge_millij = 0;
	int64_t come_millij = 0;
	int64_t given_mg = 0;

	sum->discharge_mg = 0;
	sum->store = (struct account_store){0};
	for (size_t i = 0; i < batteries->count; i++)
		charge_millij += batteries->row[i].hour[at].charge_millij > 0 ? batteries->row[i].hour[at].charge_millij : 0;
	for (size_t i = 0; i < batteries->count; i++) {
		struct report_battery *battery = &batteries->row[i];
		struct report_battery_hour *hour = &battery->hour[at];
		int64_t upto_mg;

		come_millij += hour->charge_millij > 0 ? hour->charge_millij : 0;
		upto_mg = charge_millij <= 0 ? 0 : num_muldiv_half_even(charge_mg, come_millij, charge_millij);
		hour->charge_mg = upto_mg - given_mg;
		given_mg = upto_mg;
		account_store_charge(&battery->store, hour->charge_millij, hour->charge_mg, battery->eta_ppm);
		hour->discharge_mg = account_store_discharge(&battery->store, hour->discharge_millij, battery->eta_ppm);
		hour->store = battery->store;
		sum->discharge_mg += hour->discharge_mg;
		add_store(&sum->store, &battery->store);
	}
}

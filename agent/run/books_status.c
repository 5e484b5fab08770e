/* SPDX-License-Identifier: Apache-2.0 */
/* books_status: what the status document says of sites and sources. */
#include "run/books_ambient_priv.h"
#include "run/books_feeds_priv.h"
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "account/carbon.h"
#include "base/buf.h"
#include "model/units.h"

#include <math.h>

enum { REASONS_MAX = 3, REASON_BYTES_MAX = 1024 };

uint32_t books_up_count(const struct books *books, enum wire_kind kind, uint32_t *failed)
{
	uint32_t up = 0;

	*failed = 0;
	for (uint32_t i = 0; i < books->index_count[kind]; i++) {
		const struct books_state *state = books->device[books->index[kind][i]].state;

		if (state == NULL || state->state == DEVICE_STARTING)
			continue;
		if (state->state == DEVICE_UP || state->state == DEVICE_PARTIAL)
			up++;
		else
			(*failed)++;
	}
	return up;
}

uint32_t books_unfit_count(const struct books *books, enum wire_kind kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < books->index_count[kind]; i++)
		count += books_is_unfit(&books->device[books->index[kind][i]]) ? 1 : 0;
	return count;
}

const struct books_meter *books_device_meter(const struct books_device *device)
{
	for (size_t i = 0; i < device->meter_count; i++) {
		if (device->meter[i]->info->role == ROLE_TOTAL)
			return device->meter[i];
	}
	return device->meter_count > 0 ? device->meter[0] : NULL;
}

bool books_meter_energy(const struct books_meter *meter, int64_t *energy_millij)
{
	bool has_counted = meter->info->energy.unit_num != 0 && meter->read_boot_ns != 0;

	if (meter->derived == NULL && meter->energy == NULL)
		return false;
	*energy_millij = meter->derived != NULL ? meter->derived->energy_millij : meter->energy->energy_millij;
	/* A meter that has neither counted nor told a power has not used nothing: it is not known what it used. */
	return *energy_millij != 0 || has_counted || isfinite(meter->power_w);
}

/* A reading older than three intervals says nothing of now. */
double books_fresh_power_w(const struct books_meter *meter, int64_t now_boot_ns)
{
	int64_t old_ns = 3 * (int64_t)meter->device->plan->interval_ms * UNITS_NS_PER_MS;

	return meter->read_boot_ns != 0 && now_boot_ns - meter->read_boot_ns <= old_ns ? meter->power_w : NAN;
}

/* The factor of the slots that closed last; before the first one, that of the year it is. */
double books_intensity_g_per_kwh(const struct books *books, const struct books_site *site, int64_t now_boot_ns)
{
	const struct plan_core *plan = books->options.plan;
	struct factor_choice choice = site->choice;
	int64_t utc_ms = books_utc_ms(books, now_boot_ns);
	bool has_factor = site->has_factor;
	int64_t year;
	int month;
	int day;

	if (!has_factor && utc_ms != 0 && site->plan->grid_zone[0] != '\0') {
		clock_civil_from_days(utc_ms / UNITS_MS_PER_S / UNITS_S_PER_DAY, &year, &month, &day);
		has_factor = account_factor_find(books->factor, plan->factor_count, site->plan->grid_zone, (int32_t)year, &choice);
	}
	return has_factor ? account_carbon_g_per_kwh(plan->factor[choice.factor_idx].microg_per_kwh) : NAN;
}

static void add_source(const struct books *books, const struct id_index *ids, const struct books_device *device, struct json *json,
		       int64_t now_boot_ns)
{
	const struct books_meter *meter = books_device_meter(device);
	const struct books_state *state = device->state;
	int64_t energy_millij;

	json_open_object(json, NULL);
	json_add_text(json, "device", device->plan->id);
	json_add_text(json, "name", device->plan->name);
	json_add_text(json, "site", books->site[device->plan->site].plan->id);
	json_add_text(json, "kind", wire_kind_name(device->plan->source));
	json_add_text(json, "state", device_state_name(state == NULL ? DEVICE_STARTING : state->state));
	json_add_text(json, "reason", state == NULL ? "" : state->reason);
	json_add_text(json, "driver", state == NULL || state->driver[0] == '\0' ? NULL : state->driver);
	json_add_text(json, "model", state == NULL || state->model[0] == '\0' ? NULL : state->model);
	json_add_double(json, "latency_ms", state == NULL ? NAN : (double)state->latency_us / 1000.0, 3);
	json_add_i64(json, "meters", (int64_t)device->meter_count);
	json_add_bool(json, "in_total", device->plan->is_in_total);
	json_add_double(json, "power_w", meter == NULL ? NAN : books_fresh_power_w(meter, now_boot_ns), 3);
	if (meter != NULL && books_meter_energy(meter, &energy_millij))
		json_add_i64(json, "energy_millij", energy_millij);
	else
		json_add_null(json, "energy_millij");
	books_add_feeds(books, ids, device, json, now_boot_ns);
	books_add_readings(device, json, now_boot_ns);
	books_add_ports(books, device, json);
	json_close_object(json);
}

/* What a site draws now, by its meters that count and its devices that should have some. */
struct site_power {
	double power_w;
	uint32_t metered;
	uint32_t unknown;
	struct buf reason; /* of the unknown ones: the first, and how many more */
};

static void add_unknown(struct site_power *sum, const struct books_device *device, const char *what)
{
	if (sum->unknown++ < REASONS_MAX)
		buf_add_format(&sum->reason, "%s%s %s", sum->unknown == 1 ? "" : ", ", device->plan->id, what);
}

/* A device that counts and has not told what it meters is as unknown as a meter that does not answer. One that answers and meters nothing is not. */
static bool is_awaited(const struct books_device *device)
{
	const struct books_state *state = device->state;
	bool has_answered = state != NULL && (state->state == DEVICE_UP || state->state == DEVICE_PARTIAL);

	return device->plan->is_in_total && device->plan->source != WIRE_KIND_TRAFFIC && device->meter_count == 0 && !has_answered;
}

static void add_device_power(struct site_power *sum, const struct books_device *device, int64_t now_boot_ns)
{
	if (is_awaited(device))
		add_unknown(sum, device, "has not answered yet");
	for (size_t m = 0; m < device->meter_count; m++) {
		double meter_w = books_fresh_power_w(device->meter[m], now_boot_ns);

		if (!device->meter[m]->is_in_total)
			continue;
		if (isfinite(meter_w)) {
			sum->power_w += meter_w;
			sum->metered++;
		} else {
			add_unknown(sum, device, "tells no power");
		}
	}
}

static void add_site_power(const struct books *books, uint32_t site_idx, struct json *json, int64_t now_boot_ns)
{
	struct site_power sum = {0};

	buf_init(&sum.reason, REASON_BYTES_MAX);
	for (size_t i = 0; i < books->options.plan->device_count; i++) {
		if (books->device[i].plan->site == site_idx)
			add_device_power(&sum, &books->device[i], now_boot_ns);
	}
	if (sum.unknown > REASONS_MAX)
		buf_add_format(&sum.reason, " and %u more", (unsigned)(sum.unknown - REASONS_MAX));
	/* A sum with an unknown part is unknown. */
	json_add_double(json, "power_w", sum.metered > 0 && sum.unknown == 0 ? sum.power_w : NAN, 3);
	json_add_double(json, "known_power_w", sum.metered > 0 ? sum.power_w : NAN, 3);
	json_add_text(json, "power_reason",
		      sum.unknown > 0    ? buf_text(&sum.reason)
		      : sum.metered == 0 ? "no meter counts in the total"
					 : "");
	json_add_i64(json, "metered", sum.metered);
	json_add_i64(json, "unknown", sum.unknown);
	buf_deinit(&sum.reason);
}

static void add_site(const struct books *books, uint32_t site_idx, struct json *json, int64_t now_boot_ns)
{
	const struct books_site *site = &books->site[site_idx];

	json_open_object(json, NULL);
	json_add_text(json, "site", site->plan->id);
	json_add_text(json, "name", site->plan->name);
	json_add_text(json, "zone", site->plan->grid_zone);
	json_add_text(json, "time_zone", site->plan->time_zone);
	add_site_power(books, site_idx, json, now_boot_ns);
	json_add_double(json, "intensity_g_per_kwh", books_intensity_g_per_kwh(books, site, now_boot_ns), 3);
	books_add_site_intensity(site, json);
	json_close_object(json);
}

void books_add_status(const struct books *books, struct json *json, int64_t now_boot_ns)
{
	struct id_index ids;

	json_open_array(json, "sites");
	for (uint32_t i = 0; i < books->options.plan->site_count; i++)
		add_site(books, i, json, now_boot_ns);
	json_close_array(json);
	books_feeds_init(&ids, books);
	json_open_array(json, "sources");
	for (size_t i = 0; i < books->options.plan->device_count; i++)
		add_source(books, &ids, &books->device[i], json, now_boot_ns);
	json_close_array(json);
	id_index_deinit(&ids);
}

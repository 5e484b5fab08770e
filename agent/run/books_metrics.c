/* SPDX-License-Identifier: Apache-2.0 */
/* books_metrics: what a scrape is told of meters, sources and sites. Labels are the tags of the points. */
#include "run/books_ambient_priv.h"
#include "run/books_port_priv.h"
#include "run/books_priv.h"
#include "run/books_scope_priv.h"

#include "run/meter_tags.h"

#include <math.h>

enum { POWER_DECIMALS = 3, INTENSITY_DECIMALS = 3, COVERAGE_DECIMALS = 4 };

static const struct openmetrics_family POWER = {"wattledger_power_watts", "watts", "Active power, the newest reading.", OPENMETRICS_GAUGE};
static const struct openmetrics_family ENERGY = {"wattledger_energy_joules", "joules",
						 "Energy that the ledger has booked since the meter is known; it never falls.",
						 OPENMETRICS_COUNTER};
static const struct openmetrics_family EMISSIONS = {
    "wattledger_emissions_grams", "grams", "CO2e of slots as they were first closed, since the start; never revised.", OPENMETRICS_COUNTER};
static const struct openmetrics_family COVERAGE = {
    "wattledger_coverage_ratio", "ratio", "Covered over expected time of the site's total, of its newest slot.", OPENMETRICS_GAUGE};
static const struct openmetrics_family UP = {"wattledger_source_up", NULL, "1 while the device answers, else 0.", OPENMETRICS_GAUGE};
static const struct openmetrics_family INTENSITY = {"wattledger_grid_intensity_grams_per_kwh", "grams_per_kwh",
						    "CO2e of a kWh from the grid, of the factor in use.", OPENMETRICS_GAUGE};

static void begin_meter(const struct books_meter *meter, const struct books *books, struct openmetrics *metrics)
{
	struct line_tags tags;

	meter_tags_fill(&tags, books->options.plan, meter->device->plan, meter->info);
	openmetrics_begin(metrics);
	openmetrics_label(metrics, "site", tags.site);
	openmetrics_label(metrics, "rack", tags.rack);
	openmetrics_label(metrics, "tenant", tags.tenant);
	openmetrics_label(metrics, "device", tags.device);
	openmetrics_label(metrics, "meter", tags.meter);
	openmetrics_label(metrics, "role", tags.role);
	openmetrics_label(metrics, "in_total", tags.in_total);
	openmetrics_label(metrics, "point", tags.point);
	openmetrics_label(metrics, "supply", tags.supply);
}

static void add_power(const struct books *books, const struct books_meter *meter, struct openmetrics *metrics, int64_t now_boot_ns)
{
	double power_w = books_fresh_power_w(meter, now_boot_ns);

	if (!isfinite(power_w))
		return;
	begin_meter(meter, books, metrics);
	openmetrics_end_double(metrics, power_w, POWER_DECIMALS);
}

static void add_energy(const struct books *books, const struct books_meter *meter, struct openmetrics *metrics, int64_t now_boot_ns)
{
	int64_t energy_millij;

	(void)now_boot_ns;
	if (!books_meter_energy(meter, &energy_millij))
		return;
	begin_meter(meter, books, metrics);
	openmetrics_end_thousandths(metrics, energy_millij);
}

static void add_emissions(const struct books *books, const struct books_meter *meter, struct openmetrics *metrics, int64_t now_boot_ns)
{
	(void)now_boot_ns;
	if (!meter->has_location)
		return;
	begin_meter(meter, books, metrics);
	openmetrics_label(metrics, "scope", books_scope_of(books, meter->device) == 3 ? "3" : "2");
	openmetrics_label(metrics, "method", "location");
	openmetrics_end_thousandths(metrics, meter->location_mg);
}

static void add_coverage(const struct books *books, struct openmetrics *metrics)
{
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		const struct site_coverage *coverage = &books->site[i].coverage;

		if (coverage->expected_s == 0)
			continue;
		openmetrics_begin(metrics);
		openmetrics_label(metrics, "site", books->site[i].plan->id);
		openmetrics_end_double(metrics, (double)coverage->covered_s / (double)coverage->expected_s, COVERAGE_DECIMALS);
	}
}

static void add_meters(const struct books *books, struct openmetrics *metrics, int64_t now_boot_ns,
		       void (*add)(const struct books *, const struct books_meter *, struct openmetrics *, int64_t))
{
	for (size_t i = 0; i < books->options.plan->device_count; i++) {
		const struct books_device *device = &books->device[i];

		for (size_t m = 0; m < device->meter_count; m++)
			add(books, device->meter[m], metrics, now_boot_ns);
	}
}

static void add_sources(const struct books *books, struct openmetrics *metrics)
{
	for (size_t i = 0; i < books->options.plan->device_count; i++) {
		const struct books_device *device = &books->device[i];
		enum device_state state = device->state == NULL ? DEVICE_STARTING : device->state->state;

		openmetrics_begin(metrics);
		openmetrics_label(metrics, "site", books->site[device->plan->site].plan->id);
		openmetrics_label(metrics, "device", device->plan->id);
		openmetrics_label(metrics, "kind", wire_kind_name(device->plan->source));
		openmetrics_end_i64(metrics, state == DEVICE_UP || state == DEVICE_PARTIAL ? 1 : 0);
	}
}

static void add_intensity(const struct books *books, struct openmetrics *metrics, int64_t now_boot_ns)
{
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		double g_per_kwh = books_intensity_g_per_kwh(books, &books->site[i], now_boot_ns);

		if (!isfinite(g_per_kwh))
			continue;
		openmetrics_begin(metrics);
		openmetrics_label(metrics, "site", books->site[i].plan->id);
		openmetrics_end_double(metrics, g_per_kwh, INTENSITY_DECIMALS);
	}
}

void books_add_metrics(const struct books *books, struct openmetrics *metrics, int64_t now_boot_ns)
{
	openmetrics_family(metrics, &POWER);
	add_meters(books, metrics, now_boot_ns, add_power);
	openmetrics_family(metrics, &ENERGY);
	add_meters(books, metrics, now_boot_ns, add_energy);
	openmetrics_family(metrics, &EMISSIONS);
	add_meters(books, metrics, now_boot_ns, add_emissions);
	openmetrics_family(metrics, &COVERAGE);
	add_coverage(books, metrics);
	openmetrics_family(metrics, &UP);
	add_sources(books, metrics);
	openmetrics_family(metrics, &INTENSITY);
	add_intensity(books, metrics, now_boot_ns);
	books_add_ambient_metrics(books, metrics, now_boot_ns);
	books_add_traffic_metrics(books, metrics);
}

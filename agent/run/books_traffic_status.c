/* SPDX-License-Identifier: Apache-2.0 */
/* books_traffic_status: octets of ports, and energy against them, as the status and a scrape tell them. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "model/units.h"
#include "run/meter_tags.h"

#include <math.h>

enum { RATIO_DECIMALS = 6, SMALL_DECIMALS = 9 };

#define OCTETS_PER_GB 1e9
#define J_PER_WH 3600.0
#define MG_PER_G 1000.0

/* What a stream has counted since the ledger knows it; false: nothing is known of it. */
static bool octets_of(const struct books_meter *meter, enum books_other other, int64_t *octets)
{
	const struct books_stream *stream = meter->other[other];

	if (stream == NULL || !stream->has_raw)
		return false;
	*octets = stream->energy_millij;
	return true;
}

static bool has_traffic(const struct books_meter *meter)
{
	for (int other = BOOKS_RX_OCTETS; other < BOOKS_OTHER_COUNT; other++) {
		if (meter->other[other] != NULL)
			return true;
	}
	return false;
}

/* ---- Status ---- */

static void add_count(struct json *json, const char *key, const struct books_meter *meter, enum books_other other)
{
	int64_t octets;

	if (octets_of(meter, other, &octets))
		json_add_i64(json, key, octets);
	else
		json_add_null(json, key);
}

void books_add_ports(const struct books *books, const struct books_device *device, struct json *json)
{
	json_open_array(json, "ports");
	for (size_t m = 0; m < device->meter_count; m++) {
		const struct books_meter *meter = device->meter[m];
		struct line_tags tags;

		if (!has_traffic(meter))
			continue;
		meter_tags_fill_port(&tags, books->options.plan, device->plan, meter->info);
		json_open_object(json, NULL);
		json_add_text(json, "port", tags.port);
		json_add_text(json, "flow", tags.flow);
		json_add_text(json, "ref", tags.ref);
		add_count(json, "rx_bytes", meter, BOOKS_RX_OCTETS);
		add_count(json, "tx_bytes", meter, BOOKS_TX_OCTETS);
		add_count(json, "captured_bytes", meter, BOOKS_CAPTURED_OCTETS);
		add_count(json, "dropped_packets", meter, BOOKS_DROPPED_PACKETS);
		json_close_object(json);
	}
	json_close_array(json);
}

void books_add_site_intensity(const struct books_site *site, struct json *json)
{
	struct site_intensity_figures sum = site_intensity_newest(&site->intensity);
	double gb = (double)sum.uni_bytes / OCTETS_PER_GB;
	bool is_known = sum.uni_bytes > 0;

	json_open_object(json, "traffic");
	json_add_i64(json, "uni_ports", site->uni_count);
	json_add_double(json, "wh_per_gb", is_known ? (double)sum.energy_j / J_PER_WH / gb : NAN, RATIO_DECIMALS);
	json_add_double(json, "gco2e_per_gb", is_known && sum.location_mg > 0 ? (double)sum.location_mg / MG_PER_G / gb : NAN,
			RATIO_DECIMALS);
	json_add_i64(json, "valid_s", sum.valid_s);
	json_close_object(json);
}

/* ---- Metrics ---- */

static const struct openmetrics_family BYTES = {"wattledger_traffic_bytes", "bytes",
						"Octets that the ledger has booked since the port or flow is known; it never falls.",
						OPENMETRICS_COUNTER};
static const struct openmetrics_family CAPTURED = {"wattledger_traffic_captured_bytes", "bytes", "Octets that a capture saw on the port.",
						   OPENMETRICS_COUNTER};
static const struct openmetrics_family DROPPED = {"wattledger_traffic_dropped_packets", NULL,
						  "Packets that the capture on the port had no room for.", OPENMETRICS_COUNTER};
static const struct openmetrics_family PER_GB = {
    "wattledger_traffic_energy_joules_per_gigabyte", "joules_per_gigabyte",
    "Energy of the site over the octets at the users' side, of the newest slots that have all of both.", OPENMETRICS_GAUGE};
static const struct openmetrics_family GRAMS_PER_GB = {"wattledger_traffic_emissions_grams_per_gigabyte", "grams_per_gigabyte",
						       "CO2e of that energy over the same octets, location-based.", OPENMETRICS_GAUGE};

static void begin_port(const struct books *books, const struct books_device *device, const struct books_meter *meter,
		       struct openmetrics *metrics)
{
	struct line_tags tags;

	meter_tags_fill_port(&tags, books->options.plan, device->plan, meter->info);
	openmetrics_begin(metrics);
	openmetrics_label(metrics, "site", tags.site);
	openmetrics_label(metrics, "device", tags.device);
	openmetrics_label(metrics, "port", tags.port);
	openmetrics_label(metrics, "ref", tags.ref);
	openmetrics_label(metrics, "flow", tags.flow);
}

/* One sample a stream of that kind; `direction` is a label of its own, NULL none. */
static void add_streams(const struct books *books, struct openmetrics *metrics, enum books_other other, const char *direction)
{
	for (size_t d = 0; d < books->options.plan->device_count; d++) {
		const struct books_device *device = &books->device[d];

		for (size_t m = 0; m < device->meter_count; m++) {
			int64_t octets;

			if (!octets_of(device->meter[m], other, &octets))
				continue;
			begin_port(books, device, device->meter[m], metrics);
			if (direction != NULL)
				openmetrics_label(metrics, "direction", direction);
			openmetrics_end_i64(metrics, octets);
		}
	}
}

static void add_ratio(const struct books *books, struct openmetrics *metrics, bool is_energy)
{
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		struct site_intensity_figures sum = site_intensity_newest(&books->site[i].intensity);
		double amount = is_energy ? (double)sum.energy_j : (double)sum.location_mg / MG_PER_G;

		if (sum.uni_bytes <= 0 || (!is_energy && sum.location_mg <= 0))
			continue;
		openmetrics_begin(metrics);
		openmetrics_label(metrics, "site", books->site[i].plan->id);
		openmetrics_end_double(metrics, amount / ((double)sum.uni_bytes / OCTETS_PER_GB), SMALL_DECIMALS);
	}
}

void books_add_traffic_metrics(const struct books *books, struct openmetrics *metrics)
{
	openmetrics_family(metrics, &BYTES);
	add_streams(books, metrics, BOOKS_RX_OCTETS, "rx");
	add_streams(books, metrics, BOOKS_TX_OCTETS, "tx");
	openmetrics_family(metrics, &CAPTURED);
	add_streams(books, metrics, BOOKS_CAPTURED_OCTETS, NULL);
	openmetrics_family(metrics, &DROPPED);
	add_streams(books, metrics, BOOKS_DROPPED_PACKETS, NULL);
	openmetrics_family(metrics, &PER_GB);
	add_ratio(books, metrics, true);
	openmetrics_family(metrics, &GRAMS_PER_GB);
	add_ratio(books, metrics, false);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/books_ambient_priv.h"

#include "base/mem.h"
#include "model/units.h"
#include "output/line_other.h"
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { READING_DECIMALS = 4 };

/* ---- Values ---- */

struct field {
	enum quantity quantity;
	size_t offset;
	struct openmetrics_family family;
};

static const struct field FIELDS[] = {
    {QUANTITY_TEMPERATURE,
     offsetof(struct books_ambient, temperature_c),
     {"wattledger_temperature_celsius", "celsius", "Temperature, the newest reading.", OPENMETRICS_GAUGE}},
    {QUANTITY_HUMIDITY,
     offsetof(struct books_ambient, humidity_ratio),
     {"wattledger_humidity_ratio", "ratio", "Relative humidity, 0 to 1, the newest reading.", OPENMETRICS_GAUGE}},
    {QUANTITY_CHARGE,
     offsetof(struct books_ambient, soc_ratio),
     {"wattledger_charge_ratio", "ratio", "State of charge of a battery, 0 to 1, the newest reading.", OPENMETRICS_GAUGE}},
    {QUANTITY_LEVEL,
     offsetof(struct books_ambient, level_l),
     {"wattledger_level_liters", "liters", "Level of a tank, the newest reading.", OPENMETRICS_GAUGE}},
    {QUANTITY_FUEL_USED,
     offsetof(struct books_ambient, used_l),
     {"wattledger_fuel_used_liters", "liters", "Fuel that was used, as the device counts it.", OPENMETRICS_COUNTER}},
    {QUANTITY_RUN_TIME,
     offsetof(struct books_ambient, run_s),
     {"wattledger_run_seconds", "seconds", "Time that an engine or a device ran, as it counts it.", OPENMETRICS_COUNTER}},
    {QUANTITY_STATE,
     offsetof(struct books_ambient, state),
     {"wattledger_state", NULL, "A state as the device numbers it, the newest reading.", OPENMETRICS_GAUGE}},
};

enum { FIELD_COUNT = sizeof(FIELDS) / sizeof(FIELDS[0]) };

static double *value_at(struct books_ambient *ambient, const struct field *field)
{
	return (double *)(void *)((char *)ambient + field->offset);
}

static double value_of(const struct books_ambient *ambient, const struct field *field)
{
	double value;

	memcpy(&value, (const char *)ambient + field->offset, sizeof(value));
	return value;
}

void books_ambient_clear(struct books_ambient *ambient)
{
	*ambient = (struct books_ambient){.minute = INT64_MIN};
	for (size_t i = 0; i < FIELD_COUNT; i++)
		*value_at(ambient, &FIELDS[i]) = NAN;
}

void books_ambient_put(struct books_ambient *ambient, const struct sample *sample)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (FIELDS[i].quantity != sample->quantity)
			continue;
		*value_at(ambient, &FIELDS[i]) = quantity_is_counter(sample->quantity) ? (double)sample->raw : sample->value;
		ambient->boot_ns = sample->boot_ns;
	}
}

static bool is_fresh(const struct books_meter *meter, int64_t now_boot_ns)
{
	int64_t old_ns = 3 * (int64_t)meter->device->plan->interval_ms * UNITS_NS_PER_MS;

	return meter->ambient != NULL && now_boot_ns - meter->ambient->boot_ns <= old_ns;
}

/* ---- Points ---- */

bool books_point_time(const struct books *books, const struct books_meter *meter, int64_t boot_ns, int64_t *utc_ms)
{
	int64_t at_ms = books_utc_ms(books, boot_ns);

	if (books->options.points == NULL || !books->place.is_trusted || !points_wants_samples(books->options.points))
		return false;
	*utc_ms = at_ms - at_ms % meter->device->plan->interval_ms;
	return true;
}

/* The running energy of the battery's part of that name ("BAT0/in"), which a host tells apart by the sign of its power. */
static int64_t part_j(const struct books_meter *battery, const char *part)
{
	const struct books_device *device = battery->device;
	char key[METER_KEY_BYTES + 8];
	int64_t millij;

	snprintf(key, sizeof(key), "%s/%s", battery->info->key, part);
	for (size_t i = 0; i < device->meter_count; i++) {
		if (strcmp(device->meter[i]->info->key, key) == 0 && books_meter_energy(device->meter[i], &millij))
			return millij / UNITS_MILLIJ_PER_J;
	}
	return LINE_UNKNOWN;
}

static struct line_battery battery_line(const struct books_meter *meter)
{
	struct line_battery line = {.soc_ratio = meter->ambient->soc_ratio, .stored_mg = LINE_UNKNOWN};
	const struct books_stream *out = meter->other[BOOKS_ENERGY_OUT];
	int64_t millij;

	/* One meter with a counter each way, or a part each way; a UPS counts what its load draws, which is neither. */
	line.in_j = out != NULL && books_meter_energy(meter, &millij) ? millij / UNITS_MILLIJ_PER_J : part_j(meter, "in");
	line.out_j = out != NULL ? out->energy_millij / UNITS_MILLIJ_PER_J : part_j(meter, "out");
	return line;
}

static uint32_t add_lines(struct books *books, const struct books_meter *meter, const struct line_series *series, int64_t utc_ns)
{
	const struct books_ambient *ambient = meter->ambient;
	struct line_environment room = {ambient->temperature_c, ambient->humidity_ratio};
	struct line_fuel tank = {.level_l = ambient->level_l,
				 .used_l = ambient->used_l,
				 .delivered_l = NAN, /* entered by hand: no meter tells it */
				 .run_s = line_whole(ambient->run_s)};
	uint32_t count = 0;

	count += line_add_environment(&books->lines, series, &room, utc_ns);
	count += line_add_fuel(&books->lines, series, &tank, utc_ns);
	if (isfinite(ambient->soc_ratio)) {
		struct line_battery battery = battery_line(meter);

		count += line_add_battery(&books->lines, series, &battery, utc_ns);
	}
	if (isfinite(ambient->state) && fabs(ambient->state) <= INT32_MAX)
		count += line_add_state(&books->lines, series, llround(ambient->state), utc_ns);
	return count;
}

static void add_points(struct books *books, struct books_meter *meter)
{
	struct line_tags tags = {
	    .site = books_site_of(books, meter->device)->plan->id, .device = meter->device->plan->id, .meter = meter->info->key};
	struct line_series series;
	int64_t utc_ms;
	int64_t minute;
	uint32_t count;

	if (!books_point_time(books, meter, meter->ambient->boot_ns, &utc_ms))
		return;
	/* Other tags than the meter's own, in the room that those are made in. */
	buf_clear(&books->tags);
	line_series_print(&books->tags, LINE_TAGS_DEVICE, &tags);
	books->series_meter = NULL;
	if (books->tags.is_failed) {
		books->lost_count++;
		return;
	}
	series = (struct line_series){.text = books->tags.data, .bytes = books->tags.bytes};
	minute = utc_ms / (UNITS_S_PER_MIN * UNITS_MS_PER_S);
	buf_clear(&books->lines);
	count = add_lines(books, meter, &series, utc_ms * UNITS_NS_PER_MS);
	if (count > 0)
		points_add_samples(books->options.points, &books->lines, count, minute != meter->ambient->minute);
	meter->ambient->minute = minute;
}

void books_take_ambient(struct books *books, struct books_meter *meter, const struct books_ambient *read)
{
	if (read->boot_ns == 0)
		return;
	if (meter->ambient == NULL) {
		meter->ambient = mem_new(sizeof(*meter->ambient)); /* once for a meter that has such */
		if (meter->ambient == NULL) {
			books->lost_count++;
			return;
		}
		books_ambient_clear(meter->ambient);
	}
	for (size_t i = 0; i < FIELD_COUNT; i++)
		*value_at(meter->ambient, &FIELDS[i]) = value_of(read, &FIELDS[i]);
	meter->ambient->boot_ns = read->boot_ns;
	add_points(books, meter);
}

/* ---- Status and metrics ---- */

void books_add_readings(const struct books_device *device, struct json *json, int64_t now_boot_ns)
{
	json_open_array(json, "readings");
	for (size_t m = 0; m < device->meter_count; m++) {
		const struct books_meter *meter = device->meter[m];

		if (!is_fresh(meter, now_boot_ns))
			continue;
		json_open_object(json, NULL);
		json_add_text(json, "meter", meter->info->key);
		for (size_t i = 0; i < FIELD_COUNT; i++)
			json_add_double(json, quantity_name(FIELDS[i].quantity), value_of(meter->ambient, &FIELDS[i]), READING_DECIMALS);
		json_close_object(json);
	}
	json_close_array(json);
}

static void add_device_metrics(const struct books *books, const struct books_device *device, const struct field *field,
			       struct openmetrics *metrics, int64_t now_boot_ns)
{
	for (size_t m = 0; m < device->meter_count; m++) {
		const struct books_meter *meter = device->meter[m];

		if (!is_fresh(meter, now_boot_ns) || !isfinite(value_of(meter->ambient, field)))
			continue;
		openmetrics_begin(metrics);
		openmetrics_label(metrics, "site", books->site[device->plan->site].plan->id);
		openmetrics_label(metrics, "device", device->plan->id);
		openmetrics_label(metrics, "meter", meter->info->key);
		openmetrics_end_double(metrics, value_of(meter->ambient, field), READING_DECIMALS);
	}
}

void books_add_ambient_metrics(const struct books *books, struct openmetrics *metrics, int64_t now_boot_ns)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		openmetrics_family(metrics, &FIELDS[i].family);
		for (size_t d = 0; d < books->options.plan->device_count; d++)
			add_device_metrics(books, &books->device[d], &FIELDS[i], metrics, now_boot_ns);
	}
}

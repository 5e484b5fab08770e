/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trial_lines.h"

#include "model/units.h"
#include "output/line_other.h"
#include "run/meter_tags.h"

#include <math.h>
#include <string.h>

static const struct plan_device *find_device(const struct plan_core *plan, const char *id)
{
	for (size_t i = 0; i < plan->device_count; i++) {
		if (strcmp(plan->device[i].id, id) == 0)
			return &plan->device[i];
	}
	return NULL;
}

/* Of the first or the last reading; NaN when it never came. */
static double value_of(const struct gather_meter *meter, enum quantity quantity, bool is_last)
{
	const struct gather_reading *reading = gather_find(meter, quantity);
	double value;

	if (reading == NULL || (is_last && reading->count < 2))
		return NAN;
	return gather_value(meter, is_last ? &reading->last : &reading->first, &value) ? value : NAN;
}

/* The running energy: what the counter went on by since the first reading. */
static int64_t running_millij(const struct gather_meter *meter, bool is_last)
{
	double first_j = value_of(meter, QUANTITY_ENERGY, false);
	double change_j = is_last ? value_of(meter, QUANTITY_ENERGY, true) - first_j : first_j - first_j;

	return isfinite(change_j) && change_j >= 0 ? (int64_t)llround(change_j * UNITS_MILLIJ_PER_J) : LINE_UNKNOWN;
}

/* When the first or the last reading came; 0 when there is none. */
static int64_t instant_of(const struct gather_meter *meter, bool is_last)
{
	for (size_t i = 0; i < meter->reading_count; i++) {
		const struct gather_reading *reading = &meter->reading[i];

		if (!is_last || reading->count >= 2)
			return is_last ? reading->last.boot_ns : reading->first.boot_ns;
	}
	return 0;
}

static void add_reading(struct buf *out, const struct line_series *series, const struct gather_meter *meter, bool is_last,
			const struct clock_reading *clock)
{
	int64_t boot_ns = instant_of(meter, is_last);
	struct line_energy line = {
	    .power_w = value_of(meter, QUANTITY_POWER, is_last),
	    .voltage_v = value_of(meter, QUANTITY_VOLTAGE, is_last),
	    .current_a = value_of(meter, QUANTITY_CURRENT, is_last),
	    .power_factor = value_of(meter, QUANTITY_POWER_FACTOR, is_last),
	    .frequency_hz = value_of(meter, QUANTITY_FREQUENCY, is_last),
	    .energy_millij = running_millij(meter, is_last),
	};

	if (boot_ns != 0)
		(void)line_add_energy(out, series, &line, clock->utc_ns - (clock->boot_ns - boot_ns));
}

/* Rooms, batteries, tanks and states have tags of their own. */
static enum err add_ambient(struct buf *out, const struct line_tags *tags, const struct gather_meter *meter,
			    const struct clock_reading *clock, struct err_info *info)
{
	struct line_environment room = {value_of(meter, QUANTITY_TEMPERATURE, false), value_of(meter, QUANTITY_HUMIDITY, false)};
	struct line_battery battery = {
	    .in_j = LINE_UNKNOWN, .out_j = LINE_UNKNOWN, .stored_mg = LINE_UNKNOWN, .soc_ratio = value_of(meter, QUANTITY_CHARGE, false)};
	struct line_fuel tank = {.level_l = value_of(meter, QUANTITY_LEVEL, false),
				 .used_l = value_of(meter, QUANTITY_FUEL_USED, false),
				 .delivered_l = NAN,
				 .run_s = line_whole(value_of(meter, QUANTITY_RUN_TIME, false))};
	double state = value_of(meter, QUANTITY_STATE, false);
	int64_t utc_ns = clock->utc_ns - (clock->boot_ns - instant_of(meter, false));
	struct line_series series;
	enum err err = line_series_init(&series, LINE_TAGS_DEVICE, tags, info);

	if (err != ERR_NONE)
		return err;
	(void)line_add_environment(out, &series, &room, utc_ns);
	(void)line_add_battery(out, &series, &battery, utc_ns);
	(void)line_add_fuel(out, &series, &tank, utc_ns);
	if (isfinite(state))
		(void)line_add_state(out, &series, llround(state), utc_ns);
	line_series_deinit(&series);
	return ERR_NONE;
}

enum err trial_lines_add_device(struct buf *out, const struct plan_core *plan, const char *device_id, const struct gather_device *device,
				const struct clock_reading *clock, struct err_info *info)
{
	const struct plan_device *planned = find_device(plan, device_id);

	for (size_t m = 0; planned != NULL && m < device->meter_count; m++) {
		const struct gather_meter *meter = &device->meter[m];
		struct line_series series;
		struct line_tags tags;
		enum err err;

		/* Traffic has points of slots alone. */
		if (!meter->is_announced || meter->info.is_port)
			continue;
		err = meter_tags_init_series(&series, plan, planned, &meter->info, info);
		if (err != ERR_NONE)
			return err;
		add_reading(out, &series, meter, false, clock);
		add_reading(out, &series, meter, true, clock);
		line_series_deinit(&series);
		tags = (struct line_tags){.site = plan->site[planned->site].id, .device = planned->id, .meter = meter->info.key};
		err = add_ambient(out, &tags, meter, clock, info);
		if (err != ERR_NONE)
			return err;
	}
	return out->is_failed ? err_set(info, ERR_MEMORY, "no memory for the points") : ERR_NONE;
}

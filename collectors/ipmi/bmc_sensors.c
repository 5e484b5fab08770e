/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bmc_sensors: power by the sensors of a BMC. */
#include "ipmi/bmc_priv.h"

#include "base/text.h"
#include "model/units.h"

#include <stdio.h>

/* What the records may take of one read. */
#define WALK_NS (3 * UNITS_NS_PER_S)

enum { COMPLETION_ABSENT = 0xcb };

/* true when all records are read. */
static bool walk(struct c_ipmi_reading *reading)
{
	struct c_ipmi_bmc *bmc = reading->bmc;
	int64_t end_ns = reading->port->clock() + WALK_NS;
	struct c_ipmi_request request;
	struct c_ipmi_answer answer;

	if (bmc->is_walked)
		return true;
	while (c_ipmi_walk_next(&bmc->walk, &request)) {
		if (reading->port->clock() > end_ns) {
			reading->report->state = DEVICE_PARTIAL;
			snprintf(reading->report->reason, sizeof reading->report->reason,
				 "its sensor data records are being read (%u until now): no power yet", (unsigned)bmc->walk.record_count);
			return false;
		}
		if (!c_ipmi_bmc_ask(reading, request, &answer))
			return false;
		c_ipmi_walk_take(&bmc->walk, &answer);
	}
	c_ipmi_sdr_choose(bmc->walk.sensor, bmc->walk.sensor_count, &bmc->choice);
	bmc->is_walked = true;
	return true;
}

/* Supplies that are not in the machine are not missed: *is_absent. */
static bool read_value(struct c_ipmi_reading *reading, const struct c_ipmi_sensor *sensor, double *value, bool *is_absent)
{
	struct c_ipmi_answer answer;
	uint8_t raw;

	*is_absent = false;
	if (!c_ipmi_bmc_ask(reading, c_ipmi_sdr_ask_reading(sensor), &answer))
		return false;
	*is_absent = answer.completion == COMPLETION_ABSENT;
	if (answer.completion != 0) {
		c_ipmi_bmc_explain(reading, sensor->name, c_ipmi_completion_text(answer.completion));
		return false;
	}
	if (!c_ipmi_sdr_parse_reading(&answer, &raw)) {
		c_ipmi_bmc_explain(reading, sensor->name, "the sensor has no reading now");
		return false;
	}
	*value = c_ipmi_sdr_value(sensor, raw);
	return true;
}

static void add_power(struct c_ipmi_reading *reading, const struct c_ipmi_sensor *sensor, double power_w)
{
	bool is_sum = reading->bmc->choice.is_sum;
	char key[METER_KEY_BYTES] = "total";

	if (is_sum)
		snprintf(key, sizeof key, "psu/%u", (unsigned)sensor->instance);
	struct c_ipmi_meter *meter =
	    c_ipmi_bmc_add_meter(reading->report, is_sum ? C_IPMI_METER_SUPPLY : C_IPMI_METER_TOTAL, key, sensor->name);
	meter->has_power = true;
	meter->power_w = power_w;
}

/* A supply that draws nothing is one that is not plugged in. That all draw nothing is no reading: something asks this question. */
static void drop_zeros(struct c_ipmi_reading *reading, uint32_t first)
{
	struct c_ipmi_report *report = reading->report;

	for (uint32_t i = first; i < report->meter_count; i++) {
		if (report->meter[i].power_w > 0)
			return;
	}
	if (report->meter_count > first)
		c_ipmi_bmc_explain(reading, report->meter[first].name, "it shows 0 W: it cannot measure, or has nothing yet");
	report->meter_count = first;
}

static void read_watts(struct c_ipmi_reading *reading)
{
	const struct c_ipmi_choice *choice = &reading->bmc->choice;
	uint32_t first = reading->report->meter_count;
	bool is_absent;

	for (uint8_t i = 0; i < choice->watts_count; i++) {
		double power_w;
		bool is_read = read_value(reading, &choice->sensor[i], &power_w, &is_absent);

		if (reading->is_silent)
			return;
		reading->report->supply_count += choice->is_sum && !is_absent;
		if (is_read && power_w >= 0)
			add_power(reading, &choice->sensor[i], power_w);
	}
	drop_zeros(reading, first);
	if (reading->report->meter_count == first)
		return;
	reading->bmc->source = C_IPMI_SOURCE_SENSORS;
	(void)text_copy(reading->report->source, sizeof reading->report->source, "sdr");
}

static void read_inlet(struct c_ipmi_reading *reading)
{
	const struct c_ipmi_choice *choice = &reading->bmc->choice;
	double temperature_c;
	bool is_absent;

	if (choice->count == choice->watts_count || reading->is_silent ||
	    !read_value(reading, &choice->sensor[choice->watts_count], &temperature_c, &is_absent))
		return;
	struct c_ipmi_meter *meter =
	    c_ipmi_bmc_add_meter(reading->report, C_IPMI_METER_AIR, "inlet", choice->sensor[choice->watts_count].name);
	meter->has_temperature = true;
	meter->temperature_c = temperature_c;
}

void c_ipmi_bmc_read_sensors(struct c_ipmi_reading *reading)
{
	if (!walk(reading))
		return;
	if (reading->bmc->choice.watts_count == 0) {
		c_ipmi_bmc_explain(reading, "sensors", "none of them tells the power of the machine or of its supplies");
		return;
	}
	/* With a counter of the whole, supplies would be added to it. */
	if (!reading->bmc->choice.is_sum || !reading->bmc->has_counter)
		read_watts(reading);
	read_inlet(reading);
}

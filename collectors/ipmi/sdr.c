/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/sdr.h"

#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Offsets in a full sensor record (table 43-1, counted from 0). */
enum record_at {
	AT_TYPE = 3,
	AT_OWNER = 5,
	AT_LUN = 6,
	AT_NUMBER = 7,
	AT_ENTITY = 8,
	AT_INSTANCE = 9,
	AT_SENSOR_TYPE = 12,
	AT_UNITS = 20, /* format, rate, modifier, percentage */
	AT_BASE_UNIT = 21,
	AT_LINEAR = 23,
	AT_M = 24,
	AT_M_HIGH = 25,
	AT_B = 26,
	AT_B_HIGH = 27,
	AT_EXPONENTS = 29,
	AT_NAME_BYTES = 47,
	AT_NAME = 48,
};

enum {
	RECORD_FULL = 0x01,
	OWNER_BMC = 0x20,
	UNIT_CELSIUS = 1,
	UNIT_WATT = 6,
	TYPE_TEMPERATURE = 0x01,
	ENTITY_BOARD = 7,
	ENTITY_SUPPLY = 10,
	ENTITY_POWER_UNIT = 19,
	ENTITY_CHASSIS = 23,
	ENTITY_AIR_INLET = 0x37,
	ENTITY_INLET_DCMI = 0x40,
	FORMAT_NONE = 3,
	NAME_ASCII = 3,
	INSTANCE_BITS = 0x7f,
	READING_UNAVAILABLE = 0x20,
	READING_SCANNED = 0x40,
};

/* The number in the lowest `bits` bits, two's complement. */
static int sign_extend(unsigned value, unsigned bits)
{
	unsigned sign = 1U << (bits - 1);

	value &= (1U << bits) - 1;
	return (value & sign) != 0 ? (int)value - (int)(1U << bits) : (int)value;
}

static bool is_inlet(const uint8_t *record)
{
	return record[AT_BASE_UNIT] == UNIT_CELSIUS && record[AT_SENSOR_TYPE] == TYPE_TEMPERATURE &&
	       (record[AT_ENTITY] == ENTITY_AIR_INLET || record[AT_ENTITY] == ENTITY_INLET_DCMI);
}

static bool is_watts(const uint8_t *record)
{
	uint8_t entity = record[AT_ENTITY];

	return record[AT_BASE_UNIT] == UNIT_WATT &&
	       (entity == ENTITY_BOARD || entity == ENTITY_SUPPLY || entity == ENTITY_POWER_UNIT || entity == ENTITY_CHASSIS);
}

bool c_ipmi_sdr_is_full(const uint8_t record[static C_IPMI_RECORD_HEAD])
{
	return record[AT_TYPE] == RECORD_FULL;
}

bool c_ipmi_sdr_is_wanted(const uint8_t record[static C_IPMI_RECORD_JUDGED])
{
	/* Others' sensors would have to be asked over a bridge; a percentage, a rate or a product of units is no power. */
	if (!c_ipmi_sdr_is_full(record) || record[AT_OWNER] != OWNER_BMC || (record[AT_UNITS] & 0x3f) != 0 ||
	    record[AT_UNITS] >> 6 == FORMAT_NONE || (record[AT_LINEAR] & 0x7f) != 0)
		return false;
	return is_watts(record) || is_inlet(record);
}

static void read_name(const uint8_t *record, size_t bytes, struct c_ipmi_sensor *out)
{
	size_t length = record[AT_NAME_BYTES] & 0x1f;

	if (record[AT_NAME_BYTES] >> 6 == NAME_ASCII && AT_NAME + length <= bytes)
		(void)text_clean(out->name, sizeof out->name, record + AT_NAME, length);
	if (out->name[0] == '\0')
		snprintf(out->name, sizeof out->name, "Sensor %u", (unsigned)out->number);
}

bool c_ipmi_sdr_parse(const uint8_t *record, size_t bytes, struct c_ipmi_sensor *out)
{
	if (bytes < AT_NAME || !c_ipmi_sdr_is_wanted(record))
		return false;
	*out = (struct c_ipmi_sensor){
	    .kind = is_watts(record) ? C_IPMI_SENSOR_WATTS : C_IPMI_SENSOR_INLET,
	    .number = record[AT_NUMBER],
	    .lun = record[AT_LUN] & 0x03,
	    .entity = record[AT_ENTITY],
	    .instance = record[AT_INSTANCE] & INSTANCE_BITS,
	    .format = record[AT_UNITS] >> 6,
	    .m = (int16_t)sign_extend(record[AT_M] | (record[AT_M_HIGH] & 0xc0U) << 2, 10),
	    .b = (int16_t)sign_extend(record[AT_B] | (record[AT_B_HIGH] & 0xc0U) << 2, 10),
	    .r_exponent = (int8_t)sign_extend(record[AT_EXPONENTS] >> 4, 4),
	    .b_exponent = (int8_t)sign_extend(record[AT_EXPONENTS] & 0x0f, 4),
	};
	read_name(record, bytes, out);
	return true;
}

double c_ipmi_sdr_value(const struct c_ipmi_sensor *sensor, uint8_t raw)
{
	int x = raw;

	if (sensor->format == 1)
		x = (raw & 0x80) != 0 ? -(int)(uint8_t)~raw : raw;
	else if (sensor->format == 2)
		x = sign_extend(raw, 8);
	return (sensor->m * x + sensor->b * pow(10, sensor->b_exponent)) * pow(10, sensor->r_exponent);
}

/* ---- Choosing ---------------------------------------------------------------------------------------------------------------------------- */

static const struct c_ipmi_sensor *find_whole(const struct c_ipmi_sensor *sensors, size_t count)
{
	static const uint8_t order[] = {ENTITY_POWER_UNIT, ENTITY_CHASSIS, ENTITY_BOARD};

	for (size_t k = 0; k < sizeof order; k++) {
		for (size_t i = 0; i < count; i++) {
			if (sensors[i].kind == C_IPMI_SENSOR_WATTS && sensors[i].entity == order[k])
				return &sensors[i];
		}
	}
	return NULL;
}

/* "PS1 Power In", "PSU2 Input Power": a word that begins with "in" or is "pin". */
static bool is_input(const char *name)
{
	for (const char *at = name; *at != '\0'; at++) {
		bool is_start = at == name || isalpha((unsigned char)at[-1]) == 0;

		if (is_start && (strncasecmp(at, "in", 2) == 0 || strncasecmp(at, "pin", 3) == 0))
			return true;
	}
	return false;
}

static void add_supply(struct c_ipmi_choice *choice, const struct c_ipmi_sensor *sensor)
{
	for (uint8_t i = 0; i < choice->count; i++) {
		struct c_ipmi_sensor *known = &choice->sensor[i];

		if (known->instance != sensor->instance)
			continue;
		if (!is_input(known->name) && is_input(sensor->name))
			*known = *sensor;
		return;
	}
	/* Room for a temperature stays. */
	if (choice->count + 1 < C_IPMI_CHOSEN_MAX)
		choice->sensor[choice->count++] = *sensor;
}

void c_ipmi_sdr_choose(const struct c_ipmi_sensor *sensors, size_t count, struct c_ipmi_choice *out)
{
	const struct c_ipmi_sensor *whole = find_whole(sensors, count);

	*out = (struct c_ipmi_choice){.is_sum = whole == NULL};
	if (whole != NULL)
		out->sensor[out->count++] = *whole;
	for (size_t i = 0; i < count && whole == NULL; i++) {
		if (sensors[i].kind == C_IPMI_SENSOR_WATTS && sensors[i].entity == ENTITY_SUPPLY)
			add_supply(out, &sensors[i]);
	}
	out->watts_count = out->count;
	for (size_t i = 0; i < count && out->count == out->watts_count; i++) {
		if (sensors[i].kind == C_IPMI_SENSOR_INLET)
			out->sensor[out->count++] = sensors[i];
	}
}

/* ---- Requests and answers ---------------------------------------------------------------------------------------------------------------- */

struct c_ipmi_request c_ipmi_sdr_ask_reservation(void)
{
	return (struct c_ipmi_request){.netfn = C_IPMI_STORAGE, .command = C_IPMI_RESERVE_SDR};
}

struct c_ipmi_request c_ipmi_sdr_ask_part(uint16_t reservation, uint16_t record, uint8_t offset, uint8_t bytes)
{
	return (struct c_ipmi_request){
	    .netfn = C_IPMI_STORAGE,
	    .command = C_IPMI_GET_SDR,
	    .bytes = 6,
	    .data = {(uint8_t)reservation, (uint8_t)(reservation >> 8), (uint8_t)record, (uint8_t)(record >> 8), offset, bytes}};
}

struct c_ipmi_request c_ipmi_sdr_ask_reading(const struct c_ipmi_sensor *sensor)
{
	return (struct c_ipmi_request){
	    .netfn = C_IPMI_SENSOR, .lun = sensor->lun, .command = C_IPMI_GET_SENSOR_READING, .bytes = 1, .data = {sensor->number}};
}

bool c_ipmi_sdr_parse_reading(const struct c_ipmi_answer *answer, uint8_t *raw)
{
	if (answer->bytes < 2 || (answer->data[1] & READING_UNAVAILABLE) != 0 || (answer->data[1] & READING_SCANNED) == 0)
		return false;
	*raw = answer->data[0];
	return true;
}

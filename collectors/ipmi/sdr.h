/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sdr: sensor data records (IPMI v2.0 chapter 43) of sensors that tell the power of the machine, and what their raw readings mean. Pure.
 *
 * A sensor is chosen by its unit and the entity that it belongs to, never by its name, which is different on each machine: power unit,
 * chassis or system board for the whole, power supplies for their sum; both are never added.
 */
#ifndef WATTLEDGER_IPMI_SDR_H
#define WATTLEDGER_IPMI_SDR_H

#include "ipmi/allow.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_IPMI_SENSORS_MAX = 32, C_IPMI_CHOSEN_MAX = 12, C_IPMI_RECORD_BYTES = 5 + 255 };

enum c_ipmi_sensor_kind { C_IPMI_SENSOR_WATTS = 0, C_IPMI_SENSOR_INLET };

/* A sensor of a full record (type 01h) with a linear formula: y = (m x + b 10^b_exponent) 10^r_exponent. */
struct c_ipmi_sensor {
	enum c_ipmi_sensor_kind kind;
	uint8_t number;
	uint8_t lun;
	uint8_t entity;   /* table 43-13: 7 system board, 10 power supply, 19 power unit, 23 chassis */
	uint8_t instance; /* 1 .. 127 */
	uint8_t format;   /* of the raw reading: 0 unsigned, 1 one's complement, 2 two's complement */
	int16_t m;        /* 10 bits, signed */
	int16_t b;
	int8_t r_exponent; /* 4 bits, signed */
	int8_t b_exponent;
	char name[METER_NAME_BYTES];
};

/* What is read of a machine. */
struct c_ipmi_choice {
	struct c_ipmi_sensor sensor[C_IPMI_CHOSEN_MAX];
	uint8_t watts_count; /* the first so many; a temperature may follow */
	uint8_t count;
	bool is_sum; /* they are supplies: the whole is their sum */
};

/* Bytes of a record that can be told to be of no use without the rest. */
enum { C_IPMI_RECORD_HEAD = 5, C_IPMI_RECORD_JUDGED = 24 };

/* A full record, by its head. */
bool c_ipmi_sdr_is_full(const uint8_t record[static C_IPMI_RECORD_HEAD]) MUST_CHECK;

/* Whether a record is worth being read on, by its first C_IPMI_RECORD_JUDGED bytes: a full one of watts, or of air at the inlet. */
bool c_ipmi_sdr_is_wanted(const uint8_t record[static C_IPMI_RECORD_JUDGED]) MUST_CHECK;

/* Takes a whole record apart. false: not one of those, or too short, or not linear. */
bool c_ipmi_sdr_parse(const uint8_t *record, size_t bytes, struct c_ipmi_sensor *out) MUST_CHECK;

/* What a raw reading means, W or degrees Celsius. */
double c_ipmi_sdr_value(const struct c_ipmi_sensor *sensor, uint8_t raw) MUST_CHECK;

/*
 * Chooses among all sensors that were found: the first one of a power unit, else of the chassis, else of the system board; if there is none,
 * one sensor of each power supply (of several that is at the input by its name, else the first: output is a part of the input). And the
 * first temperature at the inlet.
 */
void c_ipmi_sdr_choose(const struct c_ipmi_sensor *sensors, size_t count, struct c_ipmi_choice *out);

/* Requests. A record is read in parts, under a reservation. */
struct c_ipmi_request c_ipmi_sdr_ask_reservation(void) MUST_CHECK;
struct c_ipmi_request c_ipmi_sdr_ask_part(uint16_t reservation, uint16_t record, uint8_t offset, uint8_t bytes) MUST_CHECK;
struct c_ipmi_request c_ipmi_sdr_ask_reading(const struct c_ipmi_sensor *sensor) MUST_CHECK;

/* A sensor's answer with completion code 0: its raw reading. false: too short, or it has none now (not scanned, not available). */
bool c_ipmi_sdr_parse_reading(const struct c_ipmi_answer *answer, uint8_t *raw) MUST_CHECK;

#endif

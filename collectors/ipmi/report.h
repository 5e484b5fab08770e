/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report: what a worker tells the collector after a read of its BMC. The worker has handled foreign bytes with a library that has had its
 * troubles with them: the collector takes its report for hostile, as core takes ours.
 */
#ifndef WATTLEDGER_IPMI_REPORT_H
#define WATTLEDGER_IPMI_REPORT_H

#include "base/err.h"
#include "ipmi/login.h"
#include "ipmi/oem.h"
#include "model/meter.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_IPMI_METERS_MAX = 16, C_IPMI_REPORT_BYTES_MAX = 8192 };

enum c_ipmi_meter_kind {
	C_IPMI_METER_TOTAL = 0, /* what the machine draws */
	C_IPMI_METER_SUPPLY,    /* one of its supplies: the total is their sum */
	C_IPMI_METER_AIR,       /* no meter of power: the air at the inlet */
	C_IPMI_METER_KIND_COUNT
};

struct c_ipmi_meter {
	char key[METER_KEY_BYTES];
	char name[METER_NAME_BYTES];
	enum c_ipmi_meter_kind kind;
	bool has_power;
	bool has_temperature;
	double power_w;
	double temperature_c;
	enum c_ipmi_counter counter; /* whose steps energy_raw counts; C_IPMI_COUNTER_NONE: it has none */
	uint64_t energy_raw;
};

/* Value type. */
struct c_ipmi_report {
	enum device_state state;
	uint32_t latency_us; /* of the first answer */
	char reason[WIRE_TEXT_BYTES];
	char vendor[METER_IDENTITY_BYTES];
	char model[METER_IDENTITY_BYTES];
	char serial[METER_IDENTITY_BYTES];
	char firmware[METER_IDENTITY_BYTES];
	char source[METER_IDENTITY_BYTES]; /* where its power comes from: "dcmi", "dcmi_window", "sdr", "" nowhere */
	struct c_ipmi_login login;         /* what opened the session */
	uint32_t supply_count;             /* supplies that the total needs, whether they answered or not */
	uint32_t meter_count;
	struct c_ipmi_meter meter[C_IPMI_METERS_MAX];
};

/* Writes it; writer->is_full when it did not fit (C_IPMI_REPORT_BYTES_MAX are enough). */
void c_ipmi_report_put(struct wire_writer *writer, const struct c_ipmi_report *report);

/* ERR_DATA when anything is out of range; *out is then undefined but initialised. */
enum err c_ipmi_report_get(struct c_ipmi_report *out, const uint8_t *bytes, size_t length, struct err_info *info) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supply_rule: what the files of one power supply say (Documentation/ABI/testing/sysfs-class-power: microwatts, microvolts, microamperes,
 * microwatt-hours, microampere-hours, percent). Pure.
 *
 * The sign of a battery's current is not the same in all drivers; its status is: it decides whether power goes in or out. Both have a meter
 * of their own, since what goes in is drawn from elsewhere and what comes out feeds the machine: they never belong to a total.
 */
#ifndef WATTLEDGER_RAPL_SUPPLY_RULE_H
#define WATTLEDGER_RAPL_SUPPLY_RULE_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stdint.h>

enum c_rapl_supply_kind { C_RAPL_SUPPLY_NONE = 0, C_RAPL_SUPPLY_BATTERY, C_RAPL_SUPPLY_MAINS };

/* The files that are read; c_rapl_supply_file_name() names them. */
enum c_rapl_supply_at {
	C_RAPL_SUPPLY_CAPACITY = 0,
	C_RAPL_SUPPLY_ENERGY_NOW,
	C_RAPL_SUPPLY_ENERGY_FULL,
	C_RAPL_SUPPLY_CHARGE_NOW,
	C_RAPL_SUPPLY_CHARGE_FULL,
	C_RAPL_SUPPLY_POWER,
	C_RAPL_SUPPLY_VOLTAGE,
	C_RAPL_SUPPLY_CURRENT,
	C_RAPL_SUPPLY_ONLINE,
	C_RAPL_SUPPLY_TEMPERATURE,
	C_RAPL_SUPPLY_FILE_COUNT
};

enum c_rapl_supply_status { C_RAPL_STATUS_UNKNOWN = 0, C_RAPL_STATUS_CHARGING, C_RAPL_STATUS_DISCHARGING, C_RAPL_STATUS_RESTING };

/* What was read. */
struct c_rapl_supply_raw {
	enum c_rapl_supply_status status;
	bool has[C_RAPL_SUPPLY_FILE_COUNT];
	int64_t value[C_RAPL_SUPPLY_FILE_COUNT];
};

/* What it means; has_... false: not known. */
struct c_rapl_supply_reading {
	bool has_soc;
	bool has_power;
	bool has_voltage;
	bool has_current;
	bool has_online;
	bool has_temperature;
	double soc_ratio; /* 0..1 */
	double in_w;      /* one of both is 0 */
	double out_w;
	double voltage_v;
	double current_a; /* amount, without a sign */
	double temperature_c;
	bool is_online;
};

/* "capacity", ...; static. */
const char *c_rapl_supply_file_name(enum c_rapl_supply_at at) MUST_CHECK;

/* Of the texts of type and scope. Batteries of other devices (scope Device: a mouse) are none. */
enum c_rapl_supply_kind c_rapl_supply_kind_of(const char *type, const char *scope) MUST_CHECK;

/* Of the text of status. */
enum c_rapl_supply_status c_rapl_supply_status_of(const char *status) MUST_CHECK;

/* Into SI. Power: power_now, else voltage x current; without a known status it is not known. Charge: energy over full energy, charge over full
 * charge, else capacity. */
void c_rapl_supply_convert(const struct c_rapl_supply_raw *raw, struct c_rapl_supply_reading *out);

/* Meters of a supply called `name`: the battery or the line itself, and what goes into and out of a battery. */
void c_rapl_supply_describe(const char *name, enum c_rapl_supply_kind kind, struct meter_info *out);
void c_rapl_supply_describe_in(const char *name, struct meter_info *out);
void c_rapl_supply_describe_out(const char *name, struct meter_info *out);

#endif

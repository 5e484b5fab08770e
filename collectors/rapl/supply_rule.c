/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/supply_rule.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const double MICRO = 1e6;
static const double PERCENT = 100.0;
static const double TENTHS = 10.0; /* of a degree */

const char *c_rapl_supply_file_name(enum c_rapl_supply_at at)
{
	static const char *const name[C_RAPL_SUPPLY_FILE_COUNT] = {"capacity",  "energy_now",  "energy_full", "charge_now", "charge_full",
								   "power_now", "voltage_now", "current_now", "online",     "temp"};

	return name[at];
}

enum c_rapl_supply_kind c_rapl_supply_kind_of(const char *type, const char *scope)
{
	if (strcmp(scope, "Device") == 0)
		return C_RAPL_SUPPLY_NONE;
	if (strcmp(type, "Battery") == 0 || strcmp(type, "UPS") == 0)
		return C_RAPL_SUPPLY_BATTERY;
	return strcmp(type, "Mains") == 0 ? C_RAPL_SUPPLY_MAINS : C_RAPL_SUPPLY_NONE;
}

enum c_rapl_supply_status c_rapl_supply_status_of(const char *status)
{
	if (strcmp(status, "Charging") == 0)
		return C_RAPL_STATUS_CHARGING;
	if (strcmp(status, "Discharging") == 0)
		return C_RAPL_STATUS_DISCHARGING;
	if (strcmp(status, "Full") == 0 || strcmp(status, "Not charging") == 0)
		return C_RAPL_STATUS_RESTING;
	return C_RAPL_STATUS_UNKNOWN;
}

static double amount_of(const struct c_rapl_supply_raw *raw, enum c_rapl_supply_at at)
{
	double value = (double)raw->value[at] / MICRO;

	return value < 0 ? -value : value;
}

static bool share_of(const struct c_rapl_supply_raw *raw, enum c_rapl_supply_at now, enum c_rapl_supply_at full, double *ratio)
{
	if (!raw->has[now] || !raw->has[full] || raw->value[full] <= 0 || raw->value[now] < 0)
		return false;
	*ratio = (double)raw->value[now] / (double)raw->value[full];
	/* A battery that has aged holds less than it once told, and shows a little more than full. */
	*ratio = *ratio > 1 ? 1 : *ratio;
	return true;
}

static bool convert_soc(const struct c_rapl_supply_raw *raw, double *ratio)
{
	if (share_of(raw, C_RAPL_SUPPLY_ENERGY_NOW, C_RAPL_SUPPLY_ENERGY_FULL, ratio) ||
	    share_of(raw, C_RAPL_SUPPLY_CHARGE_NOW, C_RAPL_SUPPLY_CHARGE_FULL, ratio))
		return true;
	*ratio = (double)raw->value[C_RAPL_SUPPLY_CAPACITY] / PERCENT;
	return raw->has[C_RAPL_SUPPLY_CAPACITY] && *ratio >= 0 && *ratio <= 1;
}

static void convert_power(const struct c_rapl_supply_raw *raw, struct c_rapl_supply_reading *out)
{
	double power_w;

	if (raw->has[C_RAPL_SUPPLY_POWER])
		power_w = amount_of(raw, C_RAPL_SUPPLY_POWER);
	else if (raw->has[C_RAPL_SUPPLY_VOLTAGE] && raw->has[C_RAPL_SUPPLY_CURRENT])
		power_w = amount_of(raw, C_RAPL_SUPPLY_VOLTAGE) * amount_of(raw, C_RAPL_SUPPLY_CURRENT);
	else
		return;
	out->has_power = raw->status != C_RAPL_STATUS_UNKNOWN;
	out->in_w = raw->status == C_RAPL_STATUS_CHARGING ? power_w : 0;
	out->out_w = raw->status == C_RAPL_STATUS_DISCHARGING ? power_w : 0;
}

void c_rapl_supply_convert(const struct c_rapl_supply_raw *raw, struct c_rapl_supply_reading *out)
{
	*out = (struct c_rapl_supply_reading){.has_voltage = raw->has[C_RAPL_SUPPLY_VOLTAGE],
					      .has_current = raw->has[C_RAPL_SUPPLY_CURRENT],
					      .has_online = raw->has[C_RAPL_SUPPLY_ONLINE],
					      .has_temperature = raw->has[C_RAPL_SUPPLY_TEMPERATURE],
					      .voltage_v = amount_of(raw, C_RAPL_SUPPLY_VOLTAGE),
					      .current_a = amount_of(raw, C_RAPL_SUPPLY_CURRENT),
					      .temperature_c = (double)raw->value[C_RAPL_SUPPLY_TEMPERATURE] / TENTHS,
					      .is_online = raw->value[C_RAPL_SUPPLY_ONLINE] != 0};
	out->has_soc = convert_soc(raw, &out->soc_ratio);
	convert_power(raw, out);
}

/* ---- Meters ------------------------------------------------------------------------------------------------------------------------------ */

static void describe(const char *name, const char *suffix, struct meter_info *out)
{
	*out = (struct meter_info){.role = ROLE_PART, .point = POINT_DC_BUS, .caliber = CALIBER_ACTUAL};
	snprintf(out->key, sizeof out->key, "%.50s%s", name, suffix);
	snprintf(out->name, sizeof out->name, "%.50s%s", name, suffix);
}

void c_rapl_supply_describe(const char *name, enum c_rapl_supply_kind kind, struct meter_info *out)
{
	describe(name, "", out);
	if (kind == C_RAPL_SUPPLY_MAINS)
		out->point = POINT_OTHER;
}

void c_rapl_supply_describe_in(const char *name, struct meter_info *out)
{
	describe(name, "/in", out);
	(void)text_copy(out->parent, sizeof out->parent, name);
}

void c_rapl_supply_describe_out(const char *name, struct meter_info *out)
{
	describe(name, "/out", out);
	(void)text_copy(out->parent, sizeof out->parent, name);
	out->supply = SUPPLY_BATTERY;
}

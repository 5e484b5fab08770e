/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/report.h"

#include <string.h>

static void put_meter(struct wire_writer *writer, const struct c_ipmi_meter *meter)
{
	wire_put_text(writer, meter->key);
	wire_put_text(writer, meter->name);
	wire_put_u8(writer, (uint8_t)meter->kind);
	wire_put_bool(writer, meter->has_power);
	wire_put_bool(writer, meter->has_temperature);
	wire_put_f64(writer, meter->power_w);
	wire_put_f64(writer, meter->temperature_c);
	wire_put_u8(writer, (uint8_t)meter->counter);
	wire_put_u64(writer, meter->energy_raw);
}

void c_ipmi_report_put(struct wire_writer *writer, const struct c_ipmi_report *report)
{
	wire_put_u8(writer, (uint8_t)report->state);
	wire_put_u32(writer, report->latency_us);
	wire_put_text(writer, report->reason);
	wire_put_text(writer, report->vendor);
	wire_put_text(writer, report->model);
	wire_put_text(writer, report->serial);
	wire_put_text(writer, report->firmware);
	wire_put_text(writer, report->source);
	wire_put_u8(writer, report->login.suite);
	wire_put_bool(writer, report->login.is_open_lenient);
	wire_put_bool(writer, report->login.is_proven);
	wire_put_u32(writer, report->supply_count);
	wire_put_u32(writer, report->meter_count);
	for (uint32_t i = 0; i < report->meter_count; i++)
		put_meter(writer, &report->meter[i]);
}

static void get_meter(struct wire_reader *reader, struct c_ipmi_meter *out)
{
	uint64_t modulus;

	wire_get_text(reader, out->key, sizeof out->key);
	wire_get_text(reader, out->name, sizeof out->name);
	out->kind = (enum c_ipmi_meter_kind)wire_get_enum(reader, C_IPMI_METER_KIND_COUNT);
	out->has_power = wire_get_bool(reader);
	out->has_temperature = wire_get_bool(reader);
	out->power_w = wire_get_f64(reader);
	out->temperature_c = wire_get_f64(reader);
	out->counter = (enum c_ipmi_counter)wire_get_enum(reader, C_IPMI_COUNTER_COUNT);
	out->energy_raw = wire_get_u64(reader);
	modulus = c_ipmi_oem_spec(out->counter).modulus;
	if (out->key[0] == '\0' || out->power_w < 0 || (modulus != 0 && out->energy_raw >= modulus))
		reader->is_bad = true;
}

static void get_login(struct wire_reader *reader, struct c_ipmi_login *out)
{
	out->suite = wire_get_u8(reader);
	out->is_open_lenient = wire_get_bool(reader);
	out->is_proven = wire_get_bool(reader);
	if (out->suite != C_IPMI_SUITE_SHA256 && out->suite != C_IPMI_SUITE_SHA1)
		reader->is_bad = true;
}

/* Keys are unique: each is one meter. */
static bool has_twins(const struct c_ipmi_report *report)
{
	for (uint32_t i = 1; i < report->meter_count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (strcmp(report->meter[i].key, report->meter[j].key) == 0)
				return true;
		}
	}
	return false;
}

enum err c_ipmi_report_get(struct c_ipmi_report *out, const uint8_t *bytes, size_t length, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = length};

	*out = (struct c_ipmi_report){0};
	out->state = (enum device_state)wire_get_enum(&reader, DEVICE_STATE_COUNT);
	out->latency_us = wire_get_u32(&reader);
	wire_get_text(&reader, out->reason, sizeof out->reason);
	wire_get_text(&reader, out->vendor, sizeof out->vendor);
	wire_get_text(&reader, out->model, sizeof out->model);
	wire_get_text(&reader, out->serial, sizeof out->serial);
	wire_get_text(&reader, out->firmware, sizeof out->firmware);
	wire_get_text(&reader, out->source, sizeof out->source);
	get_login(&reader, &out->login);
	out->supply_count = wire_get_u32(&reader);
	out->meter_count = wire_get_u32(&reader);
	if (out->supply_count > C_IPMI_METERS_MAX || out->meter_count > C_IPMI_METERS_MAX) {
		out->meter_count = 0;
		reader.is_bad = true;
	}
	for (uint32_t i = 0; i < out->meter_count && !reader.is_bad; i++)
		get_meter(&reader, &out->meter[i]);
	if (!wire_is_done(&reader) || has_twins(out))
		return err_set(info, ERR_DATA, "the report of a worker is damaged");
	return ERR_NONE;
}

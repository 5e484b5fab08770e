/* SPDX-License-Identifier: Apache-2.0 */
#include "wirecat_print.h"

#include "base/json.h"
#include "wire/latencies.h"

#include <stdio.h>

enum { DECIMALS = 6 };

static void print_hello(struct json *json, const struct wire_hello *hello)
{
	json_add_text(json, "record", "hello");
	json_add_text(json, "kind", wire_kind_name(hello->kind));
	json_add_i64(json, "pid", hello->pid);
	json_add_i64(json, "device_count", hello->device_count);
}

static void print_counter(struct json *json, const char *key, const struct counter_spec *spec)
{
	if (spec->unit_num == 0)
		return;
	json_open_object(json, key);
	json_add_i64(json, "unit_num", spec->unit_num);
	json_add_i64(json, "unit_den", spec->unit_den);
	json_add_double(json, "modulus", (double)spec->modulus, 0);
	json_add_bool(json, "is_wrap_known", spec->is_wrap_known);
	json_add_bool(json, "starts_at_zero", spec->starts_at_zero);
	json_close_object(json);
}

static void print_meter(struct json *json, const struct wire_meter *meter)
{
	json_add_text(json, "record", "meter");
	json_add_i64(json, "device", meter->device);
	json_add_i64(json, "meter", meter->meter);
	json_add_text(json, "key", meter->info.key);
	json_add_text(json, "name", meter->info.name);
	json_add_text(json, "parent", meter->info.parent);
	json_add_text(json, "role", role_name(meter->info.role));
	json_add_text(json, "point", point_name(meter->info.point));
	json_add_bool(json, "is_summand", meter->info.is_summand);
	json_add_bool(json, "is_derived", meter->info.is_derived);
	json_add_bool(json, "is_component", meter->info.is_component);
	json_add_text(json, "caliber", caliber_name(meter->info.caliber));
	json_add_i64(json, "phase", meter->info.phase);
	print_counter(json, "energy", &meter->info.energy);
	print_counter(json, "energy_out", &meter->info.energy_out);
}

static void print_device(struct json *json, const struct wire_device *device)
{
	json_add_text(json, "record", "device");
	json_add_i64(json, "device", device->device);
	json_add_text(json, "state", device_state_name(device->state));
	json_add_i64(json, "latency_us", device->latency_us);
	json_add_i64(json, "failed_count", device->failed_count);
	json_add_i64(json, "expected_count", device->expected_count);
	json_add_bool(json, "is_expected_learned", device->is_expected_learned);
	json_add_text(json, "reason", device->reason);
	json_add_text(json, "vendor", device->vendor);
	json_add_text(json, "model", device->model);
	json_add_text(json, "serial", device->serial);
	json_add_text(json, "firmware", device->firmware);
	json_add_text(json, "driver", device->driver);
}

static void print_sample(struct json *json, const struct sample *sample)
{
	json_add_text(json, "record", "sample");
	json_add_i64(json, "device", sample->device);
	json_add_i64(json, "meter", sample->meter == SAMPLE_METER_NONE ? -1 : (int64_t)sample->meter);
	json_add_text(json, "quantity", quantity_name(sample->quantity));
	json_add_i64(json, "boot_us", sample->boot_ns / 1000);
	if (quantity_is_counter(sample->quantity))
		json_add_double(json, "raw", (double)sample->raw, 0);
	else
		json_add_double(json, "value", sample->value, DECIMALS);
}

static void print_lost(struct json *json, const struct wire_lost *lost)
{
	json_add_text(json, "record", "lost");
	json_add_i64(json, "sample_count", (int64_t)lost->sample_count);
}

static void print_stats(struct json *json, const struct wire_stats *stats)
{
	json_add_text(json, "record", "stats");
	json_add_i64(json, "cpu_us", (int64_t)stats->cpu_us);
	json_add_i64(json, "wake_count", (int64_t)stats->wake_count);
	json_add_i64(json, "poll_count", (int64_t)stats->poll_count);
	json_add_i64(json, "missed_count", (int64_t)stats->missed_count);
	json_add_i64(json, "failed_count", (int64_t)stats->failed_count);
	json_add_i64(json, "latency_sum_us", (int64_t)stats->latency_sum_us);
	json_add_i64(json, "rss_bytes", (int64_t)stats->rss_bytes);
}

static void print_latencies(struct json *json, const struct wire_latencies *latencies)
{
	json_add_text(json, "record", "latencies");
	json_open_object(json, "us");
	for (uint32_t i = 0; i < latencies->count; i++) {
		char device[16];

		(void)snprintf(device, sizeof device, "%u", latencies->item[i].device);
		json_add_i64(json, device, latencies->item[i].latency_us);
	}
	json_close_object(json);
}

/* Every decoded body; only the one of the record's type is filled. */
union body {
	struct wire_hello hello;
	struct wire_meter meter;
	struct wire_device device;
	struct wire_samples samples;
	struct wire_lost lost;
	struct wire_stats stats;
	struct wire_latencies latencies;
};

static void open_line(struct json *json, struct buf *out)
{
	json_init(json, out);
	json_open_object(json, NULL);
}

static void close_line(struct json *json, struct buf *out)
{
	json_close_object(json);
	buf_add_char(out, '\n');
}

static enum err print_body(struct buf *out, struct wire_reader *reader, enum wire_type type, union body *body, struct err_info *info)
{
	struct json json;
	enum err err;

	if (type == WIRE_SAMPLES) {
		err = wire_get_samples(reader, &body->samples, info);
		for (uint32_t i = 0; err == ERR_NONE && i < body->samples.count; i++) {
			open_line(&json, out);
			print_sample(&json, &body->samples.sample[i]);
			close_line(&json, out);
		}
		return err;
	}
	open_line(&json, out);
	switch (type) {
	case WIRE_HELLO: err = wire_get_hello(reader, &body->hello, info), print_hello(&json, &body->hello); break;
	case WIRE_METER: err = wire_get_meter(reader, &body->meter, info), print_meter(&json, &body->meter); break;
	case WIRE_DEVICE: err = wire_get_device(reader, &body->device, info), print_device(&json, &body->device); break;
	case WIRE_LOST: err = wire_get_lost(reader, &body->lost, info), print_lost(&json, &body->lost); break;
	case WIRE_STATS: err = wire_get_stats(reader, &body->stats, info), print_stats(&json, &body->stats); break;
	case WIRE_LATENCIES: err = wire_get_latencies(reader, &body->latencies, info), print_latencies(&json, &body->latencies); break;
	default: err = err_set(info, ERR_DATA, "a record of type %d is none of a collector's", (int)type); break;
	}
	close_line(&json, out);
	return err;
}

enum err wirecat_print_record(struct buf *out, const void *data, size_t bytes, enum wire_type *type, struct err_info *info)
{
	static union body body; /* too large for a small stack */
	struct wire_reader reader = {.bytes = data, .length = bytes};
	enum err err = wire_read_header(&reader, type, info);

	return err == ERR_NONE ? print_body(out, &reader, *type, &body, info) : err;
}

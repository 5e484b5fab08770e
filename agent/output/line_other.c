/* SPDX-License-Identifier: Apache-2.0 */
#include "output/line_other.h"

#include "output/line_priv.h"

#include <math.h>
#include <string.h>

enum { VOLUME_L_DECIMALS = 3, RATIO_DECIMALS = 4, TEMPERATURE_C_DECIMALS = 2 };

/* Up to here a double has every whole number. */
#define WHOLE_MAX 9007199254740992.0

int64_t line_whole(double value)
{
	return isfinite(value) && fabs(value) <= WHOLE_MAX ? llround(value) : LINE_UNKNOWN;
}

bool line_add_fuel(struct buf *out, const struct line_series *device, const struct line_fuel *values, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_double(&tail, LINE_NAME("level_l="), values->level_l, VOLUME_L_DECIMALS);
	line_put_double(&tail, LINE_NAME("used_l="), values->used_l, VOLUME_L_DECIMALS);
	line_put_double(&tail, LINE_NAME("delivered_l="), values->delivered_l, VOLUME_L_DECIMALS);
	line_put_integer(&tail, LINE_NAME("run_s="), values->run_s);
	return line_finish(out, "fuel", device, &tail, utc_ns);
}

bool line_add_battery(struct buf *out, const struct line_series *device, const struct line_battery *values, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_integer(&tail, LINE_NAME("in_j="), values->in_j);
	line_put_integer(&tail, LINE_NAME("out_j="), values->out_j);
	line_put_double(&tail, LINE_NAME("soc_ratio="), values->soc_ratio, RATIO_DECIMALS);
	line_put_integer(&tail, LINE_NAME("stored_mg="), values->stored_mg);
	return line_finish(out, "battery", device, &tail, utc_ns);
}

bool line_add_environment(struct buf *out, const struct line_series *device, const struct line_environment *values, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_double(&tail, LINE_NAME("temperature_c="), values->temperature_c, TEMPERATURE_C_DECIMALS);
	line_put_double(&tail, LINE_NAME("humidity_ratio="), values->humidity_ratio, RATIO_DECIMALS);
	return line_finish(out, "environment", device, &tail, utc_ns);
}

bool line_add_state(struct buf *out, const struct line_series *device, int64_t value, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_integer(&tail, LINE_NAME("value="), value);
	return line_finish(out, "state", device, &tail, utc_ns);
}

bool line_add_event(struct buf *out, const struct line_series *event, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_integer(&tail, LINE_NAME("count="), 1);
	return line_finish(out, "event", event, &tail, utc_ns);
}

static const char *const self_names[LINE_SELF_COUNT] = {
    [LINE_SELF_CPU_US] = "cpu_us",
    [LINE_SELF_RSS_BYTES] = "rss_bytes",
    [LINE_SELF_WAKE_COUNT] = "wake_count",
    [LINE_SELF_POLL_COUNT] = "poll_count",
    [LINE_SELF_MISSED_COUNT] = "missed_count",
    [LINE_SELF_FAILED_COUNT] = "failed_count",
    [LINE_SELF_LOST_COUNT] = "lost_count",
    [LINE_SELF_LATENCY_US] = "latency_us",
    [LINE_SELF_COMMIT_US] = "commit_us",
    [LINE_SELF_ENERGY_MILLIJ] = "energy_millij",
    [LINE_SELF_LEDGER_BYTES] = "ledger_bytes",
    [LINE_SELF_OUTBOX_BYTES] = "outbox_bytes",
    [LINE_SELF_OUTBOX_POINTS] = "outbox_points",
    [LINE_SELF_OUTBOX_OLDEST_S] = "outbox_oldest_s",
    [LINE_SELF_PARKED_POINTS] = "parked_points",
    [LINE_SELF_DROPPED_POINTS] = "dropped_points",
    [LINE_SELF_SENT_POINTS] = "sent_points",
    [LINE_SELF_DEVICE_COUNT] = "device_count",
    [LINE_SELF_UP_SNMP] = "up_snmp",
    [LINE_SELF_UP_MODBUS] = "up_modbus",
    [LINE_SELF_UP_RAPL] = "up_rapl",
    [LINE_SELF_UP_IPMI] = "up_ipmi",
    [LINE_SELF_UP_TRAFFIC] = "up_traffic",
};

const char *line_self_name(enum line_self field)
{
	return self_names[field];
}

bool line_add_self(struct buf *out, const struct line_series *host, const int64_t *values, int64_t utc_ns)
{
	struct line_tail tail;
	size_t i;

	tail.used_bytes = 0;
	for (i = 0; i < LINE_SELF_COUNT; i++) {
		char name[LINE_FIELD_NAME_BYTES_MAX];
		size_t bytes = strlen(self_names[i]);

		memcpy(name, self_names[i], bytes);
		name[bytes] = '=';
		line_put_integer(&tail, name, bytes + 1, values[i]);
	}
	return line_finish(out, "wattledger", host, &tail, utc_ns);
}

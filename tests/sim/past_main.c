/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-past: what the devices of `wattledger demo` showed in a span of time, as a trace for `wattledger replay` on standard output. They are
 * the same simulated devices that the demo then starts with `--since`: identity, curves and counters go on. Three things happen in each week: the PDU of
 * feed B is not reached for two hours, the PDU of feed A restarts, and the agent's machine restarts, as long as this machine has not been up.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "device.h"
#include "modbus_meter.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
	STEP_S_MAX = 3600,
	S_PER_H = 3600,
	S_PER_DAY = 86400,
	MS_PER_S = 1000,
	MILLI = 1000,
	ROWS_MAX = 6,
	DEVICE_COUNT = 4,
	SEED = 1,
	METER_UNIT = 1
};

/* What a driver makes of the parts of a device: a quantity of each of `count` meters. */
struct row {
	const char *key; /* before the part's number */
	unsigned count;
	enum sim_what what;
	uint8_t bits; /* of a counter that is there in two widths; 0: either */
	const char *quantity;
};

struct machine {
	const char *id; /* of the demo's configuration, which has them in this order */
	const char *model;
	bool has_serial; /* the driver reads it */
	struct row row[ROWS_MAX];
};

static const struct machine MACHINES[DEVICE_COUNT] = {
    {"ups", "ups-mib", false, {{"input/", 3, SIM_WHAT_POWER_INPUT, 0, "power_w"}, {"output/", 3, SIM_WHAT_POWER, 0, "power_w"}}},
    {"pdu-a",
     "apc-rpdu2",
     true,
     {{"pdu/", 1, SIM_WHAT_POWER, 0, "power_w"},
      {"pdu/", 1, SIM_WHAT_ENERGY, 0, "raw_counter"},
      {"phase/", 3, SIM_WHAT_POWER, 0, "power_w"},
      {"outlet/", 24, SIM_WHAT_POWER, 0, "power_w"},
      {"outlet/", 24, SIM_WHAT_ENERGY, 0, "raw_counter"}}},
    {"pdu-b",
     "raritan-px2",
     true,
     {{"inlet/1.", 1, SIM_WHAT_POWER, 0, "power_w"},
      {"inlet/1.", 1, SIM_WHAT_ENERGY, 0, "raw_counter"},
      {"outlet/1.", 8, SIM_WHAT_POWER, 0, "power_w"},
      {"outlet/1.", 8, SIM_WHAT_ENERGY, 0, "raw_counter"}}},
    {"switch",
     "if-mib",
     false,
     {{"poe/", 1, SIM_WHAT_POWER, 0, "power_w"},
      {"if/Gi0/", 8, SIM_WHAT_BYTES_IN, 64, "bytes"},
      {"if/Gi0/", 8, SIM_WHAT_BYTES_OUT, 64, "tx_bytes"}}},
};

struct span {
	int64_t since_s; /* simulated time 0 */
	int64_t from_s;
	int64_t to_s;
	int64_t step_s;
	int64_t booted_ms; /* this machine's last start */
	char boot_id[CLOCK_BOOT_ID_BYTES];
	char **without; /* ids that are left out */
	size_t without_count;
	struct sim_tree tree[DEVICE_COUNT];
	struct sim_device device[DEVICE_COUNT];
};

/* ---- What happens ---- */

static int64_t weekday(int64_t utc_s)
{
	return (utc_s / S_PER_DAY + 3) % 7; /* 1970-01-01 was a Thursday; 0 = Monday */
}

static bool is_between(int64_t utc_s, int64_t first_s, int64_t end_s)
{
	return utc_s % S_PER_DAY >= first_s && utc_s % S_PER_DAY < end_s;
}

/* Tuesdays from 02:00 to 04:00 feed B's PDU does not answer. */
static bool is_silent(const struct machine *machine, int64_t utc_s)
{
	return strcmp(machine->id, "pdu-b") == 0 && weekday(utc_s) == 1 && is_between(utc_s, 2 * S_PER_H, 4 * S_PER_H);
}

/* The newest start of a machine: before the span, or at 03:00 on the last day of that kind within it. */
static int64_t started_s(const struct span *span, int64_t day, int64_t utc_s)
{
	int64_t at_s = utc_s - utc_s % S_PER_DAY + 3 * S_PER_H;

	at_s -= ((weekday(at_s) - day + 7) % 7) * S_PER_DAY;
	if (at_s > utc_s)
		at_s -= 7 * S_PER_DAY;
	return at_s > span->from_s ? at_s : span->from_s - S_PER_DAY;
}

/* ---- The trace ---- */

static const struct sim_instance *find_part(const struct sim_tree *tree, const struct row *row, size_t part)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct sim_instance *at = &tree->instances[i];

		if (sim_instance_what(at) == row->what && at->column->rows != NULL && at->column->rows->part_count == row->count &&
		    at->part == part && (row->bits == 0 || at->column->bits == row->bits))
			return at;
	}
	return NULL;
}

static void print_row(const char *head, const struct machine *machine, const struct row *row, const struct sim_device *device,
		      const struct sim_state *state)
{
	char key[SIM_NAME_BYTES];
	struct sim_value value;

	for (unsigned part = 0; part < row->count; part++) {
		const struct sim_instance *instance = find_part(device->tree, row, part);

		if (instance == NULL)
			continue;
		sim_device_read(device, state, instance, &value);
		(void)snprintf(key, sizeof key, "%s%u", row->key, part + 1);
		if (sim_what_is_counter(row->what))
			printf("%s,%s,%s,%s,%" PRIu64 "\n", head, machine->id, key, row->quantity, value.count);
		else
			printf("%s,%s,%s,%s,%.1f\n", head, machine->id, key, row->quantity,
			       (double)value.number * sim_instance_step(instance));
	}
}

/* The meter by Modbus of the demo (agent/cli/demo_more.c): a curve of its own. */
static void print_meter(const char *head, const struct span *span, int64_t utc_s)
{
	struct sim_curve curve = modbus_meter_curve(SIM_SHAPE_DAY, SEED, METER_UNIT);
	double t_s = (double)(utc_s - span->since_s);
	uint64_t millij = modbus_meter_energy_millij(&curve, t_s);

	printf("%s,meter,,serial,%u\n", head, modbus_meter_serial(METER_UNIT));
	printf("%s,meter,total,power_w,%.1f\n", head, sim_curve_rate(&curve, t_s));
	printf("%s,meter,total,energy_j,%" PRIu64 ".%03" PRIu64 "\n", head, millij / MILLI, millij % MILLI);
}

static bool is_without(const struct span *span, const char *id)
{
	for (size_t i = 0; i < span->without_count; i++) {
		if (strcmp(span->without[i], id) == 0)
			return true;
	}
	return false;
}

/* The restarts of feed A's PDU are of its management card: counters go on, and the uptime tells. What is started later knows nothing of them. */
static int64_t uptime_s(const struct span *span, const struct machine *machine, const struct sim_state *state, int64_t utc_s)
{
	int64_t restart_s = started_s(span, 3, utc_s);

	return strcmp(machine->id, "pdu-a") == 0 && restart_s > span->from_s ? utc_s - restart_s : state->uptime_ms / MS_PER_S;
}

static void print_machine(const char *head, size_t number, const struct span *span, int64_t utc_s)
{
	const struct machine *machine = &MACHINES[number];
	struct sim_moment moment = {.t_s = (double)(utc_s - span->since_s), .real_ms = (utc_s - span->since_s) * MS_PER_S};
	char serial[SIM_NAME_BYTES];
	struct sim_state state;

	if (is_without(span, machine->id) || is_silent(machine, utc_s))
		return;
	sim_device_state(&span->device[number], &moment, &state);
	sim_device_print_serial(&span->device[number], serial);
	if (machine->has_serial)
		printf("%s,%s,,serial,%s\n", head, machine->id, serial);
	printf("%s,%s,,uptime_s,%" PRId64 "\n", head, machine->id, uptime_s(span, machine, &state, utc_s));
	for (size_t i = 0; i < ROWS_MAX && machine->row[i].key != NULL; i++)
		print_row(head, machine, &machine->row[i], &span->device[number], &state);
}

/* All reads of one moment. Since this machine was started the boot is its own, so that the demo's agent goes on in it; before, Saturdays end one. */
static void print_moment(const struct span *span, int64_t utc_s)
{
	int64_t boot_ms = started_s(span, 5, utc_s) * MS_PER_S;
	bool is_own = utc_s * MS_PER_S >= span->booted_ms;
	char utc[CLOCK_TEXT_BYTES];
	char head[128];

	if (is_own)
		boot_ms = span->booted_ms;
	clock_print_utc(utc, utc_s * MS_PER_S);
	if (is_own)
		(void)snprintf(head, sizeof(head), "%s,%.3f,%s", span->boot_id, (double)(utc_s * MS_PER_S - boot_ms) / MS_PER_S, utc);
	else
		(void)snprintf(head, sizeof(head), "simulated-%" PRId64 ",%" PRId64 ",%s", boot_ms / MS_PER_S, utc_s - boot_ms / MS_PER_S,
			       utc);
	for (size_t i = 0; i < DEVICE_COUNT; i++)
		print_machine(head, i, span, utc_s);
	if (!is_without(span, "meter"))
		print_meter(head, span, utc_s);
}

/* ---- Command line ---- */

static bool parse_s(const char *text, int64_t *out)
{
	int64_t ms;

	if (!clock_parse_utc(text, &ms))
		return false;
	*out = ms / MS_PER_S;
	return true;
}

static bool parse_span(struct span *span, int argc, char **argv)
{
	int64_t step_ms = 0;

	if (argc < 5 || !parse_s(argv[1], &span->since_s) || !parse_s(argv[2], &span->from_s) || !parse_s(argv[3], &span->to_s) ||
	    span->since_s > span->from_s || !num_parse_duration_ms(argv[4], &step_ms) || step_ms < MS_PER_S ||
	    step_ms > STEP_S_MAX * MS_PER_S)
		return false;
	span->step_s = step_ms / MS_PER_S;
	span->without = argv + 5;
	span->without_count = (size_t)argc - 5;
	return true;
}

static enum err make_devices(struct span *span, struct err_info *info)
{
	struct clock_reading now;
	enum err err = ERR_NONE;

	clock_read(&now);
	clock_read_boot_id(span->boot_id);
	span->booted_ms = (now.utc_ns - now.boot_ns) / CLOCK_NS_PER_MS;
	for (uint32_t i = 0; i < DEVICE_COUNT && err == ERR_NONE; i++) {
		err = sim_tree_init(&span->tree[i], sim_model_find(MACHINES[i].model), info);
		if (err == ERR_NONE)
			sim_device_init(&span->device[i], &span->tree[i], i, SEED, SIM_SHAPE_DAY);
	}
	return err;
}

int main(int argc, char **argv)
{
	static struct span span;
	struct err_info info = {0};

	if (!parse_span(&span, argc, argv)) {
		fputs("usage: wattledger-sim-past SINCE FROM TO STEP [DEVICE...]\n"
		      "SINCE: when simulated time began. All like 2026-10-01T00:00:00Z, STEP like 5min (1s to 1h). Without these devices\n",
		      stderr);
		return err_exit_code(ERR_USAGE);
	}
	if (make_devices(&span, &info) != ERR_NONE) {
		fprintf(stderr, "wattledger-sim-past: %s\n", info.text);
		return err_exit_code(ERR_MEMORY);
	}
	puts("boot_id,boot_s,utc,device,meter,quantity,value");
	for (int64_t utc_s = span.from_s; utc_s < span.to_s; utc_s += span.step_s)
		print_moment(&span, utc_s);
	print_moment(&span, span.to_s);
	for (size_t i = 0; i < DEVICE_COUNT; i++)
		sim_tree_deinit(&span.tree[i]);
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return 0;
	fputs("wattledger-sim-past: the trace cannot be written\n", stderr);
	return err_exit_code(ERR_IO);
}

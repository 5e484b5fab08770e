/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-past: what the devices of `wattledger demo` would have shown in a span of time, as a trace for `wattledger replay` on standard
 * output. Every power is a day curve whose integral is known; counters show it in the device's own steps. Three things happen in each week: the
 * PDU of feed B is not reached for two hours, the PDU of feed A restarts, and the agent's machine restarts.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "curve.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { STEP_S_MAX = 3600, PARTS_MAX = 12, S_PER_H = 3600, S_PER_DAY = 86400, MS_PER_S = 1000 };

/* The day curves begin at 08:00 UTC and have their top six hours later. */
#define CURVE_START_S (8 * S_PER_H)

#define WH_J 3600.0
#define APC_STEP_J (100 * WH_J) /* rPDU2DeviceStatusEnergy counts 0.1 kWh */

/* A meter that takes `share` of its device's rate. */
struct part {
	const char *key;
	double share;
	const char *counter; /* quantity of its counter; NULL: it has none */
	double step;         /* J or bytes of one count */
	bool has_power;
};

struct machine {
	const char *id; /* of the demo's configuration */
	uint32_t low;   /* range of its mean rate: W, of traffic bytes per second */
	uint32_t high;
	bool has_uptime;
	const char *serial; /* NULL: none. It is another one than the live device's: between the past and now the device was exchanged */
	struct part part[PARTS_MAX];
};

static const struct machine MACHINES[] = {
    {"ups",
     4600,
     4700,
     true,
     NULL,
     {{"input/1", 0.37, NULL, 0, true},
      {"input/2", 0.34, NULL, 0, true},
      {"input/3", 0.35, NULL, 0, true},
      {"output/1", 0.35, NULL, 0, true},
      {"output/2", 0.32, NULL, 0, true},
      {"output/3", 0.33, NULL, 0, true}}},
    {"pdu-a",
     2000,
     2200,
     true,
     "PAST-A",
     {{"pdu/1", 1, "raw_counter", APC_STEP_J, true},
      {"phase/1", 0.3, NULL, 0, true},
      {"phase/2", 0.34, NULL, 0, true},
      {"phase/3", 0.36, NULL, 0, true}}},
    {"pdu-b",
     1500,
     1700,
     true,
     "PAST-B",
     {{"inlet/1.1", 1, "raw_counter", WH_J, true},
      {"outlet/1.1", 0.06, "raw_counter", WH_J, true},
      {"outlet/1.2", 0.08, "raw_counter", WH_J, true},
      {"outlet/1.3", 0.1, "raw_counter", WH_J, true},
      {"outlet/1.4", 0.12, "raw_counter", WH_J, true},
      {"outlet/1.5", 0.14, "raw_counter", WH_J, true},
      {"outlet/1.6", 0.15, "raw_counter", WH_J, true},
      {"outlet/1.7", 0.17, "raw_counter", WH_J, true},
      {"outlet/1.8", 0.18, "raw_counter", WH_J, true}}},
    {"switch", 250, 270, true, "PAST-S", {{"poe/1", 1, NULL, 0, true}}},
    {"switch",
     8000000,
     9000000,
     false,
     NULL,
     {{"if/Gi0/1", 0.1, "bytes", 1, false},
      {"if/Gi0/1", 0.2, "tx_bytes", 1, false},
      {"if/Gi0/2", 0.15, "bytes", 1, false},
      {"if/Gi0/2", 0.3, "tx_bytes", 1, false},
      {"if/Gi0/3", 0.25, "bytes", 1, false},
      {"if/Gi0/3", 0.5, "tx_bytes", 1, false},
      {"if/Gi0/4", 0.5, "bytes", 1, false},
      {"if/Gi0/4", 1, "tx_bytes", 1, false}}},
    {"meter", 1100, 1300, false, "PAST-M", {{"total", 1, "energy_j", 1, true}}},
};

struct span {
	int64_t from_s;
	int64_t to_s;
	int64_t step_s;
	char **without; /* ids that are left out */
	size_t without_count;
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

/* The time of the curves, which is never negative. */
static double curve_t_s(int64_t utc_s)
{
	return (double)(utc_s + S_PER_DAY - CURVE_START_S);
}

static void print_part(const char *head, const struct machine *machine, const struct part *part, const struct sim_curve *curve,
		       const struct span *span, int64_t utc_s)
{
	double flowed = part->share * (sim_curve_integral(curve, curve_t_s(utc_s)) - sim_curve_integral(curve, curve_t_s(span->from_s)));

	if (part->has_power)
		printf("%s,%s,%s,power_w,%.1f\n", head, machine->id, part->key, part->share * sim_curve_rate(curve, curve_t_s(utc_s)));
	if (part->counter != NULL)
		printf("%s,%s,%s,%s,%.0f\n", head, machine->id, part->key, part->counter, floor(flowed / part->step));
}

static bool is_without(const struct span *span, const char *id)
{
	for (size_t i = 0; i < span->without_count; i++) {
		if (strcmp(span->without[i], id) == 0)
			return true;
	}
	return false;
}

static void print_machine(const char *head, size_t number, const struct span *span, int64_t utc_s)
{
	const struct machine *machine = &MACHINES[number];
	struct sim_curve curve = sim_curve_make(SIM_SHAPE_DAY, machine->low, machine->high, number + 1);
	int64_t start_s = strcmp(machine->id, "pdu-a") == 0 ? started_s(span, 3, utc_s) : span->from_s - S_PER_DAY;

	if (is_without(span, machine->id) || is_silent(machine, utc_s))
		return;
	if (machine->serial != NULL)
		printf("%s,%s,,serial,%s\n", head, machine->id, machine->serial);
	if (machine->has_uptime)
		printf("%s,%s,,uptime_s,%" PRId64 "\n", head, machine->id, utc_s - start_s);
	for (size_t i = 0; i < PARTS_MAX && machine->part[i].key != NULL; i++)
		print_part(head, machine, &machine->part[i], &curve, span, utc_s);
}

/* All reads of one moment. The agent's machine starts anew on Saturdays. */
static void print_moment(const struct span *span, int64_t utc_s)
{
	int64_t boot_s = started_s(span, 5, utc_s);
	char utc[CLOCK_TEXT_BYTES];
	char head[128];

	clock_print_utc(utc, utc_s * MS_PER_S);
	(void)snprintf(head, sizeof(head), "simulated-%" PRId64 ",%" PRId64 ",%s", boot_s, utc_s - boot_s, utc);
	for (size_t i = 0; i < sizeof(MACHINES) / sizeof(MACHINES[0]); i++)
		print_machine(head, i, span, utc_s);
}

static bool parse_s(const char *text, int64_t *out)
{
	int64_t ms;

	if (!clock_parse_utc(text, &ms))
		return false;
	*out = ms / MS_PER_S;
	return true;
}

int main(int argc, char **argv)
{
	struct span span = {0};
	int64_t step_ms = 0;

	if (argc < 4 || !parse_s(argv[1], &span.from_s) || !parse_s(argv[2], &span.to_s) || !num_parse_duration_ms(argv[3], &step_ms) ||
	    step_ms < MS_PER_S || step_ms > STEP_S_MAX * MS_PER_S) {
		fputs(
		    "usage: wattledger-sim-past FROM TO STEP [DEVICE...], like 2026-10-01T00:00:00Z 2026-11-01T00:00:00Z 5min (1s to 1h); without these devices\n",
		    stderr);
		return 64;
	}
	span.step_s = step_ms / MS_PER_S;
	span.without = argv + 4;
	span.without_count = (size_t)argc - 4;
	puts("boot_id,boot_s,utc,device,meter,quantity,value");
	for (int64_t utc_s = span.from_s; utc_s <= span.to_s; utc_s += span.step_s)
		print_moment(&span, utc_s);
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return 0;
	fputs("wattledger-sim-past: the trace cannot be written\n", stderr);
	return 74;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* core_metrics: what Prometheus scrapes: the books' families, and the agent's own figures. */
#include "run/core_priv.h"

#include "ledger/outbox.h"
#include "model/units.h"

enum { SECONDS_DECIMALS = 6, JOULES_DECIMALS = 3 };

#define US_PER_S 1e6

static const struct openmetrics_family BUILD = {"wattledger_build", NULL, "The program.", OPENMETRICS_INFO};
static const struct openmetrics_family OUTBOX = {"wattledger_outbox_bytes", "bytes", "Points that a store has not taken yet.",
						 OPENMETRICS_GAUGE};
static const struct openmetrics_family SENT = {"wattledger_output_points", NULL, "Points that the output has taken since the start.",
					       OPENMETRICS_COUNTER};
static const struct openmetrics_family CPU = {"wattledger_process_cpu_seconds", "seconds", "CPU time of one of the agent's processes.",
					      OPENMETRICS_COUNTER};
static const struct openmetrics_family ENERGY = {"wattledger_agent_energy_joules", "joules",
						 "Estimate of what the agent itself has used: CPU time at the watts of a busy processor.",
						 OPENMETRICS_COUNTER};
static const struct openmetrics_family MEMORY = {"wattledger_process_resident_memory_bytes", "bytes",
						 "Resident memory of one of the agent's processes.", OPENMETRICS_GAUGE};
static const struct openmetrics_family WAKES = {"wattledger_process_wakes", NULL, "How often the process has woken up.",
						OPENMETRICS_COUNTER};
static const struct openmetrics_family POLLS = {"wattledger_polls", NULL, "Reads of devices that were begun.", OPENMETRICS_COUNTER};
static const struct openmetrics_family MISSED = {"wattledger_missed_polls", NULL, "Reads that were due and were not begun.",
						 OPENMETRICS_COUNTER};
static const struct openmetrics_family FAILED = {"wattledger_failed_polls", NULL, "Reads without any value.", OPENMETRICS_COUNTER};

static void begin_process(struct openmetrics *metrics, const char *name)
{
	openmetrics_begin(metrics);
	openmetrics_label(metrics, "process", name);
}

static double cpu_s(const struct wire_stats *stats)
{
	return (double)stats->cpu_us / US_PER_S;
}

/* A figure of every process; of core too when has_core. */
static void add_processes(const struct core *core, struct openmetrics *metrics, const struct openmetrics_family *family,
			  uint64_t (*figure)(const struct wire_stats *), bool has_core)
{
	struct wire_stats own = core_own_stats(core);

	openmetrics_family(metrics, family);
	if (has_core) {
		begin_process(metrics, "core");
		openmetrics_end_i64(metrics, (int64_t)figure(&own));
	}
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		if (!core->peer[kind].is_greeted || (!has_core && kind >= WIRE_KIND_DELIVER))
			continue;
		begin_process(metrics, wire_kind_name((enum wire_kind)kind));
		openmetrics_end_i64(metrics, (int64_t)figure(&core->peer[kind].stats));
	}
}

static uint64_t rss_bytes(const struct wire_stats *stats)
{
	return stats->rss_bytes;
}

static uint64_t wake_count(const struct wire_stats *stats)
{
	return stats->wake_count;
}

static uint64_t poll_count(const struct wire_stats *stats)
{
	return stats->poll_count;
}

static uint64_t missed_count(const struct wire_stats *stats)
{
	return stats->missed_count;
}

static uint64_t failed_count(const struct wire_stats *stats)
{
	return stats->failed_count;
}

static void add_cpu(const struct core *core, struct openmetrics *metrics)
{
	struct wire_stats own = core_own_stats(core);

	openmetrics_family(metrics, &CPU);
	begin_process(metrics, "core");
	openmetrics_end_double(metrics, cpu_s(&own), SECONDS_DECIMALS);
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		if (!core->peer[kind].is_greeted)
			continue;
		begin_process(metrics, wire_kind_name((enum wire_kind)kind));
		openmetrics_end_double(metrics, cpu_s(&core->peer[kind].stats), SECONDS_DECIMALS);
	}
}

static int64_t waiting_bytes(const struct core *core, size_t output)
{
	struct shipping_figures ram = shipping_measure(&core->shipping, output);
	struct ledger_outbox_figures stored = {0};
	const char *name = core->shipping.output[output].plan->name;

	if (core->reader == NULL || ledger_outbox_measure(core->reader, name, &stored, NULL) != ERR_NONE)
		return (int64_t)ram.bytes;
	return (int64_t)stored.stored_bytes;
}

static void add_outputs(const struct core *core, struct openmetrics *metrics)
{
	openmetrics_family(metrics, &OUTBOX);
	for (size_t i = 0; i < core->shipping.count; i++) {
		openmetrics_begin(metrics);
		openmetrics_label(metrics, "output", core->shipping.output[i].plan->name);
		openmetrics_end_i64(metrics, waiting_bytes(core, i));
	}
	openmetrics_family(metrics, &SENT);
	for (size_t i = 0; i < core->shipping.count; i++) {
		openmetrics_begin(metrics);
		openmetrics_label(metrics, "output", core->shipping.output[i].plan->name);
		openmetrics_end_i64(metrics, (int64_t)core->shipping.output[i].sent_points);
	}
}

void core_metrics_write(struct core *core, struct buf *out, bool is_open)
{
	struct openmetrics metrics;

	openmetrics_init(&metrics, out, is_open);
	openmetrics_family(&metrics, &BUILD);
	openmetrics_begin(&metrics);
	openmetrics_label(&metrics, "version", WATTLEDGER_VERSION);
	openmetrics_end_i64(&metrics, 1);
	books_add_metrics(core->books, &metrics, core->now.boot_ns);
	add_outputs(core, &metrics);
	add_cpu(core, &metrics);
	openmetrics_family(&metrics, &ENERGY);
	openmetrics_begin(&metrics);
	openmetrics_end_double(&metrics, (double)core_own_millij(core) / UNITS_MILLIJ_PER_J, JOULES_DECIMALS);
	add_processes(core, &metrics, &MEMORY, rss_bytes, true);
	add_processes(core, &metrics, &WAKES, wake_count, true);
	add_processes(core, &metrics, &POLLS, poll_count, false);
	add_processes(core, &metrics, &MISSED, missed_count, false);
	add_processes(core, &metrics, &FAILED, failed_count, false);
	openmetrics_finish(&metrics);
}

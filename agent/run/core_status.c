/* SPDX-License-Identifier: Apache-2.0 */
/* core_status: what the agent says of itself: the status document, a line for the service manager, its own figures as points. */
#include "run/core_priv.h"

#include "base/file.h"
#include "base/json.h"
#include "base/num.h"
#include "ledger/outbox.h"
#include "model/units.h"
#include "output/line_other.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { REASONS_MAX = 16, REASON_BYTES = 256, LINE_BYTES_MAX = 4096, STATM_BYTES_MAX = 256 };

#define US_PER_MS 1e3 /* W times us are uJ, a thousand of which are a mJ */

enum verdict { VERDICT_GOOD = 0, VERDICT_WARNING, VERDICT_CRITICAL };

struct findings {
	enum verdict verdict;
	size_t count;
	char reason[REASONS_MAX][REASON_BYTES];
};

__attribute__((format(printf, 3, 4))) static void find(struct findings *findings, enum verdict verdict, const char *fmt, ...)
{
	va_list arguments;

	if (verdict > findings->verdict)
		findings->verdict = verdict;
	if (findings->count == REASONS_MAX)
		return;
	va_start(arguments, fmt);
	vsnprintf(findings->reason[findings->count++], REASON_BYTES, fmt, arguments);
	va_end(arguments);
}

static void find_sources(struct core *core, struct findings *findings)
{
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		uint32_t failed;
		uint32_t up = books_up_count(core->books, (enum wire_kind)kind, &failed);
		uint32_t unfit = books_unfit_count(core->books, (enum wire_kind)kind);

		if (failed > 0)
			find(findings, up == 0 ? VERDICT_CRITICAL : VERDICT_WARNING, "%u of %u %s sources give nothing", failed,
			     up + failed, wire_kind_name((enum wire_kind)kind));
		if (unfit > 0)
			find(findings, VERDICT_WARNING, "%u %s sources are read by a driver that no longer fits: see their reasons", unfit,
			     wire_kind_name((enum wire_kind)kind));
		if (core->peer[kind].lost_samples > 0)
			find(findings, VERDICT_WARNING,
			     "%s lost %llu samples for want of room: this machine is too busy for so many readings; longer intervals help",
			     wire_kind_name((enum wire_kind)kind), (unsigned long long)core->peer[kind].lost_samples);
	}
}

/* Children that cannot be started. Without the page or a store all is still metered. */
static void find_absent(const struct core *core, struct findings *findings)
{
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		if (core->absent[kind][0] != '\0')
			find(findings,
			     kind == PLAN_PAGE || kind == PLAN_DELIVER || kind == PLAN_SERIES ? VERDICT_WARNING : VERDICT_CRITICAL,
			     "%s: %.200s", plan_kind_name((enum plan_kind)kind), core->absent[kind]);
	}
}

static void find_outputs(struct core *core, struct findings *findings)
{
	for (size_t i = 0; i < core->shipping.count; i++) {
		const struct shipping_output *output = &core->shipping.output[i];

		if (output->error[0] != '\0')
			find(findings, VERDICT_WARNING, "output '%.64s': %.180s", output->plan->name, output->error);
		if (core->points.output[i].left_out_count > 0)
			find(findings, VERDICT_WARNING, "output '%.64s': %llu samples found no room", output->plan->name,
			     (unsigned long long)core->points.output[i].left_out_count);
	}
}

static void find_clock(const struct core *core, struct findings *findings)
{
	const char *why = " (the kernel says that nothing keeps it)";

	if (core->now.is_untold)
		why =
		    " (nobody tells whether it is kept: `systemctl status wattledger-clock` says why; without systemd: agent: {clock: assumed})";
	else if (core->now.is_synced)
		why = "";
	if (!books_is_clock_trusted(core->books))
		find(findings, VERDICT_WARNING, "the wall clock is not trusted yet%s: energy is counted and placed later", why);
	else if (core->now.is_untold && !core->plan.is_clock_assumed)
		find(findings, VERDICT_WARNING,
		     "wattledger-clock.service no longer tells whether the wall clock is kept, so no step of it is "
		     "believed: `systemctl status wattledger-clock` says why");
}

static void find_all(struct core *core, struct findings *findings)
{
	*findings = (struct findings){0};
	if (core->commit.error[0] != '\0')
		find(findings, VERDICT_CRITICAL, "the ledger cannot be written: %.200s", core->commit.error);
	if (books_lost_count(core->books) > 0)
		find(findings, VERDICT_CRITICAL, "%llu rows or points could not be kept",
		     (unsigned long long)books_lost_count(core->books));
	find_clock(core, findings);
	if (core->plan.device_count == 0)
		find(findings, VERDICT_WARNING,
		     "no source is configured and this host shows no counters of its own: `wattledger scan local` looks for more");
	find_absent(core, findings);
	find_sources(core, findings);
	find_outputs(core, findings);
}

static const char *verdict_name(enum verdict verdict)
{
	return verdict == VERDICT_GOOD ? "ok" : verdict == VERDICT_WARNING ? "warning" : "critical";
}

static void add_outputs(struct core *core, struct json *json)
{
	json_open_array(json, "outputs");
	for (size_t i = 0; i < core->shipping.count; i++) {
		const struct shipping_output *output = &core->shipping.output[i];
		struct shipping_figures ram = shipping_measure(&core->shipping, i);
		struct ledger_outbox_figures stored = {0};
		bool has_stored =
		    core->reader != NULL && ledger_outbox_measure(core->reader, output->plan->name, &stored, NULL) == ERR_NONE;
		int64_t oldest_ms = stored.oldest_utc_ms != 0 ? stored.oldest_utc_ms : ram.oldest_utc_ms;

		json_open_object(json, NULL);
		json_add_text(json, "name", output->plan->name);
		json_add_text(json, "kind", output_kind_name(output->plan->kind));
		json_add_text(json, "send", output_send_name(output->plan->send));
		json_add_i64(json, "waiting_rows",
			     has_stored && stored.row_count > ram.shipment_count ? (int64_t)stored.row_count : (int64_t)ram.shipment_count);
		json_add_i64(json, "waiting_points",
			     has_stored && stored.point_count > ram.point_count ? (int64_t)stored.point_count : (int64_t)ram.point_count);
		json_add_i64(json, "waiting_bytes", has_stored ? (int64_t)stored.stored_bytes : (int64_t)ram.bytes);
		json_add_i64(json, "oldest_s", oldest_ms == 0 ? 0 : (core->now.utc_ns / UNITS_NS_PER_MS - oldest_ms) / UNITS_MS_PER_S);
		json_add_i64(json, "sent_points", (int64_t)output->sent_points);
		json_add_i64(json, "parked_points", (int64_t)stored.parked_points);
		json_add_text(json, "last_error", output->error);
		json_close_object(json);
	}
	json_close_array(json);
}

/* Resident bytes of this process; 0 when the kernel does not tell. */
static int64_t own_rss_bytes(void)
{
	struct buf statm;
	long long size = 0;
	long long resident = 0;

	buf_init(&statm, STATM_BYTES_MAX);
	if (file_read("/proc/self/statm", &statm, NULL) == ERR_NONE && sscanf(buf_text(&statm), "%lld %lld", &size, &resident) != 2)
		resident = 0;
	buf_deinit(&statm);
	return resident * 4096;
}

static int64_t own_cpu_us(void)
{
	struct timespec used;

	return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 ? (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000 : 0;
}

static void add_process(struct json *json, const char *name, const struct wire_stats *stats)
{
	json_open_object(json, NULL);
	json_add_text(json, "name", name);
	json_add_i64(json, "cpu_us", (int64_t)stats->cpu_us);
	json_add_i64(json, "rss_bytes", (int64_t)stats->rss_bytes);
	json_add_i64(json, "wakes", (int64_t)stats->wake_count);
	json_add_i64(json, "polls", (int64_t)stats->poll_count);
	json_add_i64(json, "missed", (int64_t)stats->missed_count);
	json_add_i64(json, "failed", (int64_t)stats->failed_count);
	if (stats->poll_count > 0)
		json_add_i64(json, "latency_us", (int64_t)(stats->latency_sum_us / stats->poll_count));
	else
		json_add_null(json, "latency_us");
	json_close_object(json);
}

struct wire_stats core_own_stats(const struct core *core)
{
	return (struct wire_stats){
	    .cpu_us = (uint64_t)own_cpu_us(), .rss_bytes = (uint64_t)own_rss_bytes(), .wake_count = core->wake_count};
}

int64_t core_own_millij(const struct core *core)
{
	uint64_t cpu_us = (uint64_t)own_cpu_us();

	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++)
		cpu_us += core->peer[kind].stats.cpu_us;
	return (int64_t)((double)cpu_us * core->plan.busy_w / US_PER_MS);
}

static void add_agent(struct core *core, struct json *json)
{
	struct wire_stats own = core_own_stats(core);

	json_open_object(json, "own");
	json_add_i64(json, "energy_millij", core_own_millij(core));
	json_add_double(json, "busy_core_w", core->plan.busy_w, 3);
	json_close_object(json);
	json_open_array(json, "processes");
	add_process(json, "core", &own);
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		if (core->peer[kind].is_greeted)
			add_process(json, wire_kind_name((enum wire_kind)kind), &core->peer[kind].stats);
	}
	json_close_array(json);
}

static void add_ledger(struct core *core, struct json *json)
{
	char text[CLOCK_TEXT_BYTES] = "";

	if (core->last_commit_utc_ms != 0)
		clock_print_utc(text, core->last_commit_utc_ms);
	json_open_object(json, "ledger");
	json_add_text(json, "path", core->plan.ledger_path);
	json_add_text(json, "last_commit_utc", text[0] == '\0' ? NULL : text);
	json_add_i64(json, "commits", (int64_t)core->commit_count);
	json_add_i64(json, "slot_s", core->plan.slot_s);
	json_add_text(json, "profile", core->plan.is_flash ? "flash" : "normal");
	json_add_i64(json, "lost", (int64_t)books_lost_count(core->books));
	json_close_object(json);
}

void core_status_write(struct core *core, struct buf *out)
{
	struct findings findings;
	struct json json;
	char now[CLOCK_TEXT_BYTES];

	find_all(core, &findings);
	clock_print_utc(now, core->now.utc_ns / UNITS_NS_PER_MS);
	json_init(&json, out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.status/1");
	json_add_text(&json, "verdict", verdict_name(findings.verdict));
	json_open_array(&json, "reasons");
	for (size_t i = 0; i < findings.count; i++)
		json_add_text(&json, NULL, findings.reason[i]);
	json_close_array(&json);
	json_add_text(&json, "version", WATTLEDGER_VERSION);
	json_add_text(&json, "utc", now);
	json_open_object(&json, "clock");
	json_add_bool(&json, "trusted", books_is_clock_trusted(core->books));
	json_add_bool(&json, "kernel_synchronised", core->now.is_synced);
	json_add_bool(&json, "told", !core->now.is_untold);
	json_close_object(&json);
	add_ledger(core, &json);
	books_add_status(core->books, &json, core->now.boot_ns);
	add_outputs(core, &json);
	add_agent(core, &json);
	json_close_object(&json);
	buf_add_char(out, '\n');
}

void core_status_line(struct core *core, char *out, size_t out_bytes)
{
	struct findings findings;
	uint32_t up = 0;
	uint32_t down = 0;

	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		uint32_t failed;

		up += books_up_count(core->books, (enum wire_kind)kind, &failed);
		down += failed;
	}
	find_all(core, &findings);
	snprintf(out, out_bytes, "%s: %u sources up, %u down%s%.120s", verdict_name(findings.verdict), up, down,
		 findings.count > 0 ? "; " : "", findings.count > 0 ? findings.reason[0] : "");
}

static void sum_peers(const struct core *core, int64_t *value)
{
	uint64_t polls = 0;
	uint64_t latency_us = 0;

	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		const struct wire_stats *stats = &core->peer[kind].stats;

		value[LINE_SELF_CPU_US] += (int64_t)stats->cpu_us;
		value[LINE_SELF_RSS_BYTES] += (int64_t)stats->rss_bytes;
		value[LINE_SELF_WAKE_COUNT] += (int64_t)stats->wake_count;
		value[LINE_SELF_MISSED_COUNT] += (int64_t)stats->missed_count;
		value[LINE_SELF_FAILED_COUNT] += (int64_t)stats->failed_count;
		value[LINE_SELF_LOST_COUNT] += (int64_t)core->peer[kind].lost_samples;
		polls += stats->poll_count;
		latency_us += stats->latency_sum_us;
	}
	value[LINE_SELF_POLL_COUNT] = (int64_t)polls;
	value[LINE_SELF_LATENCY_US] = polls == 0 ? LINE_UNKNOWN : (int64_t)(latency_us / polls);
}

static void sum_outputs(const struct core *core, int64_t *value)
{
	for (size_t i = 0; i < core->shipping.count; i++) {
		struct shipping_figures ram = shipping_measure(&core->shipping, i);

		value[LINE_SELF_OUTBOX_BYTES] += (int64_t)ram.bytes;
		value[LINE_SELF_OUTBOX_POINTS] += (int64_t)ram.point_count;
		value[LINE_SELF_SENT_POINTS] += (int64_t)core->shipping.output[i].sent_points;
		value[LINE_SELF_PARKED_POINTS] += (int64_t)core->shipping.output[i].parked_points;
		value[LINE_SELF_DROPPED_POINTS] += (int64_t)core->points.output[i].left_out_count;
	}
	value[LINE_SELF_OUTBOX_OLDEST_S] = LINE_UNKNOWN;
}

static void count_up(const struct core *core, int64_t *value)
{
	static const enum line_self field[WIRE_KIND_COUNT] = {
	    [WIRE_KIND_SNMP] = LINE_SELF_UP_SNMP, [WIRE_KIND_MODBUS] = LINE_SELF_UP_MODBUS,   [WIRE_KIND_RAPL] = LINE_SELF_UP_RAPL,
	    [WIRE_KIND_IPMI] = LINE_SELF_UP_IPMI, [WIRE_KIND_TRAFFIC] = LINE_SELF_UP_TRAFFIC, [WIRE_KIND_DELIVER] = LINE_SELF_COUNT,
	    [WIRE_KIND_SERIES] = LINE_SELF_COUNT,
	};

	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		uint32_t failed;

		if (field[kind] == LINE_SELF_COUNT)
			continue;
		value[field[kind]] = books_device_count(core->books, (enum wire_kind)kind) == 0
					 ? LINE_UNKNOWN
					 : (int64_t)books_up_count(core->books, (enum wire_kind)kind, &failed);
	}
}

void core_self_point(struct core *core)
{
	struct line_tags tags = {.host = core->plan.host, .site = core->plan.site_count > 0 ? core->plan.site[0].id : ""};
	int64_t value[LINE_SELF_COUNT] = {0};
	int64_t utc_ms = books_utc_ms(core->books, core->now.boot_ns);
	struct line_series series;
	struct buf lines;

	if (utc_ms == 0 || !points_wants_samples(&core->points))
		return;
	if (line_series_init(&series, LINE_TAGS_HOST, &tags, NULL) != ERR_NONE)
		return;
	sum_peers(core, value);
	sum_outputs(core, value);
	count_up(core, value);
	value[LINE_SELF_CPU_US] += own_cpu_us();
	value[LINE_SELF_RSS_BYTES] += own_rss_bytes();
	value[LINE_SELF_WAKE_COUNT] += (int64_t)core->wake_count;
	value[LINE_SELF_ENERGY_MILLIJ] = core_own_millij(core);
	value[LINE_SELF_COMMIT_US] = (int64_t)core->commit_us_max;
	value[LINE_SELF_LEDGER_BYTES] = core->reader == NULL ? LINE_UNKNOWN : (int64_t)ledger_file_bytes(core->reader);
	value[LINE_SELF_DEVICE_COUNT] = (int64_t)core->plan.device_count;
	core->commit_us_max = 0;
	buf_init(&lines, LINE_BYTES_MAX);
	utc_ms -= utc_ms % (UNITS_S_PER_MIN * UNITS_MS_PER_S);
	if (line_add_self(&lines, &series, value, utc_ms * UNITS_NS_PER_MS))
		points_add_samples(&core->points, &lines, 1, true);
	buf_deinit(&lines);
	line_series_deinit(&series);
}

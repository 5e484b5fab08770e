/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "ledger/commit.h"
#include "ledger/resume.h"
#include "model/units.h"
#include "points_seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_BYTES_MAX = 64 << 20, LINES_BYTES_MAX = 64 << 20 };

static const char *const ZONE[AGENT_SITES] = {"Europe/Oslo", "Australia/Lord_Howe", "Asia/Beirut"};

void agent_fail(const char *what, const char *why)
{
	fprintf(stderr, "month: %s: %s\n", what, why);
	exit(1);
}

static void need(enum err err, const char *what, const struct err_info *info)
{
	if (err != ERR_NONE)
		agent_fail(what, info->text);
}

/* ---- Plans ---- */

void agent_name_device(char id[static PLAN_ID_BYTES], size_t device, uint32_t renames)
{
	if (renames == 0)
		snprintf(id, PLAN_ID_BYTES, "d%zu", device);
	else
		snprintf(id, PLAN_ID_BYTES, "d%zu-%u", device, renames);
}

static void fill_plan(struct agent *agent, struct agent_plan *plan)
{
	const struct truth *truth = agent->truth;

	memset(plan, 0, sizeof(*plan));
	plan->core = (struct plan_core){.slot_s = 900, .commit_ms = 10000, .grace_s = 240, .site = plan->site, .site_count = AGENT_SITES};
	plan->core.device = plan->device;
	plan->core.output = &plan->output;
	plan->core.output_count = 1;
	plan->output = (struct plan_output){.name = "out", .kind = OUTPUT_FILE, .send = OUTPUT_SEND_ALL};
	for (size_t i = 0; i < AGENT_SITES; i++) {
		plan->site[i] = (struct plan_site){.supply = SUPPLY_GRID, .fiscal_month = 1};
		snprintf(plan->site[i].id, PLAN_ID_BYTES, "s%zu", i);
		snprintf(plan->site[i].time_zone, PLAN_ID_BYTES, "%s", ZONE[i]);
	}
	for (size_t i = 0; i < TRUTH_DEVICES; i++) {
		struct plan_device *device = &plan->device[plan->core.device_count];

		if (truth->device[i].is_removed)
			continue;
		*device = (struct plan_device){.name = "",
					       .rack = "",
					       .tenant = "",
					       .fed_by = "",
					       .facts = "",
					       .site = truth->device[i].site,
					       .source = WIRE_KIND_SNMP,
					       .source_device = (uint32_t)plan->core.device_count,
					       .interval_ms = TRUTH_POLL_S * 1000,
					       .max_gap_ms = 3 * TRUTH_POLL_S * 1000,
					       .is_in_total = true,
					       .supply = SUPPLY_GRID};
		agent_name_device(plan->id[i], i, truth->device[i].renames);
		device->id = plan->id[i];
		if (truth->device[i].renames > 0)
			agent_name_device(plan->was[i], i, truth->device[i].renames - 1);
		device->was = plan->was[i];
		plan->core.device_count++;
	}
}

static uint32_t plan_number(const struct agent *agent, const struct truth_device *device)
{
	uint32_t number = 0;

	for (const struct truth_device *at = agent->truth->device; at < device; at++)
		number += !at->is_removed;
	return number;
}

/* ---- What the collector says ---- */

static int64_t boot_ns(const struct agent *agent)
{
	return agent->truth->now_ns - agent->boot_at_ns;
}

static struct clock_reading clocks(const struct agent *agent)
{
	int64_t now_ns = agent->truth->now_ns;

	return (struct clock_reading){.boot_ns = boot_ns(agent),
				      .utc_ns = agent->start_utc_s * UNITS_NS_PER_S + now_ns + agent->utc_error_ns,
				      .is_synced = now_ns >= agent->sync_at_ns};
}

static void say_device(struct agent *agent, const struct truth_device *device)
{
	struct wire_device record = {.device = plan_number(agent, device), .state = DEVICE_UP};
	struct err_info info = {0};

	record.expected_count = device->is_sum ? TRUTH_ROWS : 0;
	snprintf(record.serial, sizeof(record.serial), "S%u", device->serial);
	snprintf(record.driver, sizeof(record.driver), "scale_%u", device->scale);
	need(books_put_device(agent->books, WIRE_KIND_SNMP, &record, &info), "device", &info);
}

static void announce_meter(struct agent *agent, const struct truth_device *device, uint32_t m, uint32_t number)
{
	const struct truth_meter *truth = m < device->meter_count ? &device->meter[m] : NULL;
	struct wire_meter meter = {.device = plan_number(agent, device), .meter = number};
	struct err_info info = {0};

	meter.info.role = device->is_sum && truth != NULL ? ROLE_PART : ROLE_TOTAL;
	meter.info.point = POINT_PDU_OUT;
	meter.info.caliber = CALIBER_ACTUAL;
	meter.info.is_summand = device->is_sum && truth != NULL;
	meter.info.is_derived = truth == NULL;
	if (truth != NULL)
		meter.info.rated_w = truth->kind->rated_w;
	if (truth != NULL && truth->kind->has_raw)
		meter.info.energy = truth->kind->spec[device->scale];
	snprintf(meter.info.key, sizeof(meter.info.key), "%s", truth == NULL ? "total" : truth->key);
	need(books_put_meter(agent->books, WIRE_KIND_SNMP, &meter, &info), "meter", &info);
	agent->number[device - agent->truth->device][truth == NULL ? TRUTH_ROWS : m] = number;
}

/* In another order each time: rows move, keys do not. */
static void announce(struct agent *agent)
{
	for (uint32_t i = 0; i < TRUTH_DEVICES; i++) {
		const struct truth_device *device = &agent->truth->device[i];
		uint32_t count = device->meter_count + (device->is_sum ? 1 : 0);
		uint32_t first = (uint32_t)truth_below(agent->truth, count);

		if (device->is_removed)
			continue;
		say_device(agent, device);
		for (uint32_t m = 0; m < count; m++)
			announce_meter(agent, device, (first + m) % count, m);
	}
}

bool agent_read(struct agent *agent, struct truth_device *device)
{
	struct sample sample[1 + 2 * TRUTH_ROWS];
	struct sample like = {.device = plan_number(agent, device), .caliber = CALIBER_ACTUAL, .boot_ns = boot_ns(agent)};
	struct err_info info = {0};
	size_t count = 0;

	if (device->gap_left > 0 && device->gap_left-- > 0)
		return false;
	say_device(agent, device);
	if (device->meter[0].kind->has_uptime) {
		like.meter = SAMPLE_METER_NONE;
		like.quantity = QUANTITY_UPTIME;
		like.value = (double)(agent->truth->now_ns - device->up_since_ns) / (double)UNITS_NS_PER_S;
		sample[count++] = like;
	}
	for (uint32_t m = 0; m < device->meter_count; m++) {
		struct truth_meter *meter = &device->meter[m];

		like.meter = agent->number[device - agent->truth->device][m];
		like.quantity = QUANTITY_ENERGY;
		like.value = 0;
		like.raw = truth_raw(device, meter);
		if (device->is_spike)
			like.raw += (meter->kind->spec[device->scale].modulus - like.raw) / 2;
		else if (device->dip_left > 0)
			like.raw = 0;
		else if (meter->kind->has_raw)
			truth_see(device, meter, like.raw);
		if (meter->kind->has_raw)
			sample[count++] = like;
		like.quantity = QUANTITY_POWER;
		like.value = (double)meter->load_microw / 1e6;
		if (meter->kind->has_power)
			sample[count++] = like;
	}
	device->is_spike = false;
	device->dip_left -= device->dip_left > 0;
	need(books_put_samples(agent->books, WIRE_KIND_SNMP, sample, count, boot_ns(agent), &info), "samples", &info);
	return true;
}

/* While the clock begins to be trusted, some of the devices are done and the rest is lost, or all is: both must be whole. */
static void make_room(void *context)
{
	struct agent *agent = context;

	if (agent->is_ticking && truth_below(agent->truth, 8) == 0)
		agent_commit(agent);
}

void agent_tick(struct agent *agent)
{
	struct clock_reading now = clocks(agent);

	agent->is_ticking = true;
	books_tick(agent->books, &now);
	agent->is_ticking = false;
}

/* ---- Commits ---- */

static void settle(struct agent *agent)
{
	struct ledger_batch *out = &agent->batch[1 - agent->batch_idx];
	struct err_info info = {0};

	if (!agent->is_batch_out)
		return;
	agent->is_batch_out = false;
	agent->commit_count++;
	need(ledger_commit(agent->ledger, out, NULL, &info), "commit", &info);
	for (size_t i = 0; i < TRUTH_METERS; i++)
		agent->truth->meter[i].committed = agent->truth->meter[i].on_the_way;
	points_see(agent, buf_text(&agent->lines_out));
	buf_clear(&agent->lines_out);
}

void agent_commit(struct agent *agent)
{
	struct err_info info = {0};
	bool was_out = agent->is_batch_out;

	settle(agent);
	if (was_out)
		books_after_commit(agent->books);
	need(books_add_open_rows(agent->books, &info), "open rows", &info);
	for (int kind = 0; kind < AGENT_POINT_KINDS; kind++) {
		struct buf *lines = &agent->points.output[0].lane[kind].lines;

		buf_add(&agent->lines_out, lines->data, lines->bytes);
		buf_clear(lines);
	}
	for (size_t i = 0; i < TRUTH_METERS; i++)
		agent->truth->meter[i].on_the_way = agent->truth->meter[i].oracle;
	agent->is_batch_out = true;
	agent->batch_idx = 1 - agent->batch_idx;
	books_use_batch(agent->books, &agent->batch[agent->batch_idx]);
	if (books_lost_count(agent->books) != 0)
		agent_fail("books", "something could not be kept");
}

void agent_flush(struct agent *agent)
{
	for (int i = 0; i < 5; i++)
		agent_commit(agent);
}

/* ---- Starts and ends ---- */

static void start(struct agent *agent)
{
	struct ledger_options ledger = {.path = agent->path, .now_utc_ms = agent->start_utc_s * UNITS_MS_PER_S, .has_no_reserve = true};
	struct agent_plan *plan = &agent->plan[agent->plan_idx];
	struct ledger_open_report report;
	struct ledger_resume resume;
	struct books_options options = {.plan = &plan->core,
					.points = &agent->points,
					.boot_id = agent->boot_id,
					.build_utc_s = 1700000000,
					.make_room = make_room,
					.room_context = agent};
	struct err_info info = {0};

	need(ledger_open(&agent->ledger, &ledger, &report, &info), "ledger", &info);
	if (report.is_quarantined)
		agent_fail("ledger", report.reason);
	need(ledger_registry_load(&agent->registry, agent->ledger, &info), "registry", &info);
	need(ledger_resume_read(agent->ledger, &resume, &info), "resume", &info);
	options.reader = agent->ledger;
	options.registry = agent->registry;
	options.newest_utc_ms = resume.newest_utc_ms;
	need(points_init(&agent->points, &plan->core, &info), "points", &info);
	ledger_batch_clear(&agent->batch[0]);
	ledger_batch_clear(&agent->batch[1]);
	need(books_new(&agent->books, &options, &agent->batch[agent->batch_idx], &info), "books", &info);
	agent_tick(agent);
	announce(agent);
}

static void stop(struct agent *agent)
{
	agent->books = books_free(agent->books);
	points_deinit(&agent->points);
	agent->registry = ledger_registry_free(agent->registry);
	agent->ledger = ledger_close(agent->ledger);
}

static void name_boot(struct agent *agent)
{
	agent->boot++;
	snprintf(agent->boot_id, sizeof(agent->boot_id), "%08u-0000-4000-8000-000000000000", agent->boot);
}

void agent_open(struct agent *agent, struct truth *truth, int64_t start_utc_s)
{
	memset(agent, 0, sizeof(*agent));
	agent->truth = truth;
	agent->start_utc_s = start_utc_s;
	snprintf(agent->folder, sizeof(agent->folder), "%s/wattledger-month-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(agent->folder) == NULL)
		agent_fail(agent->folder, "cannot be made");
	snprintf(agent->path, sizeof(agent->path), "%s/ledger.db", agent->folder);
	ledger_batch_init(&agent->batch[0], BATCH_BYTES_MAX);
	ledger_batch_init(&agent->batch[1], BATCH_BYTES_MAX);
	buf_init(&agent->lines_out, LINES_BYTES_MAX);
	agent->boot_at_ns = -300 * UNITS_NS_PER_S;
	name_boot(agent);
	fill_plan(agent, &agent->plan[0]);
	start(agent);
}

void agent_close(struct agent *agent)
{
	static const char *const SUFFIX[] = {"", "-wal", "-shm", ".lock", ".reserve"};
	char name[100];

	if (agent->books != NULL)
		stop(agent);
	points_forget();
	ledger_batch_deinit(&agent->batch[0]);
	ledger_batch_deinit(&agent->batch[1]);
	buf_deinit(&agent->lines_out);
	for (size_t i = 0; i < sizeof(SUFFIX) / sizeof(SUFFIX[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", agent->path, SUFFIX[i]);
		(void)unlink(name);
	}
	rmdir(agent->folder);
}

/* All that is not in the ledger is forgotten. */
static void lose(struct agent *agent)
{
	if (agent->is_batch_out && truth_below(agent->truth, 2) == 0)
		settle(agent);
	agent->is_batch_out = false;
	buf_clear(&agent->lines_out);
	stop(agent);
	for (size_t i = 0; i < TRUTH_METERS; i++)
		agent->truth->meter[i].oracle = agent->truth->meter[i].committed;
}

void agent_kill(struct agent *agent)
{
	agent->kill_count++;
	lose(agent);
	start(agent);
}

void agent_reboot(struct agent *agent, int64_t down_ns, int64_t sync_ns)
{
	agent->reboot_count++;
	lose(agent);
	truth_pass(agent->truth, down_ns);
	agent->boot_at_ns = agent->truth->now_ns - 20 * UNITS_NS_PER_S;
	agent->sync_at_ns = agent->truth->now_ns + sync_ns;
	name_boot(agent);
	start(agent);
}

void agent_reload(struct agent *agent)
{
	struct agent_plan *plan = &agent->plan[1 - agent->plan_idx];
	struct books_options options = {.plan = &plan->core,
					.reader = agent->ledger,
					.registry = agent->registry,
					.boot_id = agent->boot_id,
					.newest_utc_ms = books_newest_utc_ms(agent->books),
					.build_utc_s = 1700000000,
					.make_room = make_room,
					.room_context = agent};
	struct points points;
	struct books *books = NULL;
	struct err_info info = {0};

	agent->reload_count++;
	fill_plan(agent, plan);
	need(points_init(&points, &plan->core, &info), "points", &info);
	options.points = &points;
	need(books_new(&books, &options, &agent->batch[agent->batch_idx], &info), "books", &info);
	books_take_over(books, agent->books);
	points_take_over(&points, &agent->points);
	books_free(agent->books);
	points_deinit(&agent->points);
	agent->books = books;
	agent->points = points;
	agent->plan_idx = 1 - agent->plan_idx;
	books_rebind(agent->books, &plan->core, &agent->points);
	books_reset_peer(agent->books, WIRE_KIND_SNMP, NULL);
	announce(agent);
}

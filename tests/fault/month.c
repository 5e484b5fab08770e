/* SPDX-License-Identifier: Apache-2.0 */
/*
 * month: thirty days of fifty meters, on a clock that jumps from reading to reading, with faults of every kind from a seed: gaps, dips, spikes,
 * resets, swaps and wraps of counters; kills of the agent, reloads with renamed, removed, returning and otherwise scaled devices; restarts of
 * the machine, some before its clock is trusted; steps of the wall clock from a second to ten years; days of 23, 25 and 23.5 hours. Then, for
 * each meter, to the millijoule:
 *   1. what its counter showed = what is booked + what events name as not booked
 *   2. slots = hours = days = months = its running total; points of slots say the same in joules
 *   3. the running total never fell; no meter has become another one
 *   4. no slot of a meter has more covered time, over all its revisions, than it is long
 *   5. no point of a slot, a site's total or an emission has the series and time of another, whose place it would take in a store
 *   6. a sum has a row for a slot when, and only when, all its rows have one, and it is their sum; the sites' totals are those of their meters
 *
 *   month [SEEDS [FIRST]]        2 seeds of 5 days from 1 on; MONTH_SEEDS=200 MONTH_DAYS=30 are the whole test (14 s a seed in the release build)
 */
#include "base/log.h"
#include "base/num.h"
#include "ledger/resume.h"
#include "ledger/verify.h"
#include "model/units.h"
#include "month/agent.h"
#include "month/truth.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS = 5, SEEDS = 2, CALM_POLLS = 40, CLOCK_POLLS = 5 };

/* Of a month's 21,600 polls: one in so many has a ... */
enum { KILL_ONE_IN = 120, RELOAD_ONE_IN = 180, REBOOT_ONE_IN = 900, STEP_ONE_IN = 1000, UNSTEP_ONE_IN = 60, COMMIT_ONE_IN = 5 };

/* Europe's summer begins, and Beirut's at a midnight that is none, then Lord Howe's ends; Lord Howe's begins; Europe's ends. */
static const int64_t START_UTC_S[] = {INT64_C(1774569600) /* 2026-03-27 */, INT64_C(1790899200) /* 2026-10-02 */,
				      INT64_C(1792713600) /* 2026-10-23 */};

static const int64_t STEP_S[] = {1, -1, 37, -37, 3600, -3600, 86400, -86400, 315360000, -315360000};

static struct truth truth;
static struct agent agent;
static uint64_t seed;
static uint64_t days = DAYS;
static uint64_t failure_count;

/* At the last reading of each device. */
static struct {
	int64_t ns;
	uint64_t commit;
	uint32_t boot;
} device_behind[TRUTH_DEVICES];

static bool happens(uint64_t one_in)
{
	return truth_below(&truth, one_in) == 0;
}

/* ---- What happens to the agent ---- */

/* How far the books' clock is behind the true one, < 0 ahead; 0 when it is right, was never trusted, or is so wrong that nobody believes it. */
static int64_t behind_ns(void)
{
	int64_t now_utc_ns = agent.start_utc_s * UNITS_NS_PER_S + truth.now_ns;
	int64_t off_ns = now_utc_ns - books_utc_ms(agent.books, truth.now_ns - agent.boot_at_ns) * UNITS_NS_PER_MS;

	return llabs(off_ns) < UNITS_NS_PER_S || llabs(off_ns) > INT64_C(2) * UNITS_S_PER_DAY * UNITS_NS_PER_S ? 0 : off_ns;
}

/* Taken for so much longer, an absence looks as if the device could have restarted in it. */
static bool is_young(const struct truth_device *device, int64_t longer_ns)
{
	return longer_ns > 0 && truth.now_ns - device->up_since_ns < longer_ns + INT64_C(7200) * UNITS_NS_PER_S;
}

/*
 * Nobody tells a counter that was set back just now from one that dips, when the readings stop there; nor a young device that ran on from one that
 * restarted, when the wall clock was behind at its last reading that is committed, or is ahead by then: not then.
 */
static bool is_any_in_doubt(void)
{
	int64_t ahead_ns = agent.utc_error_ns > 0 ? agent.utc_error_ns : 0;

	for (size_t i = 0; i < TRUTH_DEVICES; i++) {
		const struct truth_device *device = &truth.device[i];

		if (!device->meter[0].kind->has_uptime && device->gap_left == 0 && device->quiet > TRUTH_QUIET_POLLS - 12)
			return true;
		if (is_young(device, device_behind[i].ns + ahead_ns))
			return true;
	}
	return false;
}

/* A clock that goes ahead before it is trusted, or before a device is read for the first time since a restart: the same. */
static bool is_step_in_doubt(int64_t step_ns)
{
	for (size_t i = 0; i < TRUTH_DEVICES; i++) {
		if ((device_behind[i].boot != agent.boot || !books_is_clock_trusted(agent.books)) &&
		    is_young(&truth.device[i], device_behind[i].ns + step_ns))
			return true;
	}
	return false;
}

/* By how much the clock was behind when a device was read; what is not committed yet is not forgotten for it. */
static void note_reading(size_t i)
{
	int64_t now_ns = behind_ns();

	device_behind[i].boot = agent.boot;
	if (now_ns == device_behind[i].ns)
		device_behind[i].commit = agent.commit_count;
	if (now_ns > device_behind[i].ns || agent.commit_count > device_behind[i].commit + 2)
		device_behind[i].ns = now_ns > 0 ? now_ns : 0;
}

static void reboot(void)
{
	int64_t sync_ns = happens(3) ? INT64_C(100000) * UNITS_NS_PER_S : (int64_t)truth_below(&truth, 7200) * UNITS_NS_PER_S;

	if (is_any_in_doubt())
		return;
	truth_calm(&truth);
	agent_reboot(&agent, (int64_t)(20 + truth_below(&truth, 3600)) * UNITS_NS_PER_S, sync_ns);
}

static void change_configuration(void)
{
	uint64_t kind = truth_below(&truth, 4);
	struct truth_device *device = &truth.device[truth_below(&truth, TRUTH_DEVICES)];

	/* `was:` names one former id: the one before it has to be in the ledger by then. */
	if (kind == 0 && !device->is_removed && agent.commit_count > device->renamed_at_commit + 1) {
		device->renamed_at_commit = agent.commit_count;
		device->renames++;
	}
	if (kind == 1)
		device->is_removed = !device->is_removed;
	if (kind == 2 && device->quiet == 0)
		device->scale = 1 - device->scale;
	if (device->quiet < TRUTH_QUIET_POLLS && kind == 2)
		device->quiet = TRUTH_QUIET_POLLS;
	agent_reload(&agent);
}

static void step_clock(void)
{
	int64_t step_ns = STEP_S[truth_below(&truth, sizeof(STEP_S) / sizeof(STEP_S[0]))] * UNITS_NS_PER_S;

	if (is_step_in_doubt(step_ns))
		return;
	agent.step_count++;
	agent.utc_error_ns = step_ns;
}

static void live(void)
{
	if (happens(KILL_ONE_IN))
		agent_kill(&agent);
	if (happens(RELOAD_ONE_IN))
		change_configuration();
	if (happens(REBOOT_ONE_IN))
		reboot();
	if (agent.utc_error_ns == 0 && happens(STEP_ONE_IN))
		step_clock();
	else if (agent.utc_error_ns != 0 && happens(UNSTEP_ONE_IN))
		agent.utc_error_ns = 0;
}

static void poll(void)
{
	agent_tick(&agent);
	for (size_t i = 0; i < TRUTH_DEVICES; i++)
		if (!truth.device[i].is_removed && agent_read(&agent, &truth.device[i]))
			note_reading(i);
	if (happens(COMMIT_ONE_IN))
		agent_commit(&agent);
}

static void run_month(void)
{
	int64_t end_ns = (int64_t)days * UNITS_S_PER_DAY * UNITS_NS_PER_S;

	while (truth.now_ns < end_ns) {
		truth_pass(&truth, TRUTH_POLL_S * UNITS_NS_PER_S + (int64_t)truth_below(&truth, 3000) * UNITS_NS_PER_MS);
		for (size_t i = 0; i < TRUTH_DEVICES; i++)
			if (!truth.device[i].is_removed)
				truth_draw_fault(&truth, &truth.device[i]);
		live();
		poll();
	}
}

/*
 * All devices are there and well, the clock is right: what is in doubt is decided, what is open closes. First the clock: with one that is a day
 * ahead, a device that comes back seems to have restarted meanwhile, and what it counted is named from its start on.
 */
static void end_month(void)
{
	truth_calm(&truth);
	agent.utc_error_ns = 0;
	agent.sync_at_ns = truth.now_ns;
	for (int i = 0; i < CLOCK_POLLS; i++) {
		truth_pass(&truth, TRUTH_POLL_S * UNITS_NS_PER_S);
		poll();
	}
	for (size_t i = 0; i < TRUTH_DEVICES; i++)
		truth.device[i].is_removed = false;
	agent_reload(&agent);
	for (int i = 0; i < CALM_POLLS; i++) {
		for (size_t k = 0; k < TRUTH_DEVICES; k++)
			truth.device[k].gap_left = 0;
		truth_pass(&truth, TRUTH_POLL_S * UNITS_NS_PER_S);
		poll();
	}
	truth_stop(&truth);
	truth_pass(&truth, TRUTH_POLL_S * UNITS_NS_PER_S);
	for (size_t i = 0; i < TRUTH_DEVICES; i++)
		for (uint32_t m = 0; m < truth.device[i].meter_count; m++)
			truth_round_up(&truth.device[i], &truth.device[i].meter[m]);
	poll();
	for (int i = 0; i < 6; i++) {
		truth.now_ns += 900 * UNITS_NS_PER_S;
		agent_tick(&agent);
	}
	agent_flush(&agent);
	/* Sums that the last commits have computed anew reach their sites' totals with the next tick. */
	truth.now_ns += 900 * UNITS_NS_PER_S;
	agent_tick(&agent);
	agent_flush(&agent);
}

/* ---- What has to hold ---- */

static sqlite3 *db;

static void complain(const char *what, const char *who, int64_t is, int64_t should)
{
	failure_count++;
	fprintf(stderr, "month: seed %" PRIu64 ": %s: %s is %" PRId64 ", %" PRId64 " is expected (%+" PRId64 ")\n", seed, who, what, is,
		should, is - should);
}

static int64_t ask(const char *sql, int64_t argument)
{
	sqlite3_stmt *statement = NULL;
	int64_t answer;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_bind_parameter_count(statement) > 1)
		agent_fail("SQL", sqlite3_errmsg(db));
	(void)sqlite3_bind_int64(statement, 1, argument);
	if (sqlite3_step(statement) != SQLITE_ROW)
		agent_fail("SQL", sqlite3_errmsg(db));
	answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return answer;
}

#define SUM "COALESCE(SUM(measured_millij + bridged_millij + estimated_millij + static_millij), 0)"

/* The ledger's number of a meter, by its device's name now. */
static int64_t meter_id(size_t device, const char *key)
{
	char id[PLAN_ID_BYTES];
	char sql[256];

	agent_name_device(id, device, truth.device[device].renames);
	snprintf(sql, sizeof(sql),
		 "SELECT COALESCE(MAX(meter_id), -1) FROM meter JOIN device USING(device_id) WHERE key = '%s' AND device.id = '%s'", key,
		 id);
	return ask(sql, 0);
}

/* Of the open row; -1 when there is none. */
static int64_t running_millij(int64_t id)
{
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	struct ledger_open_row row;
	struct err_info info = {0};
	bool is_found = false;

	if (ledger_resume_open_one(agent.ledger, (uint32_t)id, &row, state, &is_found, &info) != ERR_NONE)
		agent_fail("the open rows", info.text);
	return is_found ? row.energy_millij : -1;
}

static void check_meter(size_t device, const struct truth_meter *meter)
{
	int64_t id = meter_id(device, meter->key);
	int64_t booked = ask("SELECT " SUM " FROM interval WHERE meter_id = ?1", id);
	int64_t refused = ask("SELECT COALESCE(SUM(millij), 0) FROM event WHERE meter_id = ?1"
			      " AND code NOT IN ('clock_trust', 'clock_lost', 'reboot_gap')",
			      id);
	int64_t due = truth_due_millij(meter);
	char who[48];

	snprintf(who, sizeof(who), "d%zu, %s", device, meter->key);
	if (id < 0) {
		complain("the number of a meter", who, id, 1);
		return;
	}
	if (meter->kind->has_raw && booked + refused != due)
		complain("booked and named", who, booked + refused, due);
	if (ask("SELECT " SUM " FROM hour WHERE meter_id = ?1", id) != booked)
		complain("the sum of hours", who, ask("SELECT " SUM " FROM hour WHERE meter_id = ?1", id), booked);
	if (ask("SELECT " SUM " FROM day WHERE meter_id = ?1", id) != booked)
		complain("the sum of days", who, ask("SELECT " SUM " FROM day WHERE meter_id = ?1", id), booked);
	if (running_millij(id) != booked)
		complain("the running total", who, running_millij(id), booked);
	if (booked - meter->slots_j * 1000 < 0 || booked - meter->slots_j * 1000 >= 4000)
		complain("the sum of slot points", who, meter->slots_j * 1000, booked);
	if (meter->shown_j > booked / 1000)
		complain("the last running total that was sent", who, meter->shown_j, booked / 1000);
}

/* Sums against their rows, slot by slot. */
static void check_sum(size_t device)
{
	int64_t id = meter_id(device, "total");
	char who[24];
	int64_t wrong;

	snprintf(who, sizeof(who), "d%zu, total", device);
	wrong =
	    ask("WITH sum AS (SELECT slot_start_s, " SUM " AS total FROM interval WHERE meter_id = ?1 GROUP BY 1),"
		" row AS (SELECT slot_start_s, " SUM " AS total, COUNT(DISTINCT meter_id) AS rows FROM interval JOIN meter USING(meter_id)"
		"  WHERE device_id = (SELECT device_id FROM meter WHERE meter_id = ?1) AND meter_id <> ?1 GROUP BY 1)"
		" SELECT (SELECT COUNT(*) FROM sum LEFT JOIN row USING(slot_start_s) WHERE row.rows IS NOT 5 OR row.total <> sum.total)"
		" + (SELECT COUNT(*) FROM row LEFT JOIN sum USING(slot_start_s) WHERE row.rows = 5 AND sum.total IS NULL)",
		id);
	if (wrong != 0)
		complain("the count of slots in which the sum is not that of its rows", who, wrong, 0);
}

static void check(void)
{
	struct ledger_verdict verdict;
	struct err_info info = {0};
	size_t summed = 0;
	int64_t wrong;

	if (ledger_verify(agent.ledger, &verdict, &info) != ERR_NONE)
		agent_fail("verification", info.text);
	if (sqlite3_open_v2(agent.path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		agent_fail(agent.path, sqlite3_errmsg(db));
	for (size_t i = 0; i < TRUTH_DEVICES; i++) {
		for (uint32_t m = 0; m < truth.device[i].meter_count; m++)
			check_meter(i, &truth.device[i].meter[m]);
		if (truth.device[i].is_sum)
			check_sum(i);
		summed += truth.device[i].is_sum;
	}
	if (ask("SELECT COUNT(*) FROM meter", 0) != TRUTH_METERS + (int64_t)summed)
		complain("the count of meters", "ledger", ask("SELECT COUNT(*) FROM meter", 0), TRUTH_METERS + (int64_t)summed);
	wrong = ask("SELECT COUNT(*) FROM (SELECT 1 FROM interval GROUP BY slot_start_s, meter_id"
		    " HAVING SUM(measured_ms + bridged_ms + estimated_ms + static_ms) > slot_s * 1000)",
		    0);
	if (wrong != 0)
		complain("the count of slots with more time than they have", "ledger", wrong, 0);
	for (size_t i = 0; i < AGENT_SITES; i++)
		if (agent.site_totals_j[i] != agent.site_slots_j[i])
			complain("the sum of the site's totals", "site", agent.site_totals_j[i], agent.site_slots_j[i]);
	sqlite3_close(db);
}

static void run_seed(void)
{
	memset(device_behind, 0, sizeof(device_behind));
	truth_init(&truth, seed);
	agent_open(&agent, &truth, START_UTC_S[seed % 3]);
	run_month();
	end_month();
	check();
	if (getenv("MONTH_VERBOSE") != NULL)
		fprintf(stderr,
			"seed %" PRIu64 ": %" PRIu64 " gaps, %" PRIu64 " dips, %" PRIu64 " spikes, %" PRIu64 " resets, %" PRIu64
			" swaps, %" PRIu64 " kills, %" PRIu64 " reloads, %" PRIu64 " reboots, %" PRIu64 " steps, %" PRIu64 " commits\n",
			seed, truth.fault_count[0], truth.fault_count[1], truth.fault_count[2], truth.fault_count[3], truth.fault_count[4],
			agent.kill_count, agent.reload_count, agent.reboot_count, agent.step_count, agent.commit_count);
	if (getenv("MONTH_KEEP") == NULL || failure_count == 0)
		agent_close(&agent);
}

int main(int argc, char **argv)
{
	const char *wanted = getenv("MONTH_SEEDS");
	const char *length = getenv("MONTH_DAYS");
	uint64_t seeds = SEEDS;
	uint64_t first = 1;

	log_init("month", LOG_LEVEL_ERROR);
	if ((wanted != NULL && !num_parse_u64(wanted, &seeds)) || (length != NULL && !num_parse_u64(length, &days)) || days > 3650 ||
	    (argc > 1 && !num_parse_u64(argv[1], &seeds)) || (argc > 2 && !num_parse_u64(argv[2], &first)))
		return fprintf(stderr, "usage: month [SEEDS [FIRST]]\n"), 64;
	for (seed = first; seed < first + seeds; seed++)
		run_seed();
	printf("%" PRIu64 " times %" PRIu64 " days of %d meters, %" PRIu64 " figures wrong\n", seeds, days, TRUTH_METERS, failure_count);
	return failure_count == 0 ? 0 : 1;
}

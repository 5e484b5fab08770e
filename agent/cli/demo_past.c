/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_past.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/foreground.h"
#include "cli/load.h"
#include "cli/progress_bar.h"
#include "model/period.h"
#include "model/units.h"
#include "run/replay.h"
#include "run/spawn.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { TRACE_BYTES_MAX = 1 << 30, JANUARY = 1, STEP_MS = 300000, GAP_STEPS = 3, COMMIT_S = 3600 };

/* The day curves of the simulators begin at 08:00 UTC of the day before, and have their top six hours later. */
enum { CURVE_BEFORE_S = 16 * 3600 };

#define TRACE_NAME "past.csv"
#define STEP "5min" /* STEP_MS */

static int64_t now_s(void)
{
	struct clock_reading now;

	clock_read(&now);
	return now.utc_ns / CLOCK_NS_PER_S;
}

enum err demo_past_from(struct demo_past *past, const char *period, struct err_info *info)
{
	int64_t today_days = now_s() / UNITS_S_PER_DAY;
	struct period span;
	enum err err = period_parse(&span, period, today_days, JANUARY, info);

	if (err != ERR_NONE)
		return err;
	if (span.first_day > today_days || today_days - span.first_day > DEMO_PAST_DAYS_MAX)
		return err_set(info, ERR_USAGE, "--period '%s': the past of a demo begins at most %d days ago; last-month is usual", period,
			       DEMO_PAST_DAYS_MAX);
	past->from_s = span.first_day * UNITS_S_PER_DAY;
	past->since_s = past->from_s - CURVE_BEFORE_S;
	return ERR_NONE;
}

enum err demo_past_check(const char *folder, struct err_info *info)
{
	char path[FOREGROUND_PATH_BYTES];
	enum err err = file_join(path, sizeof(path), folder, "ledger.db", info);

	if (err == ERR_NONE && access(path, F_OK) == 0)
		err = err_set(info, ERR_USAGE, "%s is there already: --period needs a folder without a ledger; name another with --state",
			      path);
	return err;
}

/* wattledger-sim-past writes the trace. */
static enum err write_trace(const char *path, const struct demo_past *past, struct err_info *info)
{
	char since[CLOCK_TEXT_BYTES];
	char from[CLOCK_TEXT_BYTES];
	char to[CLOCK_TEXT_BYTES];
	struct spawn_request request;
	enum err err = ERR_NONE;
	pid_t pid = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(info, ERR_IO, "%s cannot be written: is there room, and may this user write there?", path);
	clock_print_utc(since, past->since_s * UNITS_MS_PER_S);
	clock_print_utc(from, past->from_s * UNITS_MS_PER_S);
	clock_print_utc(to, now_s() * UNITS_MS_PER_S);
	spawn_request_init(&request, "wattledger-sim-past");
	request.argument[0] = since;
	request.argument[1] = from;
	request.argument[2] = to;
	request.argument[3] = STEP;
	request.argument[4] = past->has_meter ? NULL : "meter";
	request.death_signal = SIGTERM;
	request.stdout_fd = fd;
	err = spawn_start(&request, &pid, info);
	if (err == ERR_NONE && spawn_wait(pid) != 0)
		err = err_set(info, ERR_UNAVAILABLE, "wattledger-sim-past did not write %s to its end (its words stand above)", path);
	close(fd);
	return err;
}

/* The plan says how often the live demo reads; its past was read every STEP. */
static void slow_down(struct plan_core *plan)
{
	for (size_t i = 0; i < plan->device_count; i++) {
		plan->device[i].interval_ms = STEP_MS;
		plan->device[i].max_gap_ms = GAP_STEPS * STEP_MS;
	}
}

static enum err account(const struct demo_past *past, const char *trace_path, struct replay_report *report, struct err_info *info)
{
	struct cli_options options = {.config_path = past->config_path, .state_dir = past->folder, .drivers_dir = past->drivers_dir};
	struct replay_source source = {.name = trace_path, .commit_s = COMMIT_S, .has_points = past->has_points};
	struct settings *settings = NULL;
	struct progress_bar bar;
	struct buf trace;
	enum err err;

	if (cli_load_settings(&options, &settings) != 0)
		return err_set(info, ERR_CONFIG, "%s is not understood (the reasons stand above)", past->config_path);
	buf_init(&trace, TRACE_BYTES_MAX);
	err = file_read(trace_path, &trace, info);
	progress_bar_begin(&bar, "the past");
	slow_down(&settings->core);
	source.settings = settings;
	source.data = trace.data;
	source.bytes = trace.bytes;
	source.progress = &bar.progress;
	if (err == ERR_NONE)
		err = replay_run(&source, report, info);
	progress_bar_end(&bar);
	buf_deinit(&trace);
	settings_free(settings);
	return err;
}

enum err demo_past_make(const struct demo_past *past, struct err_info *info)
{
	struct replay_report report = {0};
	char path[FOREGROUND_PATH_BYTES];
	char from[CLOCK_TEXT_BYTES];
	enum err err = file_join(path, sizeof(path), past->folder, TRACE_NAME, info);

	if (err == ERR_NONE)
		err = write_trace(path, past, info);
	if (err == ERR_NONE)
		err = account(past, path, &report, info);
	if (err != ERR_NONE)
		return err;
	(void)unlink(path);
	clock_print_utc(from, past->from_s * UNITS_MS_PER_S);
	fprintf(stderr, "simulated past: since %s, %" PRIu64 " reads in %" PRIu64 " commits\n", from, report.read_count,
		report.commit_count);
	return ERR_NONE;
}

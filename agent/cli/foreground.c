/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/foreground.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/status_view.h"
#include "cli/tally.h"
#include "model/units.h"
#include "run/ask.h"
#include "run/spawn.h"
#include "settings/problems.h"
#include "settings/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TERMINAL_STEP_MS = 1000,
	PLAIN_STEP_MS = 5000,
	START_STEP_MS = 100, /* until the agent answers for the first time */
	END_MS_MAX = 20000,  /* it ends in two seconds; then it hangs */
	LOG_BYTES_MAX = 4 << 20,
};

/* Where the agent's own messages go while a table is drawn. */
#define LOG_NAME "agent.log"

struct foreground {
	const struct foreground_options *options;
	pid_t pid; /* 0: it has ended */
	int exit_code;
	bool is_terminal;
	bool has_answered;
	size_t drawn_lines;
	int64_t start_ns;
	int64_t shown_ns;
	struct tally tally;
	struct buf answer;
};

/* Absolute, as the agent's own configuration needs it. */
static enum err use_folder(char out[static FOREGROUND_PATH_BYTES], const char *state_dir, struct err_info *info)
{
	enum err err = file_make_dirs(state_dir, 0750, info);
	char path[PATH_MAX];

	if (err != ERR_NONE)
		return err;
	if (realpath(state_dir, path) == NULL)
		return err_set_errno(info, ERR_IO, errno, "cannot tell where the folder %s lies", state_dir);
	return text_copy(out, FOREGROUND_PATH_BYTES, path)
		   ? ERR_NONE
		   : err_set(info, ERR_USAGE, "--state is too long: at most %d characters", FOREGROUND_PATH_BYTES - 1);
}

enum err foreground_make_folder(char out[static FOREGROUND_PATH_BYTES], const char *state_dir, const char *name, struct err_info *info)
{
	const char *base = getenv("TMPDIR");
	int n = snprintf(out, FOREGROUND_PATH_BYTES, "%s/wattledger-%s-XXXXXX", base != NULL && base[0] == '/' ? base : "/tmp", name);

	if (state_dir != NULL)
		return use_folder(out, state_dir, info);
	if (n < 0 || n >= FOREGROUND_PATH_BYTES)
		return err_set(info, ERR_LIMIT, "TMPDIR is too long for a state folder: set it to another, or name one with --state");
	return mkdtemp(out) != NULL ? ERR_NONE : err_set_errno(info, ERR_IO, errno, "cannot make the folder %s", out);
}

static void fill_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void foreground_catch_signals(void)
{
	sigset_t set;

	fill_signals(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* ---- The agent ---- */

static int open_log(const struct foreground *foreground, int flags)
{
	char path[FOREGROUND_PATH_BYTES];

	if (file_join(path, sizeof(path), foreground->options->state_dir, LOG_NAME, NULL) != ERR_NONE)
		return -1;
	return open(path, flags | O_CLOEXEC, 0600);
}

static enum err start(struct foreground *foreground, struct err_info *info)
{
	const struct foreground_options *options = foreground->options;
	struct spawn_request request;
	size_t count = 0;
	enum err err;

	spawn_request_init(&request, "wattledgerd");
	request.argument[count++] = "-c";
	request.argument[count++] = options->config_path;
	request.argument[count++] = "--state";
	request.argument[count++] = options->state_dir;
	if (options->drivers_dir != NULL) {
		request.argument[count++] = "--drivers";
		request.argument[count++] = options->drivers_dir;
	}
	if (options->grid_dir != NULL) {
		request.argument[count++] = "--grid";
		request.argument[count++] = options->grid_dir;
	}
	request.keeps_capabilities = true;
	request.death_signal = SIGTERM;
	request.stderr_fd = foreground->is_terminal ? open_log(foreground, O_WRONLY | O_CREAT | O_TRUNC) : -1;
	err = spawn_start(&request, &foreground->pid, info);
	if (request.stderr_fd >= 0)
		close(request.stderr_fd);
	return err;
}

/* What it said before it ended, when that went to a file. */
static void print_log(const struct foreground *foreground)
{
	struct buf text;
	int fd = foreground->is_terminal ? open_log(foreground, O_RDONLY) : -1;

	if (fd < 0)
		return;
	buf_init(&text, LOG_BYTES_MAX);
	if (file_read_fd(fd, &text, NULL) == ERR_NONE)
		fputs(buf_text(&text), stderr);
	buf_deinit(&text);
	close(fd);
}

/* Takes its end, if it has ended. */
static void reap(struct foreground *foreground)
{
	int status;

	if (foreground->pid == 0 || waitpid(foreground->pid, &status, WNOHANG) != foreground->pid)
		return;
	foreground->pid = 0;
	foreground->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void stop(struct foreground *foreground)
{
	int64_t end_ns = clock_boot_ns() + END_MS_MAX * CLOCK_NS_PER_MS;
	struct timespec pause = {.tv_nsec = 100 * CLOCK_NS_PER_MS};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (foreground->pid != 0)
		kill(foreground->pid, SIGTERM);
	for (reap(foreground); foreground->pid != 0; reap(foreground)) {
		if (clock_boot_ns() > end_ns) {
			fputs("wattledger: the agent does not end; it is killed\n", stderr);
			kill(foreground->pid, SIGKILL);
			foreground->exit_code = spawn_wait(foreground->pid);
			foreground->pid = 0;
			break;
		}
		(void)sigtimedwait(&child, NULL, &pause);
	}
}

/* ---- The view ---- */

static void draw(struct foreground *foreground)
{
	struct err_info info = {0};

	if (foreground->drawn_lines > 0)
		fprintf(stderr, "\033[%zuA\033[J", foreground->drawn_lines);
	foreground->drawn_lines = 0;
	if (status_view_live(stderr, buf_text(&foreground->answer), foreground->answer.bytes, &foreground->drawn_lines, &info) != ERR_NONE)
		fprintf(stderr, "wattledger: %s\n", info.text);
}

static void print_plain(const struct foreground *foreground)
{
	struct buf line;
	struct err_info info = {0};

	buf_init(&line, 1 << 16);
	if (status_view_brief(&line, buf_text(&foreground->answer), foreground->answer.bytes, &info) == ERR_NONE)
		fputs(buf_text(&line), stderr);
	buf_deinit(&line);
}

/* Asks the agent; shows the answer when it is time. Silence is normal while it starts. */
static void look(struct foreground *foreground)
{
	int64_t now_ns = clock_boot_ns();
	int64_t step_ns = (foreground->is_terminal ? TERMINAL_STEP_MS : PLAIN_STEP_MS) * CLOCK_NS_PER_MS;
	struct err_info info = {0};

	buf_clear(&foreground->answer);
	if (ask_agent(foreground->options->state_dir, "status", &foreground->answer, &info) != ERR_NONE)
		return;
	if (tally_update(&foreground->tally, buf_text(&foreground->answer), foreground->answer.bytes, &info) != ERR_NONE) {
		fprintf(stderr, "wattledger: %s\n", info.text);
		return;
	}
	foreground->has_answered = true;
	if (foreground->shown_ns != 0 && now_ns - foreground->shown_ns < step_ns)
		return;
	foreground->shown_ns = now_ns;
	if (foreground->is_terminal)
		draw(foreground);
	else
		print_plain(foreground);
}

/* Milliseconds to wait: the next look, or the end. */
static int64_t next_wait_ms(const struct foreground *foreground, int64_t now_ns)
{
	int64_t wait_ms = foreground->has_answered ? TERMINAL_STEP_MS : START_STEP_MS;

	if (foreground->options->for_ms > 0) {
		int64_t left_ms = foreground->options->for_ms - (now_ns - foreground->start_ns) / CLOCK_NS_PER_MS;

		wait_ms = left_ms < wait_ms ? left_ms : wait_ms;
	}
	return wait_ms > 0 ? wait_ms : 0;
}

static bool is_over(const struct foreground *foreground, int64_t now_ns)
{
	return foreground->options->for_ms > 0 && now_ns - foreground->start_ns >= foreground->options->for_ms * CLOCK_NS_PER_MS;
}

/* Until the time is over, a signal comes, or the agent ends by itself. */
static void watch(struct foreground *foreground)
{
	sigset_t set;

	fill_signals(&set);
	sigaddset(&set, SIGCHLD);
	while (foreground->pid != 0 && !is_over(foreground, clock_boot_ns())) {
		int64_t wait_ms = next_wait_ms(foreground, clock_boot_ns());
		struct timespec timeout = {.tv_sec = wait_ms / CLOCK_MS_PER_S, .tv_nsec = (long)(wait_ms % CLOCK_MS_PER_S * CLOCK_NS_PER_MS)};
		int signal = sigtimedwait(&set, NULL, &timeout);

		if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP)
			break;
		reap(foreground);
		if (foreground->pid != 0)
			look(foreground);
	}
}

/* Core names a site's factor when it first needed it, at the end of a slot; a short run ends before that. */
static void find_factors(struct foreground *foreground)
{
	const struct foreground_options *options = foreground->options;
	struct settings_options given = {
	    .state_dir = options->state_dir, .drivers_dir = options->drivers_dir, .grid_dir = options->grid_dir};
	struct problems problems = {0};
	struct settings *settings = NULL;
	struct clock_reading now;
	int64_t year;
	int month;
	int day;

	if (settings_load(&settings, options->config_path, &given, &problems) == ERR_NONE) {
		clock_read(&now);
		clock_civil_from_days(now.utc_ns / CLOCK_NS_PER_S / UNITS_S_PER_DAY, &year, &month, &day);
		tally_use_factors(&foreground->tally, &settings->core, (int32_t)year);
		settings_free(settings);
	}
	problems_deinit(&problems);
}

static void print_end(struct foreground *foreground)
{
	struct err_info info = {0};

	find_factors(foreground);
	if (tally_print(&foreground->tally, stdout, &info) != ERR_NONE)
		fprintf(stderr, "wattledger: %s\n", info.text);
	printf("ledger: %s/ledger.db\n", foreground->options->state_dir);
	/* By the name that it was called by: a build that is not installed is not in PATH. */
	fprintf(stderr, "`%s report --state %s` shows the closed slots, `%s events --state %s` what happened\n", program_invocation_name,
		foreground->options->state_dir, program_invocation_name, foreground->options->state_dir);
}

int foreground_run(const struct foreground_options *options)
{
	struct foreground foreground = {.options = options,
					.is_terminal = isatty(STDERR_FILENO) == 1,
					.start_ns = clock_boot_ns(),
					.tally = {.is_fresh = options->is_fresh}};
	struct err_info info = {0};
	bool has_ended_itself;
	enum err err;

	buf_init(&foreground.answer, ASK_ANSWER_BYTES_MAX);
	err = start(&foreground, &info);
	if (err != ERR_NONE) {
		buf_deinit(&foreground.answer);
		fprintf(stderr, "wattledger: %s\n", info.text);
		return err_exit_code(err);
	}
	watch(&foreground);
	has_ended_itself = foreground.pid == 0;
	if (!has_ended_itself)
		look(&foreground); /* the last figures */
	stop(&foreground);
	if (has_ended_itself && foreground.exit_code != 0)
		print_log(&foreground);
	if (foreground.has_answered)
		print_end(&foreground);
	tally_deinit(&foreground.tally);
	buf_deinit(&foreground.answer);
	return foreground.exit_code;
}

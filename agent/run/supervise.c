/* SPDX-License-Identifier: Apache-2.0 */
#include "run/supervise_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "run/notify.h"
#include "run/spawn.h"
#include "wire/control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESTART_MIN_NS (CLOCK_NS_PER_S / 2)
#define RESTART_MAX_NS (60 * CLOCK_NS_PER_S)
/* A child that lived this long has recovered: its back-off starts anew. */
#define HEALTHY_NS (60 * CLOCK_NS_PER_S)
/* How long a child may take to end after SIGTERM; the service as a whole ends in under two seconds. */
#define STOP_NS (CLOCK_NS_PER_S * 3 / 2)

enum { RESTART_SHIFT_MAX = 7 };

/* Start-up failures of core that a restart cannot mend. */
static bool is_final_exit(int code)
{
	return code == err_exit_code(ERR_USAGE) || code == err_exit_code(ERR_DATA) || code == err_exit_code(ERR_PERMISSION) ||
	       code == err_exit_code(ERR_CONFIG) || code == err_exit_code(ERR_BUSY);
}

static int64_t backoff_ns(unsigned failure_count)
{
	unsigned shift = failure_count > RESTART_SHIFT_MAX ? RESTART_SHIFT_MAX : failure_count;
	int64_t wait_ns = RESTART_MIN_NS << shift;

	return wait_ns > RESTART_MAX_NS ? RESTART_MAX_NS : wait_ns;
}

static void ask_to_end(struct child *child, int64_t now_ns)
{
	if (child->pid == 0)
		return;
	kill(child->pid, SIGTERM);
	if (child->kill_at_ns == INT64_MAX)
		child->kill_at_ns = now_ns + STOP_NS;
}

/* Core shows in its status why a child cannot be started; `why` is "" once it was. The log hears of it once. */
static void tell_absence(struct supervisor *supervisor, enum plan_kind kind, const char *why)
{
	struct control message = {.type = CONTROL_CHILD, .kind = kind};
	struct err_info info = {0};

	if (why[0] != '\0' && !supervisor->child[kind].is_absent)
		log_error("%s: %s", plan_kind_name(kind), why);
	supervisor->child[kind].is_absent = why[0] != '\0';
	if (supervisor->core_fd < 0)
		return;
	snprintf(message.text, sizeof(message.text), "%s", why);
	if (control_send(supervisor->core_fd, &message, -1, &info) != ERR_NONE)
		log_warning("core does not hear: %s", info.text);
}

static void start_child(struct supervisor *supervisor, enum plan_kind kind, int64_t now_ns)
{
	struct child *child = &supervisor->child[kind];
	struct err_info info = {0};
	enum err err = supervise_start(supervisor, kind, &info);

	child->kill_at_ns = INT64_MAX;
	child->restart_at_ns = INT64_MAX;
	child->started_ns = now_ns;
	if (err == ERR_NONE) {
		if (child->is_absent)
			tell_absence(supervisor, kind, "");
		return;
	}
	child->pid = 0;
	tell_absence(supervisor, kind, info.text);
	child->restart_at_ns = now_ns + backoff_ns(child->failure_count++);
}

/* Starts what is due. Others wait for core: their socket's end goes through it. */
static void start_due(struct supervisor *supervisor, int64_t now_ns)
{
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		struct child *child = &supervisor->child[kind];

		if (supervisor->plans.fd[kind] < 0 || child->pid != 0 || child->restart_at_ns > now_ns)
			continue;
		if (kind != PLAN_CORE && !supervisor->is_core_ready)
			continue;
		start_child(supervisor, (enum plan_kind)kind, now_ns);
	}
}

static void kill_overdue(struct supervisor *supervisor, int64_t now_ns)
{
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		struct child *child = &supervisor->child[kind];

		if (child->pid != 0 && child->kill_at_ns <= now_ns) {
			kill(child->pid, SIGKILL);
			child->kill_at_ns = INT64_MAX;
		}
	}
}

static bool is_any_running(const struct supervisor *supervisor)
{
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		if (supervisor->child[kind].pid != 0)
			return true;
	}
	return false;
}

/* Without core nothing can be booked: all others end and start again with it. */
static void core_ended(struct supervisor *supervisor, int64_t now_ns)
{
	if (supervisor->core_fd >= 0)
		close(supervisor->core_fd);
	supervisor->core_fd = -1;
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		struct child *child = &supervisor->child[kind];

		if (kind == PLAN_CORE || child->pid == 0)
			continue;
		kill(child->pid, SIGKILL);
		child->kill_at_ns = now_ns; /* tells child_ended() that it was asked to end */
	}
	supervisor->is_core_ready = false;
}

static void stop_all(struct supervisor *supervisor, int exit_code, int64_t now_ns)
{
	if (supervisor->is_stopping)
		return;
	supervisor->is_stopping = true;
	supervisor->exit_code = exit_code;
	notify_send("STOPPING=1");
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++)
		ask_to_end(&supervisor->child[kind], now_ns);
}

static void describe_end(char *out, size_t out_bytes, int status)
{
	if (WIFSIGNALED(status))
		snprintf(out, out_bytes, "was ended by signal %d", WTERMSIG(status));
	else
		snprintf(out, out_bytes, "ended with exit code %d", WEXITSTATUS(status));
}

static void child_ended(struct supervisor *supervisor, enum plan_kind kind, int status, int64_t now_ns)
{
	struct child *child = &supervisor->child[kind];
	bool was_asked = child->kill_at_ns != INT64_MAX || supervisor->is_stopping;
	bool was_ready = supervisor->is_core_ready;
	char how[64];

	child->pid = 0;
	child->kill_at_ns = INT64_MAX;
	child->restart_at_ns = now_ns;
	if (kind == PLAN_CORE)
		core_ended(supervisor, now_ns);
	if (was_asked)
		return;
	describe_end(how, sizeof(how), status);
	if (kind == PLAN_CORE && !was_ready && WIFEXITED(status) && is_final_exit(WEXITSTATUS(status))) {
		stop_all(supervisor, WEXITSTATUS(status), now_ns); /* it has said why */
		return;
	}
	if (now_ns - child->started_ns >= HEALTHY_NS)
		child->failure_count = 0;
	child->restart_at_ns = now_ns + backoff_ns(child->failure_count++);
	log_warning("%s %s; it starts again in %.1f s", plan_kind_name(kind), how,
		    (double)(child->restart_at_ns - now_ns) / (double)CLOCK_NS_PER_S);
}

static void reload_failed(struct supervisor *supervisor, const char *why)
{
	(void)supervisor;
	log_error("reload refused, the old configuration stays in force: %s", why);
	notify_send("READY=1\nSTATUS=reload refused: the configuration has errors, the old one stays in force");
}

static void begin_reload(struct supervisor *supervisor)
{
	struct err_info info = {0};
	char state[64];

	if (supervisor->loader_pid != 0 || supervisor->has_next) {
		supervisor->is_reload_wanted = true; /* coalesced: one more when this one is through */
		return;
	}
	supervisor->is_reload_wanted = false;
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(clock_boot_ns() / 1000));
	notify_send(state);
	if (plans_begin(&supervisor->next_plans, supervisor->source, &supervisor->loader_pid, &info) != ERR_NONE)
		reload_failed(supervisor, info.text);
}

/* The new plans are good: what changed has to end before core hears of them, so that no sample is read with the wrong plan. */
static void loader_ended(struct supervisor *supervisor, int status, int64_t now_ns)
{
	struct err_info info = {0};
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

	supervisor->loader_pid = 0;
	if (plans_finish(&supervisor->next_plans, code, &info) != ERR_NONE) {
		reload_failed(supervisor, info.text);
		return;
	}
	supervisor->has_next = true;
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		if (kind != PLAN_CORE && !plans_is_same(&supervisor->plans, &supervisor->next_plans, (enum plan_kind)kind))
			ask_to_end(&supervisor->child[kind], now_ns);
	}
}

/* Puts the new plans in force once no changed child runs any more. A core that has begun to start on the old plan is told when it is ready. */
static void apply_reload(struct supervisor *supervisor, int64_t now_ns)
{
	struct control reload = {.type = CONTROL_RELOAD, .kind = PLAN_CORE};
	struct err_info info = {0};

	if (!supervisor->has_next || (supervisor->child[PLAN_CORE].pid != 0 && !supervisor->is_core_ready))
		return;
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		if (kind != PLAN_CORE && supervisor->child[kind].pid != 0 && supervisor->child[kind].kill_at_ns != INT64_MAX)
			return;
	}
	(void)lseek(supervisor->next_plans.fd[PLAN_CORE], 0, SEEK_SET);
	if (supervisor->is_core_ready &&
	    control_send(supervisor->core_fd, &reload, supervisor->next_plans.fd[PLAN_CORE], &info) != ERR_NONE) {
		log_error("core cannot be told of the new configuration (%s): it is restarted", info.text);
		ask_to_end(&supervisor->child[PLAN_CORE], now_ns);
	}
	plans_deinit(&supervisor->plans);
	supervisor->plans = supervisor->next_plans;
	plans_init(&supervisor->next_plans);
	supervisor->has_next = false;
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		if (supervisor->child[kind].pid == 0)
			supervisor->child[kind].restart_at_ns = now_ns;
	}
	if (supervisor->is_reload_wanted)
		begin_reload(supervisor);
}

static void reap(struct supervisor *supervisor, int64_t now_ns)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == supervisor->loader_pid) {
			loader_ended(supervisor, status, now_ns);
			continue;
		}
		for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
			if (supervisor->child[kind].pid == pid)
				child_ended(supervisor, (enum plan_kind)kind, status, now_ns);
		}
	}
}

static void take_signals(struct supervisor *supervisor, int64_t now_ns)
{
	struct signalfd_siginfo signal_info;

	while (read(supervisor->signal_fd, &signal_info, sizeof(signal_info)) == (ssize_t)sizeof(signal_info)) {
		if (signal_info.ssi_signo == SIGHUP && !supervisor->is_stopping)
			begin_reload(supervisor);
		else if (signal_info.ssi_signo == SIGTERM || signal_info.ssi_signo == SIGINT)
			stop_all(supervisor, 0, now_ns);
	}
	reap(supervisor, now_ns);
}

static void take_core_message(struct supervisor *supervisor, const struct control *message, int64_t now_ns)
{
	char state[WIRE_TEXT_BYTES + 64];

	switch (message->type) {
	case CONTROL_READY:
		supervisor->is_core_ready = true;
		supervisor->child[PLAN_CORE].failure_count = 0;
		snprintf(state, sizeof(state), "READY=1\nSTATUS=%s", message->text);
		notify_send(state);
		break;
	case CONTROL_ALIVE:
		snprintf(state, sizeof(state), "WATCHDOG=1\nSTATUS=%s", message->text);
		notify_send(state);
		break;
	case CONTROL_RESTART:
		if (message->kind == PLAN_CORE || supervisor->child[message->kind].pid == 0)
			break;
		log_warning("%s is ended: %s", plan_kind_name(message->kind), message->text);
		kill(supervisor->child[message->kind].pid, SIGKILL); /* child_ended() finds it unasked: back-off applies */
		break;
	case CONTROL_RELOADED:
		snprintf(state, sizeof(state), "READY=1\nSTATUS=%s", message->text[0] == '\0' ? "reloaded" : message->text);
		notify_send(state);
		log_notice("reload: %s", message->text[0] == '\0' ? "the new configuration is in force" : message->text);
		break;
	default: log_warning("core sent message type %d, which only we send", (int)message->type); break;
	}
	(void)now_ns;
}

static void take_core_messages(struct supervisor *supervisor, int64_t now_ns)
{
	while (supervisor->core_fd >= 0) {
		struct err_info info = {0};
		struct control message;
		int fd = -1;
		enum err err = control_receive(supervisor->core_fd, &message, &fd, &info);

		if (err == ERR_BUSY)
			return;
		if (err == ERR_NONE) {
			if (fd >= 0)
				close(fd);
			take_core_message(supervisor, &message, now_ns);
			continue;
		}
		if (err == ERR_DATA)
			log_error("core: %s", info.text);
		close(supervisor->core_fd); /* it has ended, or will be ended with the next reap */
		supervisor->core_fd = -1;
		if (supervisor->child[PLAN_CORE].pid != 0 && err == ERR_DATA)
			kill(supervisor->child[PLAN_CORE].pid, SIGKILL);
	}
}

/* Milliseconds until the next start or kill is due; -1 when none is. */
static int wait_ms(const struct supervisor *supervisor, int64_t now_ns)
{
	int64_t next_ns = INT64_MAX;

	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		const struct child *child = &supervisor->child[kind];

		if (child->pid != 0 && child->kill_at_ns < next_ns)
			next_ns = child->kill_at_ns;
		if (child->pid == 0 && supervisor->plans.fd[kind] >= 0 && child->restart_at_ns < next_ns &&
		    (kind == PLAN_CORE || supervisor->is_core_ready))
			next_ns = child->restart_at_ns;
	}
	if (next_ns == INT64_MAX)
		return -1;
	return next_ns <= now_ns ? 0 : (int)((next_ns - now_ns) / CLOCK_NS_PER_MS) + 1;
}

static void turn(struct supervisor *supervisor)
{
	struct pollfd wait[2] = {{.fd = supervisor->signal_fd, .events = POLLIN}, {.fd = supervisor->core_fd, .events = POLLIN}};
	int64_t now_ns = clock_boot_ns();

	(void)poll(wait, 2, wait_ms(supervisor, now_ns));
	now_ns = clock_boot_ns();
	take_core_messages(supervisor, now_ns);
	take_signals(supervisor, now_ns);
	kill_overdue(supervisor, now_ns);
	if (supervisor->is_stopping)
		return;
	apply_reload(supervisor, now_ns);
	start_due(supervisor, now_ns);
}

static enum err open_signals(int *fd, struct err_info *info)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd >= 0 ? ERR_NONE : err_set_errno(info, ERR_IO, errno, "cannot open a descriptor for signals");
}

static void init(struct supervisor *supervisor, const struct plans_source *source)
{
	memset(supervisor, 0, sizeof(*supervisor));
	supervisor->source = source;
	supervisor->core_fd = -1;
	plans_init(&supervisor->plans);
	plans_init(&supervisor->next_plans);
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++)
		supervisor->child[kind].kill_at_ns = INT64_MAX;
}

int supervise_run(const struct plans_source *source)
{
	struct supervisor supervisor;
	struct err_info info = {0};
	int exit_code = 0;
	enum err err;

	init(&supervisor, source);
	/* Signals first: a SIGHUP that comes early must not end us, a SIGTERM must not be lost. */
	err = open_signals(&supervisor.signal_fd, &info);
	if (err == ERR_NONE)
		err = plans_load(&supervisor.plans, source, &exit_code, &info);
	if (err != ERR_NONE) {
		log_error("%s", info.text);
		return exit_code != 0 ? exit_code : err_exit_code(err);
	}
	spawn_limit_own_capabilities();
	start_due(&supervisor, clock_boot_ns());
	while (!supervisor.is_stopping || is_any_running(&supervisor))
		turn(&supervisor);
	plans_deinit(&supervisor.plans);
	plans_deinit(&supervisor.next_plans);
	if (supervisor.core_fd >= 0)
		close(supervisor.core_fd);
	close(supervisor.signal_fd);
	return supervisor.exit_code;
}

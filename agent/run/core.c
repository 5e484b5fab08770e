/* SPDX-License-Identifier: Apache-2.0 */
/* core: start, loop, end. */
#include "run/core_priv.h"

#include "base/file.h"
#include "base/mem.h"
#include "ledger/resume.h"
#include "model/units.h"
#include "wire/control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EVENTS_MAX = 32, PLAN_BYTES_MAX = 256 << 20, BATCH_BYTES_MAX = 256 << 20 };

#define ALIVE_NS (10 * CLOCK_NS_PER_S)
/* Awake for another reason, it says so as much earlier, and does not wake for that alone. */
#define ALIVE_EARLY_NS (3 * CLOCK_NS_PER_S)
#define SELF_NS (60 * CLOCK_NS_PER_S)
/* How often the clocks are compared until the wall clock is trusted. */
#define CLOCK_CHECK_NS (1 * CLOCK_NS_PER_S)

/* How long the last commit may take when the service ends (in under two seconds as a whole). */
enum { LAST_COMMIT_MS = 1200, LAST_TURN_MS = 20 };

/* ---- Descriptors ---- */

enum err core_watch(struct core *core, int fd, enum core_source source, uint32_t index, struct err_info *info)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)source << 32 | index};

	if (epoll_ctl(core->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot watch a descriptor");
	return ERR_NONE;
}

void core_unwatch(struct core *core, int fd)
{
	(void)epoll_ctl(core->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static enum err open_descriptors(struct core *core, struct err_info *info)
{
	sigset_t set;
	enum err err;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file-size limit is a full disk */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	core->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	core->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	core->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (core->epoll_fd < 0 || core->wake_fd < 0 || core->signal_fd < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot open the loop's descriptors");
	err = core_watch(core, core->wake_fd, CORE_WAKE, 0, info);
	if (err == ERR_NONE)
		err = core_watch(core, core->signal_fd, CORE_SIGNAL, 0, info);
	if (err == ERR_NONE)
		err = core_watch(core, core->control_fd, CORE_CONTROL, 0, info);
	return err;
}

/* ---- Start ---- */

static enum err read_plan(struct core *core, int fd, struct err_info *info)
{
	struct buf bytes;
	enum err err;

	buf_init(&bytes, PLAN_BYTES_MAX);
	err = file_read_fd(fd, &bytes, info);
	if (err == ERR_NONE)
		err = plan_core_decode(&core->plan, bytes.data, bytes.bytes, info);
	buf_deinit(&bytes);
	close(fd);
	return err;
}

static void report_opening(struct core *core, const struct ledger_open_report *report)
{
	if (report->is_created && !report->is_quarantined)
		log_notice("a new ledger: %s", core->plan.ledger_path);
	if (report->is_migrated)
		log_notice("the ledger was brought from schema %d to %d; the old file is %s", report->schema_before, LEDGER_SCHEMA,
			   report->backup_path);
	if (report->is_quarantined)
		log_error("the ledger was damaged (%s): it is kept as %s, a fresh one is begun", report->reason, report->quarantine_path);
}

static enum err open_ledger(struct core *core, struct err_info *info)
{
	struct ledger_options options = {.path = core->plan.ledger_path, .now_utc_ms = core->now.utc_ns / UNITS_NS_PER_MS};
	struct ledger_open_report *report = mem_new(sizeof(*report));
	enum err err;

	if (report == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	err = ledger_open(&core->ledger, &options, report, info);
	if (err == ERR_NONE) {
		report_opening(core, report);
		err = ledger_open_readonly(&core->reader, core->plan.ledger_path, info);
	}
	mem_free(report);
	if (err == ERR_NONE)
		err = ledger_registry_load(&core->registry, core->ledger, info);
	return err;
}

static enum err open_books(struct core *core, struct err_info *info)
{
	struct ledger_resume resume = {0};
	struct books_options options = {
	    .plan = &core->plan,
	    .reader = core->reader,
	    .registry = core->registry,
	    .points = &core->points,
	    .boot_id = core->boot_id,
	    .build_utc_s = WATTLEDGER_BUILD_UTC_S,
	    .is_clock_assumed = core->plan.is_clock_assumed,
	    .make_room = core_make_room,
	    .room_context = core,
	};
	enum err err = ledger_resume_read(core->reader, &resume, info);

	if (err != ERR_NONE)
		return err;
	options.newest_utc_ms = resume.newest_utc_ms;
	err = points_init(&core->points, &core->plan, info);
	if (err == ERR_NONE)
		err = shipping_init(&core->shipping, &core->plan, resume.next_outbox_id, info);
	if (err == ERR_NONE)
		err = books_new(&core->books, &options, core_batch(core), info);
	if (err == ERR_NONE)
		err = ledger_batch_add_config(core_batch(core), core->now.utc_ns / UNITS_NS_PER_MS, core->plan.config_sha256, info);
	return err;
}

static enum err start(struct core *core, const struct core_options *options, struct err_info *info)
{
	enum err err = read_plan(core, options->plan_fd, info);

	if (err == ERR_NONE)
		err = open_descriptors(core, info);
	if (err == ERR_NONE)
		err = open_ledger(core, info);
	if (err == ERR_NONE)
		err = open_books(core, info);
	if (err == ERR_NONE)
		err = core_server_open(core, info);
	if (err == ERR_NONE)
		err = committer_start(&core->committer, core->ledger, core->wake_fd, info);
	return err;
}

static void init(struct core *core, const struct core_options *options)
{
	memset(core, 0, sizeof(*core));
	core->control_fd = options->control_fd;
	core->epoll_fd = core->wake_fd = core->signal_fd = core->server_fd = -1;
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++)
		core->peer[kind].fd = -1;
	for (size_t i = 0; i < CORE_CLIENTS_MAX; i++)
		core->client[i].fd = -1;
	ledger_batch_init(&core->batch[0], BATCH_BYTES_MAX);
	ledger_batch_init(&core->batch[1], BATCH_BYTES_MAX);
	core->trim_count = CORE_TRIM_COUNT;
	clock_read(&core->now);
	clock_read_boot_id(core->boot_id);
}

/* ---- Loop ---- */

static void drain_wake(struct core *core)
{
	uint64_t count;

	(void)!read(core->wake_fd, &count, sizeof(count));
	core_commit_settle(core);
}

static void take_event(struct core *core, const struct epoll_event *event)
{
	uint32_t index = (uint32_t)event->data.u64;

	switch ((enum core_source)(event->data.u64 >> 32)) {
	case CORE_SIGNAL: core->is_stopping = true; break;
	case CORE_CONTROL:
		core_commit_want(core);
		core_control_drain(core);
		break;
	case CORE_WAKE: drain_wake(core); break;
	case CORE_SERVER: core_server_accept(core); break;
	case CORE_PEER:
		core_commit_want(core);
		core_peer_drain(core, (enum wire_kind)index);
		break;
	case CORE_CLIENT: core_client_serve(core, index); break;
	}
}

void core_say_alive(struct core *core)
{
	char line[WIRE_TEXT_BYTES];

	core->alive_due_ns = core->now.boot_ns + ALIVE_NS;
	core_status_line(core, line, sizeof(line));
	core_tell_supervisor(core, CONTROL_ALIVE, PLAN_CORE, line);
}

/* `is_awake`: something else than a timer woke the loop. */
static void do_due(struct core *core, bool is_awake)
{
	if (core->now.boot_ns >= books_next_tick_ns(core->books, core->now.boot_ns))
		core_commit_want(core);
	books_tick(core->books, &core->now);
	if (core->now.boot_ns >= core->self_due_ns) {
		core->self_due_ns = core->now.boot_ns + SELF_NS;
		core_self_point(core);
	}
	if (core_commit_is_due(core, is_awake))
		core_commit_begin(core);
	if (shipping_next_ns(&core->shipping) <= core->now.boot_ns)
		core_ship(core);
	core_order_seal_due(core);
	if (core->now.boot_ns >= core->alive_due_ns - ALIVE_EARLY_NS) {
		core_peer_check(core);
		core_say_alive(core);
	}
}

static int wait_ms(const struct core *core)
{
	int64_t now_ns = core->now.boot_ns;
	int64_t next_ns = books_next_tick_ns(core->books, now_ns);
	int64_t ship_ns = shipping_next_ns(&core->shipping);

	if (core->commit_due_ns < next_ns)
		next_ns = core->commit_due_ns;
	if (core->alive_due_ns < next_ns)
		next_ns = core->alive_due_ns;
	/* What waits only for deliver's greeting needs no timer. */
	if (ship_ns > now_ns && ship_ns < next_ns)
		next_ns = ship_ns;
	if (!books_is_clock_trusted(core->books) && now_ns + CLOCK_CHECK_NS < next_ns)
		next_ns = now_ns + CLOCK_CHECK_NS;
	return next_ns <= now_ns ? 0 : (int)((next_ns - now_ns) / CLOCK_NS_PER_MS) + 1;
}

static void loop(struct core *core)
{
	struct epoll_event event[EVENTS_MAX];

	core->commit_due_ns = core->now.boot_ns + CLOCK_NS_PER_S; /* the first commit soon: register and configuration */
	core->alive_due_ns = core->now.boot_ns;
	core->self_due_ns = core->now.boot_ns + SELF_NS;
	while (!core->is_stopping) {
		int count = epoll_wait(core->epoll_fd, event, EVENTS_MAX, wait_ms(core));

		core->wake_count++;
		clock_read(&core->now);
		for (int i = 0; i < count; i++)
			take_event(core, &event[i]);
		do_due(core, count > 0);
	}
}

/* ---- End ---- */

/* Waits for the batch or order that is with the thread, at most until the deadline. Of the descriptors only its own is still looked at. */
static bool wait_batch(struct core *core, int64_t deadline_ns)
{
	while ((core->is_batch_out || core->order.is_out) && clock_boot_ns() < deadline_ns) {
		struct pollfd wake = {.fd = core->wake_fd, .events = POLLIN};

		(void)poll(&wake, 1, LAST_TURN_MS);
		drain_wake(core);
	}
	return !core->is_batch_out && !core->order.is_out;
}

/* What the collectors' sockets still hold is booked, then all is committed. */
static void finish(struct core *core)
{
	int64_t deadline_ns = clock_boot_ns() + (int64_t)LAST_COMMIT_MS * CLOCK_NS_PER_MS;
	const char *reason = "the disk hangs";
	bool is_free;

	core_peer_drain_all(core);
	clock_read(&core->now);
	books_tick(core->books, &core->now);
	if (core->commit.is_damaged)
		return;
	is_free = wait_batch(core, deadline_ns);
	if (is_free) {
		core_commit_begin(core);
		(void)wait_batch(core, deadline_ns);
	}
	if (!is_free || core->is_batch_out) {
		if (core->commit.error[0] != '\0')
			reason = core->commit.error;
		else if (core->order.is_out)
			reason = "an order was being carried out";
		log_error(
		    "the last commit did not get through in time (%s): readings since the one before are lost, counters will bridge them",
		    reason);
		core->exit_code = err_exit_code(ERR_IO);
	}
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void deinit(struct core *core)
{
	bool is_thread_gone = core->committer == NULL || committer_stop(core->committer, LAST_COMMIT_MS / 4);

	core_server_close(core);
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++)
		close_fd(&core->peer[kind].fd);
	close_fd(&core->epoll_fd);
	close_fd(&core->wake_fd);
	close_fd(&core->signal_fd);
	close_fd(&core->control_fd);
	books_free(core->books);
	shipping_deinit(&core->shipping);
	points_deinit(&core->points);
	ledger_registry_free(core->registry);
	ledger_close(core->reader);
	if (!is_thread_gone)
		return; /* it still uses the ledger and a batch; the process ends at once */
	mem_free(core->order.line);
	buf_deinit(&core->order.text);
	ledger_close(core->ledger);
	ledger_batch_deinit(&core->batch[0]);
	ledger_batch_deinit(&core->batch[1]);
	plan_core_deinit(&core->plan);
}

int core_run(const struct core_options *options)
{
	struct core *core;
	struct err_info info = {0};
	char line[WIRE_TEXT_BYTES];
	enum err err;
	int exit_code;

	mem_keep_large_apart();
	core = mem_new(sizeof(*core));
	if (core == NULL)
		return err_exit_code(ERR_MEMORY);
	init(core, options);
	err = start(core, options, &info);
	if (err == ERR_NONE) {
		snprintf(line, sizeof(line), "the ledger is open, %zu devices are configured", core->plan.device_count);
		core_tell_supervisor(core, CONTROL_READY, PLAN_CORE, line);
		loop(core);
		finish(core);
	} else {
		log_error("%s", info.text);
		core->exit_code = err_exit_code(err);
	}
	exit_code = core->exit_code;
	deinit(core);
	mem_free(core);
	return exit_code;
}

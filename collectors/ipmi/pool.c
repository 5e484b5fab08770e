/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/pool.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ipmi/worker.h"
#include "wire/packet.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKER_FD = 3, EVENTS_MAX = 64, FAREWELL_STEP_MS = 10, FAREWELL_STEPS = 100 };

enum phase { PHASE_IDLE = 0, PHASE_WAITING, PHASE_READING };

/* What is known of a device's worker; nothing secret. */
struct slot {
	pid_t pid; /* 0: none */
	int fd;    /* -1: none */
	enum phase phase;
	int64_t deadline_ns;
};

struct c_ipmi_pool {
	struct c_ipmi_order *order; /* by device; in pages of their own */
	size_t order_bytes;
	struct slot *slot;
	uint32_t count;
	uint32_t *queue; /* a ring of the devices that wait */
	uint32_t queue_first;
	uint32_t queue_count;
	uint32_t reading_count;
	int epoll_fd;
};

/* ---- Life -------------------------------------------------------------------------------------------------------------------------------- */

static enum err map_orders(struct c_ipmi_pool *pool, const struct plan_ipmi *plan, struct err_info *info)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (pool->count * sizeof *pool->order + page_bytes) / page_bytes * page_bytes;
	void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return err_set_errno(info, ERR_MEMORY, errno, "no memory for %u devices", (unsigned)pool->count);
	pool->order = pages;
	pool->order_bytes = bytes;
	if (madvise(pages, bytes, MADV_DONTFORK) != 0 || madvise(pages, bytes, MADV_DONTDUMP) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot protect the pages with the passwords");
	for (uint32_t i = 0; i < pool->count; i++)
		pool->order[i] = (struct c_ipmi_order){.device = plan->device[i], .login = c_ipmi_login_first()};
	return ERR_NONE;
}

struct c_ipmi_pool *c_ipmi_pool_new(const struct plan_ipmi *plan, struct err_info *info)
{
	struct c_ipmi_pool *pool = mem_new(sizeof *pool);

	if (pool == NULL) {
		err_set(info, ERR_MEMORY, "out of memory at start");
		return NULL;
	}
	pool->count = (uint32_t)plan->device_count;
	pool->slot = mem_new_array(pool->count, sizeof *pool->slot);
	pool->queue = mem_new_array(pool->count, sizeof *pool->queue);
	pool->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (pool->slot == NULL || pool->queue == NULL) {
		err_set(info, ERR_MEMORY, "no memory for %u devices", (unsigned)pool->count);
		return c_ipmi_pool_free(pool);
	}
	for (uint32_t i = 0; i < pool->count; i++)
		pool->slot[i].fd = -1;
	if (pool->epoll_fd < 0) {
		err_set_errno(info, ERR_IO, errno, "epoll");
		return c_ipmi_pool_free(pool);
	}
	return map_orders(pool, plan, info) == ERR_NONE ? pool : c_ipmi_pool_free(pool);
}

/* A worker that is just being forked has a copy of the descriptor for a moment: epoll is told. */
static void leave(const struct c_ipmi_pool *pool, struct slot *slot)
{
	if (slot->fd < 0)
		return;
	(void)epoll_ctl(pool->epoll_fd, EPOLL_CTL_DEL, slot->fd, NULL);
	(void)close(slot->fd);
	slot->fd = -1;
}

static void bury(const struct c_ipmi_pool *pool, struct slot *slot)
{
	leave(pool, slot);
	if (slot->pid <= 0)
		return;
	(void)kill(slot->pid, SIGKILL);
	while (waitpid(slot->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	slot->pid = 0;
}

/* How many of them are left. */
static uint32_t reap(struct c_ipmi_pool *pool)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < pool->count; i++) {
		if (pool->slot[i].pid > 0 && waitpid(pool->slot[i].pid, NULL, WNOHANG) != 0)
			pool->slot[i].pid = 0;
		left += pool->slot[i].pid > 0;
	}
	return left;
}

struct c_ipmi_pool *c_ipmi_pool_free(struct c_ipmi_pool *pool)
{
	uint32_t count = pool->slot == NULL ? 0 : pool->count;

	for (uint32_t i = 0; i < count; i++)
		leave(pool, &pool->slot[i]);
	for (int step = 0; count > 0 && step < FAREWELL_STEPS && reap(pool) > 0; step++)
		(void)poll(NULL, 0, FAREWELL_STEP_MS);
	for (uint32_t i = 0; i < count; i++)
		bury(pool, &pool->slot[i]);
	if (pool->order != NULL) {
		explicit_bzero(pool->order, pool->order_bytes);
		(void)munmap(pool->order, pool->order_bytes);
	}
	if (pool->epoll_fd >= 0)
		(void)close(pool->epoll_fd);
	mem_free(pool->slot);
	mem_free(pool->queue);
	return mem_free(pool);
}

/* ---- Workers ----------------------------------------------------------------------------------------------------------------------------- */

/* In the new process: its socket alone stays, so that the end of the others' is seen. */
static void become_worker(int fd)
{
	if (dup2(fd, WORKER_FD) < 0 || close_range(WORKER_FD + 1, ~0U, 0) != 0)
		_exit(err_exit_code(ERR_IO));
	_exit(c_ipmi_worker_main(WORKER_FD));
}

static enum err start_worker(struct c_ipmi_pool *pool, uint32_t device, struct err_info *info)
{
	struct slot *slot = &pool->slot[device];
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = device};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set_errno(info, ERR_IO, errno, "no socket for a worker");
	slot->pid = fork();
	if (slot->pid == 0)
		become_worker(pair[1]);
	(void)close(pair[1]);
	slot->fd = pair[0];
	if (slot->pid < 0) {
		slot->pid = 0;
		return err_set_errno(info, ERR_IO, errno, "no process for a worker");
	}
	if (epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, slot->fd, &event) != 0)
		return err_set_errno(info, ERR_IO, errno, "epoll");
	return packet_send(slot->fd, &pool->order[device], sizeof pool->order[device], -1, info);
}

static enum err begin(struct c_ipmi_pool *pool, uint32_t device, struct err_info *info)
{
	enum err err = pool->slot[device].pid > 0 ? ERR_NONE : start_worker(pool, device, info);

	return err == ERR_NONE ? packet_send(pool->slot[device].fd, "r", 1, -1, info) : err;
}

void c_ipmi_pool_read(struct c_ipmi_pool *pool, uint32_t device)
{
	pool->slot[device].phase = PHASE_WAITING;
	pool->queue[(pool->queue_first + pool->queue_count++) % pool->count] = device;
}

/* ---- Reads ------------------------------------------------------------------------------------------------------------------------------- */

/* A service under way. */
struct round {
	struct c_ipmi_pool *pool;
	c_ipmi_pool_take *take;
	void *context;
};

static void end_read(const struct round *round, uint32_t device, const struct c_ipmi_report *report)
{
	struct slot *slot = &round->pool->slot[device];

	round->pool->reading_count -= slot->phase == PHASE_READING;
	slot->phase = PHASE_IDLE;
	round->take(round->context, device, report);
}

/* The worker is of no use any more; a read of it that ran ends without a value. */
static void lose_worker(const struct round *round, uint32_t device, const char *reason)
{
	struct slot *slot = &round->pool->slot[device];
	struct c_ipmi_report report = {.state = DEVICE_SILENT, .login = c_ipmi_login_first()};

	bury(round->pool, slot);
	if (slot->phase != PHASE_READING)
		return;
	snprintf(report.reason, sizeof report.reason, "%s", reason);
	end_read(round, device, &report);
}

static void receive(const struct round *round, uint32_t device)
{
	struct slot *slot = &round->pool->slot[device];
	uint8_t bytes[C_IPMI_REPORT_BYTES_MAX];
	struct c_ipmi_report report;
	struct err_info info = {0};
	size_t length;
	int passed = -1;
	enum err err = slot->fd < 0 ? ERR_BUSY : packet_receive(slot->fd, bytes, sizeof bytes, &length, &passed, &info);

	if (err == ERR_BUSY)
		return;
	if (passed >= 0)
		(void)close(passed);
	if (err != ERR_NONE || slot->phase != PHASE_READING) {
		lose_worker(round, device, "the process that reads this BMC ended by itself; it starts anew");
		return;
	}
	if (c_ipmi_report_get(&report, bytes, length, &info) != ERR_NONE) {
		lose_worker(round, device, "the process that reads this BMC sent a damaged report; it starts anew");
		return;
	}
	round->pool->order[device].login = report.login;
	end_read(round, device, &report);
}

static void end_late(const struct round *round, int64_t now_ns)
{
	for (uint32_t i = 0; i < round->pool->count; i++) {
		const struct slot *slot = &round->pool->slot[i];
		char reason[WIRE_TEXT_BYTES];

		if (slot->phase != PHASE_READING || slot->deadline_ns > now_ns)
			continue;
		snprintf(reason, sizeof reason, "the BMC was not read within %.1f s (deadline); its process was ended and starts anew",
			 (double)round->pool->order[i].device.deadline_ms / (double)CLOCK_MS_PER_S);
		lose_worker(round, i, reason);
	}
}

static void start_waiting(const struct round *round, int64_t now_ns)
{
	struct c_ipmi_pool *pool = round->pool;

	while (pool->queue_count > 0 && pool->reading_count < C_IPMI_READS_MAX) {
		uint32_t device = pool->queue[pool->queue_first];
		struct slot *slot = &pool->slot[device];
		struct err_info info = {0};

		pool->queue_first = (pool->queue_first + 1) % pool->count;
		pool->queue_count--;
		slot->phase = PHASE_READING;
		pool->reading_count++;
		slot->deadline_ns = now_ns + pool->order[device].device.deadline_ms * CLOCK_NS_PER_MS;
		if (begin(pool, device, &info) != ERR_NONE)
			lose_worker(round, device, info.text);
	}
}

static int64_t next_deadline_ns(const struct c_ipmi_pool *pool)
{
	int64_t next_ns = INT64_MAX;

	for (uint32_t i = 0; pool->reading_count > 0 && i < pool->count; i++) {
		if (pool->slot[i].phase == PHASE_READING && pool->slot[i].deadline_ns < next_ns)
			next_ns = pool->slot[i].deadline_ns;
	}
	return next_ns;
}

int64_t c_ipmi_pool_service(struct c_ipmi_pool *pool, int64_t now_ns, c_ipmi_pool_take *take, void *context)
{
	const struct round round = {pool, take, context};
	struct epoll_event event[EVENTS_MAX];
	int count;

	start_waiting(&round, now_ns);
	while ((count = epoll_wait(pool->epoll_fd, event, EVENTS_MAX, 0)) > 0) {
		for (int i = 0; i < count; i++)
			receive(&round, event[i].data.u32);
	}
	end_late(&round, now_ns);
	start_waiting(&round, now_ns);
	return next_deadline_ns(pool);
}

int c_ipmi_pool_fd(const struct c_ipmi_pool *pool)
{
	return pool->epoll_fd;
}

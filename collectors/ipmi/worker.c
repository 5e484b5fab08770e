/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/worker.h"

#include "base/clock.h"
#include "base/text.h"
#include "ipmi/bmc.h"
#include "ipmi/link.h"
#include "ipmi/report.h"
#include "wire/codec.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* A BMC drops a session that is idle for a minute (IPMI v2.0 6.12.15: 60 s +- 3 s). One that would be idle that long is closed by us. */
enum { IDLE_MS_MAX = 45000, ALARM_EXTRA_S = 2, MS_PER_S = 1000 };

struct worker {
	int fd;
	struct c_ipmi_order order;
	struct c_ipmi_link link;
	struct c_ipmi_bmc bmc;
	uint32_t latency_us; /* of the first answer of this read; 0 none yet */
};

/* The time of the first request, for the latency. */
static bool transact(void *context, const struct c_ipmi_request *request, struct c_ipmi_answer *answer)
{
	struct worker *worker = context;
	int64_t begin_ns = clock_boot_ns();
	bool is_answered = c_ipmi_link_transact(&worker->link, request, answer);

	if (is_answered && worker->latency_us == 0)
		worker->latency_us = (uint32_t)((clock_boot_ns() - begin_ns) / 1000) + 1;
	return is_answered;
}

static void wait_ms(uint32_t ms)
{
	(void)poll(NULL, 0, (int)ms);
}

static enum device_state state_of(enum c_ipmi_refusal refusal)
{
	switch (refusal) {
	case C_IPMI_REFUSED_SILENT:
	case C_IPMI_REFUSED_NAME: return DEVICE_SILENT;
	case C_IPMI_REFUSED_LOCAL: return DEVICE_UNREADABLE;
	default: return DEVICE_REFUSED;
	}
}

static bool open_session(struct worker *worker, struct c_ipmi_report *report)
{
	struct err_info info = {0};
	enum c_ipmi_refusal refusal = C_IPMI_REFUSED_OTHER;

	if (worker->link.session != NULL)
		return true;
	/* It may be another BMC, or another firmware, than the last time; what was learnt of its sources stays. */
	worker->bmc.interval_ms = worker->order.device.interval_ms;
	worker->bmc.is_known = false;
	worker->bmc.has_windows = false;
	if (c_ipmi_link_open(&worker->link, &worker->order.device, &worker->order.login, &refusal, &info) == ERR_NONE)
		return true;
	/* What worked once and does no more is tried from the start the next time. */
	worker->order.login = c_ipmi_login_first();
	*report = (struct c_ipmi_report){.state = state_of(refusal)};
	(void)text_clean(report->reason, sizeof report->reason, info.text, strlen(info.text));
	return false;
}

/* A session that was idle may have been dropped by the BMC: then once more, on a new one. */
static void read_once(struct worker *worker, struct c_ipmi_report *report)
{
	const struct c_ipmi_port port = {.context = worker, .transact = transact, .clock = clock_boot_ns, .pause = wait_ms};
	bool was_open = worker->link.session != NULL;

	worker->latency_us = 0;
	if (!open_session(worker, report) || c_ipmi_bmc_read(&worker->bmc, &port, report))
		return;
	c_ipmi_link_close(&worker->link);
	if (!was_open || !open_session(worker, report) || c_ipmi_bmc_read(&worker->bmc, &port, report))
		return;
	c_ipmi_link_close(&worker->link);
}

static bool send_report(const struct worker *worker, struct c_ipmi_report *report)
{
	uint8_t bytes[C_IPMI_REPORT_BYTES_MAX];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};

	report->latency_us = worker->latency_us;
	report->login = worker->order.login;
	c_ipmi_report_put(&writer, report);
	return !writer.is_full && send(worker->fd, bytes, writer.length, MSG_NOSIGNAL) == (ssize_t)writer.length;
}

/* true when a read is wanted; false: the collector is gone. */
static bool await(const struct worker *worker)
{
	char wish;
	ssize_t bytes;

	do {
		bytes = recv(worker->fd, &wish, sizeof wish, 0);
	} while (bytes < 0 && errno == EINTR);
	return bytes == 1;
}

static void serve(struct worker *worker)
{
	const struct plan_ipmi_device *device = &worker->order.device;

	while (await(worker)) {
		struct c_ipmi_report report;

		(void)alarm(device->deadline_ms / MS_PER_S + ALARM_EXTRA_S);
		read_once(worker, &report);
		(void)alarm(0);
		if (!send_report(worker, &report))
			return;
		if (device->interval_ms > IDLE_MS_MAX)
			c_ipmi_link_close(&worker->link);
	}
}

/* No core file, no signal that would end it in the middle of a session. */
static bool prepare(void)
{
	const struct rlimit none = {0, 0};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction plain = {.sa_handler = SIG_DFL};

	return setrlimit(RLIMIT_CORE, &none) == 0 && sigaction(SIGTERM, &ignore, NULL) == 0 && sigaction(SIGINT, &ignore, NULL) == 0 &&
	       sigaction(SIGALRM, &plain, NULL) == 0;
}

int c_ipmi_worker_main(int socket_fd)
{
	struct worker worker = {.fd = socket_fd};

	if (!prepare() || recv(socket_fd, &worker.order, sizeof worker.order, 0) != (ssize_t)sizeof worker.order)
		return err_exit_code(ERR_IO);
	serve(&worker);
	(void)alarm(ALARM_EXTRA_S);
	c_ipmi_link_close(&worker.link);
	explicit_bzero(&worker.order, sizeof worker.order);
	return 0;
}

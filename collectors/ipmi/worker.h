/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker: the process that speaks to one BMC. It is forked from the collector, gets its device and its password through its socket (never
 * by inheritance), reads when it is told to, and keeps its session between the reads. When the socket ends, it closes the session and
 * itself; SIGTERM it leaves to that. A read that takes too long ends it by an alarm of its own, should the collector be gone.
 */
#ifndef WATTLEDGER_IPMI_WORKER_H
#define WATTLEDGER_IPMI_WORKER_H

#include "ipmi/login.h"
#include "wire/plan_ipmi.h"

/* What a worker is given first. */
struct c_ipmi_order {
	struct plan_ipmi_device device;
	struct c_ipmi_login login; /* the way that opened the last session, or the first to try */
};

/* The life of a worker on its socket (blocking reads): the order, then a byte for each read that is wanted, each answered by a report.
 * Returns the exit code. */
int c_ipmi_worker_main(int socket_fd);

#endif

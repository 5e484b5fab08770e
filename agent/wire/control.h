/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: what supervisor and core say to each other, over a SOCK_SEQPACKET pair. One message a packet; a descriptor may ride along
 * as SCM_RIGHTS.
 *
 *   supervisor -> core   PEER (core's end of the socket of a child that was just started), RELOAD (memfd with core's new plan),
 *                        CHILD (why a child cannot be started, or that it was after all)
 *   core -> supervisor   READY (ledger is open), ALIVE (the loop turns; feeds the watchdog), RESTART (that child lies, floods or hangs),
 *                        RELOADED (the new plan is in force, or why not)
 */
#ifndef WATTLEDGER_WIRE_CONTROL_H
#define WATTLEDGER_WIRE_CONTROL_H

#include "base/err.h"
#include "wire/plan.h"

#include <stddef.h>

enum control_type {
	CONTROL_PEER = 1,
	CONTROL_RELOAD,
	CONTROL_READY,
	CONTROL_ALIVE,
	CONTROL_RESTART,
	CONTROL_RELOADED,
	CONTROL_CHILD,
	CONTROL_TYPE_END
};

struct control {
	enum control_type type;
	enum plan_kind kind;        /* PEER, RESTART, CHILD: which child; else PLAN_CORE */
	char text[WIRE_TEXT_BYTES]; /* RESTART, RELOADED, CHILD: the reason, "" none; READY, ALIVE: one line for the service manager */
};

/* Sends one message, with `fd` unless it is -1 (it stays open here). Never blocks: a full socket is ERR_BUSY, a closed one ERR_IO. */
enum err control_send(int socket_fd, const struct control *message, int fd, struct err_info *info) MUST_CHECK;

/*
 * Receives one. *fd is the descriptor that came along (now yours, close-on-exec) or -1. ERR_BUSY: nothing there; ERR_UNAVAILABLE: the other
 * end is closed; ERR_DATA: not such a message (a descriptor with it is closed).
 */
enum err control_receive(int socket_fd, struct control *message, int *fd, struct err_info *info) MUST_CHECK;

#endif

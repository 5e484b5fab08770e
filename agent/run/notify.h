/* SPDX-License-Identifier: Apache-2.0 */
/* notify: the sd_notify(3) protocol, without its library: one datagram to the socket that NOTIFY_SOCKET names. */
#ifndef WATTLEDGER_RUN_NOTIFY_H
#define WATTLEDGER_RUN_NOTIFY_H

/* Sends "READY=1", "STATUS=...", "WATCHDOG=1", ...; several lines are allowed. Does nothing when no service manager listens. */
void notify_send(const char *state);

#endif

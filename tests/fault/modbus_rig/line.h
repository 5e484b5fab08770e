/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line: the far end of a bus: a listening socket with one connection, or the master of a pseudo-terminal. What was written on one end is
 * there on the other when a function returns: the kernel is waited for, never a time.
 */
#ifndef WATTLEDGER_FAULT_MODBUS_RIG_LINE_H
#define WATTLEDGER_FAULT_MODBUS_RIG_LINE_H

#include "wire/plan_modbus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_BYTES_MAX = 600 };

struct line {
	enum modbus_link link;
	int listen_fd;   /* -1: a pseudo-terminal */
	int fd;          /* our end; -1: nobody is connected */
	int near_fd;     /* the collector's end, -1: closed. Told by its watcher */
	uint32_t number; /* counts connections */
};

/* Opens it and says in `bus` where it is. Ends the program when it cannot. */
void line_open(struct line *line, enum modbus_link link, struct plan_modbus_bus *bus);
void line_close(struct line *line);

/* The collector is about to be connected: waits until it is. */
void line_accept(struct line *line);

/* The collector has sent a whole request of `bytes` bytes: takes it. false: it went to a connection that is no more. */
bool line_take(struct line *line, uint8_t *out, size_t bytes);

/* Writes, and waits until the other end has it. */
void line_put(struct line *line, const uint8_t *byte, size_t bytes);

/* Ends the connection, and waits until the other end has heard of it. */
void line_drop(struct line *line);

#endif

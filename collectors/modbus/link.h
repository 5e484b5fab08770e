/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link: a connection or a serial line. libmodbus sets up serial lines and makes serial frames (also those that go over TCP); connections
 * are made without waiting, and a TCP message has its header from adu, since the library leaves the number of a raw request 0. What comes
 * is taken as bytes: frames are adu's.
 */
#ifndef WATTLEDGER_MODBUS_LINK_H
#define WATTLEDGER_MODBUS_LINK_H

#include "base/err.h"
#include "modbus/adu.h"
#include "wire/plan_modbus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_MODBUS_LINK_TEXT_BYTES = 160 };

struct c_modbus_link {
	const struct plan_modbus_bus *plan; /* borrowed */
	int fd;                             /* -1: closed */
	uint16_t transaction;               /* of the last message */
	void *library;                      /* modbus_t of a serial line, or of frames over TCP */
};

/* Where bytes are put that come. */
struct c_modbus_room {
	uint8_t *out;
	size_t out_bytes;
	size_t bytes; /* as many came */
};

/* Closed; nothing is opened. */
void c_modbus_link_init(struct c_modbus_link *link, const struct plan_modbus_bus *plan);
void c_modbus_link_close(struct c_modbus_link *link);

/* Starts it. *is_ready: it can be used at once; else when the descriptor becomes writable: c_modbus_link_finish(). Errors: ERR_UNAVAILABLE, ERR_PERMISSION. */
enum err c_modbus_link_open(struct c_modbus_link *link, bool *is_ready, struct err_info *info) MUST_CHECK;

/* How a connection ended that was being made. Errors: ERR_UNAVAILABLE. */
enum err c_modbus_link_finish(struct c_modbus_link *link, struct err_info *info) MUST_CHECK;

/* Sends a request. Errors: ERR_UNAVAILABLE (the link is lost, or does not take a few bytes). */
enum err c_modbus_link_send(struct c_modbus_link *link, const struct c_modbus_request *request, struct err_info *info) MUST_CHECK;

/*
 * What is there, without waiting: > 0 bytes, 0 nothing. *age_ns: how long ago the last of them came, where the kernel tells (connections), else
 * 0. Errors: ERR_UNAVAILABLE when the link is lost.
 */
enum err c_modbus_link_receive(struct c_modbus_link *link, struct c_modbus_room *room, int64_t *age_ns, struct err_info *info) MUST_CHECK;

/* How long `bytes` bytes take on a serial line, with the silence of 3.5 characters; 0 for connections. ns. */
int64_t c_modbus_link_time_ns(const struct c_modbus_link *link, size_t bytes) MUST_CHECK;

/* "192.0.2.7:502", "/dev/ttyUSB0 at 9600 baud, 8E1", for messages. */
void c_modbus_link_print(const struct plan_modbus_bus *plan, char out[static C_MODBUS_LINK_TEXT_BYTES]);

#endif

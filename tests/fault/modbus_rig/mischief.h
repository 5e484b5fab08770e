/* SPDX-License-Identifier: Apache-2.0 */
/* mischief: an honest answer, and what a bad unit or line makes of it: late, twice, torn, spoilt, under a wrong name, or not at all. */
#ifndef WATTLEDGER_FAULT_MODBUS_RIG_MISCHIEF_H
#define WATTLEDGER_FAULT_MODBUS_RIG_MISCHIEF_H

#include "line.h"
#include "modbus/adu.h"
#include "truth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MISCHIEF_PARTS_MAX = 4 };

/* Bytes that are put on the line at once, after the request. */
struct part {
	int64_t delay_ns;
	bool is_whole; /* it is the honest answer and nothing else, or the rest of it */
	size_t bytes;
	uint8_t byte[LINE_BYTES_MAX];
};

struct reply {
	size_t count; /* 0: nothing */
	struct part part[MISCHIEF_PARTS_MAX];
	bool is_dropped; /* the connection ends instead */
};

/* What is drawn from, and how far it goes. */
struct mischief {
	uint64_t state;
	int64_t delay_max_ns; /* of any part, from the request on */
	uint8_t unit_count;   /* of a bus: another unit's name is one of them */
};

/* 0 .. below - 1. */
uint64_t mischief_draw(struct mischief *mischief, uint64_t below);

/* The frame of the honest answer to a request: what its registers hold, or an exception (code > 0). Returns the bytes. */
size_t mischief_honest(const struct c_modbus_request *request, bool is_tcp, uint16_t transaction, const struct truth *truth, uint8_t code,
		       uint8_t *out);

/* A good unit (badness 0) answers within 20 ms; a bad one does so too, but for `badness` of 16 answers. */
void mischief_reply(struct mischief *mischief, const uint8_t *honest, size_t bytes, bool is_tcp, uint8_t badness, struct reply *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocks: which registers are asked for together. Pure. Spans are what the numbers need, never torn over two requests; blocks are the
 * requests: spans near each other, holes between them read in vain where that is cheaper than a request of their own.
 */
#ifndef WATTLEDGER_MODBUS_BLOCKS_H
#define WATTLEDGER_MODBUS_BLOCKS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_MODBUS_SPANS_MAX = 2048, C_MODBUS_ATOM_NONE = 0xFFFF };

struct c_modbus_span {
	uint8_t function;
	uint8_t count; /* registers */
	uint16_t address;
	uint16_t atom;   /* spans of one atom are read in one request; C_MODBUS_ATOM_NONE */
	uint16_t word;   /* where its registers are kept */
	bool is_refused; /* the unit says that it has no such registers */
	bool is_fresh;   /* read in this reading */
};

struct c_modbus_block {
	uint8_t function;
	uint8_t count;
	uint16_t address;
	uint16_t first; /* spans first .. first + span_count - 1 */
	uint16_t span_count;
};

/* What a family allows; borrowed. */
struct c_modbus_limits {
	uint8_t max_registers; /* 1..125 */
	uint8_t hole_max;
	uint8_t barrier_count;
	const uint16_t *barrier; /* addresses that no request goes across */
};

struct c_modbus_blocks {
	struct c_modbus_span *span; /* sorted by function and address once made */
	size_t span_count;
	size_t span_capacity;
	struct c_modbus_block *block; /* in the order in which they are asked */
	size_t block_count;
	size_t block_capacity;
	size_t word_count;
};

/* Frees both lists; it is empty then. */
void c_modbus_blocks_deinit(struct c_modbus_blocks *blocks);

/* Adds what is needed; the same registers twice are one. Errors: ERR_MEMORY, ERR_LIMIT, ERR_DATA (it goes beyond 65535). */
enum err c_modbus_blocks_add(struct c_modbus_blocks *blocks, const struct c_modbus_span *span) MUST_CHECK;

/*
 * Sorts the spans, gives them their words and makes the blocks anew, without refused spans. Neighbours in order have different lengths
 * where that can be had, so that a late answer to one is no answer to the next. Errors: ERR_MEMORY.
 */
enum err c_modbus_blocks_make(struct c_modbus_blocks *blocks, const struct c_modbus_limits *limits) MUST_CHECK;

/* The span of these registers; NULL when there is none. */
struct c_modbus_span *c_modbus_blocks_find(const struct c_modbus_blocks *blocks, uint8_t function, uint16_t address,
					   uint8_t count) MUST_CHECK;

/*
 * A block was refused: it becomes two, in its place and behind it, or, when it is one span, that span is refused and the block empty
 * (span_count 0). Errors: ERR_MEMORY.
 */
enum err c_modbus_blocks_split(struct c_modbus_blocks *blocks, size_t number) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/blocks.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void c_modbus_blocks_deinit(struct c_modbus_blocks *blocks)
{
	mem_free(blocks->span);
	mem_free(blocks->block);
	*blocks = (struct c_modbus_blocks){0};
}

struct c_modbus_span *c_modbus_blocks_find(const struct c_modbus_blocks *blocks, uint8_t function, uint16_t address, uint8_t count)
{
	for (size_t i = 0; i < blocks->span_count; i++) {
		struct c_modbus_span *span = &blocks->span[i];

		if (span->function == function && span->address == address && span->count == count)
			return span;
	}
	return NULL;
}

enum err c_modbus_blocks_add(struct c_modbus_blocks *blocks, const struct c_modbus_span *span)
{
	struct c_modbus_span *known = c_modbus_blocks_find(blocks, span->function, span->address, span->count);
	void *array = blocks->span;
	enum err err;

	if (span->address + span->count > UINT16_MAX + 1)
		return ERR_DATA;
	if (known != NULL) {
		if (known->atom == C_MODBUS_ATOM_NONE)
			known->atom = span->atom;
		return ERR_NONE;
	}
	err = mem_grow(&array, &blocks->span_capacity, blocks->span_count, C_MODBUS_SPANS_MAX, sizeof *blocks->span);
	blocks->span = array;
	if (err == ERR_NONE)
		blocks->span[blocks->span_count++] = *span;
	return err;
}

static int compare_spans(const void *left, const void *right)
{
	const struct c_modbus_span *a = left;
	const struct c_modbus_span *b = right;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->count < b->count ? -1 : a->count > b->count;
}

static uint32_t end_of(const struct c_modbus_span *span)
{
	return (uint32_t)span->address + span->count;
}

/* Where the last span of an atom ends that begins with span `first`. */
static uint32_t end_of_atom(const struct c_modbus_blocks *blocks, size_t first)
{
	const struct c_modbus_span *span = &blocks->span[first];
	uint32_t end = end_of(span);

	for (size_t i = first + 1; span->atom != C_MODBUS_ATOM_NONE && i < blocks->span_count; i++)
		if (blocks->span[i].atom == span->atom && blocks->span[i].function == span->function && end_of(&blocks->span[i]) > end)
			end = end_of(&blocks->span[i]);
	return end;
}

static bool has_atom(const struct c_modbus_blocks *blocks, const struct c_modbus_block *block, uint16_t atom)
{
	for (size_t i = block->first; atom != C_MODBUS_ATOM_NONE && i < (size_t)block->first + block->span_count; i++)
		if (blocks->span[i].atom == atom)
			return true;
	return false;
}

/* true when the span may join the block. */
static bool fits(const struct c_modbus_blocks *blocks, const struct c_modbus_block *block, size_t number,
		 const struct c_modbus_limits *limits)
{
	const struct c_modbus_span *span = &blocks->span[number];
	uint32_t block_end = (uint32_t)block->address + block->count;
	uint32_t end = end_of(span) > block_end ? end_of(span) : block_end;
	bool is_of_atom = has_atom(blocks, block, span->atom);

	if (span->function != block->function)
		return false;
	if ((is_of_atom ? end : end_of_atom(blocks, number)) - block->address > limits->max_registers)
		return false;
	if (!is_of_atom && span->address > block_end + limits->hole_max)
		return false;
	for (size_t i = 0; i < limits->barrier_count; i++)
		if (limits->barrier[i] >= block->address && limits->barrier[i] < end)
			return false;
	return true;
}

static enum err append(struct c_modbus_blocks *blocks, const struct c_modbus_block *block)
{
	void *array = blocks->block;
	enum err err = mem_grow(&array, &blocks->block_capacity, blocks->block_count, C_MODBUS_SPANS_MAX, sizeof *blocks->block);

	blocks->block = array;
	if (err == ERR_NONE)
		blocks->block[blocks->block_count++] = *block;
	return err;
}

static void extend(struct c_modbus_block *block, const struct c_modbus_span *span)
{
	uint32_t end = end_of(span);

	if (end > (uint32_t)block->address + block->count)
		block->count = (uint8_t)(end - block->address);
	block->span_count++;
}

static bool is_twin(const struct c_modbus_block *a, const struct c_modbus_block *b)
{
	return a->function == b->function && a->count == b->count;
}

/* Bubbles the next block of another length forward wherever two of one length follow each other. */
static void mix(struct c_modbus_blocks *blocks)
{
	for (size_t i = 1; i < blocks->block_count; i++) {
		size_t other = i;

		while (other < blocks->block_count && is_twin(&blocks->block[i - 1], &blocks->block[other]))
			other++;
		if (other == i || other == blocks->block_count)
			continue;
		struct c_modbus_block kept = blocks->block[other];
		memmove(&blocks->block[i + 1], &blocks->block[i], (other - i) * sizeof kept);
		blocks->block[i] = kept;
	}
}

enum err c_modbus_blocks_make(struct c_modbus_blocks *blocks, const struct c_modbus_limits *limits)
{
	struct c_modbus_block block = {0};
	enum err err = ERR_NONE;

	blocks->block_count = 0;
	blocks->word_count = 0;
	if (blocks->span_count > 0)
		qsort(blocks->span, blocks->span_count, sizeof *blocks->span, compare_spans);
	for (size_t i = 0; i < blocks->span_count && err == ERR_NONE; i++) {
		const struct c_modbus_span *span = &blocks->span[i];

		blocks->span[i].word = (uint16_t)blocks->word_count;
		blocks->word_count += span->count;
		if (span->is_refused)
			continue;
		if (block.span_count > 0 && block.first + block.span_count == i && fits(blocks, &block, i, limits)) {
			extend(&block, span);
			continue;
		}
		if (block.span_count > 0)
			err = append(blocks, &block);
		block = (struct c_modbus_block){span->function, span->count, span->address, (uint16_t)i, 1};
	}
	if (err == ERR_NONE && block.span_count > 0)
		err = append(blocks, &block);
	mix(blocks);
	return err;
}

/* The block over spans first .. first + count - 1. */
static struct c_modbus_block cover(const struct c_modbus_blocks *blocks, size_t first, size_t count)
{
	const struct c_modbus_span *span = &blocks->span[first];
	struct c_modbus_block block = {span->function, span->count, span->address, (uint16_t)first, 1};

	for (size_t i = 1; i < count; i++)
		extend(&block, &blocks->span[first + i]);
	return block;
}

enum err c_modbus_blocks_split(struct c_modbus_blocks *blocks, size_t number)
{
	struct c_modbus_block *block = &blocks->block[number];
	size_t half = block->span_count / 2u;
	struct c_modbus_block second;
	enum err err;

	if (block->span_count <= 1) {
		blocks->span[block->first].is_refused = true;
		block->span_count = 0;
		return ERR_NONE;
	}
	second = cover(blocks, block->first + half, block->span_count - half);
	err = append(blocks, &second);
	if (err != ERR_NONE)
		return err;
	block = &blocks->block[number];
	*block = cover(blocks, block->first, half);
	memmove(&blocks->block[number + 2], &blocks->block[number + 1], (blocks->block_count - number - 2) * sizeof second);
	blocks->block[number + 1] = second;
	return ERR_NONE;
}

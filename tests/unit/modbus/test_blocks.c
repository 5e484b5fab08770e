/* SPDX-License-Identifier: Apache-2.0 */
/* Which registers are asked for together. */
#include "modbus/blocks.h"

#include <criterion/criterion.h>

static const uint16_t barrier[] = {77};
static const struct c_modbus_limits limits = {.max_registers = 10, .hole_max = 2, .barrier_count = 1, .barrier = barrier};

static void add(struct c_modbus_blocks *blocks, uint8_t function, uint16_t address, uint8_t count)
{
	struct c_modbus_span span = {.function = function, .address = address, .count = count, .atom = C_MODBUS_ATOM_NONE};

	cr_assert_eq(c_modbus_blocks_add(blocks, &span), ERR_NONE);
}

static void make(struct c_modbus_blocks *blocks)
{
	cr_assert_eq(c_modbus_blocks_make(blocks, &limits), ERR_NONE);
}

static void expect_block(const struct c_modbus_blocks *blocks, size_t at, uint16_t address, uint8_t count)
{
	cr_assert_lt(at, blocks->block_count);
	cr_expect_eq(blocks->block[at].address, address, "block %zu begins at %u", at, (unsigned)blocks->block[at].address);
	cr_expect_eq(blocks->block[at].count, count, "block %zu has %u", at, (unsigned)blocks->block[at].count);
}

Test(blocks, small_holes_are_read_and_large_ones_are_not)
{
	struct c_modbus_blocks blocks = {0};

	add(&blocks, 3, 20, 1);
	add(&blocks, 3, 10, 2);
	add(&blocks, 3, 14, 2);
	make(&blocks);
	cr_assert_eq(blocks.block_count, 2);
	expect_block(&blocks, 0, 10, 6);
	expect_block(&blocks, 1, 20, 1);
	c_modbus_blocks_deinit(&blocks);
}

Test(blocks, no_value_is_torn_over_two_requests)
{
	struct c_modbus_blocks blocks = {0};

	for (uint16_t i = 0; i < 6; i++)
		add(&blocks, 3, (uint16_t)(100 + 4 * i), 4);
	make(&blocks);
	/* 10 registers hold two values of four */
	cr_assert_eq(blocks.block_count, 3);
	for (size_t i = 0; i < 3; i++)
		expect_block(&blocks, i, (uint16_t)(100 + 8 * i), 8);
	c_modbus_blocks_deinit(&blocks);
}

Test(blocks, functions_and_barriers_divide)
{
	struct c_modbus_blocks blocks = {0};

	add(&blocks, 3, 76, 1);
	add(&blocks, 3, 78, 1);
	add(&blocks, 4, 76, 1);
	make(&blocks);
	cr_expect_eq(blocks.block_count, 3);
	c_modbus_blocks_deinit(&blocks);
}

Test(blocks, an_atom_is_one_request_over_any_hole)
{
	struct c_modbus_blocks blocks = {0};
	struct c_modbus_span first = {.function = 3, .address = 10, .count = 2, .atom = 1};
	struct c_modbus_span second = {.function = 3, .address = 18, .count = 2, .atom = 1};

	add(&blocks, 3, 8, 1);
	cr_assert_eq(c_modbus_blocks_add(&blocks, &first), ERR_NONE);
	cr_assert_eq(c_modbus_blocks_add(&blocks, &second), ERR_NONE);
	make(&blocks);
	/* with register 8 the atom would pass the ten that a request may have */
	cr_assert_eq(blocks.block_count, 2);
	expect_block(&blocks, 0, 8, 1);
	expect_block(&blocks, 1, 10, 10);
	c_modbus_blocks_deinit(&blocks);
}

Test(blocks, the_same_registers_are_kept_once)
{
	struct c_modbus_blocks blocks = {0};

	add(&blocks, 3, 10, 2);
	add(&blocks, 3, 10, 2);
	make(&blocks);
	cr_expect_eq(blocks.span_count, 1);
	cr_expect_eq(blocks.word_count, 2);
	c_modbus_blocks_deinit(&blocks);
}

Test(blocks, neighbours_in_order_have_different_lengths_where_they_can)
{
	struct c_modbus_blocks blocks = {0};

	add(&blocks, 3, 10, 2);
	add(&blocks, 3, 30, 2);
	add(&blocks, 3, 50, 4);
	make(&blocks);
	expect_block(&blocks, 0, 10, 2);
	expect_block(&blocks, 1, 50, 4);
	expect_block(&blocks, 2, 30, 2);
	c_modbus_blocks_deinit(&blocks);
}

Test(blocks, a_refused_block_is_halved_until_the_register_is_found)
{
	struct c_modbus_blocks blocks = {0};

	for (uint16_t i = 0; i < 4; i++)
		add(&blocks, 3, (uint16_t)(10 + 2 * i), 2);
	make(&blocks);
	cr_assert_eq(blocks.block_count, 1);
	cr_assert_eq(c_modbus_blocks_split(&blocks, 0), ERR_NONE);
	cr_assert_eq(blocks.block_count, 2);
	expect_block(&blocks, 0, 10, 4);
	expect_block(&blocks, 1, 14, 4);
	cr_assert_eq(c_modbus_blocks_split(&blocks, 1), ERR_NONE);
	cr_assert_eq(c_modbus_blocks_split(&blocks, 2), ERR_NONE);
	cr_expect_eq(blocks.block[2].span_count, 0);
	cr_expect(blocks.span[3].is_refused);
	/* made anew, it is left out */
	make(&blocks);
	cr_assert_eq(blocks.block_count, 1);
	expect_block(&blocks, 0, 10, 6);
	c_modbus_blocks_deinit(&blocks);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over SunSpec models, against a table of registers. */
#include "modbus/chain.h"

#include <criterion/criterion.h>

static uint16_t table[65536];

static void put(uint16_t address, uint16_t high, uint16_t low)
{
	table[address] = high;
	table[address + 1] = low;
}

/* Walks; returns the number of requests. */
static int walk(struct c_modbus_chain *chain)
{
	struct c_modbus_request request;
	int count = 0;

	for (; count < 1000 && c_modbus_chain_next(chain, &request); count++) {
		uint16_t a = table[request.address];
		uint16_t b = table[request.address + 1];
		const uint8_t data[4] = {(uint8_t)(a >> 8), (uint8_t)a, (uint8_t)(b >> 8), (uint8_t)b};

		cr_assert_eq(request.count, 2);
		c_modbus_chain_take(chain, data);
	}
	return count;
}

Test(chain, models_are_found_behind_the_marker)
{
	struct c_modbus_chain chain = {0};

	put(40000, 0x5375, 0x6E53);
	put(40002, 1, 66);
	put(40070, 203, 105);
	put(40177, 0xFFFF, 0);
	cr_expect_eq(walk(&chain), 4);
	cr_expect_eq(c_modbus_chain_find(&chain, 1), 40002);
	cr_expect_eq(c_modbus_chain_find(&chain, 203), 40070);
	cr_expect_eq(c_modbus_chain_find(&chain, 103), -1);
}

Test(chain, the_marker_is_looked_for_in_three_places)
{
	struct c_modbus_chain chain = {0};

	put(50000, 0x5375, 0x6E53);
	put(50002, 0xFFFF, 0);
	cr_expect_eq(walk(&chain), 4);
	cr_expect(chain.has_marker);
}

Test(chain, no_marker_ends_the_walk)
{
	struct c_modbus_chain chain = {0};

	cr_expect_eq(walk(&chain), 3);
	cr_expect_not(chain.has_marker);
}

Test(chain, an_endless_or_empty_chain_ends)
{
	struct c_modbus_chain chain = {0};
	struct c_modbus_chain empty = {0};

	for (uint32_t i = 2; i < 65000; i += 2)
		put((uint16_t)i, 7, 2);
	put(0, 0x5375, 0x6E53);
	put(40000, 0, 0);
	cr_expect_lt(walk(&chain), 100);
	put(2, 7, 0);
	(void)walk(&empty);
	cr_expect_eq(empty.model_count, 0);
}

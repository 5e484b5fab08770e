/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/walk.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct plan_oid column[] = {{.length = 4, .id = {1, 3, 6, 10}}, {.length = 4, .id = {1, 3, 6, 20}}};
static struct c_snmp_reply reply;

static void clear(void)
{
	memset(&reply, 0, sizeof reply);
}

TestSuite(walk, .init = clear);

/* Adds 1.3.6.COLUMN.ROW = ROW to the reply. */
static void add(uint32_t last, uint32_t row)
{
	struct c_snmp_varbind *varbind = &reply.varbind[reply.varbind_count++];

	*varbind = (struct c_snmp_varbind){.name = {1, 3, 6, last, row}, .name_length = 5};
	varbind->raw = (struct c_snmp_raw){.kind = C_SNMP_SIGNED, .number = row};
}

static void add_end(void)
{
	struct c_snmp_varbind *varbind = &reply.varbind[reply.varbind_count++];

	*varbind = (struct c_snmp_varbind){.name = {1, 3, 6, 99}, .name_length = 4, .is_end = true};
}

Test(walk, reads_two_columns_side_by_side_to_their_ends)
{
	struct c_snmp_table *table = c_snmp_table_new(2);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 2, table, 10);
	struct c_snmp_request request;

	c_snmp_walk_next(walk, &request);
	cr_expect_eq(request.command, C_SNMP_GETBULK);
	cr_expect_eq(request.repetitions, 10);
	cr_expect_eq(request.oid_count, 2);
	add(10, 1), add(20, 1), add(10, 2), add(20, 2), add(20, 1), add_end();
	/* The first column ran into the second, which ended the MIB. */
	cr_expect_eq(c_snmp_walk_take(walk, &reply), C_SNMP_WALK_DONE);
	cr_expect_eq(c_snmp_table_count(table, 0), 2);
	cr_expect_eq(c_snmp_table_count(table, 1), 2);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, goes_on_behind_the_last_name_seen)
{
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 2);
	struct c_snmp_request request;

	c_snmp_walk_next(walk, &request);
	add(10, 1), add(10, 2);
	cr_expect_eq(c_snmp_walk_take(walk, &reply), C_SNMP_WALK_MORE);
	c_snmp_walk_next(walk, &request);
	cr_assert_eq(request.oid_count, 1);
	cr_expect_eq(request.oid[0].length, 5);
	cr_expect_eq(request.oid[0].id[4], 2);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, without_repetitions_it_asks_by_getnext)
{
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 0);
	struct c_snmp_request request;

	c_snmp_walk_next(walk, &request);
	cr_expect_eq(request.command, C_SNMP_GETNEXT);
	/* v1: noSuchName is the end of the MIB */
	reply.error_status = C_SNMP_NO_SUCH_NAME;
	reply.error_index = 1;
	cr_expect_eq(c_snmp_walk_take(walk, &reply), C_SNMP_WALK_DONE);
	cr_expect_eq(c_snmp_walk_repetitions(walk), 0);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, a_repeated_name_is_a_lie)
{
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 10);
	struct c_snmp_request request;

	c_snmp_walk_next(walk, &request);
	add(10, 1), add(10, 1);
	cr_expect_eq(c_snmp_walk_take(walk, &reply), C_SNMP_WALK_LYING);
	cr_expect_str_eq(c_snmp_walk_reason(walk), "names in a walk do not increase");
	cr_expect_eq(c_snmp_table_count(table, 0), 1);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, a_decreasing_name_is_a_lie_even_outside_the_column)
{
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 10);
	struct c_snmp_request request;

	c_snmp_walk_next(walk, &request);
	add(10, 5), add(9, 1);
	cr_expect_eq(c_snmp_walk_take(walk, &reply), C_SNMP_WALK_LYING);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, an_empty_answer_is_a_lie)
{
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 10);
	struct c_snmp_request request;

	c_snmp_walk_next(walk, &request);
	cr_expect_eq(c_snmp_walk_take(walk, &reply), C_SNMP_WALK_LYING);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, an_endless_table_ends_at_the_limit_of_cells)
{
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 50);
	enum c_snmp_walk_status status = C_SNMP_WALK_MORE;
	struct c_snmp_request request;
	uint32_t row = 0;

	while (status == C_SNMP_WALK_MORE) {
		c_snmp_walk_next(walk, &request);
		reply.varbind_count = 0;
		for (int i = 0; i < 50; i++)
			add(10, ++row);
		status = c_snmp_walk_take(walk, &reply);
	}
	cr_expect_eq(status, C_SNMP_WALK_LIMIT);
	cr_expect_eq(c_snmp_table_count(table, 0), C_SNMP_TABLE_CELLS_MAX);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, long_texts_end_at_the_limit_of_bytes)
{
	static uint8_t text[1000];
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 50);
	enum c_snmp_walk_status status = C_SNMP_WALK_MORE;
	struct c_snmp_request request;
	uint32_t row = 0;

	while (status == C_SNMP_WALK_MORE) {
		c_snmp_walk_next(walk, &request);
		reply.varbind_count = 0;
		add(10, ++row);
		reply.varbind[0].raw = (struct c_snmp_raw){.kind = C_SNMP_TEXT, .text = text, .text_bytes = sizeof text};
		status = c_snmp_walk_take(walk, &reply);
	}
	cr_expect_eq(status, C_SNMP_WALK_LIMIT);
	/* 2 MiB of texts of 1,000 bytes with an index of 4 */
	cr_expect_eq(c_snmp_table_count(table, 0), C_SNMP_TABLE_BYTES_MAX / 1004);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, one_row_at_a_time_for_ever_ends_at_the_limit_of_requests)
{
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 50);
	enum c_snmp_walk_status status = C_SNMP_WALK_MORE;
	struct c_snmp_request request;
	uint32_t row = 0;

	while (status == C_SNMP_WALK_MORE) {
		c_snmp_walk_next(walk, &request);
		reply.varbind_count = 0;
		add(10, ++row);
		status = c_snmp_walk_take(walk, &reply);
	}
	cr_expect_eq(status, C_SNMP_WALK_LIMIT);
	cr_expect_eq(row, C_SNMP_WALK_REQUESTS_MAX + 1);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, too_big_halves_the_rows_then_the_columns_then_gives_up)
{
	struct c_snmp_table *table = c_snmp_table_new(2);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 2, table, 4);
	enum c_snmp_walk_status status = C_SNMP_WALK_MORE;
	struct c_snmp_request request = {0};
	size_t asked[16] = {0};
	size_t count = 0;

	reply.error_status = C_SNMP_TOO_BIG;
	while (status == C_SNMP_WALK_MORE && count < 16) {
		c_snmp_walk_next(walk, &request);
		asked[count++] = request.repetitions * request.oid_count;
		status = c_snmp_walk_take(walk, &reply);
	}
	/* 4, 2, 1 rows of 2 columns; then 8 -> 4 -> 2 -> 1 columns at once: 2, 2, 2, 1 */
	cr_expect_eq(asked[0], 8);
	cr_expect_eq(asked[1], 4);
	cr_expect_eq(asked[2], 2);
	cr_expect_eq(asked[count - 1], 1);
	cr_expect_eq(status, C_SNMP_WALK_REFUSED);
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

Test(walk, a_lost_answer_shrinks_the_next_request)
{
	struct c_snmp_table *table = c_snmp_table_new(1);
	struct c_snmp_walk *walk = c_snmp_walk_new(column, 1, table, 24);

	cr_expect(c_snmp_walk_shrink(walk));
	cr_expect_eq(c_snmp_walk_repetitions(walk), 12);
	cr_expect(c_snmp_walk_shrink(walk) && c_snmp_walk_shrink(walk) && c_snmp_walk_shrink(walk));
	cr_expect_eq(c_snmp_walk_repetitions(walk), 1);
	cr_expect_not(c_snmp_walk_shrink(walk));
	c_snmp_walk_free(walk);
	c_snmp_table_free(table);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(buf, is_empty_text_at_first)
{
	struct buf buf;

	buf_init(&buf, 10);
	cr_assert_str_eq(buf_text(&buf), "");
	cr_assert_null(buf.data);
	buf_deinit(&buf);
}

Test(buf, additions_follow_each_other)
{
	struct buf buf;

	buf_init(&buf, 1000);
	buf_add_text(&buf, "a=");
	buf_add_i64(&buf, INT64_MIN);
	buf_add_char(&buf, ',');
	buf_add_u64(&buf, UINT64_MAX);
	buf_add_format(&buf, ",%s-%d", "x", 5);
	buf_add(&buf, "yz!", 2);
	cr_assert_str_eq(buf_text(&buf), "a=-9223372036854775808,18446744073709551615,x-5yz");
	cr_assert_eq(buf.bytes, strlen(buf_text(&buf)));
	cr_assert_not(buf.is_failed);
	buf_deinit(&buf);
}

Test(buf, holds_exactly_its_bound)
{
	struct buf buf;

	buf_init(&buf, 4);
	buf_add_text(&buf, "abcd");
	cr_assert_not(buf.is_failed);
	cr_assert_eq(buf.capacity_bytes, 5);
	buf_add_char(&buf, 'e');
	cr_assert(buf.is_failed);
	cr_assert_str_eq(buf_text(&buf), "abcd");
	buf_deinit(&buf);
}

Test(buf, nothing_of_a_failed_addition_is_kept)
{
	struct buf buf;

	buf_init(&buf, 4);
	buf_add_text(&buf, "ab");
	buf_add_text(&buf, "cde");
	buf_add_format(&buf, "%d", 1);
	buf_add_char(&buf, 'x');
	cr_assert(buf.is_failed);
	cr_assert_str_eq(buf_text(&buf), "ab");
	buf_deinit(&buf);
}

Test(buf, clear_takes_the_failure_away_and_keeps_the_memory)
{
	struct buf buf;
	const char *data;

	buf_init(&buf, 4);
	buf_add_text(&buf, "ab");
	data = buf.data;
	buf_add_text(&buf, "cde");
	buf_clear(&buf);
	cr_assert_not(buf.is_failed);
	cr_assert_str_eq(buf_text(&buf), "");
	buf_add_text(&buf, "wxyz");
	cr_assert_str_eq(buf_text(&buf), "wxyz");
	cr_assert_eq(buf.data, data);
	buf_deinit(&buf);
}

Test(buf, grows_over_many_additions)
{
	struct buf buf;

	buf_init(&buf, 100000);
	for (int i = 0; i < 10000; i++)
		buf_add_text(&buf, "0123456789");
	cr_assert_not(buf.is_failed);
	cr_assert_eq(buf.bytes, 100000);
	cr_assert_eq(strlen(buf_text(&buf)), 100000);
	buf_add_char(&buf, '!');
	cr_assert(buf.is_failed);
	buf_deinit(&buf);
}

Test(buf, take_hands_over_and_empties)
{
	struct buf buf;
	size_t bytes = 0;
	char *taken;

	buf_init(&buf, 10);
	buf_add_text(&buf, "abc");
	taken = buf_take(&buf, &bytes);
	cr_assert_str_eq(taken, "abc");
	cr_assert_eq(bytes, 3);
	cr_assert_null(buf.data);
	cr_assert_eq(buf.max_bytes, 10);
	mem_free(taken);
	buf_deinit(&buf);
}

Test(buf, take_of_nothing_is_an_empty_string)
{
	struct buf buf;
	size_t bytes = 9;
	char *taken;

	buf_init(&buf, 0);
	taken = buf_take(&buf, &bytes);
	cr_assert_str_eq(taken, "");
	cr_assert_eq(bytes, 0);
	mem_free(taken);
}

Test(buf, take_of_a_failed_buffer_is_null)
{
	struct buf buf;

	buf_init(&buf, 2);
	buf_add_text(&buf, "abc");
	cr_assert_null(buf_take(&buf, NULL));
	buf_deinit(&buf);
}

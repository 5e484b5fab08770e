/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/order.h"

#include <criterion/criterion.h>
#include <string.h>

Test(order, fields_come_apart_as_they_were_put)
{
	struct err_info info = {0};
	char *field[4];
	size_t count;
	struct buf line;

	buf_init(&line, ORDER_BYTES_MAX);
	order_add(&line, "seal");
	order_add(&line, NULL);
	order_add(&line, "two\twords\n");
	cr_assert_eq(order_split(line.data, field, 4, &count, &info), ERR_NONE);
	cr_assert_eq(count, 3);
	cr_expect_str_eq(field[0], "seal");
	cr_expect_str_eq(field[1], "");
	cr_expect_str_eq(field[2], "two words ");
	buf_deinit(&line);
}

Test(order, too_many_fields_are_refused)
{
	struct err_info info = {0};
	char line[] = "a\tb\tc";
	char *field[2];
	size_t count;

	cr_expect_eq(order_split(line, field, 2, &count, &info), ERR_DATA);
}

Test(order, an_answer_is_its_text_or_its_error)
{
	struct err_info failed = {.code = ERR_DATA, .text = "not over yet"};
	struct err_info info = {0};
	struct buf answer;
	struct buf text;

	buf_init(&answer, ORDER_ANSWER_BYTES_MAX);
	buf_init(&text, ORDER_ANSWER_BYTES_MAX);
	order_answer(&answer, ERR_NONE, &failed, "done\nand well\n");
	cr_expect_eq(order_take_answer(buf_text(&answer), &text, &info), ERR_NONE);
	cr_expect_str_eq(buf_text(&text), "done\nand well\n");
	buf_clear(&answer);
	order_answer(&answer, ERR_DATA, &failed, "");
	cr_expect_eq(order_take_answer(buf_text(&answer), &text, &info), ERR_DATA);
	cr_expect_str_eq(info.text, "not over yet");
	buf_deinit(&answer);
	buf_deinit(&text);
}

Test(order, what_is_no_answer_is_told)
{
	static const char *const TEXTS[] = {"", "0", "{\"error\":1}\n", "99 strange\n", "-1 strange\n"};
	struct err_info info = {0};
	struct buf text;

	buf_init(&text, ORDER_ANSWER_BYTES_MAX);
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		cr_expect_eq(order_take_answer(TEXTS[i], &text, &info), ERR_DATA, "%zu", i);
	buf_deinit(&text);
}

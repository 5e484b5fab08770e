/* SPDX-License-Identifier: Apache-2.0 */
#include "output/parcel.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { SCRATCH_BYTES = 1 << 20, STEPS_MAX = 5000 };

static void open_parcel(struct parcel *parcel, const char *data)
{
	struct err_info info = {0};

	cr_assert_eq(parcel_init(parcel, data, strlen(data), &info), ERR_NONE, "%s", info.text);
}

static void expect_body(const struct parcel *parcel, const char *expected)
{
	struct buf scratch;
	const char *body;
	size_t bytes;

	buf_init(&scratch, SCRATCH_BYTES);
	body = parcel_body(parcel, &scratch, &bytes);
	cr_assert_not_null(body);
	cr_expect_eq(bytes, strlen(expected));
	cr_expect_arr_eq(body, expected, bytes);
	buf_deinit(&scratch);
}

static struct refusal refusal_of(const char *body)
{
	struct refusal refusal;

	refusal_read(&refusal, body, strlen(body));
	return refusal;
}

Test(parcel, data_has_to_be_whole_lines)
{
	struct parcel parcel;

	cr_expect_eq(parcel_init(&parcel, "", 0, NULL), ERR_DATA);
	cr_expect_eq(parcel_init(&parcel, "a v=1", 5, NULL), ERR_DATA);
	cr_expect_eq(parcel_init(&parcel, "a v=1\n\n", 7, NULL), ERR_DATA);
	cr_expect_eq(parcel_init(&parcel, "\n", 1, NULL), ERR_DATA);
}

Test(parcel, what_is_stored_whole_is_done)
{
	struct parcel parcel;

	open_parcel(&parcel, "a\nb\n");
	cr_expect_eq(parcel.line_count, 2);
	expect_body(&parcel, "a\nb\n");
	parcel_note_stored(&parcel);
	cr_expect(parcel_is_done(&parcel));
	cr_expect_eq(parcel.refused_count, 0);
	parcel_deinit(&parcel);
}

Test(parcel, named_lines_are_taken_off_and_the_rest_is_sent_again)
{
	struct refusal refusal = refusal_of("{\"error\":\"partial write: unable to parse 'b': missing fields dropped=0\"}");
	struct parcel parcel;
	uint32_t line[4];

	open_parcel(&parcel, "a\nb\nc\n");
	cr_expect_eq(parcel_note_refused(&parcel, &refusal, NULL), ERR_NONE);
	expect_body(&parcel, "a\nc\n");
	parcel_note_stored(&parcel);
	cr_expect(parcel_is_done(&parcel));
	cr_expect_eq(parcel_refused_lines(&parcel, line, 4), 1);
	cr_expect_eq(line[0], 1);
	parcel_deinit(&parcel);
}

Test(parcel, a_store_that_dropped_all_is_believed)
{
	struct refusal refusal = refusal_of("{\"error\":\"partial write: points beyond retention policy dropped=3\"}");
	struct parcel parcel;

	open_parcel(&parcel, "a\nb\nc\n");
	cr_expect_eq(parcel_note_refused(&parcel, &refusal, NULL), ERR_NONE);
	cr_expect(parcel_is_done(&parcel));
	cr_expect_eq(parcel.refused_count, 3);
	parcel_deinit(&parcel);
}

/* Three lines match the words, but the store dropped two: field types are kept by shard, so it has to be found out. */
Test(parcel, a_conflict_that_names_more_than_was_dropped_is_halved)
{
	struct refusal refusal = refusal_of(
	    "{\"error\":\"field type conflict: input field \\\"v\\\" on measurement \\\"a\\\" is type float, already exists as type "
	    "integer dropped=2\"}");
	struct parcel parcel;

	open_parcel(&parcel, "a v=1 1\na v=1 2\na v=1 3\na v=1i 4\n");
	cr_expect_eq(parcel_note_refused(&parcel, &refusal, NULL), ERR_NONE);
	expect_body(&parcel, "a v=1 1\na v=1 2\n");
	cr_expect_eq(parcel_note_refused(&parcel, &refusal, NULL), ERR_NONE);
	expect_body(&parcel, "a v=1 3\na v=1i 4\n");
	parcel_note_stored(&parcel);
	cr_expect(parcel_is_done(&parcel));
	cr_expect_eq(parcel.refused_count, 2);
	parcel_deinit(&parcel);
}

Test(parcel, too_big_is_halved_and_a_single_line_that_is_too_big_is_refused)
{
	struct parcel parcel;
	uint32_t line[4];

	open_parcel(&parcel, "aaaa\nbb\nc\n");
	cr_expect_eq(parcel_note_too_big(&parcel, NULL), ERR_NONE);
	expect_body(&parcel, "aaaa\n");
	cr_expect_eq(parcel_note_too_big(&parcel, NULL), ERR_NONE);
	expect_body(&parcel, "bb\nc\n");
	parcel_note_stored(&parcel);
	cr_expect(parcel_is_done(&parcel));
	cr_expect_eq(parcel_refused_lines(&parcel, line, 4), 1);
	cr_expect_eq(line[0], 0);
	parcel_deinit(&parcel);
}

/* A store that says nothing: each of 1000 lines is sent until exactly the bad ones (every 97th) are known, in a bounded number of steps. */
Test(parcel, halving_finds_exactly_the_bad_lines_and_ends)
{
	struct refusal refusal = refusal_of("{\"error\":\"line protocol poorly formed\"}");
	struct parcel parcel;
	struct buf data, scratch;
	uint32_t line[256];
	uint32_t count;
	uint32_t i;
	int steps = 0;

	buf_init(&data, SCRATCH_BYTES);
	buf_init(&scratch, SCRATCH_BYTES);
	for (i = 0; i < 1000; i++)
		buf_add_format(&data, "%s v=%ui\n", i % 97 == 0 ? "bad" : "good", i);
	open_parcel(&parcel, buf_text(&data));
	while (!parcel_is_done(&parcel)) {
		size_t bytes;
		const char *body = parcel_body(&parcel, &scratch, &bytes);

		cr_assert_lt(steps++, STEPS_MAX);
		cr_assert_gt(bytes, 0);
		if (memmem(body, bytes, "bad", 3) == NULL)
			parcel_note_stored(&parcel);
		else
			cr_assert_eq(parcel_note_refused(&parcel, &refusal, NULL), ERR_NONE);
	}
	count = parcel_refused_lines(&parcel, line, 256);
	cr_expect_eq(count, 11); /* 0, 97, ... 970 */
	for (i = 0; i < count; i++)
		cr_expect_eq(line[i], i * 97);
	/* 11 bad lines x 2 requests for each of 10 halvings at most */
	cr_expect_leq(steps, 220);
	parcel_deinit(&parcel);
	buf_deinit(&data);
	buf_deinit(&scratch);
}

Test(parcel, a_body_that_cannot_be_made_is_null)
{
	struct refusal refusal = refusal_of("{\"error\":\"unable to parse 'b'\"}");
	struct parcel parcel;
	struct buf scratch;
	size_t bytes;

	open_parcel(&parcel, "a\nb\nc\n");
	cr_expect_eq(parcel_note_refused(&parcel, &refusal, NULL), ERR_NONE);
	buf_init(&scratch, 1);
	cr_expect_null(parcel_body(&parcel, &scratch, &bytes));
	buf_deinit(&scratch);
	parcel_deinit(&parcel);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/points.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { ALL, MINUTE, SLOTS, OUTPUTS };

static struct plan_output outputs[OUTPUTS] = {
    [ALL] = {.name = "all", .send = OUTPUT_SEND_ALL},
    [MINUTE] = {.name = "minute", .send = OUTPUT_SEND_MINUTE},
    [SLOTS] = {.name = "slots", .send = OUTPUT_SEND_SLOTS},
};
static const struct plan_core plan = {.output = outputs, .output_count = OUTPUTS};
static struct points points;
static struct buf line;

static void begin(void)
{
	struct err_info info = {0};

	cr_assert_eq(points_init(&points, &plan, &info), ERR_NONE, "%s", info.text);
	buf_init(&line, 8 << 20);
}

static void end(void)
{
	buf_deinit(&line);
	points_deinit(&points);
}

TestSuite(points, .init = begin, .fini = end);

static void set_line(const char *text)
{
	buf_clear(&line);
	buf_add_text(&line, text);
}

static const char *lines_of(size_t output, enum ledger_outbox_kind kind)
{
	return buf_text(&points.output[output].lane[kind].lines);
}

Test(points, each_output_takes_what_it_wants)
{
	set_line("energy a=1\n");
	points_add_samples(&points, &line, 1, true);
	set_line("energy a=2\n");
	points_add_samples(&points, &line, 1, false);
	set_line("slot a=3\nslot a=4\n");
	points_add_slots(&points, &line, 2);
	cr_expect_str_eq(lines_of(ALL, LEDGER_OUTBOX_SAMPLES), "energy a=1\nenergy a=2\n");
	cr_expect_str_eq(lines_of(MINUTE, LEDGER_OUTBOX_SAMPLES), "energy a=1\n", "the first of the minute");
	cr_expect_str_eq(lines_of(SLOTS, LEDGER_OUTBOX_SAMPLES), "");
	for (size_t i = 0; i < OUTPUTS; i++) {
		cr_expect_str_eq(lines_of(i, LEDGER_OUTBOX_SLOTS), "slot a=3\nslot a=4\n");
		cr_expect_eq(points.output[i].lane[LEDGER_OUTBOX_SLOTS].point_count, 2);
	}
	cr_expect_eq(points.output[ALL].lane[LEDGER_OUTBOX_SAMPLES].point_count, 2);
}

Test(points, samples_need_not_be_made_for_slots_alone)
{
	const struct plan_core slots = {.output = &outputs[SLOTS], .output_count = 1};
	const struct plan_core none = {0};
	struct points other;

	cr_expect(points_wants_samples(&points));
	cr_assert_eq(points_init(&other, &slots, NULL), ERR_NONE);
	cr_expect(not(points_wants_samples(&other)));
	points_deinit(&other);
	cr_assert_eq(points_init(&other, &none, NULL), ERR_NONE);
	cr_expect(not(points_wants_samples(&other)));
	points_deinit(&other);
}

Test(points, samples_are_bounded_and_slots_still_get_in)
{
	buf_clear(&line);
	for (int i = 0; i < (3 << 20); i++)
		buf_add_char(&line, 'x');
	points_add_samples(&points, &line, 10, false);
	cr_expect_eq(points.output[ALL].left_out_count, 0);
	points_add_samples(&points, &line, 10, false);
	cr_expect_eq(points.output[ALL].left_out_count, 10, "3 MiB and 3 MiB pass 4 MiB");
	cr_expect_eq(points.output[ALL].lane[LEDGER_OUTBOX_SAMPLES].point_count, 10);
	points_add_slots(&points, &line, 7);
	points_add_slots(&points, &line, 7);
	cr_expect_eq(points.output[ALL].lane[LEDGER_OUTBOX_SLOTS].point_count, 14);
	cr_expect_eq(points.output[ALL].left_out_count, 10);
}

Test(points, a_reload_keeps_what_waits_by_name)
{
	struct plan_output renewed[2] = {{.name = "new", .send = OUTPUT_SEND_ALL}, {.name = "minute", .send = OUTPUT_SEND_ALL}};
	const struct plan_core next = {.output = renewed, .output_count = 2};
	struct points other;

	set_line("energy a=1\n");
	points_add_samples(&points, &line, 1, true);
	points.output[MINUTE].left_out_count = 3;
	cr_assert_eq(points_init(&other, &next, NULL), ERR_NONE);
	points_take_over(&other, &points);
	cr_expect_str_eq(buf_text(&other.output[0].lane[LEDGER_OUTBOX_SAMPLES].lines), "");
	cr_expect_str_eq(buf_text(&other.output[1].lane[LEDGER_OUTBOX_SAMPLES].lines), "energy a=1\n");
	cr_expect_eq(other.output[1].lane[LEDGER_OUTBOX_SAMPLES].point_count, 1);
	cr_expect_eq(other.output[1].left_out_count, 3);
	cr_expect_str_eq(lines_of(ALL, LEDGER_OUTBOX_SAMPLES), "energy a=1\n", "its output is gone: it stays");
	cr_expect_str_eq(lines_of(MINUTE, LEDGER_OUTBOX_SAMPLES), "");
	points_deinit(&other);
}

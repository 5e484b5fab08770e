/* SPDX-License-Identifier: Apache-2.0 */
#include "model/interval.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(interval, totals_add_over_the_coverages)
{
	struct interval interval = {
	    .millij = {[COVERAGE_MEASURED] = 100, [COVERAGE_BRIDGED] = 20, [COVERAGE_STATIC] = 3},
	    .covered_ms = {[COVERAGE_MEASURED] = 800000, [COVERAGE_MANUAL] = 100000},
	};

	cr_assert(eq(i64, interval_total_millij(&interval), 123));
	cr_assert(eq(i64, interval_total_ms(&interval), 900000));
}

Test(interval, totals_stop_at_the_ends)
{
	struct interval interval = {.millij = {INT64_MAX, 5}};

	cr_assert(eq(i64, interval_total_millij(&interval), INT64_MAX));
}

Test(interval, add_takes_signed_differences_and_joins_bits)
{
	struct interval a = {.millij = {1000, 50}, .covered_ms = {600000, 300000}, .status_bits = INTERVAL_GAP};
	const struct interval b = {.rev = 1, .millij = {-1000, 70}, .covered_ms = {-600000, 600000}, .status_bits = INTERVAL_LATE};

	interval_add(&a, &b);
	cr_assert(eq(i64, a.millij[COVERAGE_MEASURED], 0));
	cr_assert(eq(i64, a.millij[COVERAGE_BRIDGED], 120));
	cr_assert(eq(i64, a.covered_ms[COVERAGE_BRIDGED], 900000));
	cr_assert_eq(a.status_bits, INTERVAL_GAP | INTERVAL_LATE);
	cr_assert_not(a.has_raw);
}

Test(interval, add_widens_the_evidence)
{
	struct interval a = {.has_raw = true, .raw_open = 10, .raw_close = 20, .open_utc_ms = 1000, .close_utc_ms = 2000};
	const struct interval b = {.has_raw = true, .raw_open = 15, .raw_close = 30, .open_utc_ms = 1500, .close_utc_ms = 3000};
	const struct interval c = {.has_raw = true, .raw_open = 5, .raw_close = 12, .open_utc_ms = 500, .close_utc_ms = 1200};

	interval_add(&a, &b);
	cr_assert_eq(a.raw_open, 10);
	cr_assert_eq(a.raw_close, 30);
	interval_add(&a, &c);
	cr_assert_eq(a.raw_open, 5);
	cr_assert(eq(i64, a.open_utc_ms, 500));
	cr_assert_eq(a.raw_close, 30);
	cr_assert(eq(i64, a.close_utc_ms, 3000));
}

Test(interval, add_takes_evidence_where_there_was_none)
{
	struct interval a = {.open_utc_ms = 0, .close_utc_ms = 99999};
	const struct interval b = {.has_raw = true, .raw_open = 15, .raw_close = 30, .open_utc_ms = 1500, .close_utc_ms = 3000};

	interval_add(&a, &b);
	cr_assert(a.has_raw);
	cr_assert_eq(a.raw_open, 15);
	cr_assert_eq(a.raw_close, 30);
	cr_assert(eq(i64, a.close_utc_ms, 3000));
}

Test(interval, limited_time_is_taken_from_the_worst_class_first)
{
	struct interval interval = {.millij = {100, 20, 3}, .covered_ms = {600000, 200000, 100000, 50000, 40000}};

	interval_limit_ms(&interval, 900000); /* 90 s too many: 40 s static, 50 s of those estimated */
	cr_expect_eq(interval.covered_ms[COVERAGE_STATIC], 0);
	cr_expect_eq(interval.covered_ms[COVERAGE_ESTIMATED], 50000);
	cr_expect_eq(interval.covered_ms[COVERAGE_MANUAL], 50000);
	cr_expect_eq(interval_total_ms(&interval), 900000);
	interval_limit_ms(&interval, 900000);
	cr_expect_eq(interval_total_ms(&interval), 900000);
	cr_expect_eq(interval_total_millij(&interval), 123);
}

Test(interval, limited_differences_take_no_time_off_what_is_there)
{
	struct interval revision = {.rev = 1, .covered_ms = {[COVERAGE_MEASURED] = 850000, [COVERAGE_BRIDGED] = -100000}};

	interval_limit_ms(&revision, 300000);
	cr_expect_eq(revision.covered_ms[COVERAGE_MEASURED], 400000);
	cr_expect_eq(revision.covered_ms[COVERAGE_BRIDGED], -100000);
	interval_limit_ms(&revision, -850000); /* of a ledger that has too much already */
	cr_expect_eq(revision.covered_ms[COVERAGE_MEASURED], 0);
	cr_expect_eq(revision.covered_ms[COVERAGE_BRIDGED], -100000);
}

static void expect_bits(uint32_t bits, const char *text)
{
	struct buf out;

	buf_init(&out, 1000);
	interval_add_bits_text(&out, bits);
	cr_expect_str_eq(buf_text(&out), text);
	buf_deinit(&out);
}

Test(interval, bits_have_names_and_numbers_that_are_fixed)
{
	expect_bits(0, "ok");
	expect_bits(INTERVAL_GAP | INTERVAL_WRAP, "gap+wrap");
	expect_bits(0x1FFFF, "clock_untrusted+clock_adjusted+gap+wrap+reset+swap+dip+frozen+impossible+multiwrap+power_down+late+partial+"
			     "reconfigured+component+unplaced+suspend");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "account/place.h"

#include <criterion/criterion.h>

#define S INT64_C(1000000000)
#define UTC (INT64_C(1790000000) * S)

static const struct place_floor FLOOR = {.build_utc_ns = UTC - 1000 * S, .newest_utc_ns = UTC - 10 * S};
static struct account_place place;
static int64_t step_ns;

/* Boot second at_s; the wall clock shows UTC + at_s + off_s. */
static enum place_outcome feed(int64_t at_s, int64_t off_s, bool is_synced)
{
	const struct place_reading reading = {.boot_ns = at_s * S, .utc_ns = UTC + (at_s + off_s) * S, .is_synced = is_synced};

	return account_place_feed(&place, &FLOOR, &reading, &step_ns);
}

/* From `from_s` for so many seconds: the outcome of the last. */
static enum place_outcome feed_for(int64_t from_s, int64_t for_s, int64_t off_s, bool is_synced)
{
	enum place_outcome outcome = PLACE_UNTRUSTED;

	for (int64_t at_s = from_s; at_s < from_s + for_s; at_s++)
		outcome = feed(at_s, off_s, is_synced);
	return outcome;
}

Test(place, is_trusted_after_a_minute_of_agreement)
{
	cr_expect_eq(feed_for(0, 60, 0, true), PLACE_UNTRUSTED);
	cr_expect_eq(account_place_utc_ns(&place, 5 * S), 0);
	cr_expect_eq(feed(60, 0, true), PLACE_BEGUN);
	cr_expect_eq(feed(61, 0, true), PLACE_KEPT);
	cr_expect_eq(account_place_utc_ns(&place, 5 * S), UTC + 5 * S, "also for what was before");
	cr_expect_eq(account_place_utc_ms(&place, 5 * S + 1999999), UTC / 1000000 + 5001);
	cr_expect_eq(account_place_offset(&place), UTC);
}

Test(place, clock_that_nobody_keeps_is_not_trusted)
{
	cr_expect_eq(feed_for(0, 1000, 0, false), PLACE_UNTRUSTED);
}

Test(place, clock_before_the_build_or_the_newest_row_is_not_trusted)
{
	cr_expect_eq(feed_for(0, 200, -1790000000, true), PLACE_UNTRUSTED, "1970");
	cr_expect_eq(feed_for(200, 200, -2000, true), PLACE_UNTRUSTED, "before the build");
	cr_expect_eq(feed_for(400, 200, -800, true), PLACE_UNTRUSTED, "restored by fake-hwclock: before the newest row");
	cr_expect_eq(feed_for(600, 61, 0, true), PLACE_BEGUN);
}

Test(place, clock_before_the_build_is_never_trusted_though_no_row_is_newer)
{
	static const struct place_floor fresh = {.build_utc_ns = UTC};
	enum place_outcome outcome = PLACE_BEGUN;

	for (int64_t at_s = 0; at_s < 2000; at_s += 10) {
		const struct place_reading reading = {.boot_ns = at_s * S, .utc_ns = UTC + (at_s - 2000) * S, .is_synced = true};

		outcome = account_place_feed(&place, &fresh, &reading, &step_ns);
	}
	cr_expect_eq(outcome, PLACE_UNTRUSTED, "2000 s to 10 s before it");
}

Test(place, kept_clock_before_the_newest_row_is_believed_after_a_quarter_of_an_hour)
{
	/* 980 s before the newest row: either this clock is wrong, or the one that wrote the row was. */
	cr_expect_eq(feed_for(0, 900, -990, true), PLACE_UNTRUSTED);
	cr_expect_eq(feed(900, -990, true), PLACE_BEGUN);
	cr_expect_eq(account_place_offset(&place), UTC - 990 * S);
}

Test(place, minute_begins_anew_when_the_clock_steps_or_loses_its_keeper)
{
	cr_expect_eq(feed_for(0, 50, 0, true), PLACE_UNTRUSTED);
	cr_expect_eq(feed_for(50, 60, 100, true), PLACE_UNTRUSTED, "stepped at 50");
	cr_expect_eq(feed(110, 100, false), PLACE_UNTRUSTED, "lost at 110");
	cr_expect_eq(feed_for(111, 60, 100, true), PLACE_UNTRUSTED);
	cr_expect_eq(feed(171, 100, true), PLACE_BEGUN);
	cr_expect_eq(account_place_offset(&place), UTC + 100 * S);
}

Test(place, step_is_believed_after_a_minute_and_has_a_size)
{
	(void)feed_for(0, 61, 0, true);
	cr_expect_eq(feed_for(61, 60, 100, true), PLACE_DOUBTED);
	cr_expect_eq(account_place_offset(&place), UTC, "old placement until then");
	cr_expect_eq(feed(121, 100, true), PLACE_STEPPED);
	cr_expect_eq(step_ns, 100 * S);
	cr_expect_eq(account_place_offset(&place), UTC + 100 * S);
	cr_expect_eq(feed_for(122, 60, -500, true), PLACE_DOUBTED);
	cr_expect_eq(feed(182, -500, true), PLACE_STEPPED, "back before the newest row: it corrects a wrong clock");
	cr_expect_eq(step_ns, -600 * S);
}

Test(place, step_that_goes_back_within_the_minute_never_was)
{
	(void)feed_for(0, 61, 0, true);
	cr_expect_eq(feed_for(61, 50, 100, true), PLACE_DOUBTED);
	cr_expect_eq(feed(111, 0, true), PLACE_KEPT);
	cr_expect_eq(feed_for(112, 60, 100, true), PLACE_DOUBTED, "the minute begins anew");
}

Test(place, trust_outlives_the_loss_of_the_keeper)
{
	(void)feed_for(0, 61, 0, true);
	cr_expect_eq(feed_for(61, 1000, 0, false), PLACE_KEPT);
	cr_expect_eq(feed_for(1061, 100, 100, false), PLACE_DOUBTED, "but a step of an unkept clock is not believed");
}

Test(place, slewing_is_followed_without_a_step)
{
	const struct place_reading near = {.boot_ns = 61 * S, .utc_ns = UTC + 61 * S + S / 10, .is_synced = true};

	(void)feed_for(0, 61, 0, true);
	cr_expect_eq(account_place_feed(&place, &FLOOR, &near, &step_ns), PLACE_KEPT);
	cr_expect_eq(account_place_offset(&place), UTC + S / 10);
}

Test(place, agent_restart_takes_up_the_placement_if_the_clock_agrees)
{
	const struct place_reading same = {.boot_ns = 100 * S, .utc_ns = UTC + 100 * S, .is_synced = false};
	const struct place_reading other = {.boot_ns = 100 * S, .utc_ns = UTC + 200 * S, .is_synced = true};

	cr_expect_not(account_place_resume(&place, UTC, &other));
	cr_expect_not(place.is_trusted);
	cr_expect(account_place_resume(&place, UTC, &same));
	cr_expect_eq(account_place_utc_ns(&place, 7 * S), UTC + 7 * S);
}

Test(place, instants_before_the_boot_are_rounded_down)
{
	place = (struct account_place){.is_trusted = true, .offset_ns = 0};
	cr_expect_eq(account_place_utc_ms(&place, -1), -1);
	cr_expect_eq(account_place_utc_ms(&place, -1000000), -1);
	cr_expect_eq(account_place_utc_ms(&place, 999999), 0);
}

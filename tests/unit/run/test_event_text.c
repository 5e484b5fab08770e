/* SPDX-License-Identifier: Apache-2.0 */
#include "run/event_text.h"

#include <criterion/criterion.h>
#include <string.h>

/* Boot time 0 is 2026-10-05T12:00:00Z. */
static const struct event_text_facts PLACED = {.has_offset = true, .utc_at_boot_ms = INT64_C(1791201600000)};
static const struct event_text_facts UNPLACED = {0};

static struct event_text say(struct account_event event, const struct event_text_facts *facts)
{
	struct event_text said;

	event_text_fill(&said, &event, facts);
	return said;
}

Test(event_text, reset_says_from_where_to_where_and_what_is_booked)
{
	struct event_text said =
	    say((struct account_event){.code = ACCOUNT_EVENT_RESET, .before = 600000, .after = 5, .millij = 5000, .millij_refused = -20},
		&PLACED);

	cr_expect_str_eq(said.before, "600000");
	cr_expect_str_eq(said.after, "5");
	cr_expect_eq(said.millij, -20);
	cr_expect_str_eq(said.text,
			 "counter went from 600000 back to 5: reset; 5000 mJ counted since are booked, what it counted after 600000 is "
			 "not known; 20 mJ stay booked by power beyond what it counted");
}

Test(event_text, gap_has_instants_or_the_time_since_boot)
{
	struct account_event gap = {.code = ACCOUNT_EVENT_GAP, .before = 1000, .after = 61500};
	struct event_text said = say(gap, &PLACED);

	cr_expect_str_eq(said.before, "2026-10-05T12:00:01Z");
	cr_expect_str_eq(said.after, "2026-10-05T12:01:01.500Z");
	cr_expect(strstr(said.text, "no reading for 60.500 s") != NULL, "%s", said.text);
	said = say(gap, &UNPLACED);
	cr_expect_str_eq(said.before, "boot + 1.000 s");
}

Test(event_text, power_is_in_watts_and_octets_are_octets)
{
	struct event_text_facts octets = {.unit = "octets"};

	cr_expect_str_eq(say((struct account_event){.code = ACCOUNT_EVENT_IMPOSSIBLE, .after = 4000500, .is_power = true}, &PLACED).text,
			 "4000.500 W are more than its rating allows: refused");
	cr_expect(
	    strstr(say((struct account_event){.code = ACCOUNT_EVENT_REBASED, .before = 1, .after = 9, .millij_refused = 8}, &octets).text,
		   "from 1 to 9 and counts on from there; 8 octets that it counted are not booked") != NULL);
}

Test(event_text, swap_names_the_serials_that_are_known)
{
	struct event_text_facts known = {.serial_from = "A1", .serial_to = "B2"};
	struct account_event swap = {.code = ACCOUNT_EVENT_SWAP, .before = 0xabc, .after = 0xdef};

	cr_expect_str_eq(say(swap, &known).text, "other hardware, B2 after A1: its counter begins anew, the total goes on");
	cr_expect_str_eq(say(swap, &UNPLACED).before, "#abc");
}

Test(event_text, every_code_has_a_sentence)
{
	for (int code = ACCOUNT_EVENT_STARTED; code < ACCOUNT_EVENT_CODE_COUNT; code++) {
		struct event_text said = say((struct account_event){.code = (enum account_event_code)code}, &UNPLACED);

		if (code != ACCOUNT_EVENT_CLOCK_STEP) /* the books say it once, for all */
			cr_expect_gt(strlen(said.text), 19u, "%s", account_event_name((enum account_event_code)code));
		cr_expect(strchr(said.text, '{') == NULL, "%s", said.text);
	}
	cr_expect(event_text_is_remainder("multiwrap"));
	cr_expect_not(event_text_is_remainder("clock_trust"));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/site_intensity.h"

#include <criterion/criterion.h>
#include <string.h>

/* Two meters and one port (both directions), slots of 60 s. */
static const struct site_intensity_rules rules = {.energy_count = 2, .octets_count = 2, .slot_s = 60};

enum { SENT_MAX = 8 };

struct sent {
	size_t count;
	int64_t slot_start_s[SENT_MAX];
	int32_t rev[SENT_MAX];
	struct site_intensity_figures figures[SENT_MAX];
	bool has_location[SENT_MAX];
};

static void keep(void *context, int64_t slot_start_s, int32_t rev, const struct site_intensity_figures *figures, bool has_location)
{
	struct sent *sent = context;

	cr_assert_lt(sent->count, SENT_MAX);
	sent->slot_start_s[sent->count] = slot_start_s;
	sent->rev[sent->count] = rev;
	sent->has_location[sent->count] = has_location;
	sent->figures[sent->count++] = *figures;
}

static void add(struct site_intensity *intensity, int64_t slot_start_s, bool is_octets, int64_t amount, int64_t covered_ms)
{
	struct site_intensity_row row = {.slot_start_s = slot_start_s,
					 .amount = amount,
					 .location_mg = is_octets ? 0 : amount / 10,
					 .covered_ms = covered_ms,
					 .is_octets = is_octets,
					 .has_location = true,
					 .is_first = true};

	site_intensity_add(intensity, &row, &rules);
}

static void revise(struct site_intensity *intensity, int64_t slot_start_s, bool is_octets, int64_t amount, int64_t covered_ms)
{
	struct site_intensity_row row = {
	    .slot_start_s = slot_start_s, .amount = amount, .covered_ms = covered_ms, .is_octets = is_octets, .has_location = true};

	site_intensity_add(intensity, &row, &rules);
}

static void add_whole(struct site_intensity *intensity, int64_t slot_start_s, int64_t missing_ms)
{
	add(intensity, slot_start_s, false, 1000, 60000);
	add(intensity, slot_start_s, false, 500, 60000 - missing_ms);
	add(intensity, slot_start_s, true, 7000, 60000);
	add(intensity, slot_start_s, true, 300, 60000);
}

Test(site_intensity, whole_slot_is_one_point)
{
	struct site_intensity intensity = {0};
	struct sent sent = {0};

	add_whole(&intensity, 600, 0);
	site_intensity_flush(&intensity, &rules, 0, keep, &sent);
	site_intensity_flush(&intensity, &rules, 0, keep, &sent);
	cr_assert_eq(sent.count, 1);
	cr_assert_eq(sent.slot_start_s[0], 600);
	cr_assert_eq(sent.rev[0], 0);
	cr_assert_eq(sent.figures[0].energy_j, 1500);
	cr_assert_eq(sent.figures[0].uni_bytes, 7300);
	cr_assert_eq(sent.figures[0].location_mg, 150);
	cr_assert_eq(sent.figures[0].valid_s, 60);
	cr_assert(sent.has_location[0]);
}

Test(site_intensity, a_hundredth_may_be_missing_and_no_more)
{
	struct site_intensity intensity = {0};
	struct sent sent = {0};

	add_whole(&intensity, 600, 600);
	add_whole(&intensity, 660, 601);
	site_intensity_flush(&intensity, &rules, 10000, keep, &sent);
	cr_assert_eq(sent.count, 1);
	cr_assert_eq(sent.slot_start_s[0], 600);
	cr_assert_eq(sent.figures[0].valid_s, 59); /* 59.4 s */
}

Test(site_intensity, slot_without_one_of_its_meters_or_ports_gives_no_point)
{
	struct site_intensity intensity = {0};
	struct sent sent = {0};

	add(&intensity, 600, false, 1000, 60000);
	add(&intensity, 600, true, 7000, 60000);
	add(&intensity, 600, true, 300, 60000);
	site_intensity_flush(&intensity, &rules, 600, keep, &sent);
	cr_assert_eq(sent.count, 0, "it waits");
	site_intensity_flush(&intensity, &rules, 10000, keep, &sent);
	cr_assert_eq(sent.count, 0, "it is overdue, and does not count");
	add(&intensity, 600, false, 500, 60000);
	site_intensity_flush(&intensity, &rules, 10000, keep, &sent);
	cr_assert_eq(sent.count, 1, "the late one makes it whole");
	cr_assert_eq(sent.rev[0], 0);
}

Test(site_intensity, revision_goes_out_as_a_difference)
{
	struct site_intensity intensity = {0};
	struct sent sent = {0};

	add_whole(&intensity, 600, 0);
	site_intensity_flush(&intensity, &rules, 0, keep, &sent);
	revise(&intensity, 600, false, -40, 0);
	revise(&intensity, 600, true, 9, 0);
	site_intensity_flush(&intensity, &rules, 0, keep, &sent);
	cr_assert_eq(sent.count, 2);
	cr_assert_eq(sent.rev[1], 1);
	cr_assert_eq(sent.figures[1].energy_j, -40);
	cr_assert_eq(sent.figures[1].uni_bytes, 9);
	cr_assert_eq(sent.figures[1].valid_s, 0);
}

Test(site_intensity, slot_that_is_not_whole_any_more_is_taken_back)
{
	struct site_intensity intensity = {0};
	struct sent sent = {0};

	add_whole(&intensity, 600, 0);
	site_intensity_flush(&intensity, &rules, 0, keep, &sent);
	revise(&intensity, 600, true, -100, -5000);
	site_intensity_flush(&intensity, &rules, 0, keep, &sent);
	cr_assert_eq(sent.count, 2);
	cr_assert_eq(sent.figures[1].energy_j, -1500);
	cr_assert_eq(sent.figures[1].uni_bytes, -7300);
	cr_assert_eq(sent.figures[1].valid_s, -60);
}

Test(site_intensity, energy_without_emissions_leaves_them_out)
{
	struct site_intensity intensity = {0};
	struct sent sent = {0};
	struct site_intensity_row row = {.slot_start_s = 600, .amount = 500, .covered_ms = 60000, .is_first = true};

	add(&intensity, 600, false, 1000, 60000);
	site_intensity_add(&intensity, &row, &rules);
	add(&intensity, 600, true, 7000, 60000);
	add(&intensity, 600, true, 300, 60000);
	site_intensity_flush(&intensity, &rules, 0, keep, &sent);
	cr_assert_eq(sent.count, 1);
	cr_assert_not(sent.has_location[0]);
}

Test(site_intensity, goes_on_after_a_restart)
{
	struct site_intensity before = {0};
	struct site_intensity after;
	struct sent sent = {0};
	uint8_t bytes[SITE_INTENSITY_BYTES_MAX];
	struct err_info info = {0};
	size_t size;

	add_whole(&before, 600, 0);
	site_intensity_flush(&before, &rules, 0, keep, &sent);
	for (int64_t slot = 660; slot < 660 + 15 * 60; slot += 60)
		add(&before, slot, false, 1000, 60000);
	size = site_intensity_save(&before, bytes);
	cr_assert_gt(size, 0);
	cr_assert(site_intensity_load(&after, bytes, size, &info) == ERR_NONE, "%s", info.text);
	revise(&after, 600, false, 10, 0);
	site_intensity_flush(&after, &rules, 0, keep, &sent);
	cr_assert_eq(sent.count, 2);
	cr_assert_eq(sent.figures[1].energy_j, 10);
	size = site_intensity_save(&after, bytes);
	cr_assert(site_intensity_load(&after, bytes, size, &info) == ERR_NONE, "%s", info.text);
	revise(&after, 600, false, 20, 0);
	site_intensity_flush(&after, &rules, 0, keep, &sent);
	cr_assert_eq(sent.rev[0], 0);
	cr_assert_eq(sent.rev[1], 1);
	cr_assert_eq(sent.rev[2], 2, "no two revisions of a site are the same, whatever the clock does");
	cr_assert(site_intensity_load(&after, bytes, size - 1, &info) == ERR_DATA);
	cr_assert_not(after.slot[0].is_used);
}

Test(site_intensity, oldest_slot_makes_room_and_older_ones_are_not_taken)
{
	struct site_intensity intensity = {0};
	struct sent sent = {0};

	for (int64_t slot = 1; slot <= SITE_INTENSITY_OPEN_MAX; slot++)
		add(&intensity, slot * 60, false, 1000, 60000);
	add_whole(&intensity, (SITE_INTENSITY_OPEN_MAX + 1) * 60, 0); /* in the place of the first */
	add_whole(&intensity, 60, 0);
	site_intensity_flush(&intensity, &rules, 0, keep, &sent);
	cr_assert_eq(sent.count, 1);
	cr_assert_eq(sent.slot_start_s[0], (SITE_INTENSITY_OPEN_MAX + 1) * 60);
}

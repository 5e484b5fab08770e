/* SPDX-License-Identifier: Apache-2.0 */
#include "report/books.h"
#include "report/feeds.h"

#include <criterion/criterion.h>
#include <string.h>

static struct books_fixture books;
static struct report_totals totals;
static uint32_t site_id;

static void setup(void)
{
	books_fixture_init(&books);
	site_id = books_put_site(&books, "dc", "XB", "UTC");
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(report_feeds, .init = setup, .fini = teardown);

/* A device with one meter that took `millij` in the slot from 10:00 on. */
static void put(const char *device, const char *fed_by, const char *key, enum role role, int64_t millij)
{
	struct books_meter_options options = {.key = key, .role = role, .supply = SUPPLY_GRID};
	uint32_t meter = books_put_meter(&books, books_put_fed_device(&books, site_id, device, fed_by), &options);

	books_put_slot(&books, meter, "UTC", "2026-10-05T10:00:00Z", COVERAGE_MEASURED, millij);
}

static struct report_feeds make(void)
{
	struct report_request request = {.period = "2026-10-05", .now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z")};
	struct report_feeds feeds;

	books_commit(&books);
	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(report_feeds_make(&feeds, &totals, &books.info), ERR_NONE, "%s", books.info.text);
	return feeds;
}

static void drop(struct report_feeds *feeds)
{
	report_feeds_deinit(feeds);
	report_totals_deinit(&totals);
}

/* 100 Wh + 60 Wh through two outlets, 152 Wh by the server's own word: 95 %. */
Test(report_feeds, server_is_compared_with_the_sum_of_its_outlets)
{
	struct report_feeds feeds;

	put("pdu-a", "", "outlet/7", ROLE_PART, KWH / 10);
	put("pdu-b", "", "outlet/7", ROLE_PART, 6 * KWH / 100);
	put("server", "pdu-a/outlet/7,pdu-b/outlet/7", "total", ROLE_TOTAL, 152 * KWH / 1000);
	feeds = make();
	cr_assert_eq(feeds.group_count, 1);
	cr_assert_eq(feeds.group[0].feed_count, 2);
	cr_assert_eq(feeds.group[0].outer_sum.energy_millij, 16 * KWH / 100);
	cr_assert_eq(feeds.device_count, 1);
	cr_assert_eq(feeds.device[0].explained_permille, 950);
	cr_assert_null(feeds.group[0].finding);
	cr_assert_null(feeds.device[0].finding);
	drop(&feeds);
}

Test(report_feeds, wrong_outlet_is_named)
{
	struct report_feeds feeds;

	put("pdu-a", "", "outlet/7", ROLE_PART, KWH / 10);
	put("server", "pdu-a/outlet/7", "total", ROLE_TOTAL, KWH / 2);
	put("other", "pdu-a/outlet/9", "total", ROLE_TOTAL, KWH);
	feeds = make();
	cr_assert_eq(feeds.group_count, 2);
	for (size_t i = 0; i < 2; i++) {
		bool is_missing = strcmp(feeds.group[i].fed_by, "pdu-a/outlet/9") == 0;

		cr_assert_str_eq(feeds.group[i].finding,
				 is_missing ? "the ledger has no such meter" : "what hangs on it draws more than it carries");
	}
	drop(&feeds);
}

Test(report_feeds, feed_that_carries_nothing_is_named)
{
	struct report_feeds feeds;

	put("pdu-a", "", "outlet/7", ROLE_PART, KWH / 10);
	put("pdu-b", "", "outlet/7", ROLE_PART, 0);
	put("server", "pdu-a/outlet/7,pdu-b/outlet/7", "total", ROLE_TOTAL, KWH / 10);
	feeds = make();
	cr_assert_str_eq(feeds.group[0].finding, "a feed carries nothing: is it the right outlet, and is the second supply in use?");
	cr_assert_eq(feeds.device[0].explained_permille, 1000);
	drop(&feeds);
}

/* What hangs on a UPS is added: 300 and 500 of 1000 Wh. */
Test(report_feeds, all_on_a_ups_are_added)
{
	struct report_feeds feeds;

	put("ups", "", "total", ROLE_TOTAL, KWH);
	put("pdu-a", "ups", "total", ROLE_TOTAL, 3 * KWH / 10);
	put("pdu-b", "ups", "total", ROLE_TOTAL, 5 * KWH / 10);
	feeds = make();
	cr_assert_eq(feeds.group_count, 1);
	cr_assert_eq(feeds.group[0].device_count, 2);
	cr_assert_eq(feeds.group[0].explained_permille, 800);
	drop(&feeds);
}

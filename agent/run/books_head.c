/* SPDX-License-Identifier: Apache-2.0 */
/*
 * books_head: once a day the head of each site's chain of sealed periods goes to the outputs, from the ledger's first day on: with 0 statements
 * and a head of zeros, with which every chain begins, while nothing was sealed. Whoever writes the ledger cannot take that back: a chain that was
 * made anew later does not have the heads that lie in the stores, and a statement that was dated back has a day with too few of them.
 */
#include "run/books_head_priv.h"

#include "ledger/statement.h"
#include "model/units.h"
#include "model/zone.h"
#include "run/books_priv.h"

/* Of what was sealed before the day began, so that a restart in the day says the same again. */
static void send_head(struct books *books, const struct books_site *site, int64_t day_start_s)
{
	struct line_tags tags = {.site = site->plan->id};
	struct ledger_chain_head head;
	struct line_series series;

	if (ledger_query_chain_head(books->options.reader, site->ledger_id, day_start_s * UNITS_MS_PER_S, &head, NULL) != ERR_NONE) {
		books->lost_count++;
		return;
	}
	if (line_series_init(&series, LINE_TAGS_SITE, &tags, NULL) != ERR_NONE) {
		books->lost_count++;
		return;
	}
	buf_clear(&books->lines);
	if (line_add_chain(&books->lines, &series, head.statement_count, head.chain_sha256, day_start_s * UNITS_NS_PER_S))
		points_add_slots(books->options.points, &books->lines, 1);
	line_series_deinit(&series);
}

void books_tell_heads(struct books *books)
{
	if (!books->place.is_trusted || books->options.points == NULL)
		return;
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		struct books_site *site = &books->site[i];
		int64_t today = zone_day_of(site->zone, books_utc_ms(books, books->now.boot_ns) / UNITS_MS_PER_S);

		if (today == site->head_day)
			continue;
		site->head_day = today;
		send_head(books, site, zone_day_start_s(site->zone, today));
	}
}

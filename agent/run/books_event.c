/* SPDX-License-Identifier: Apache-2.0 */
/* books_event: what happened, as a row of the ledger and as a point. */
#include "run/books_priv.h"

#include "base/log.h"
#include "model/units.h"
#include "output/line_other.h"

static const char *level_tag(int level)
{
	if (level <= LOG_LEVEL_ERROR)
		return "error";
	if (level == LOG_LEVEL_WARNING)
		return "warning";
	return level == LOG_LEVEL_NOTICE ? "notice" : "info";
}

static void add_point(struct books *books, const struct ledger_event *event, const struct books_event_place *place)
{
	struct line_tags tags = {
	    .site = place->site == NULL ? "" : place->site->plan->id,
	    .device = place->device == NULL ? "" : place->device->plan->id,
	    .meter = place->meter == NULL ? "" : place->meter->info->key,
	    .code = event->code,
	    .level = level_tag(event->level),
	};
	struct line_series series;
	struct buf line;

	if (line_series_init(&series, LINE_TAGS_EVENT, &tags, NULL) != ERR_NONE) {
		books->lost_count++;
		return;
	}
	/* Not the books' own scratch: an event may come while that holds another point's line. */
	buf_init(&line, LINE_SERIES_BYTES_MAX + LINE_SERIES_BYTES_MAX);
	if (line_add_event(&line, &series, event->utc_ms * UNITS_NS_PER_MS))
		points_add_samples(books->options.points, &line, 1, true);
	else
		books->lost_count++;
	buf_deinit(&line);
	line_series_deinit(&series);
}

void books_put_event(struct books *books, const struct ledger_event *event, const struct books_event_place *place)
{
	if (ledger_batch_add_event(books->batch, event, NULL) != ERR_NONE)
		books->lost_count++;
	if (event->utc_ms != 0 && books->options.points != NULL)
		add_point(books, event, place);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* export_chart: the energy of each site over the period, as a chart of report.html: by the site's days, or by hours of a short period. */
#include "report/export_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/units.h"
#include "report/figure.h"
#include "report/html.h"

#include <stdio.h>

enum { SITES_DRAWN_MAX = 20, BARS_MAX = 5000, DAYS_HOURLY_MAX = 4, TITLE_BYTES = 256 };

struct bars {
	struct html_bar *bar;
	size_t count;
	size_t capacity;
};

static enum err take_bar(void *context, int64_t start_s, int64_t end_s, const struct ledger_sum *sum, struct err_info *info)
{
	struct bars *bars = context;
	void *array = bars->bar;
	int64_t covered_ms = sum->covered_ms[COVERAGE_MEASURED] + sum->covered_ms[COVERAGE_BRIDGED];
	int64_t millij = 0;
	struct html_bar *bar;
	struct buf label;
	enum err err = mem_grow(&array, &bars->capacity, bars->count, BARS_MAX, sizeof(*bars->bar));

	bars->bar = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for another bar of a chart");
	for (size_t i = 0; i < COVERAGE_COUNT; i++)
		millij += sum->millij[i];
	bar = &bars->bar[bars->count++];
	*bar = (struct html_bar){.start_s = start_s, .end_s = end_s};
	bar->value = millij > 0 ? (double)millij / (double)UNITS_MILLIJ_PER_KWH : 0;
	bar->covered_ratio = sum->slot_ms > 0 ? (double)covered_ms / (double)sum->slot_ms : 0;
	buf_init(&label, sizeof(bar->label) - 1);
	figure_add_utc(&label, start_s * UNITS_MS_PER_S);
	buf_add_text(&label, ": ");
	figure_add_kwh(&label, millij, 3);
	buf_add_text(&label, " kWh");
	snprintf(bar->label, sizeof(bar->label), "%s", buf_text(&label));
	buf_deinit(&label);
	return ERR_NONE;
}

/* A correction that counts moves the figures of a site. */
static bool is_corrected(const struct package *package, const struct report_site *site)
{
	for (size_t i = 0; i < package->totals.count; i++) {
		const struct report_total *row = &package->totals.row[i];

		if (row->level == REPORT_SITE && row->site == site)
			return row->uncorrected.is_corrected;
	}
	return false;
}

static void add_site_chart(struct buf *out, const struct report_site *site, const struct bars *bars, bool is_hourly)
{
	char first[CLOCK_TEXT_BYTES];
	char last[CLOCK_TEXT_BYTES];
	char title[TITLE_BYTES];
	struct html_chart chart = {.title = title,
				   .unit = "kWh",
				   .start_s = site->span.start_s,
				   .end_s = site->span.end_s,
				   .first_label = first,
				   .last_label = last,
				   .bar = bars->bar,
				   .count = bars->count};

	snprintf(title, sizeof(title), "%s: kWh %s", site->id, is_hourly ? "an hour" : "a day");
	clock_print_utc(first, site->span.start_s * UNITS_MS_PER_S);
	clock_print_utc(last, site->span.end_s * UNITS_MS_PER_S);
	html_add_paragraph(out, title);
	html_add_chart(out, &chart);
	if (site->sealed.late_count > 0)
		html_add_paragraph(out, "The chart shows the ledger as it is now, late rows included.");
}

enum err export_add_charts(struct buf *out, const struct package *package, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	enum err err = ERR_NONE;

	html_add_heading(out, "Energy over time");
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count && i < SITES_DRAWN_MAX; i++) {
		const struct report_site *site = &reg->site[i];
		bool is_hourly = site->span.end_s - site->span.start_s <= DAYS_HOURLY_MAX * UNITS_S_PER_DAY;
		struct ledger_filter filter = {
		    .start_s = site->span.start_s, .end_s = site->span.end_s, .site_id = site->site_id, .is_in_total_only = true};
		struct bars bars = {0};

		err = ledger_query_series(package->ledger, &filter, is_hourly ? LEDGER_STEP_HOUR : LEDGER_STEP_DAY, take_bar, &bars, info);
		if (err == ERR_NONE)
			add_site_chart(out, site, &bars, is_hourly);
		mem_free(bars.bar);
		if (is_corrected(package, site))
			html_add_paragraph(out, "The chart shows what was booked, without the corrections of meters below.");
	}
	html_add_paragraph(out, reg->site_count > SITES_DRAWN_MAX
				    ? "The first 20 sites. Hatched: not covered for the whole time; empty: nothing is known."
				    : "Hatched: not covered for the whole time; empty: nothing is known.");
	return err;
}

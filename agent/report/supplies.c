/* SPDX-License-Identifier: Apache-2.0 */
#include "report/supplies.h"

#include "base/clock.h"
#include "base/mem.h"
#include "model/units.h"
#include "model/zone.h"
#include "report/cfe.h"

#include <stdio.h>

/* The first instant that the ledger knows of a battery of the site; INT64_MAX: there is none. */
static int64_t first_ms(const struct report_register *reg, const struct report_site *site)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < reg->entry_count; i++) {
		const struct ledger_register_row *row = &reg->entry[i].row;

		if (row->site_id == site->site_id && row->supply == SUPPLY_BATTERY && row->role == ROLE_TOTAL && row->valid_from_ms < first)
			first = row->valid_from_ms;
	}
	return first;
}

struct date {
	int64_t year;
	int month;
	int day;
};

/* The hours of one site, with what its batteries held at first. Its meters' rows stand among those of its devices. */
static enum err make_site(struct report_supply **out, struct ledger *ledger, const struct report_totals *totals,
			  struct report_supply_request *request, struct err_info *info)
{
	struct report_total *part = mem_new_array(totals->count + 1, sizeof(*part));
	enum err err;

	if (part == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu meters", totals->count);
	request->ledger = ledger;
	request->reg = &totals->reg;
	request->part = part;
	request->is_hourly = report_cfe_is_hourly(totals, request->site);
	for (size_t i = 0; i < totals->count; i++) {
		if (totals->row[i].level == REPORT_METER && totals->row[i].site == request->site)
			part[request->count++] = totals->row[i];
	}
	err = report_supply_make(out, request, info);
	mem_free(part);
	return err;
}

/*
 * The batteries through one month, or the days of one up to `to`: those of `*before` go, and those of the month stand there instead. They borrow
 * nothing that ends with it but their devices' names, which are not asked for.
 */
static enum err pass(struct report_supply **before, struct ledger *ledger, const struct report_request *request, const struct date *from,
		     const struct date *to, struct err_info *info)
{
	char period[64];
	struct report_request of_month = {
	    .period = period, .site = request->site, .now_utc_ms = request->now_utc_ms, .zone_root = request->zone_root};
	struct report_supply_request wish = {.before = *before == NULL ? NULL : &(*before)->batteries};
	struct report_supply *supply = NULL;
	struct report_totals totals;
	enum err err;

	if (to == NULL)
		snprintf(period, sizeof(period), "%04lld-%02d", (long long)from->year, from->month);
	else
		snprintf(period, sizeof(period), "%04lld-%02d-%02d..%04lld-%02d-%02d", (long long)from->year, from->month, from->day,
			 (long long)to->year, to->month, to->day);
	err = report_totals_make(&totals, ledger, &of_month, REPORT_METER, info);
	if (err != ERR_NONE)
		return err;
	wish.site = &totals.reg.site[0];
	if (totals.reg.site_count == 1)
		err = make_site(&supply, ledger, &totals, &wish, info);
	if (supply != NULL) {
		report_supply_free(*before);
		*before = supply;
	}
	report_totals_deinit(&totals);
	return err;
}

/* *out NULL: the ledger knows of no battery before the period. */
static enum err open_batteries(struct report_supply **out, struct ledger *ledger, const struct report_request *request,
			       const struct report_register *reg, const struct report_site *site, struct err_info *info)
{
	struct report_request of_site = *request;
	int64_t first = first_ms(reg, site);
	struct date at = {.day = 1};
	struct date last;
	enum err err = ERR_NONE;

	*out = NULL;
	of_site.site = site->id;
	if (first >= site->span.start_s * UNITS_MS_PER_S)
		return ERR_NONE;
	clock_civil_from_days(zone_day_of(site->zone, first / UNITS_MS_PER_S), &at.year, &at.month, &at.day);
	clock_civil_from_days(site->period.first_day - 1, &last.year, &last.month, &last.day);
	at.day = 1;
	while (err == ERR_NONE && clock_days_from_civil(at.year, at.month, 1) < site->period.first_day) {
		struct date next = {at.year + at.month / 12, at.month % 12 + 1, 1};
		bool is_whole = clock_days_from_civil(next.year, next.month, 1) <= site->period.first_day;

		err = pass(out, ledger, &of_site, &at, is_whole ? NULL : &last, info);
		at = next;
	}
	return err;
}

enum err report_supplies_make(struct report_supplies *out, struct ledger *ledger, const struct report_totals *totals,
			      const struct report_request *request, struct err_info *info)
{
	enum err err = ERR_NONE;

	*out = (struct report_supplies){totals, mem_new_array(totals->reg.site_count + 1, sizeof(struct report_supply *))};
	if (out->site == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu sites", totals->reg.site_count);
	for (size_t i = 0; err == ERR_NONE && i < totals->reg.site_count; i++) {
		struct report_supply_request wish = {.site = &totals->reg.site[i]};
		struct report_supply *before;

		err = open_batteries(&before, ledger, request, &totals->reg, wish.site, info);
		if (err == ERR_NONE && before != NULL)
			wish.before = &before->batteries;
		if (err == ERR_NONE)
			err = make_site(&out->site[i], ledger, totals, &wish, info);
		report_supply_free(before);
	}
	return err == ERR_NONE ? report_cfe_fill(out->site, totals, info) : err;
}

void report_supplies_deinit(struct report_supplies *supplies)
{
	for (size_t i = 0; supplies->site != NULL && i < supplies->totals->reg.site_count; i++)
		report_supply_free(supplies->site[i]);
	mem_free(supplies->site);
	*supplies = (struct report_supplies){0};
}

const struct report_supply *report_supplies_find(const struct report_supplies *supplies, const struct report_site *site)
{
	return supplies->site == NULL || site == NULL ? NULL : supplies->site[site - supplies->totals->reg.site];
}

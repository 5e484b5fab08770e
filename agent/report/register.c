/* SPDX-License-Identifier: Apache-2.0 */
#include "report/register.h"

#include "base/clock.h"
#include "base/mem.h"
#include "ledger/statement.h"
#include "model/units.h"
#include "model/zone.h"
#include "wire/plan.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 100000000, JANUARY = 1, ANY_SITE = 0 };

/* The span of all time, as far as text forms of time reach: the end of year 9999. */
#define ALL_TIME_END_S INT64_C(253402300800)

/* ---- Copies of rows ---- */

/* Where the texts of a row stand in it. */
static const size_t TEXT_OFFSET[] = {
    offsetof(struct ledger_register_row, site),      offsetof(struct ledger_register_row, site_name),
    offsetof(struct ledger_register_row, grid_zone), offsetof(struct ledger_register_row, time_zone),
    offsetof(struct ledger_register_row, device),    offsetof(struct ledger_register_row, device_name),
    offsetof(struct ledger_register_row, rack),      offsetof(struct ledger_register_row, tenant),
    offsetof(struct ledger_register_row, fed_by),    offsetof(struct ledger_register_row, source),
    offsetof(struct ledger_register_row, vendor),    offsetof(struct ledger_register_row, model),
    offsetof(struct ledger_register_row, serial),    offsetof(struct ledger_register_row, firmware),
    offsetof(struct ledger_register_row, driver),    offsetof(struct ledger_register_row, key),
    offsetof(struct ledger_register_row, name),      offsetof(struct ledger_register_row, parent),
    offsetof(struct ledger_register_row, facts),     offsetof(struct ledger_register_row, site_facts),
};

enum { TEXT_COUNT = sizeof(TEXT_OFFSET) / sizeof(TEXT_OFFSET[0]) };

static const char **text_of(struct ledger_register_row *row, size_t i)
{
	return (const char **)(void *)((char *)row + TEXT_OFFSET[i]);
}

static enum err copy_row(struct report_entry *out, const struct ledger_register_row *row, struct err_info *info)
{
	struct ledger_register_row copy = *row;
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < TEXT_COUNT; i++) {
		const char **text = text_of(&copy, i);

		if (*text == NULL)
			*text = "";
		bytes += strlen(*text) + 1;
	}
	out->text = mem_new(bytes);
	if (out->text == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the register");
	at = out->text;
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		const char **text = text_of(&copy, i);
		size_t length = strlen(*text) + 1;

		memcpy(at, *text, length);
		*text = at;
		at += length;
	}
	out->row = copy;
	out->stored = (struct report_stored){row->role, row->is_in_total, row->phase};
	out->is_corrected = false;
	return ERR_NONE;
}

/* ---- Loading ---- */

struct loading {
	struct report_register *reg;
	const struct report_request *request;
	bool is_rest; /* of the devices without a meter: those of sites that have no meter at all */
};

static enum err add_site(struct report_register *reg, const struct ledger_register_row *row, struct err_info *info)
{
	void *array = reg->site;
	enum err err = mem_grow(&array, &reg->site_capacity, reg->site_count, PLAN_SITES_MAX, sizeof(*reg->site));

	reg->site = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu sites", reg->site_count + 1);
	reg->site[reg->site_count++] = (struct report_site){.site_id = row->site_id, .first_entry = reg->entry_count};
	return ERR_NONE;
}

static enum err take_row(void *context, const struct ledger_register_row *row, struct err_info *info)
{
	struct loading *loading = context;
	struct report_register *reg = loading->reg;
	const char *wanted = loading->request->site;
	void *array = reg->entry;
	enum err err;

	if (wanted != NULL && strcmp(row->site, wanted) != 0)
		return ERR_NONE;
	err = mem_grow(&array, &reg->entry_capacity, reg->entry_count, ENTRIES_MAX, sizeof(*reg->entry));
	reg->entry = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu register rows", reg->entry_count + 1);
	if (reg->site_count == 0 || reg->site[reg->site_count - 1].site_id != row->site_id) {
		err = add_site(reg, row, info);
		if (err != ERR_NONE)
			return err;
	}
	err = copy_row(&reg->entry[reg->entry_count], row, info);
	if (err != ERR_NONE)
		return err;
	reg->entry_count++;
	reg->site[reg->site_count - 1].entry_count++;
	return ERR_NONE;
}

/* What the newest row says of the site. */
static void describe_site(struct report_site *site, const struct report_register *reg)
{
	const struct ledger_register_row *newest = &reg->entry[site->first_entry].row;

	for (size_t i = 1; i < site->entry_count; i++) {
		const struct ledger_register_row *row = &reg->entry[site->first_entry + i].row;

		if (row->valid_from_ms > newest->valid_from_ms)
			newest = row;
	}
	site->id = newest->site;
	site->name = newest->site_name;
	site->grid_zone = newest->grid_zone;
	site->time_zone = newest->time_zone;
	site->facts = newest->site_facts;
	/* 0: nobody said. */
	site->fiscal_month = newest->fiscal_month == 0 ? JANUARY : newest->fiscal_month;
}

struct holding {
	struct report_site *site;
	bool is_start_held;
	bool is_end_held;
};

/* Rules change by a day at most; what is further off is the same date of another calendar: a fiscal year that began otherwise. */
static void hold(int64_t *at_s, bool *is_held, int64_t sealed_s)
{
	if (*is_held || *at_s - sealed_s > UNITS_S_PER_DAY || sealed_s - *at_s > UNITS_S_PER_DAY)
		return;
	*at_s = sealed_s;
	*is_held = true;
}

static enum err take_sealed_span(void *context, const char *label, const struct period_span *span, struct err_info *info)
{
	struct holding *holding = context;
	struct report_site *site = holding->site;
	struct period sealed;

	(void)info;
	if (period_parse(&sealed, label, 0, site->fiscal_month, NULL) != ERR_NONE)
		return ERR_NONE;
	for (int i = 0; i < 2; i++) {
		int64_t day = i == 0 ? sealed.first_day : sealed.end_day;
		int64_t at_s = i == 0 ? span->start_s : span->end_s;

		if (day == site->period.first_day)
			hold(&site->span.start_s, &holding->is_start_held, at_s);
		if (day == site->period.end_day)
			hold(&site->span.end_s, &holding->is_end_held, at_s);
	}
	return ERR_NONE;
}

static enum err resolve_site(struct report_site *site, struct ledger *ledger, const struct report_request *request, struct err_info *info)
{
	struct holding holding = {.site = site};
	enum err err = zone_open(&site->zone, request->zone_root, site->time_zone, info);
	int64_t now_s = request->now_utc_ms / CLOCK_MS_PER_S;

	if (err != ERR_NONE) {
		err_prefix(info, "site '%s'", site->id);
		return err;
	}
	err = period_parse(&site->period, request->period, zone_day_of(site->zone, now_s), site->fiscal_month, info);
	if (err != ERR_NONE)
		return err;
	site->span = period_resolve(&site->period, site->zone);
	return ledger_query_sealed_spans(ledger, site->site_id, take_sealed_span, &holding, info);
}

static int compare_entries(const void *a, const void *b, void *context)
{
	const struct report_register *reg = context;
	const struct ledger_register_row *x = &reg->entry[*(const size_t *)a].row;
	const struct ledger_register_row *y = &reg->entry[*(const size_t *)b].row;

	if (x->meter_id != y->meter_id)
		return x->meter_id < y->meter_id ? -1 : 1;
	return x->valid_from_ms < y->valid_from_ms ? -1 : x->valid_from_ms > y->valid_from_ms ? 1 : 0;
}

enum err report_register_index(struct report_register *reg, struct err_info *info)
{
	mem_free(reg->by_meter);
	reg->by_meter = NULL;
	if (reg->entry_count == 0)
		return ERR_NONE;
	reg->by_meter = mem_new_array(reg->entry_count, sizeof(*reg->by_meter));
	if (reg->by_meter == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the register");
	for (size_t i = 0; i < reg->entry_count; i++)
		reg->by_meter[i] = i;
	qsort_r(reg->by_meter, reg->entry_count, sizeof(*reg->by_meter), compare_entries, reg);
	return ERR_NONE;
}

/* ---- Devices without a meter ---- */

bool report_register_has_site(const struct report_register *reg, uint32_t site_id)
{
	for (size_t i = 0; i < reg->site_count; i++) {
		if (reg->site[i].site_id == site_id)
			return true;
	}
	return false;
}

static enum err take_meterless(void *context, const struct ledger_meterless_row *row, struct err_info *info)
{
	struct loading *loading = context;
	struct report_register *reg = loading->reg;
	void *array = reg->meterless;
	enum err err;

	if (loading->is_rest && (report_register_has_site(reg, row->row.site_id) ||
				 (loading->request->site != NULL && strcmp(row->row.site, loading->request->site) != 0)))
		return ERR_NONE;
	err = mem_grow(&array, &reg->meterless_capacity, reg->meterless_count, ENTRIES_MAX, sizeof(*reg->meterless));
	reg->meterless = array;
	if (err == ERR_NONE)
		err = copy_row(&reg->meterless[reg->meterless_count].entry, &row->row, info);
	else
		err = err_set(info, err, "no room for %zu devices without a meter", reg->meterless_count + 1);
	if (err == ERR_NONE)
		reg->meterless[reg->meterless_count++].has_answered = row->has_answered;
	return err;
}

/* Site by site, each in its own span; what is in none of them in the period's days of UTC. */
static enum err load_meterless(struct loading *loading, struct ledger *ledger, const struct period *in_utc, struct err_info *info)
{
	struct report_register *reg = loading->reg;
	struct ledger_filter rest = {
	    .start_s = in_utc->first_day * UNITS_S_PER_DAY, .end_s = in_utc->end_day * UNITS_S_PER_DAY, .site_id = ANY_SITE};
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		struct ledger_filter filter = {
		    .start_s = reg->site[i].span.start_s, .end_s = reg->site[i].span.end_s, .site_id = reg->site[i].site_id};

		err = ledger_query_meterless(ledger, &filter, take_meterless, loading, info);
	}
	loading->is_rest = true;
	return err == ERR_NONE ? ledger_query_meterless(ledger, &rest, take_meterless, loading, info) : err;
}

enum err report_register_load(struct report_register *out, struct ledger *ledger, const struct report_request *request,
			      struct err_info *info)
{
	struct report_register reg = {0};
	struct loading loading = {.reg = &reg, .request = request};
	struct ledger_filter all_time = {.start_s = 1, .end_s = ALL_TIME_END_S};
	struct period in_utc;
	/* A wrong period is said even when there is no site to ask about. */
	enum err err = period_parse(&in_utc, request->period, request->now_utc_ms / (UNITS_S_PER_DAY * UNITS_MS_PER_S), JANUARY, info);

	if (err == ERR_NONE)
		err = ledger_query_register(ledger, &all_time, take_row, &loading, info);
	if (err == ERR_NONE && reg.site_count == 0 && request->site != NULL)
		err = err_set(info, ERR_USAGE, "the ledger knows no site '%s'", request->site);
	for (size_t i = 0; err == ERR_NONE && i < reg.site_count; i++) {
		describe_site(&reg.site[i], &reg);
		err = resolve_site(&reg.site[i], ledger, request, info);
	}
	if (err == ERR_NONE)
		err = load_meterless(&loading, ledger, &in_utc, info);
	if (err == ERR_NONE)
		err = report_register_index(&reg, info);
	if (err != ERR_NONE) {
		report_register_deinit(&reg);
		return err;
	}
	*out = reg;
	return ERR_NONE;
}

void report_register_deinit(struct report_register *reg)
{
	for (size_t i = 0; i < reg->entry_count; i++)
		mem_free(reg->entry[i].text);
	for (size_t i = 0; i < reg->meterless_count; i++)
		mem_free(reg->meterless[i].entry.text);
	for (size_t i = 0; i < reg->site_count; i++) {
		zone_free(reg->site[i].zone);
		report_sealed_deinit(&reg->site[i].sealed);
	}
	mem_free(reg->entry);
	mem_free(reg->meterless);
	mem_free(reg->site);
	mem_free(reg->by_meter);
	mem_free(reg->correction);
	*reg = (struct report_register){0};
}

/* ---- Looking up ---- */

/* Index in by_meter of the first entry whose meter id is not below `meter_id`. */
static size_t lower_bound(const struct report_register *reg, uint32_t meter_id)
{
	size_t low = 0;
	size_t high = reg->by_meter == NULL ? 0 : reg->entry_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (reg->entry[reg->by_meter[middle]].row.meter_id < meter_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The row at a place of by_meter when it is of that meter; NULL otherwise. */
static const struct ledger_register_row *row_at(const struct report_register *reg, size_t at, uint32_t meter_id)
{
	const struct ledger_register_row *row;

	if (at >= reg->entry_count || reg->by_meter == NULL)
		return NULL;
	row = &reg->entry[reg->by_meter[at]].row;
	return row->meter_id == meter_id ? row : NULL;
}

const struct ledger_register_row *report_register_find(const struct report_register *reg, uint32_t meter_id, int64_t utc_ms)
{
	size_t at = lower_bound(reg, meter_id);
	const struct ledger_register_row *found = row_at(reg, at, meter_id);
	const struct ledger_register_row *next;

	while (found != NULL && (next = row_at(reg, ++at, meter_id)) != NULL && next->valid_from_ms <= utc_ms)
		found = next;
	return found;
}

const struct ledger_register_row *report_register_find_device(const struct report_register *reg, uint32_t device_id)
{
	for (size_t i = 0; i < reg->entry_count; i++) {
		if (reg->entry[i].row.device_id == device_id)
			return &reg->entry[i].row;
	}
	for (size_t i = 0; i < reg->meterless_count; i++) {
		if (reg->meterless[i].entry.row.device_id == device_id)
			return &reg->meterless[i].entry.row;
	}
	return NULL;
}

size_t report_register_silent_count(const struct report_register *reg, uint32_t site_id)
{
	size_t count = 0;

	for (size_t i = 0; i < reg->meterless_count; i++) {
		bool is_here = site_id == ANY_SITE || reg->meterless[i].entry.row.site_id == site_id;

		count += is_here && !reg->meterless[i].has_answered ? 1 : 0;
	}
	return count;
}

const struct report_entry *report_register_entry(const struct ledger_register_row *row)
{
	/* The row is its first member. */
	return (const struct report_entry *)(const void *)row;
}

const struct report_site *report_register_site(const struct report_register *reg, const struct ledger_register_row *row)
{
	size_t at = (size_t)(report_register_entry(row) - reg->entry);
	size_t low = 0;
	size_t high = reg->site_count;

	/* The last site that begins at or before the entry. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (reg->site[middle].first_entry <= at)
			low = middle;
		else
			high = middle;
	}
	return &reg->site[low];
}

void report_register_life(const struct report_register *reg, uint32_t meter_id, int64_t *from_ms, int64_t *to_ms)
{
	size_t at = lower_bound(reg, meter_id);
	const struct ledger_register_row *row = row_at(reg, at, meter_id);

	*from_ms = row == NULL ? 0 : row->valid_from_ms;
	*to_ms = INT64_MAX;
	for (; row != NULL; row = row_at(reg, ++at, meter_id))
		*to_ms = row->valid_to_ms;
}

struct report_place report_register_place(const struct report_register *reg, const struct ledger_event_row *event)
{
	struct report_place place = {0};
	const struct ledger_register_row *device = event->device_id == 0 ? NULL : report_register_find_device(reg, event->device_id);

	for (size_t i = 0; device == NULL && event->site_id != 0 && i < reg->site_count; i++) {
		if (reg->site[i].site_id == event->site_id)
			place.site = reg->site[i].id;
	}
	if (device != NULL)
		place = (struct report_place){.site = device->site, .device = device->device};
	if (event->meter_id != 0) {
		const struct ledger_register_row *row = report_register_find(reg, event->meter_id, event->utc_ms);

		place = row == NULL ? place : (struct report_place){row->site, row->device, row->key};
	}
	return place;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* books_sink: what the accounts say, as rows of the ledger and as points; sums of devices and sites. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"
#include "run/books_scope_priv.h"

#include "account/carbon.h"
#include "base/log.h"
#include "base/mem.h"
#include "ledger/resume.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "run/event_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Events ---- */

static int event_level(enum account_event_code code)
{
	switch (code) {
	case ACCOUNT_EVENT_STARTED:
	case ACCOUNT_EVENT_CLOCK_TRUST:
	case ACCOUNT_EVENT_DRIFT:
	case ACCOUNT_EVENT_WRAP:
	case ACCOUNT_EVENT_THAWED: return LOG_LEVEL_INFO;
	default: return LOG_LEVEL_WARNING;
	}
}

/* Of the amounts of a stream; NULL: mJ. */
static const char *unit_of(enum quantity quantity)
{
	switch (quantity) {
	case QUANTITY_ENERGY:
	case QUANTITY_ENERGY_OUT: return NULL;
	case QUANTITY_FUEL_USED: return "l";
	default: return "octets";
	}
}

static void sink_event(void *context, const struct account_event *event)
{
	struct books_context *at = context;
	struct books *books = at->books;
	const struct books_device *device = at->meter->device;
	struct event_text_facts facts = {
	    .unit = unit_of(at->stream->quantity),
	    .has_offset = books->place.is_trusted,
	    .utc_at_boot_ms = account_place_utc_ms(&books->place, 0),
	    .serial_from = device->former_serial,
	    .serial_to = device->state == NULL ? NULL : device->state->serial,
	    .driver_from = device->former_driver,
	    .driver_to = device->state == NULL ? NULL : device->state->driver,
	};
	struct event_text said;
	struct ledger_event row = {
	    .utc_ms = books_utc_ms(books, event->boot_ns),
	    .boot_id = books->options.boot_id,
	    .boot_ns = event->boot_ns,
	    .level = event_level(event->code),
	    .code = account_event_name(event->code),
	    .site_id = books_site_of(books, device)->ledger_id,
	    .device_id = device->ledger_id,
	    .meter_id = at->stream->ledger_id,
	    .before = said.before,
	    .after = said.after,
	    .text = said.text,
	};

	if (event->code == ACCOUNT_EVENT_CLOCK_STEP)
		return; /* the books have said it once, for all */
	event_text_fill(&said, event, &facts);
	row.millij = said.millij;
	books_put_event(books, &row, &(struct books_event_place){books_site_of(books, device), device, at->meter});
}

/* ---- Carbon ---- */

/* What reports count with beside it, of which points know nothing: residual mix, upstream, losses. */
static void keep_other_factors(struct books *books, const struct books_site *site, int32_t year)
{
	const struct plan_core *plan = books->options.plan;

	for (int basis = FACTOR_RESIDUAL; basis < FACTOR_BASIS_COUNT; basis++) {
		struct account_factor wanted = {.zone = site->plan->grid_zone, .year = year, .basis = (enum factor_basis)basis};
		struct factor_choice choice;

		if (wanted.zone[0] != '\0' && account_factor_find_like(books->factor, plan->factor_count, &wanted, &choice) &&
		    ledger_batch_add_factor(books->batch, &plan->factor[choice.factor_idx], NULL) != ERR_NONE)
			books->lost_count++;
	}
}

/* The factor for the year of the site's present day; NULL: none. */
static const struct plan_factor *site_factor(struct books *books, struct books_site *site)
{
	const struct plan_core *plan = books->options.plan;
	int64_t year;
	int month;
	int day;

	clock_civil_from_days(site->day.days, &year, &month, &day);
	if (site->factor_year != year) {
		site->factor_year = year;
		site->has_factor =
		    site->plan->grid_zone[0] != '\0' &&
		    account_factor_find(books->factor, plan->factor_count, site->plan->grid_zone, (int32_t)year, &site->choice);
		/* Kept with the results that were computed with it. */
		if (site->has_factor && ledger_batch_add_factor(books->batch, &plan->factor[site->choice.factor_idx], NULL) != ERR_NONE)
			books->lost_count++;
		keep_other_factors(books, site, (int32_t)year);
	}
	return site->has_factor ? &plan->factor[site->choice.factor_idx] : NULL;
}

/* ---- Points of a slot ---- */

static uint32_t add_carbon_line(struct books *books, const struct books_meter *meter, const struct interval *interval,
				const struct plan_factor *factor, int64_t location_mg)
{
	struct line_carbon line = {
	    .scope = books_scope_of(books, meter->device),
	    .basis = factor->basis,
	    .direct_mg = LINE_UNKNOWN,
	    .location_mg = location_mg,
	    .market_mg = LINE_UNKNOWN,
	    .hourly_mg = LINE_UNKNOWN,
	    .intensity_g_per_kwh = account_carbon_g_per_kwh(factor->microg_per_kwh),
	    .rev = interval->rev,
	};

	return line_add_carbon(&books->lines, books_series(books, meter), &line,
			       line_slot_time_ns(interval->slot_start_s, interval->slot_s, interval->rev));
}

static void add_energy_slot(struct books *books, struct books_meter *meter, struct line_running *running, const struct interval *interval)
{
	struct books_site *site = books_site_of(books, meter->device);
	const struct plan_factor *factor = meter->supply == SUPPLY_GRID ? site_factor(books, site) : NULL;
	int64_t location_mg = factor == NULL ? 0 : account_carbon_mg(interval_total_millij(interval), factor->microg_per_kwh);
	struct line_slot slot;
	uint32_t point_count = 0;

	/* For a scrape, whose counters never fall: what comes later is among the points alone. */
	if (factor != NULL && interval->rev == 0 && location_mg >= 0) {
		meter->location_mg += location_mg;
		meter->has_location = true;
	}
	line_slot_round(&slot, running, interval);
	if (books->options.points != NULL) {
		buf_clear(&books->lines);
		point_count += line_add_slot(&books->lines, books_series(books, meter), &slot);
		if (factor != NULL)
			point_count += add_carbon_line(books, meter, interval, factor, location_mg);
		points_add_slots(books->options.points, &books->lines, point_count);
	}
	if (meter->is_in_total) {
		struct site_total_row row = {
		    .slot_start_s = interval->slot_start_s,
		    .energy_j = slot.energy_j,
		    .covered_s = slot.covered_s,
		    .location_mg = location_mg,
		    .slot_s = interval->slot_s,
		    .point = meter->point,
		    .has_location = factor != NULL,
		    .is_first = interval->rev == 0,
		};

		books_add_to_site(books, meter, &row, books_count_in_total(books, meter));
		books_add_intensity_energy(books, meter, &row, interval);
	}
}

/* ---- Intervals ---- */

/* What is there of a slot: of rows that are not committed yet the ledger knows nothing. */
static struct ledger_closed closed_before(struct books *books, uint32_t ledger_id, int64_t slot_start_s)
{
	struct ledger_closed closed = {.rev = -1};

	if (!revs_find(&books->revs, ledger_id, slot_start_s, &closed) &&
	    ledger_resume_closed(books->options.reader, ledger_id, slot_start_s, &closed, NULL) != ERR_NONE)
		books->lost_count++;
	return closed;
}

/* All rows of a slot are there. One that was summed before (a clock that was set back passes it twice) has a row, whose revision this is. */
static void book_sum(struct books *books, struct books_meter *sum, const struct interval *total)
{
	if (closed_before(books, sum->ledger_id, total->slot_start_s).rev < 0)
		books_book_interval(books, sum, NULL, total);
	else
		books_want_recompute(books, sum, total->slot_start_s);
}

/* A summand closed or revised a slot: its device's sum may be complete with it. */
static void add_to_sum(struct books *books, struct books_meter *meter, const struct interval *interval)
{
	struct books_meter *sum = meter->device->derived;
	struct interval total;

	if (!meter->info->is_summand)
		return;
	if (sum == NULL) {
		books_miss(meter->device, interval->slot_start_s);
		return;
	}
	switch (account_derive_add(&sum->derived->rows, interval, books_count_summands_of(books, meter->device, interval), &total)) {
	case DERIVE_COMPLETE: book_sum(books, sum, &total); break;
	case DERIVE_REVISE: books_want_recompute(books, sum, interval->slot_start_s); break;
	case DERIVE_DROPPED: books_want_recompute(books, sum, total.slot_start_s); break;
	case DERIVE_WAITING: break;
	}
	sum->is_changed = true;
}

void books_book_interval(struct books *books, struct books_meter *meter, struct books_stream *stream, const struct interval *interval)
{
	struct books_site *site = books_site_of(books, meter->device);
	uint32_t ledger_id = stream != NULL ? stream->ledger_id : meter->ledger_id;
	struct interval row = *interval;
	struct ledger_closed closed = {.rev = -1};
	struct err_info info = {0};

	/* Octets that were seen in part, or reckoned, are what there was at least. */
	if (stream != NULL && meter->info->is_port && row.covered_ms[COVERAGE_ESTIMATED] != 0)
		row.status_bits |= INTERVAL_LOWER_BOUND;
	if (row.rev != 0)
		closed = closed_before(books, ledger_id, row.slot_start_s);
	if (row.rev == ACCOUNT_REV_ASK)
		row.rev = closed.rev + 1;
	/* A wall clock that was set back passes a slot twice: all its rows together have no more time than it has. */
	interval_limit_ms(&row, row.slot_s * UNITS_MS_PER_S - closed.covered_ms);
	ledger_day_update(&site->day, site->zone, row.slot_start_s);
	if (ledger_batch_add_interval(books->batch, ledger_id, &row, &site->day, &info) != ERR_NONE) {
		books->lost_count++;
		log_error("device '%s', meter '%s': an interval cannot be kept: %s", meter->device->plan->id, meter->info->key, info.text);
		return;
	}
	closed = (struct ledger_closed){.rev = row.rev, .covered_ms = closed.covered_ms + interval_total_ms(&row)};
	if (revs_put(&books->revs, ledger_id, row.slot_start_s, &closed) != ERR_NONE)
		books->lost_count++;
	if (stream != NULL)
		stream->is_changed = true;
	else
		meter->is_changed = true;
	if (stream == NULL)
		add_energy_slot(books, meter, &meter->derived->running, &row);
	else if (stream->quantity == QUANTITY_ENERGY)
		add_energy_slot(books, meter, &stream->running, &row);
	else if (stream->quantity != QUANTITY_ENERGY_OUT)
		books_add_traffic_slot(books, meter, stream, &row);
	if (stream != NULL && stream->quantity == QUANTITY_ENERGY)
		add_to_sum(books, meter, &row);
}

static void sink_interval(void *context, const struct interval *interval)
{
	struct books_context *at = context;

	books_book_interval(at->books, at->meter, at->stream, interval);
}

struct account_sink books_sink(struct books *books, struct books_meter *meter, struct books_stream *stream, struct books_context *context)
{
	*context = (struct books_context){.books = books, .meter = meter, .stream = stream};
	return (struct account_sink){.context = context, .event = sink_event, .interval = sink_interval};
}

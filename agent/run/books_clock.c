/* SPDX-License-Identifier: Apache-2.0 */
/* books_clock: the wall clock's trust and steps, the slots that are due, the sums of sites. */
#include "run/books_head_priv.h"
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "base/log.h"
#include "ledger/resume.h"
#include "model/units.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* With an assumed clock the agreement of a minute is taken as seen. */
#define ASSUMED_AGREE_NS (PLACE_AGREE_NS + UNITS_NS_PER_S)

typedef void each_stream_fn(struct books_context *context, const struct account_sink *sink, int64_t argument);

/* Calls `each` for every stream of a device that has an account. */
static void for_streams_of(struct books *books, struct books_device *device, each_stream_fn *each, int64_t argument)
{
	for (size_t m = 0; m < device->meter_count; m++) {
		struct books_meter *meter = device->meter[m];

		for (size_t s = 0; s <= BOOKS_OTHER_COUNT; s++) {
			struct books_stream *stream = books_stream_at(meter, s);
			struct books_context context;
			struct account_sink sink;

			if (stream == NULL)
				continue;
			sink = books_sink(books, meter, stream, &context);
			each(&context, &sink, argument);
		}
	}
}

/* The same of all devices. */
static void for_each_stream(struct books *books, each_stream_fn *each, int64_t argument)
{
	for (size_t i = 0; i < books->options.plan->device_count; i++)
		for_streams_of(books, &books->device[i], each, argument);
}

static void trust_stream(struct books_context *context, const struct account_sink *sink, int64_t argument)
{
	struct books *books = context->books;
	struct account_rules rules = books_rules(books, context->meter, context->stream->quantity);
	struct account_now now = {.boot = books->boot, .boot_ns = books->now.boot_ns, .utc_ns = books->now.utc_ns};
	struct account_book *account = books_open_account(books, context->stream);

	(void)argument;
	if (account == NULL)
		return;
	account_book_trust(account, &rules, &books->place, &now, sink);
	books_close_account(books, context->stream);
	context->stream->is_changed = true;
}

static void step_stream(struct books_context *context, const struct account_sink *sink, int64_t step_ns)
{
	struct account_book *account = books_open_account(context->books, context->stream);

	if (account == NULL)
		return;
	account_book_step(account, context->books->now.boot_ns, step_ns, sink);
	books_close_account(context->books, context->stream);
	context->stream->is_changed = true;
}

static void tick_stream(struct books_context *context, const struct account_sink *sink, int64_t now_ns)
{
	struct account_rules rules = books_rules(context->books, context->meter, context->stream->quantity);
	struct account_book *account = books_open_account(context->books, context->stream);

	if (account == NULL)
		return;
	account_book_tick(account, &rules, &context->books->place, now_ns, sink);
	books_close_account(context->books, context->stream);
}

/* ---- What is said of the clocks ---- */

enum { CLOCK_SENTENCE_BYTES = 320 };

static void tell(struct books *books, int level, const char *code, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void tell(struct books *books, int level, const char *code, const char *format, ...)
{
	char text[CLOCK_SENTENCE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	books_add_event(books, level, code, text);
}

void books_tell_reboot(struct books *books, const struct ledger_open_row *last)
{
	char utc[CLOCK_TEXT_BYTES];

	if (books->is_reboot_told || last->boot_id[0] == '\0' || strcmp(last->boot_id, books->options.boot_id) == 0)
		return;
	books->is_reboot_told = true;
	clock_print_utc(utc, last->utc_ms);
	tell(books, LOG_LEVEL_NOTICE, "reboot", "the machine restarted: boot %s follows boot %s, whose %s%s", books->options.boot_id,
	     last->boot_id, last->utc_ms != 0 ? "last reading is of " : "clock was never trusted", last->utc_ms != 0 ? utc : "");
}

/* The first look at the wall clock in this boot. */
static void tell_untrusted(struct books *books)
{
	char shown[CLOCK_TEXT_BYTES];
	int64_t utc_ms = books->now.utc_ns / UNITS_NS_PER_MS;
	const char *reason = NULL;

	if (!books->now.is_synced && !books->options.is_clock_assumed)
		reason = books->now.is_untold ? "nobody tells whether it is kept (wattledger-clock.service)" : "nothing keeps it in time";
	else if (utc_ms < books->options.build_utc_s * UNITS_MS_PER_S)
		reason = "that is before this program was built";
	else if (utc_ms < books->newest_utc_ms)
		reason = "the ledger has newer rows";
	if (reason == NULL)
		return;
	books->is_clock_untrusted_told = true;
	clock_print_utc(shown, utc_ms);
	tell(books, LOG_LEVEL_NOTICE, "clock_untrusted",
	     "the wall clock shows %s, but %s: readings are kept by the time since boot and placed when it is trusted", shown, reason);
}

static void tell_doubt(struct books *books)
{
	int64_t off_ms = books->now.utc_ns / UNITS_NS_PER_MS - account_place_utc_ms(&books->place, books->now.boot_ns);

	books->is_clock_doubt_told = true;
	tell(books, LOG_LEVEL_NOTICE, "clock_doubt", "the wall clock is off by %.3f s all at once: believed when it stays so for a minute",
	     (double)off_ms / 1000.0);
}

static void tell_clock(struct books *books, enum place_outcome outcome)
{
	bool is_first = !books->is_clock_told;

	books->is_clock_told = true;
	if (outcome == PLACE_UNTRUSTED && is_first)
		tell_untrusted(books);
	else if (outcome == PLACE_DOUBTED && !books->is_clock_doubt_told)
		tell_doubt(books);
	else if (outcome == PLACE_KEPT || outcome == PLACE_STEPPED)
		books->is_clock_doubt_told = false;
}

/* ---- Trust and steps ---- */

/* Rows up to then were written while the wall clock was ahead: they prove nothing any more. */
static void set_back(struct books *books, int64_t ahead_utc_ms)
{
	if (ahead_utc_ms > books->ahead_utc_ms)
		books->ahead_utc_ms = ahead_utc_ms;
	books->newest_utc_ms = books_utc_ms(books, books->now.boot_ns);
}

static void clock_begun(struct books *books)
{
	int64_t utc_at_boot_ms = account_place_utc_ms(&books->place, 0);
	int64_t newest_utc_ms = books->newest_utc_ms;
	char newest[CLOCK_TEXT_BYTES];
	char began[CLOCK_TEXT_BYTES];

	clock_print_utc(newest, newest_utc_ms);
	clock_print_utc(began, utc_at_boot_ms);
	if (books_utc_ms(books, books->now.boot_ns) < newest_utc_ms) {
		set_back(books, newest_utc_ms);
		tell(
		    books, LOG_LEVEL_WARNING, "clock_contradiction",
		    "the ledger has rows up to %s, but the wall clock has been kept for long enough: those rows were written while a clock was ahead",
		    newest);
	}
	if (books->is_clock_untrusted_told)
		tell(books, LOG_LEVEL_INFO, "clock_trusted", "the wall clock is trusted now; the machine was started at %s", began);
	books->is_clock_untrusted_told = false;
	if (ledger_batch_place_events(books->batch, books->options.boot_id, utc_at_boot_ms, NULL) != ERR_NONE)
		books->lost_count++;
	/* All that was bridged since the boot before is booked here. */
	for (size_t i = 0; i < books->options.plan->device_count; i++) {
		for_streams_of(books, &books->device[i], trust_stream, 0);
		books_make_room(books);
	}
}

static void clock_stepped(struct books *books, int64_t step_ns)
{
	int64_t old_utc_ms = books_utc_ms(books, books->now.boot_ns) - step_ns / UNITS_NS_PER_MS;

	if (step_ns < 0)
		set_back(books, old_utc_ms > books->newest_utc_ms ? old_utc_ms : books->newest_utc_ms);
	tell(books, LOG_LEVEL_WARNING, "clock_step",
	     "the wall clock stepped by %.3f s; energies are not touched, times from here on follow it",
	     (double)step_ns / (double)UNITS_NS_PER_S);
	for_each_stream(books, step_stream, step_ns);
}

int64_t books_newest_utc_ms(const struct books *books)
{
	int64_t now_ms = books_utc_ms(books, books->now.boot_ns);

	return now_ms > books->newest_utc_ms ? now_ms : books->newest_utc_ms;
}

/* What the wall clock said at an earlier instant of this boot, as if it had been read then. */
static void feed_earlier(struct books *books, int64_t boot_ns, int64_t utc_ns)
{
	struct place_reading earlier = {.boot_ns = boot_ns, .utc_ns = utc_ns, .is_synced = true};
	struct place_floor none = {0};
	int64_t step_ns;

	(void)!account_place_feed(&books->place, &none, &earlier, &step_ns);
}

static enum place_outcome feed_clock(struct books *books, int64_t *step_ns)
{
	struct place_floor floor = {
	    .build_utc_ns = books->options.build_utc_s * UNITS_NS_PER_S,
	    .newest_utc_ns = books->options.is_clock_assumed ? 0 : books->newest_utc_ms * UNITS_NS_PER_MS,
	};
	struct place_reading reading = {
	    .boot_ns = books->now.boot_ns,
	    .utc_ns = books->now.utc_ns,
	    .is_synced = books->now.is_synced || books->options.is_clock_assumed,
	};

	/* Trusted before in this boot, and it still agrees: nothing more is to be waited for. */
	*step_ns = 0;
	if (books->has_resume_offset && !books->place.is_trusted) {
		books->has_resume_offset = false;
		if (account_place_resume(&books->place, books->resume_offset_ns, &reading))
			return PLACE_BEGUN;
	}
	/* With an assumed clock the agreement of a minute is taken as seen. */
	if (books->options.is_clock_assumed && !books->place.has_trial && !books->place.is_trusted)
		feed_earlier(books, reading.boot_ns - ASSUMED_AGREE_NS, reading.utc_ns - ASSUMED_AGREE_NS);
	return account_place_feed(&books->place, &floor, &reading, step_ns);
}

/* ---- What the agent knew of the clock before it was restarted ---- */

enum { CLOCK_NOTE_VERSION = 2, CLOCK_NOTE_BYTES = 1 + 2 + CLOCK_BOOT_ID_BYTES + 24 };

enum err books_add_clock_note(struct books *books, struct err_info *info)
{
	uint8_t bytes[CLOCK_NOTE_BYTES];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof(bytes)};
	enum err err;

	if (!books->is_clock_note_due)
		return ERR_NONE;
	wire_put_u8(&writer, CLOCK_NOTE_VERSION);
	wire_put_text(&writer, books->options.boot_id);
	wire_put_i64(&writer, account_place_offset(&books->place));
	wire_put_i64(&writer, books->newest_utc_ms);
	wire_put_i64(&writer, books->ahead_utc_ms);
	err = ledger_batch_add_note(books->batch, "clock", bytes, writer.length, info);
	if (err == ERR_NONE)
		books->is_clock_note_due = false;
	return err;
}

/* Trusted before in this boot: when the clock still agrees with that, the minute of agreement has passed already. */
enum err books_resume_clock(struct books *books, struct err_info *info)
{
	uint8_t bytes[CLOCK_NOTE_BYTES];
	struct wire_reader reader = {.bytes = bytes};
	char boot_id[CLOCK_BOOT_ID_BYTES];
	enum err err = ledger_resume_note(books->options.reader, "clock", bytes, sizeof(bytes), &reader.length, info);
	int64_t newest_utc_ms;
	int64_t ahead_utc_ms;

	books->newest_utc_ms = books->options.newest_utc_ms;
	if (err != ERR_NONE || reader.length == 0 || wire_get_u8(&reader) != CLOCK_NOTE_VERSION)
		return err;
	wire_get_text(&reader, boot_id, sizeof(boot_id));
	books->resume_offset_ns = wire_get_i64(&reader);
	newest_utc_ms = wire_get_i64(&reader);
	ahead_utc_ms = wire_get_i64(&reader);
	if (!wire_is_done(&reader))
		return ERR_NONE;
	books->has_resume_offset = strcmp(boot_id, books->options.boot_id) == 0;
	if (ahead_utc_ms != 0 && books->options.newest_utc_ms <= ahead_utc_ms) {
		books->newest_utc_ms = newest_utc_ms;
		books->ahead_utc_ms = ahead_utc_ms;
	}
	return ERR_NONE;
}

static void flush_site_totals(struct books *books);

void books_tick(struct books *books, const struct clock_reading *now)
{
	int64_t step_ns = 0;
	enum place_outcome outcome;

	books->now = *now;
	outcome = feed_clock(books, &step_ns);
	if (outcome == PLACE_BEGUN || outcome == PLACE_STEPPED)
		books->is_clock_note_due = true;
	tell_clock(books, outcome);
	if (outcome == PLACE_BEGUN)
		clock_begun(books);
	else if (outcome == PLACE_STEPPED)
		clock_stepped(books, step_ns);
	if (books->place.is_trusted && !books->are_zones_told)
		books_tell_zones(books);
	if (now->boot_ns < books_next_tick_ns(books, now->boot_ns))
		return;
	books->is_ticked = true;
	books->ticked_boot_ns = now->boot_ns;
	for_each_stream(books, tick_stream, now->boot_ns);
	flush_site_totals(books);
	books_tell_heads(books);
}

/*
 * A pass over all meters is worth it when a slot's grace has run out, once for each slot: readings close slots by themselves, or, where they do
 * not (closes_by_tick), wait for this. The first of these instants after the last pass.
 */
int64_t books_next_tick_ns(const struct books *books, int64_t now_boot_ns)
{
	int64_t axis_ns = account_place_offset(&books->place) - books->rules.grace_ns - UNITS_NS_PER_S;
	int64_t slot_ns = books->rules.slot_ns;
	int64_t in_slot_ns = (books->ticked_boot_ns + axis_ns) % slot_ns;

	if (!books->is_ticked)
		return now_boot_ns;
	return books->ticked_boot_ns - in_slot_ns + (in_slot_ns < 0 ? 0 : slot_ns);
}

struct send_context {
	struct books *books;
	struct books_site *site;
};

static void send_site_total(void *context, const struct site_total *total)
{
	struct send_context *send = context;
	struct books *books = send->books;
	struct line_tags tags = {.site = send->site->plan->id, .point = point_name(total->point)};
	struct line_site_total line = {
	    .energy_j = total->energy_j,
	    .covered_s = total->covered_s,
	    .expected_s = total->expected_s,
	    .location_mg = total->has_location ? total->location_mg : LINE_UNKNOWN,
	    .market_mg = LINE_UNKNOWN,
	    .hourly_mg = LINE_UNKNOWN,
	    .rev = total->rev,
	};
	struct line_series series;
	int64_t utc_ns = line_slot_time_ns(total->slot_start_s, (int32_t)books->options.plan->slot_s, total->rev);

	site_coverage_add(&send->site->coverage, total);
	if (books->options.points == NULL)
		return;
	if (line_series_init(&series, LINE_TAGS_SITE_POINT, &tags, NULL) != ERR_NONE) {
		books->lost_count++;
		return;
	}
	buf_clear(&books->lines);
	if (line_add_site_total(&books->lines, &series, &line, utc_ns))
		points_add_slots(books->options.points, &books->lines, 1);
	line_series_deinit(&series);
}

/* A point of this slot may have gone out long ago, or while the clock was ahead: the ledger knows. */
static bool is_first_of_slot(struct books *books, const struct books_site *site, const struct site_total_row *row)
{
	bool has_rows = false;

	if (!row->is_first || site_totals_knows(&site->totals, row->point, row->slot_start_s))
		return row->is_first;
	if (ledger_resume_site_slot(books->options.reader, site->ledger_id, row->point, row->slot_start_s, &has_rows, NULL) != ERR_NONE)
		return false;
	return !has_rows;
}

void books_add_to_site(struct books *books, struct books_meter *meter, const struct site_total_row *row, uint32_t expected)
{
	struct send_context context = {.books = books, .site = books_site_of(books, meter->device)};
	struct site_total_row added = *row;

	added.is_first = is_first_of_slot(books, context.site, row);
	site_totals_add(&context.site->totals, &added, expected, send_site_total, &context);
}

static void flush_site_totals(struct books *books)
{
	int64_t now_s = books_utc_ms(books, books->now.boot_ns) / UNITS_MS_PER_S;
	int64_t due_s = now_s - books->options.plan->slot_s - 2 * (int64_t)books->options.plan->grace_s;

	if (!books->place.is_trusted)
		return;
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		struct send_context context = {.books = books, .site = &books->site[i]};

		site_totals_flush(&context.site->totals, due_s, now_s, send_site_total, &context);
	}
	books_flush_intensity(books, due_s);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "account/book.h"

#include "account/state_priv.h"

enum { BOOK_STATE_VERSION = 2 };

/* What the meter's bookings need on their way into the slots. */
struct passage {
	struct account_slots *slots;
	const struct account_place *place;
	const struct account_sink *sink;
};

static void pass_booking(void *context, const struct account_booking *booking)
{
	const struct passage *passage = context;

	if (passage->sink->book)
		passage->sink->book(passage->sink->context, booking);
	account_slots_book(passage->slots, passage->place, booking, passage->sink);
}

static void pass_event(void *context, const struct account_event *event)
{
	const struct passage *passage = context;

	passage->sink->event(passage->sink->context, event);
}

static struct account_rules rules_at(const struct account_rules *rules, const struct account_place *place)
{
	struct account_rules placed = *rules;

	placed.slot_offset_ns = account_place_offset(place);
	return placed;
}

void account_book_init(struct account_book *book, int32_t slot_s)
{
	account_meter_init(&book->meter);
	account_slots_init(&book->slots, slot_s);
}

void account_book_take(struct account_book *book, const struct account_rules *rules, const struct account_place *place,
		       const struct account_reading *reading, const struct account_sink *sink)
{
	struct passage passage = {&book->slots, place, sink};
	const struct account_sink inner = {.context = &passage, .book = pass_booking, .event = pass_event};
	struct account_rules placed = rules_at(rules, place);

	account_meter_take(&book->meter, &placed, reading, &inner);
	if (!rules->closes_by_tick)
		account_book_tick(book, rules, place, reading->boot_ns, sink);
}

void account_book_tick(struct account_book *book, const struct account_rules *rules, const struct account_place *place, int64_t now_ns,
		       const struct account_sink *sink)
{
	struct passage passage = {&book->slots, place, sink};
	const struct account_sink inner = {.context = &passage, .book = pass_booking, .event = pass_event};
	struct account_rules placed = rules_at(rules, place);

	account_meter_expire(&book->meter, &placed, now_ns, &inner);
	account_slots_close_due(&book->slots, place, account_meter_complete_ns(&book->meter), now_ns, rules->grace_ns, sink);
}

void account_book_resume(struct account_book *book, const struct account_rules *rules, const struct account_place *place,
			 const struct account_now *now, const struct account_sink *sink)
{
	/* What the meter books first still belongs to the boot that ended, and to its placement. */
	struct account_place old = {.offset_ns = book->slots.placed_utc_ms * INT64_C(1000000) - book->slots.placed_boot_ns,
				    .is_trusted = !book->slots.is_unplaced && book->slots.placed_utc_ms != 0};
	struct passage passage = {&book->slots, &old, sink};
	const struct account_sink inner = {.context = &passage, .book = pass_booking, .event = pass_event};
	struct account_rules placed = rules_at(rules, &old);
	bool is_new_boot = book->meter.boot != now->boot;

	account_meter_resume(&book->meter, &placed, now, &inner);
	/* The clock may have come to be trusted while this meter was away. */
	if (!is_new_boot && place->is_trusted)
		account_book_trust(book, rules, place, now, sink);
	if (!is_new_boot)
		return;
	account_slots_reboot(&book->slots);
	if (place->is_trusted)
		account_slots_trust(&book->slots, place, now->boot_ns, sink);
}

void account_book_segment(struct account_book *book, const struct account_rules *rules, const struct account_place *place,
			  enum account_event_code code, int64_t boot_ns, const struct account_sink *sink)
{
	struct passage passage = {&book->slots, place, sink};
	const struct account_sink inner = {.context = &passage, .book = pass_booking, .event = pass_event};
	struct account_rules placed = rules_at(rules, place);

	account_meter_segment(&book->meter, &placed, code, boot_ns, &inner);
}

void account_book_trust(struct account_book *book, const struct account_rules *rules, const struct account_place *place,
			const struct account_now *now, const struct account_sink *sink)
{
	struct passage passage = {&book->slots, place, sink};
	const struct account_sink inner = {.context = &passage, .book = pass_booking, .event = pass_event};
	struct account_rules placed = rules_at(rules, place);

	account_slots_trust(&book->slots, place, now->boot_ns, sink);
	account_meter_trust(&book->meter, &placed, now, &inner);
}

void account_book_step(struct account_book *book, int64_t boot_ns, int64_t step_ns, const struct account_sink *sink)
{
	account_slots_step(&book->slots);
	account_meter_step(&book->meter, step_ns);
	sink->event(sink->context, &(struct account_event){.code = ACCOUNT_EVENT_CLOCK_STEP,
							   .boot_ns = boot_ns,
							   .before = (uint64_t)(step_ns / INT64_C(1000000))});
}

size_t account_book_save(const struct account_book *book, const struct account_base *base, uint8_t *bytes, size_t size)
{
	struct account_book copy = *book;
	struct state_visitor visitor = state_begin(bytes, NULL, size, base, BOOK_STATE_VERSION);

	meter_visit(&visitor, &copy.meter);
	slots_visit(&visitor, &copy.slots, &copy.meter);
	return state_end(&visitor) ? visitor.at : 0;
}

enum err account_book_load(struct account_book *book, const struct account_base *base, const uint8_t *bytes, size_t size,
			   struct err_info *info)
{
	struct account_book copy = {0};
	struct state_visitor visitor = state_begin(NULL, bytes, size, base, BOOK_STATE_VERSION);

	meter_visit(&visitor, &copy.meter);
	slots_visit(&visitor, &copy.slots, &copy.meter);
	if (!state_end(&visitor) || !meter_is_sane(&copy.meter) || !slots_is_sane(&copy.slots))
		return err_set(info, ERR_DATA,
			       "the saved state of a meter (%zu bytes) is damaged or of another version: its baseline has to be taken anew",
			       size);
	*book = copy;
	return ERR_NONE;
}

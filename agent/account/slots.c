/* SPDX-License-Identifier: Apache-2.0 */
#include "account/slots.h"

#include "base/num.h"
#include "model/units.h"

#include <string.h>

enum { CLASS_BRIDGED = 1 /* index in COVERAGE_OF */, BELIEVED_DAYS = 400, PLACED_DAYS = 1 };

/* Where a class of struct account_slot stands in struct interval. */
static const enum coverage COVERAGE_OF[ACCOUNT_CLASS_COUNT] = {COVERAGE_MEASURED, COVERAGE_BRIDGED, COVERAGE_ESTIMATED, COVERAGE_STATIC};

void account_slots_init(struct account_slots *slots, int32_t slot_s)
{
	*slots = (struct account_slots){.known_from_s = INT64_MIN, .slot_s = slot_s};
}

static int64_t slot_ms(const struct account_slots *slots)
{
	return slots->slot_s * UNITS_MS_PER_S;
}

static int64_t slot_start(const struct account_slots *slots, int64_t at_ms)
{
	int64_t in_slot = at_ms % slot_ms(slots);

	return at_ms - in_slot - (in_slot < 0 ? slot_ms(slots) : 0);
}

static int64_t floor_ms(int64_t ns)
{
	return ns / UNITS_NS_PER_MS - (ns % UNITS_NS_PER_MS < 0);
}

static unsigned class_of(enum coverage coverage)
{
	for (unsigned i = 0; i < ACCOUNT_CLASS_COUNT; i++) {
		if (COVERAGE_OF[i] == coverage)
			return i;
	}
	return COVERAGE_ESTIMATED;
}

/* ---- Sending --------------------------------------------------------------------------------------------------------------------- */

static struct account_closed *closed_find(struct account_slots *slots, int64_t start_s)
{
	for (unsigned i = 0; i < slots->closed_count; i++) {
		if (slots->closed[i].start_s == start_s)
			return &slots->closed[i];
	}
	return NULL;
}

/* Remembers that rev 0 was sent. The oldest makes room; what is older than all that are remembered is left to the ledger. */
static void closed_add(struct account_slots *slots, int64_t start_s)
{
	unsigned at = slots->closed_count;

	if (at == ACCOUNT_CLOSED_MAX) {
		int64_t evicted_s = slots->closed[0].start_s > start_s ? start_s : slots->closed[0].start_s;

		if (evicted_s + slots->slot_s > slots->known_from_s)
			slots->known_from_s = evicted_s + slots->slot_s;
		if (evicted_s == start_s)
			return;
		memmove(&slots->closed[0], &slots->closed[1], (ACCOUNT_CLOSED_MAX - 1) * sizeof(slots->closed[0]));
		at--;
	} else {
		slots->closed_count++;
	}
	while (at > 0 && slots->closed[at - 1].start_s > start_s) {
		slots->closed[at] = slots->closed[at - 1];
		at--;
	}
	slots->closed[at] = (struct account_closed){.start_s = start_s, .rev = 0};
}

static void send(struct account_slots *slots, const struct account_slot *slot, int32_t rev, const struct account_sink *sink)
{
	struct interval interval = {.slot_start_s = slot->from / UNITS_MS_PER_S,
				    .slot_s = slots->slot_s,
				    .rev = rev,
				    .status_bits = slot->bits | (rev ? INTERVAL_LATE : 0u),
				    .has_raw = slot->has_raw,
				    .raw_open = slot->raw_open,
				    .raw_close = slot->raw_close};

	for (unsigned i = 0; i < ACCOUNT_CLASS_COUNT; i++) {
		interval.millij[COVERAGE_OF[i]] = slot->millij[i];
		interval.covered_ms[COVERAGE_OF[i]] = slot->covered_ms[i];
	}
	if (slot->has_raw) {
		interval.open_utc_ms = slot->from + slot->open_ms;
		interval.close_utc_ms = slot->from + slot->close_ms;
	}
	/* A wall clock that was set back covers time twice: a slot has no more than its length. */
	interval_limit_ms(&interval, slot_ms(slots));
	sink->interval(sink->context, &interval);
}

/* Sends a stretch of a slot as the next rev of what is there. Of a slot that is not remembered only the ledger may know. */
static void send_next(struct account_slots *slots, const struct account_slot *slot, const struct account_sink *sink)
{
	int64_t start_s = slot->from / UNITS_MS_PER_S;
	struct account_closed *closed = closed_find(slots, start_s);

	if (closed) {
		closed->rev++;
		send(slots, slot, closed->rev, sink);
	} else if (start_s < slots->known_from_s) {
		send(slots, slot, ACCOUNT_REV_ASK, sink);
	} else {
		closed_add(slots, start_s);
		send(slots, slot, 0, sink);
	}
}

static void send_first(struct account_slots *slots, const struct account_sink *sink)
{
	struct account_slot slot = slots->slot[0];

	slots->slot_count--;
	memmove(&slots->slot[0], &slots->slot[1], slots->slot_count * sizeof(slots->slot[0]));
	send_next(slots, &slot, sink);
}

/* ---- Adding ---------------------------------------------------------------------------------------------------------------------- */

static int32_t clamp_ms(int64_t ms)
{
	if (ms > INT32_MAX)
		return INT32_MAX;
	return ms < INT32_MIN ? INT32_MIN : (int32_t)ms;
}

/* `part` (same axis, lies within `slot`) is added; the evidence is widened. */
static void slot_add(struct account_slot *slot, const struct account_slot *part)
{
	int64_t shift_ms = part->from - slot->from;

	for (unsigned i = 0; i < ACCOUNT_CLASS_COUNT; i++) {
		slot->millij[i] += part->millij[i];
		/* Time saturates where years are joined because no clock was ever trusted. */
		if (slot->covered_ms[i] > UINT32_MAX - part->covered_ms[i])
			slot->covered_ms[i] = UINT32_MAX;
		else
			slot->covered_ms[i] += part->covered_ms[i];
	}
	slot->bits |= part->bits;
	if (!part->has_raw)
		return;
	if (!slot->has_raw || clamp_ms(part->open_ms + shift_ms) < slot->open_ms) {
		slot->raw_open = part->raw_open;
		slot->open_ms = clamp_ms(part->open_ms + shift_ms);
	}
	if (!slot->has_raw || clamp_ms(part->close_ms + shift_ms) > slot->close_ms) {
		slot->raw_close = part->raw_close;
		slot->close_ms = clamp_ms(part->close_ms + shift_ms);
	}
	slot->has_raw = 1;
}

static bool is_mark(const struct account_slot *part)
{
	for (unsigned i = 0; i < ACCOUNT_CLASS_COUNT; i++) {
		if (part->millij[i] || part->covered_ms[i])
			return false;
	}
	return true;
}

/* A place for a stretch in slot[], by time. There is room. */
static struct account_slot *slot_insert(struct account_slots *slots, int64_t from, int64_t to)
{
	unsigned at = slots->slot_count++;

	while (at > 0 && slots->slot[at - 1].from > from) {
		slots->slot[at] = slots->slot[at - 1];
		at--;
	}
	slots->slot[at] = (struct account_slot){.from = from, .to = to};
	return &slots->slot[at];
}

static struct account_slot *slot_find(struct account_slots *slots, int64_t at_ms)
{
	for (unsigned i = 0; i < slots->slot_count; i++) {
		if (slots->slot[i].from <= at_ms && at_ms < slots->slot[i].to)
			return &slots->slot[i];
	}
	return NULL;
}

/*
 * `part` lies within the slot that starts at part->from; part->to is that slot's end. A slot that was sent before is opened again: what comes
 * to it until it is due (a wall clock that was set back fills it reading by reading) goes out as one revision.
 */
static void add_placed(struct account_slots *slots, const struct account_slot *part, const struct account_sink *sink)
{
	struct account_slot *slot = slot_find(slots, part->from);

	if (slot) {
		slot_add(slot, part);
		return;
	}
	/* Marks alone are no reason for a row. */
	if (is_mark(part))
		return;
	if (slots->slot_count == ACCOUNT_SLOTS_MAX && slots->slot[0].from > part->from) {
		send_next(slots, part, sink);
		return;
	}
	if (slots->slot_count == ACCOUNT_SLOTS_MAX)
		send_first(slots, sink);
	slot_add(slot_insert(slots, part->from, part->to), part);
}

/* Joins the two neighbours that make the shortest stretch. */
static void join_two(struct account_slots *slots)
{
	unsigned best = 0;

	for (unsigned i = 1; i + 1 < slots->slot_count; i++) {
		if (slots->slot[i + 1].to - slots->slot[i].from < slots->slot[best + 1].to - slots->slot[best].from)
			best = i;
	}
	slot_add(&slots->slot[best], &slots->slot[best + 1]);
	slots->slot[best].to = slots->slot[best + 1].to;
	slots->slot_count--;
	memmove(&slots->slot[best + 1], &slots->slot[best + 2], (slots->slot_count - best - 1) * sizeof(slots->slot[0]));
}

static void add_unplaced(struct account_slots *slots, const struct account_slot *part)
{
	struct account_slot *slot = slot_find(slots, part->from);

	if (!slot) {
		if (slots->slot_count == ACCOUNT_SLOTS_MAX)
			join_two(slots);
		/* Joined stretches may have closed over it. */
		slot = slot_find(slots, part->from);
	}
	if (!slot)
		slot = slot_insert(slots, part->from, part->to);
	slot_add(slot, part);
}

/* Energy and time of a stretch before it is split over slots, ms. */
struct stretch {
	int64_t from;
	int64_t to;
	int64_t millij[ACCOUNT_CLASS_COUNT];
	int64_t covered_ms[ACCOUNT_CLASS_COUNT];
	struct account_slot evidence; /* raw readings (relative to `from`) and bits */
};

/*
 * Nobody bridges more than 400 days: a wall clock is years off, and would spread it over a million slots, of every meter. Its place in time is not
 * known then, and the newest day's slots get it.
 */
static void limit_stretch(struct stretch *whole)
{
	int64_t most_ms = PLACED_DAYS * UNITS_S_PER_DAY * UNITS_MS_PER_S;

	if (whole->to - whole->from <= BELIEVED_DAYS * UNITS_S_PER_DAY * UNITS_MS_PER_S)
		return;
	whole->from = whole->to - most_ms;
	whole->evidence.bits |= INTERVAL_UNPLACED;
	for (unsigned i = 0; i < ACCOUNT_CLASS_COUNT; i++) {
		if (whole->covered_ms[i] > most_ms)
			whole->covered_ms[i] = most_ms;
	}
}

static void split(struct account_slots *slots, struct stretch *whole, const struct account_sink *sink)
{
	struct stretch done = {0};
	int64_t length_ms;
	int64_t start;

	limit_stretch(whole);
	length_ms = whole->to - whole->from;
	start = slot_start(slots, whole->from);
	do {
		int64_t end = start + slot_ms(slots);
		int64_t so_far_ms = (end < whole->to ? end : whole->to) - whole->from;
		struct account_slot part = whole->evidence;

		part.from = start;
		part.to = end;
		for (unsigned i = 0; i < ACCOUNT_CLASS_COUNT; i++) {
			int64_t millij = length_ms ? num_muldiv_floor(whole->millij[i], so_far_ms, length_ms) : whole->millij[i];
			int64_t covered_ms =
			    length_ms ? num_muldiv_floor(whole->covered_ms[i], so_far_ms, length_ms) : whole->covered_ms[i];

			part.millij[i] = millij - done.millij[i];
			part.covered_ms[i] = (uint32_t)(covered_ms - done.covered_ms[i]);
			done.millij[i] = millij;
			done.covered_ms[i] = covered_ms;
		}
		part.open_ms = clamp_ms(whole->evidence.open_ms + whole->from - start);
		part.close_ms = clamp_ms(whole->evidence.close_ms + whole->from - start);
		if (slots->is_unplaced)
			add_unplaced(slots, &part);
		else
			add_placed(slots, &part, sink);
		start = end;
	} while (start < whole->to);
}

/* Instants of a booking on the axis in use, ms. A booking that follows the one before leaves no seam. */
static void axis_of(struct account_slots *slots, const struct account_place *place, const struct account_booking *booking,
		    struct stretch *whole)
{
	int64_t offset_ns = account_place_offset(place);

	whole->from = floor_ms(booking->from_boot_ns + offset_ns);
	whole->to = floor_ms(booking->to_boot_ns + offset_ns);
	if (!place->is_trusted)
		return;
	if (slots->placed_utc_ms && booking->from_boot_ns == slots->placed_boot_ns && whole->to >= slots->placed_utc_ms)
		whole->from = slots->placed_utc_ms;
	if (booking->to_boot_ns >= slots->placed_boot_ns || !slots->placed_utc_ms) {
		slots->placed_boot_ns = booking->to_boot_ns;
		slots->placed_utc_ms = whole->to;
	}
	if (whole->to > slots->trusted_utc_ms)
		slots->trusted_utc_ms = whole->to;
}

void account_slots_book(struct account_slots *slots, const struct account_place *place, const struct account_booking *booking,
			const struct account_sink *sink)
{
	struct stretch whole = {.evidence = {.bits = booking->status_bits,
					     .has_raw = booking->has_raw,
					     .raw_open = booking->raw_open,
					     .raw_close = booking->raw_close,
					     .open_ms = clamp_ms((booking->raw_open_ns - booking->from_boot_ns) / UNITS_NS_PER_MS),
					     .close_ms = clamp_ms((booking->raw_close_ns - booking->from_boot_ns) / UNITS_NS_PER_MS)}};
	unsigned class = class_of(booking->coverage);

	if (place->is_trusted && slots->is_unplaced)
		account_slots_trust(slots, place, booking->to_boot_ns, sink);
	if (!place->is_trusted && !slots->is_unplaced) {
		while (slots->slot_count)
			send_first(slots, sink);
		slots->is_unplaced = 1;
	}
	axis_of(slots, place, booking, &whole);
	whole.millij[class] = booking->millij;
	whole.covered_ms[class] = whole.to - whole.from;
	split(slots, &whole, sink);
}

void account_slots_close_due(struct account_slots *slots, const struct account_place *place, int64_t complete_ns, int64_t now_ns,
			     int64_t grace_ns, const struct account_sink *sink)
{
	int64_t due_ns = now_ns - grace_ns;
	int64_t now_ms = account_place_utc_ms(place, now_ns);
	int64_t due_ms;

	if (!place->is_trusted || slots->is_unplaced)
		return;
	due_ms = account_place_utc_ms(place, complete_ns > due_ns ? complete_ns : due_ns);
	while (slots->slot_count && slots->slot[0].to <= due_ms)
		send_first(slots, sink);
	/* Filled while the wall clock was ahead: it would stay open until that time comes. */
	while (slots->slot_count && slots->slot[slots->slot_count - 1].from > now_ms + slot_ms(slots)) {
		struct account_slot ahead = slots->slot[--slots->slot_count];

		send_next(slots, &ahead, sink);
	}
}

/* ---- Trust ----------------------------------------------------------------------------------------------------------------------- */

/* What an earlier boot left: bridged between the last trusted instant and `to_ms`, at most as long as was measured of it. */
static void place_lost(struct account_slots *slots, int64_t to_ms, int64_t now_ns, const struct account_sink *sink)
{
	struct account_event event = {.code = ACCOUNT_EVENT_CLOCK_LOST, .boot_ns = now_ns, .millij = slots->lost_millij};
	struct stretch whole = {.to = to_ms, .evidence = {.bits = slots->lost_bits | INTERVAL_CLOCK_UNTRUSTED | INTERVAL_UNPLACED}};

	if (!slots->lost_millij && !slots->lost_ms)
		return;
	whole.from = slots->trusted_utc_ms;
	if (!whole.from || whole.from >= to_ms)
		whole.from = to_ms - slots->lost_ms;
	whole.millij[CLASS_BRIDGED] = slots->lost_millij;
	whole.covered_ms[CLASS_BRIDGED] = slots->lost_ms < to_ms - whole.from ? slots->lost_ms : to_ms - whole.from;
	slots->lost_millij = 0;
	slots->lost_ms = 0;
	slots->lost_bits = 0;
	event.before = (uint64_t)whole.from;
	event.after = (uint64_t)whole.to;
	sink->event(sink->context, &event);
	split(slots, &whole, sink);
}

void account_slots_trust(struct account_slots *slots, const struct account_place *place, int64_t now_ns, const struct account_sink *sink)
{
	struct account_slot unplaced[ACCOUNT_SLOTS_MAX];
	unsigned count = slots->is_unplaced ? slots->slot_count : 0;
	struct account_event event = {.code = ACCOUNT_EVENT_CLOCK_TRUST,
				      .boot_ns = now_ns,
				      .millij = slots->is_unplaced ? account_slots_held_millij(slots) - slots->lost_millij : 0};
	int64_t offset_ms;
	int64_t now_ms;

	if (!place->is_trusted)
		return;
	offset_ms = floor_ms(account_place_offset(place));
	now_ms = account_place_utc_ms(place, now_ns);
	memcpy(unplaced, slots->slot, count * sizeof(unplaced[0]));
	if (slots->is_unplaced)
		slots->slot_count = 0;
	slots->is_unplaced = 0;
	place_lost(slots, count ? unplaced[0].from + offset_ms : now_ms, now_ns, sink);
	for (unsigned i = 0; i < count; i++) {
		const struct account_slot *kept = &unplaced[i];
		struct stretch whole = {.from = kept->from + offset_ms, .to = kept->to + offset_ms, .evidence = *kept};

		whole.evidence.bits |=
		    INTERVAL_CLOCK_UNTRUSTED | (kept->to - kept->from > slot_ms(slots) ? (unsigned)INTERVAL_UNPLACED : 0u);
		for (unsigned k = 0; k < ACCOUNT_CLASS_COUNT; k++) {
			whole.millij[k] = kept->millij[k];
			whole.covered_ms[k] = kept->covered_ms[k];
		}
		if (whole.to > now_ms && now_ms > whole.from)
			whole.to = now_ms;
		split(slots, &whole, sink);
		if (whole.to > slots->trusted_utc_ms)
			slots->trusted_utc_ms = whole.to;
	}
	if (event.millij)
		sink->event(sink->context, &event);
}

void account_slots_reboot(struct account_slots *slots)
{
	slots->placed_utc_ms = 0;
	slots->placed_boot_ns = 0;
	if (!slots->is_unplaced)
		return;
	for (unsigned i = 0; i < slots->slot_count; i++) {
		for (unsigned k = 0; k < ACCOUNT_CLASS_COUNT; k++) {
			slots->lost_millij += slots->slot[i].millij[k];
			slots->lost_ms += slots->slot[i].covered_ms[k];
		}
		slots->lost_bits |= slots->slot[i].bits;
	}
	slots->slot_count = 0;
	slots->is_unplaced = 0;
}

void account_slots_step(struct account_slots *slots)
{
	slots->placed_utc_ms = 0;
	for (unsigned i = 0; i < slots->slot_count && !slots->is_unplaced; i++)
		slots->slot[i].bits |= INTERVAL_CLOCK_ADJUSTED;
}

int64_t account_slots_held_millij(const struct account_slots *slots)
{
	int64_t sum = slots->lost_millij;

	for (unsigned i = 0; i < slots->slot_count; i++) {
		for (unsigned k = 0; k < ACCOUNT_CLASS_COUNT; k++)
			sum += slots->slot[i].millij[k];
	}
	return sum;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "account/meter_priv.h"

#include "base/wide.h"
#include "model/units.h"

#include <string.h>

static const int64_t FJ_PER_MICROJ = INT64_C(1000000000); /* microwatt x nanosecond = femtojoule */
static const int64_t MICROJ_PER_MILLIJ = INT64_C(1000);

/* A stretch over so many slots is one piece: its energy is spread evenly. */
static const int64_t UNCUT_SLOTS = 4;

int64_t meter_add(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

int64_t meter_border_ns(const struct account_rules *rules, int64_t at_ns)
{
	int64_t at = at_ns + rules->slot_offset_ns;
	int64_t in_slot = at % rules->slot_ns;

	if (in_slot < 0)
		in_slot += rules->slot_ns;
	return at_ns - in_slot + rules->slot_ns;
}

void meter_book(struct account_meter *meter, const struct account_rules *rules, const struct account_sink *sink,
		const struct account_booking *booking)
{
	struct account_booking out = *booking;

	out.status_bits |= meter->bits | (rules->is_component ? INTERVAL_COMPONENT : 0u) | (meter->is_frozen ? INTERVAL_FROZEN : 0u);
	meter->bits = 0;
	meter->energy_millij = meter_add(meter->energy_millij, out.millij);
	sink->book(sink->context, &out);
}

void meter_report(struct account_meter *meter, const struct account_sink *sink, const struct account_event *event)
{
	meter->bits |= account_event_bit(event->code);
	sink->event(sink->context, event);
}

/* a x part / whole, towards zero. */
static int64_t part_of(int64_t a, int64_t part, int64_t whole)
{
	int64_t rest;

	return wide_saturated(wide_divide(wide_mul(a, part), whole, &rest));
}

/* Energy from the start of a ramp to `at_ns`, femtojoules. */
static struct wide ramp_fj(const struct meter_ramp *ramp, int64_t at_ns)
{
	int64_t rest;
	int64_t time_ns = at_ns - ramp->from_ns;
	struct wide rise = wide_divide(wide_mul(ramp->to_microw - ramp->from_microw, time_ns), ramp->to_ns - ramp->from_ns, &rest);

	return wide_divide(wide_times(wide_add(wide_mul(ramp->from_microw, 2), rise), time_ns), 2, &rest);
}

static void pending_push(struct account_meter *meter, const struct account_rules *rules, int64_t to_ns, int64_t microj)
{
	struct account_pending *last = meter->pending_count ? &meter->pending[meter->pending_count - 1] : NULL;

	if (last && meter_border_ns(rules, last->to_ns - 1) != last->to_ns && meter_border_ns(rules, last->to_ns) >= to_ns) {
		last->to_ns = to_ns;
		last->weight_microj = meter_add(last->weight_microj, microj);
		return;
	}
	meter->pending[meter->pending_count++] = (struct account_pending){.to_ns = to_ns, .weight_microj = microj};
}

void meter_pending_extend(struct account_meter *meter, const struct account_rules *rules, const struct meter_ramp *ramp,
			  const struct account_sink *sink)
{
	bool is_uncut = (ramp->to_ns - ramp->from_ns) / rules->slot_ns >= UNCUT_SLOTS;
	int64_t carry_fj = meter->power_carry_fj;
	int64_t done_microj = 0;

	if (!meter->pending_count)
		meter->pending_from_ns = ramp->from_ns;
	for (int64_t at_ns = ramp->from_ns; at_ns < ramp->to_ns;) {
		int64_t border_ns = meter_border_ns(rules, at_ns);
		int64_t microj;

		at_ns = is_uncut || border_ns > ramp->to_ns ? ramp->to_ns : border_ns;
		microj =
		    wide_saturated(wide_divide(wide_add(wide_of(meter->power_carry_fj), ramp_fj(ramp, at_ns)), FJ_PER_MICROJ, &carry_fj));
		if (meter->pending_count == ACCOUNT_PENDING_MAX)
			meter_pending_estimate(meter, rules, 1, meter_room_millij(meter, rules), sink);
		pending_push(meter, rules, at_ns, microj - done_microj);
		done_microj = microj;
	}
	meter->power_carry_fj = (uint32_t)carry_fj;
	meter->still_microj = meter_add(meter->still_microj, done_microj);
}

static int64_t pieces_microj(const struct account_meter *meter, unsigned count)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum = meter_add(sum, meter->pending[i].weight_microj);
	return sum;
}

int64_t meter_pending_microj(const struct account_meter *meter)
{
	return pieces_microj(meter, meter->pending_count);
}

int64_t meter_room_millij(const struct account_meter *meter, const struct account_rules *rules)
{
	int64_t step = account_counter_step_millij(&rules->counter);

	if (meter->seen_ns == METER_NEVER_NS)
		return 0;
	if (meter->is_frozen || meter->seen_ns - meter->counter.boot_ns > rules->max_gap_ns)
		return INT64_MAX;
	return step > meter->advance_millij ? step - meter->advance_millij : 0;
}

/* Books `millij` over the first `count` pieces, cumulatively rounded so that the parts add, and drops these pieces. */
static void book_pieces(struct account_meter *meter, const struct account_rules *rules, unsigned count, const struct account_booking *whole,
			const struct account_sink *sink)
{
	int64_t weight = pieces_microj(meter, count);
	int64_t first_ns = meter->pending_from_ns;
	int64_t time_ns = count ? meter->pending[count - 1].to_ns - first_ns : 0;
	int64_t so_far = 0;
	int64_t done = 0;

	for (unsigned i = 0; i < count; i++) {
		struct account_booking part = *whole;
		int64_t share;

		so_far = meter_add(so_far, meter->pending[i].weight_microj);
		share = weight > 0 ? part_of(whole->millij, so_far, weight)
				   : part_of(whole->millij, meter->pending[i].to_ns - first_ns, time_ns);
		if (i == count - 1)
			share = whole->millij;
		part.from_boot_ns = meter->pending_from_ns;
		part.to_boot_ns = meter->pending[i].to_ns;
		part.millij = share - done;
		done = share;
		meter->pending_from_ns = part.to_boot_ns;
		meter_book(meter, rules, sink, &part);
	}
	meter->pending_count = (uint8_t)(meter->pending_count - count);
	memmove(&meter->pending[0], &meter->pending[count], meter->pending_count * sizeof(meter->pending[0]));
}

void meter_pending_settle(struct account_meter *meter, const struct account_rules *rules, int64_t millij,
			  const struct meter_evidence *evidence, const struct account_sink *sink)
{
	struct account_booking whole = {
	    .millij = millij,
	    .coverage = (enum coverage)meter->coverage,
	    .has_raw = evidence->has_raw,
	    .raw_open = evidence->raw_open,
	    .raw_close = evidence->raw_close,
	    .raw_open_ns = evidence->open_ns,
	    .raw_close_ns = evidence->close_ns,
	};

	book_pieces(meter, rules, meter->pending_count, &whole, sink);
}

void meter_pending_estimate(struct account_meter *meter, const struct account_rules *rules, unsigned count, int64_t room_millij,
			    const struct account_sink *sink)
{
	int64_t millij = pieces_microj(meter, count) / MICROJ_PER_MILLIJ;
	enum coverage coverage = (enum coverage)meter->coverage;
	struct account_booking whole = {
	    .millij = millij < room_millij ? millij : room_millij,
	    .coverage = meter->is_frozen && coverage == COVERAGE_MEASURED ? COVERAGE_ESTIMATED : coverage,
	    .has_raw = meter->counter.has_baseline,
	    .raw_open = meter->counter.raw,
	    .raw_close = meter->counter.raw,
	    .raw_open_ns = meter->counter.boot_ns,
	    .raw_close_ns = meter->counter.boot_ns,
	};

	if (!count)
		return;
	meter->advance_millij = meter_add(meter->advance_millij, whole.millij);
	book_pieces(meter, rules, count, &whole, sink);
}

void meter_pending_cut(struct account_meter *meter, int64_t at_ns)
{
	int64_t from_ns = meter->pending_from_ns;

	for (unsigned i = 0; i < meter->pending_count; i++) {
		struct account_pending *piece = &meter->pending[i];

		if (piece->to_ns > at_ns) {
			int64_t share = at_ns > from_ns ? part_of(piece->weight_microj, at_ns - from_ns, piece->to_ns - from_ns) : 0;

			meter->pending_count = (uint8_t)(at_ns > from_ns ? i + 1 : i);
			*piece = (struct account_pending){.to_ns = at_ns, .weight_microj = share};
			return;
		}
		from_ns = piece->to_ns;
	}
}

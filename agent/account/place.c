/* SPDX-License-Identifier: Apache-2.0 */
#include "account/place.h"

#include "model/units.h"

/* The two clocks are read one after the other, and the wall clock is slewed: no step. */
static bool is_near(int64_t a_ns, int64_t b_ns)
{
	int64_t difference_ns = a_ns > b_ns ? a_ns - b_ns : b_ns - a_ns;

	return difference_ns < PLACE_STEP_NS;
}

static void trial_begin(struct account_place *place, int64_t offset_ns, int64_t boot_ns)
{
	place->trial_offset_ns = offset_ns;
	place->trial_since_ns = boot_ns;
	place->has_trial = true;
}

/* The wall clock agrees with the placement that is in use. */
static enum place_outcome keep(struct account_place *place, int64_t offset_ns)
{
	place->offset_ns = offset_ns;
	place->has_trial = false;
	return PLACE_KEPT;
}

enum place_outcome account_place_feed(struct account_place *place, const struct place_floor *floor, const struct place_reading *reading,
				      int64_t *step_ns)
{
	int64_t offset_ns = reading->utc_ns - reading->boot_ns;
	enum place_outcome waiting = place->is_trusted ? PLACE_DOUBTED : PLACE_UNTRUSTED;
	/* A step back below the newest row is believed soon of a clock that was trusted before: it is what corrects a wrong one. */
	bool is_contradicted = !place->is_trusted && reading->utc_ns < floor->newest_utc_ns;
	bool was_trusted = place->is_trusted;

	*step_ns = 0;
	if (place->is_trusted && is_near(offset_ns, place->offset_ns))
		return keep(place, offset_ns);
	if (!reading->is_synced || reading->utc_ns < floor->build_utc_ns) {
		place->has_trial = false;
		return waiting;
	}
	if (!place->has_trial || !is_near(offset_ns, place->trial_offset_ns))
		trial_begin(place, offset_ns, reading->boot_ns);
	if (reading->boot_ns - place->trial_since_ns < (is_contradicted ? PLACE_CONTRADICT_NS : PLACE_AGREE_NS))
		return waiting;
	if (was_trusted)
		*step_ns = offset_ns - place->offset_ns;
	place->offset_ns = offset_ns;
	place->is_trusted = true;
	place->has_trial = false;
	return was_trusted ? PLACE_STEPPED : PLACE_BEGUN;
}

bool account_place_resume(struct account_place *place, int64_t offset_ns, const struct place_reading *reading)
{
	if (!is_near(reading->utc_ns - reading->boot_ns, offset_ns))
		return false;
	*place = (struct account_place){.offset_ns = offset_ns, .is_trusted = true};
	return true;
}

int64_t account_place_utc_ns(const struct account_place *place, int64_t boot_ns)
{
	return place->is_trusted ? boot_ns + place->offset_ns : 0;
}

int64_t account_place_utc_ms(const struct account_place *place, int64_t boot_ns)
{
	int64_t utc_ns = account_place_utc_ns(place, boot_ns);

	return utc_ns / UNITS_NS_PER_MS - (utc_ns % UNITS_NS_PER_MS < 0);
}

int64_t account_place_offset(const struct account_place *place)
{
	return place->is_trusted ? place->offset_ns : 0;
}

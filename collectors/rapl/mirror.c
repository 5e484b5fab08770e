/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/mirror.h"

#include "model/units.h"

enum { APART_COUNT = 3 };

/* Each counter is up to a millisecond old, more on some processors: 1 kW for 2 ms. */
#define APART_UJ UINT64_C(2000000)
#define RUN_UJ UINT64_C(20000000)
#define WATCH_NS (60 * UNITS_NS_PER_S)

/* to - from on the circle of a counter. */
static uint64_t forward_uj(uint64_t from, uint64_t to, uint64_t range_uj)
{
	return to >= from || range_uj == 0 ? to - from : to + (range_uj - from) + 1;
}

/* The shorter way between two points on the circle. */
static uint64_t apart_uj(uint64_t a, uint64_t b, uint64_t range_uj)
{
	uint64_t there = forward_uj(a, b, range_uj);
	uint64_t back = forward_uj(b, a, range_uj);

	return there < back ? there : back;
}

/* What a kilowatt counts in that time. */
static uint64_t blur_uj(int64_t spread_ns)
{
	return spread_ns > 0 ? (uint64_t)spread_ns : 0;
}

static void begin(struct c_rapl_mirror *mirror, const struct c_rapl_pair *pair)
{
	mirror->has_begun = true;
	mirror->begun_boot_ns = pair->boot_ns;
	mirror->first_uj = pair->uj[0];
	mirror->distance_uj = forward_uj(pair->uj[0], pair->uj[1], pair->range_uj);
	mirror->blur_uj = blur_uj(pair->spread_ns);
	mirror->apart_count = 0;
}

static bool has_fallen(const struct c_rapl_mirror *mirror, const struct c_rapl_pair *pair)
{
	return pair->uj[0] < mirror->last_uj[0] || pair->uj[1] < mirror->last_uj[1];
}

static bool are_apart(const struct c_rapl_mirror *mirror, const struct c_rapl_pair *pair)
{
	uint64_t distance_uj = forward_uj(pair->uj[0], pair->uj[1], pair->range_uj);

	return apart_uj(mirror->distance_uj, distance_uj, pair->range_uj) > APART_UJ + mirror->blur_uj + blur_uj(pair->spread_ns);
}

enum c_rapl_verdict c_rapl_mirror_take(struct c_rapl_mirror *mirror, const struct c_rapl_pair *pair)
{
	if (mirror->verdict != C_RAPL_UNDECIDED)
		return mirror->verdict;
	if (!mirror->has_begun || (pair->range_uj == 0 && has_fallen(mirror, pair)))
		begin(mirror, pair);
	mirror->last_uj[0] = pair->uj[0];
	mirror->last_uj[1] = pair->uj[1];
	mirror->apart_count = are_apart(mirror, pair) ? mirror->apart_count + 1 : 0;
	if (mirror->apart_count >= APART_COUNT)
		mirror->verdict = C_RAPL_OWN;
	else if (mirror->apart_count == 0 && pair->boot_ns - mirror->begun_boot_ns >= WATCH_NS &&
		 forward_uj(mirror->first_uj, pair->uj[0], pair->range_uj) >= RUN_UJ)
		mirror->verdict = C_RAPL_MIRROR;
	return mirror->verdict;
}

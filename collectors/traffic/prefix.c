/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/prefix.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HALVES = 1 << 16, IPV4_BITS = 32, HALF_BITS = 64, IPV6_BITS = 128 };

/* An address as a number; IPv4 in the low 32 bits. */
struct number {
	uint64_t high;
	uint64_t low;
};

/* Range i is start[i] .. start[i + 1] - 1; start[0] is 0. */
struct ranges {
	struct number *start;
	uint32_t *mask;
	size_t count;
};

struct c_traffic_prefixes {
	struct ranges ipv6;
	uint32_t *start; /* IPv4 */
	uint32_t *mask;
	uint32_t *first; /* of HALVES + 1: the range that holds the first address of each half; NULL: no IPv4 networks */
};

/* A network begins or ends. */
struct border {
	struct number at;
	uint8_t flow;
	bool is_end;
};

static int compare(struct number a, struct number b)
{
	if (a.high != b.high)
		return a.high > b.high ? 1 : -1;
	return (a.low > b.low) - (a.low < b.low);
}

static int compare_borders(const void *a, const void *b)
{
	const struct border *x = a;
	const struct border *y = b;

	return compare(x->at, y->at);
}

static struct number number_of(const uint8_t *address, size_t bytes)
{
	struct number number = {0};

	for (size_t i = 0; i < bytes; i++) {
		number.high = number.high << 8 | number.low >> 56;
		number.low = number.low << 8 | address[i];
	}
	return number;
}

/* The last `bits` bits, 0 .. 128, all set. */
static struct number ones(unsigned bits)
{
	return (struct number){
	    .high = bits > HALF_BITS ? UINT64_MAX >> (IPV6_BITS - bits) : 0,
	    .low = bits >= HALF_BITS ? UINT64_MAX : (UINT64_C(1) << bits) - 1,
	};
}

/* The borders of the networks of one family, in order. Returns how many. */
static size_t fill_borders(struct border *border, const struct plan_traffic_prefix *prefix, size_t count, bool is_ipv6)
{
	unsigned bits = is_ipv6 ? IPV6_BITS : IPV4_BITS;
	struct number most = ones(bits); /* the last address there is */
	size_t border_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct number from;
		struct number last;
		struct number host;

		if (prefix[i].is_ipv6 != is_ipv6)
			continue;
		from = number_of(prefix[i].address, bits / 8);
		host = ones(bits - prefix[i].bits);
		last = (struct number){from.high | host.high, from.low | host.low};
		border[border_count++] = (struct border){.at = from, .flow = prefix[i].flow};
		if (compare(last, most) < 0)
			border[border_count++] = (struct border){
			    .at = {last.high + (last.low == UINT64_MAX), last.low + 1}, .flow = prefix[i].flow, .is_end = true};
	}
	qsort(border, border_count, sizeof *border, compare_borders);
	return border_count;
}

/* Sweeps over the borders; neighbours that are in the same sets become one range. */
static void sweep(struct ranges *ranges, const struct border *border, size_t count)
{
	uint32_t open[PLAN_FLOWS_MAX + 1] = {0};
	uint32_t mask = 0;

	ranges->start[0] = (struct number){0};
	ranges->mask[0] = 0;
	ranges->count = 1;
	for (size_t i = 0; i < count;) {
		struct number at = border[i].at;

		for (; i < count && compare(border[i].at, at) == 0; i++) {
			uint32_t *depth = &open[border[i].flow];

			*depth = border[i].is_end ? *depth - 1 : *depth + 1;
			mask = *depth > 0 ? mask | UINT32_C(1) << border[i].flow : mask & ~(UINT32_C(1) << border[i].flow);
		}
		if (mask == ranges->mask[ranges->count - 1])
			continue;
		if (at.high != 0 || at.low != 0)
			ranges->count++;
		ranges->start[ranges->count - 1] = at;
		ranges->mask[ranges->count - 1] = mask;
	}
}

static void deinit(struct ranges *ranges)
{
	mem_free(ranges->start);
	mem_free(ranges->mask);
	*ranges = (struct ranges){0};
}

static bool make_ranges(struct ranges *ranges, const struct plan_traffic_prefix *prefix, size_t count, bool is_ipv6)
{
	struct border *border = mem_new_array(2 * count + 1, sizeof *border);
	size_t border_count = 0;

	ranges->start = mem_new_array(2 * count + 1, sizeof *ranges->start);
	ranges->mask = mem_new_array(2 * count + 1, sizeof *ranges->mask);
	if (border == NULL || ranges->start == NULL || ranges->mask == NULL) {
		mem_free(border);
		deinit(ranges);
		return false;
	}
	border_count = fill_borders(border, prefix, count, is_ipv6);
	sweep(ranges, border, border_count);
	mem_free(border);
	return true;
}

/* IPv4 in 32 bits, with the way in by the first half. */
static bool make_ipv4(struct c_traffic_prefixes *prefixes, const struct ranges *ranges)
{
	size_t at = 0;

	prefixes->start = mem_new_array(ranges->count, sizeof *prefixes->start);
	prefixes->mask = mem_new_array(ranges->count, sizeof *prefixes->mask);
	prefixes->first = mem_new_array(HALVES + 1, sizeof *prefixes->first);
	if (prefixes->start == NULL || prefixes->mask == NULL || prefixes->first == NULL)
		return false;
	for (size_t i = 0; i < ranges->count; i++) {
		prefixes->start[i] = (uint32_t)ranges->start[i].low;
		prefixes->mask[i] = ranges->mask[i];
	}
	for (size_t half = 0; half < HALVES; half++) {
		while (at + 1 < ranges->count && ranges->start[at + 1].low <= half << 16)
			at++;
		prefixes->first[half] = (uint32_t)at;
	}
	prefixes->first[HALVES] = (uint32_t)ranges->count - 1;
	return true;
}

struct c_traffic_prefixes *c_traffic_prefixes_new(const struct plan_traffic_prefix *prefix, size_t count)
{
	struct c_traffic_prefixes *prefixes = mem_new(sizeof *prefixes);
	struct ranges ipv4 = {0};
	bool is_made;

	if (prefixes == NULL)
		return NULL;
	is_made = make_ranges(&prefixes->ipv6, prefix, count, true) && make_ranges(&ipv4, prefix, count, false);
	/* Most devices have no networks at all: then there is nothing to look up. */
	if (is_made && ipv4.count > 1)
		is_made = make_ipv4(prefixes, &ipv4);
	else if (is_made && ipv4.mask[0] != 0)
		is_made = make_ipv4(prefixes, &ipv4);
	deinit(&ipv4);
	return is_made ? prefixes : c_traffic_prefixes_free(prefixes);
}

struct c_traffic_prefixes *c_traffic_prefixes_free(struct c_traffic_prefixes *prefixes)
{
	if (prefixes == NULL)
		return NULL;
	deinit(&prefixes->ipv6);
	mem_free(prefixes->start);
	mem_free(prefixes->mask);
	mem_free(prefixes->first);
	return mem_free(prefixes);
}

uint32_t c_traffic_prefixes_ipv4(const struct c_traffic_prefixes *prefixes, const uint8_t *address)
{
	uint32_t number = (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];
	uint32_t low;
	uint32_t high;

	if (prefixes->first == NULL)
		return 0;
	low = prefixes->first[number >> 16];
	high = prefixes->first[(number >> 16) + 1];
	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (prefixes->start[middle] <= number)
			low = middle;
		else
			high = middle - 1;
	}
	return prefixes->mask[low];
}

uint32_t c_traffic_prefixes_ipv6(const struct c_traffic_prefixes *prefixes, const uint8_t *address)
{
	const struct ranges *ranges = &prefixes->ipv6;
	size_t low = 0;
	size_t high = ranges->count - 1;
	struct number number;

	if (high == 0)
		return ranges->mask[0];
	number = number_of(address, IPV6_BITS / 8);
	while (low < high) {
		size_t middle = low + (high - low + 1) / 2;

		if (compare(ranges->start[middle], number) <= 0)
			low = middle;
		else
			high = middle - 1;
	}
	return ranges->mask[low];
}

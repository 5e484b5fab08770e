/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge: whether an interface's counters hold the heads of merged packets' segments (one direction). Pure: no packets, no clock.
 *
 * A ring hands its packets over up to a block later than the counters rise. So at a mark the counters are kept, and the packets up to its
 * time are summed until the next mark: those two sums are of the same traffic, but for the few packets between the clock and the counters.
 * They are taken from the first whole mark after a begin. What two marks in a row say holds; one alone can be wrong when the wall clock
 * steps, and octets that were told too much are never taken back.
 */
#ifndef WATTLEDGER_TRAFFIC_JUDGE_H
#define WATTLEDGER_TRAFFIC_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

struct c_traffic_judge_sums {
	uint64_t seen;   /* octets: lengths of packets */
	uint64_t hidden; /* octets: heads of segments that they do not show */
};

/* Zeroes are its beginning. */
struct c_traffic_judge {
	struct c_traffic_judge_sums all;    /* since the begin */
	struct c_traffic_judge_sums marked; /* of it, up to the mark */
	struct c_traffic_judge_sums base;   /* at the first whole mark */
	uint64_t counted;                   /* octets: the counter at the mark, and at the first whole mark */
	uint64_t base_counted;
	int64_t mark_us; /* UTC of the mark */
	bool has_mark;
	bool has_base;
	bool said;        /* the last mark's answer */
	bool is_reckoned; /* hidden octets are in the counters */
};

/* From here on other packets count: a capture was opened. The answer stays. */
void c_traffic_judge_begin(struct c_traffic_judge *judge);

/* One packet, with its time (UTC, microseconds). */
void c_traffic_judge_take(struct c_traffic_judge *judge, int64_t at_us, uint32_t length, uint32_t hidden);

/*
 * Ends the mark that runs and makes the next: the time, and the counter as it was then. To be called when all packets up to now that the ring
 * gave were taken. `is_whole` false: packets were dropped since the last mark, which says nothing then.
 */
void c_traffic_judge_mark(struct c_traffic_judge *judge, int64_t at_us, uint64_t counted, bool is_whole);

#endif

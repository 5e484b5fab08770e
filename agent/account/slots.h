/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/slots: a meter's open slots. Bookings are split over UTC-aligned slots with cumulative rounding (parts add exactly); a slot
 * closes when its meter is complete up to its end or grace has passed; what comes later is gathered in the same way and goes out as a
 * signed difference with the next rev.
 *
 * While the wall clock is not trusted, energy is kept by spans of boot time (one per slot length, joined pairwise when there are too many)
 * and placed on first trust. A reboot before that leaves their sum, booked as bridged between the last and the next trusted instant.
 *
 * Pure value type. Intervals leave through the sink's `interval`.
 */
#ifndef WATTLEDGER_ACCOUNT_SLOTS_H
#define WATTLEDGER_ACCOUNT_SLOTS_H

#include "account/place.h"
#include "account/sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACCOUNT_SLOTS_MAX = 4, ACCOUNT_CLOSED_MAX = 4 };

/* The coverages that readings can have: COVERAGE_MANUAL never comes from here. */
enum { ACCOUNT_CLASS_COUNT = 4 };

/* An open slot (placed), or a stretch of boot time (unplaced). */
struct account_slot {
	int64_t from; /* placed: start, UTC ms; unplaced: boot ms */
	int64_t to;   /* end, same */
	int64_t millij[ACCOUNT_CLASS_COUNT];
	uint64_t raw_open;
	uint64_t raw_close;
	uint32_t covered_ms[ACCOUNT_CLASS_COUNT];
	int32_t open_ms; /* instants of raw_open and raw_close, relative to `from` */
	int32_t close_ms;
	uint32_t bits;
	uint8_t has_raw;
};

/* A slot that was sent lately and its newest rev. */
struct account_closed {
	int64_t start_s;
	int32_t rev;
};

struct account_slots {
	struct account_slot slot[ACCOUNT_SLOTS_MAX];      /* the first slot_count, by time */
	struct account_closed closed[ACCOUNT_CLOSED_MAX]; /* the newest slots that were sent; the first closed_count, by time */
	/*
	 * A slot from here on that is not in closed[] was never sent; of an older one only the ledger knows. INT64_MIN for a new meter; whoever
	 * begins a state anew for a meter that has rows already sets it to the end of the newest one.
	 */
	int64_t known_from_s;
	int64_t placed_boot_ns; /* end of the newest booking on both axes, so that a small change of offset leaves no seam */
	int64_t placed_utc_ms;  /* 0: none in this boot */
	int64_t trusted_utc_ms; /* newest trusted instant at which something was booked; 0 none */
	int64_t lost_millij;    /* sum of boots that ended before trust */
	int64_t lost_ms;
	uint32_t lost_bits;
	int32_t slot_s;
	uint8_t slot_count;
	uint8_t closed_count;
	uint8_t is_unplaced; /* slot[] holds boot time */
};

/* Empty; slot_s is 60, 300 or 900. */
void account_slots_init(struct account_slots *slots, int32_t slot_s);

/* Takes a booking. `place` not trusted: kept by boot time; placed slots that are still open are sent then. */
void account_slots_book(struct account_slots *slots, const struct account_place *place, const struct account_booking *booking,
			const struct account_sink *sink);

/*
 * Closes every slot whose end is not after `complete_ns` (account_meter_complete_ns), or has passed by more than grace_ns at `now_ns`
 * (all boot time); also what lies more than a slot ahead of now_ns, because the wall clock was set back since. Does nothing while the
 * clock is not trusted.
 */
void account_slots_close_due(struct account_slots *slots, const struct account_place *place, int64_t complete_ns, int64_t now_ns,
			     int64_t grace_ns, const struct account_sink *sink);

/*
 * The clock is trusted now: what is unplaced gets its place (ACCOUNT_EVENT_CLOCK_TRUST says how much), and so does what an earlier boot left
 * (ACCOUNT_EVENT_CLOCK_LOST).
 */
void account_slots_trust(struct account_slots *slots, const struct account_place *place, int64_t now_ns, const struct account_sink *sink);

/* The machine restarted since the state was saved: unplaced spans become one sum. */
void account_slots_reboot(struct account_slots *slots);

/* A step of the wall clock: marks the open slots. What was booked stays where it is. */
void account_slots_step(struct account_slots *slots);

/* Sum of what is not sent yet (open slots, unplaced, left over), millijoules. */
int64_t account_slots_held_millij(const struct account_slots *slots) MUST_CHECK;

#endif

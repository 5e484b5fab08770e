/* SPDX-License-Identifier: Apache-2.0 */
/* interval: what one meter did in one slot. Integers only, so that sums are exact in any order. */
#ifndef WATTLEDGER_MODEL_INTERVAL_H
#define WATTLEDGER_MODEL_INTERVAL_H

#include "base/buf.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stdint.h>

/* Status bits of an interval (after DLMS/COSEM's profile status, and ours). Stored: never renumber. */
enum interval_bit {
	INTERVAL_CLOCK_UNTRUSTED = 1 << 0, /* placed later, from boot time */
	INTERVAL_CLOCK_ADJUSTED = 1 << 1,  /* the wall clock stepped in it */
	INTERVAL_GAP = 1 << 2,             /* no reading for longer than the allowed gap */
	INTERVAL_WRAP = 1 << 3,            /* a counter wrapped and was continued */
	INTERVAL_RESET = 1 << 4,           /* a counter was set back */
	INTERVAL_SWAP = 1 << 5,            /* the hardware changed */
	INTERVAL_DIP = 1 << 6,             /* a counter fell and recovered */
	INTERVAL_FROZEN = 1 << 7,          /* the same value for suspiciously long */
	INTERVAL_IMPOSSIBLE = 1 << 8,      /* a reading was refused */
	INTERVAL_MULTIWRAP = 1 << 9,       /* more than one wrap was possible: not measured */
	INTERVAL_POWER_DOWN = 1 << 10,     /* the device restarted */
	INTERVAL_LATE = 1 << 11,           /* holds what came after it was closed */
	INTERVAL_PARTIAL = 1 << 12,        /* a sum whose rows did not all answer */
	INTERVAL_RECONFIGURED = 1 << 13,   /* scale, role or driver changed */
	INTERVAL_COMPONENT = 1 << 14,      /* measures a component, not the device */
	INTERVAL_UNPLACED = 1 << 15,       /* its place in time was never known better than this span */
	INTERVAL_SUSPEND = 1 << 16,        /* the machine slept in it */
	INTERVAL_LOWER_BOUND = 1 << 17,    /* octets of a flow: some were not seen, or were reckoned */
};

/*
 * One row of the ledger, rev 0, or the SIGNED DIFFERENCE of a later revision (rev > 0): the truth of a slot is the sum of its revisions.
 * Key: (slot_start_s, meter id, rev). Energies in millijoules, times in milliseconds, by coverage.
 */
struct interval {
	int64_t slot_start_s; /* UTC, multiple of slot_s */
	int32_t slot_s;       /* 60, 300 or 900 */
	int32_t rev;
	int64_t millij[COVERAGE_COUNT];
	int64_t covered_ms[COVERAGE_COUNT];
	uint32_t status_bits;
	/* Evidence: the raw readings that bound the slot's energy (nearest at or outside its borders). has_raw false: none. */
	bool has_raw;
	uint64_t raw_open;
	uint64_t raw_close;
	int64_t open_utc_ms;
	int64_t close_utc_ms;
};

/* Sum over the coverages. */
int64_t interval_total_millij(const struct interval *interval) MUST_CHECK;
int64_t interval_total_ms(const struct interval *interval) MUST_CHECK;

/* a += b (energies, times, status bits; evidence is widened); slots must be the same. */
void interval_add(struct interval *a, const struct interval *b);

/* Takes time off until interval_total_ms() is at most most_ms, or no class has any left; the worst class gives way first. Energy stays. */
void interval_limit_ms(struct interval *interval, int64_t most_ms);

/* Adds the names of the bits that are set, joined by "+" ("gap+wrap"); "ok" when none. */
void interval_add_bits_text(struct buf *out, uint32_t status_bits);

/* Whether one of the names in such a text is that of `bit`. */
bool interval_bits_text_has(const char *text, uint32_t bit) MUST_CHECK;

#endif

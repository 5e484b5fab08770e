/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/counter: what a reading of a cumulative energy counter means.
 *
 * Pure: no clock, no I/O, no allocation. Raw steps become millijoules exactly: over all steps that were ever decided (booked or
 * refused) the millijoules are floor(steps x unit_num / unit_den), because the fraction is carried in the state.
 *
 * Rules (VEE in small): a fall is a wrap only when the modulus is documented, the reading before was near the top, the one after is
 * small and the energy is possible; it is a reset at once only when the device says that it restarted; any other fall is held
 * until the following readings tell a dip (it recovers: nothing is booked for the dip) from a reset (it counts on from below).
 * A rise above rated_w x time x 1.1 is refused, and the baseline follows only after the new level is confirmed.
 */
#ifndef WATTLEDGER_ACCOUNT_COUNTER_H
#define WATTLEDGER_ACCOUNT_COUNTER_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	COUNTER_CONFIRM_COUNT = 2, /* readings after a held one that must count on from it before it is believed, */
	COUNTER_STILL_COUNT = 10,  /* or so many that stand still there (a dip often shows 0 for a while) */
	COUNTER_RECOVER_COUNT = 8, /* steps of a reset series during which a return to the old level undoes the reset */
};

/* No value, for mark_s and uptime_s. */
#define COUNTER_MARK_NONE UINT32_MAX
#define COUNTER_UPTIME_NONE (-1.0)

enum counter_outcome {
	COUNTER_FIRST = 0,  /* no baseline before: this reading is it */
	COUNTER_ADVANCE,    /* counted on (or stood still: millij 0) */
	COUNTER_WRAP,       /* passed its modulus once; the modulus is added, never the maximum */
	COUNTER_RESET,      /* set back: baseline is the new series. millij: energy since the restart, 0 where that is not documented */
	COUNTER_HELD,       /* fell, and nobody knows why yet: nothing decided */
	COUNTER_DIP,        /* a held fall recovered: millij is the advance over the baseline before the dip */
	COUNTER_IMPOSSIBLE, /* more than rated power allows, or outside the modulus: refused, nothing decided */
	COUNTER_REBASED,    /* an impossible level was confirmed: refused_millij is the jump, millij what was counted since */
	COUNTER_MULTIWRAP,  /* more than one wrap was possible in the time: refused_millij is the least it can be */
	COUNTER_OUTCOME_COUNT
};

/* State of one counter. Value type, zero-initialised: no baseline. */
struct account_counter {
	uint64_t raw;          /* baseline: the last reading that was believed */
	int64_t boot_ns;       /* its instant */
	uint64_t held_raw;     /* held or refused: the newest reading of the doubtful series */
	uint64_t first_raw;    /* and its first one */
	int64_t held_boot_ns;  /* instant of the newest, */
	int64_t first_boot_ns; /* and of the first */
	int64_t moved_ns;      /* when the baseline last changed its value */
	uint64_t former_raw;   /* baseline before the last reset, while a recovery is possible, */
	int64_t former_ns;     /* and its instant */
	uint64_t since_raw;    /* steps booked since that reset */
	uint64_t carry;        /* fraction of a millijoule not yet given out, in 1/unit_den; < unit_den */
	double uptime_s;       /* of the device at the baseline; < 0 unknown */
	uint32_t mark_s;       /* discontinuity time of the counter at the baseline; COUNTER_MARK_NONE unknown */
	float peak_w;          /* highest mean power accepted so far: bounds what a wrap may be where rated_w is not known */
	uint8_t has_baseline;  /* 0, 1 */
	uint8_t held_kind;     /* enum counter_outcome: COUNTER_FIRST none, COUNTER_HELD, COUNTER_IMPOSSIBLE */
	uint8_t confirm_count; /* readings that agreed with the doubtful series */
	uint8_t recover_count; /* readings left in which a recovery undoes the last reset */
};

/* What is read, and what is known about it. */
struct counter_reading {
	uint64_t raw;
	int64_t boot_ns; /* not before the previous reading's */
	double uptime_s; /* of the device; < 0 not known */
	uint32_t mark_s; /* uptime at the counter's last discontinuity; COUNTER_MARK_NONE not known */
	double power_w;  /* highest power seen since the baseline, W; 0 not known. Only widens a bound that rated_w does not give */
	double bound_w;  /* where rated_w is not known: a rise beyond this power is refused; 0: none is */
};

struct counter_result {
	enum counter_outcome outcome;
	int64_t millij;         /* >= 0: to be booked over [from_boot_ns, to_boot_ns] */
	int64_t refused_millij; /* >= 0: counted by the device, not booked (named remainder) */
	int64_t from_boot_ns;
	int64_t to_boot_ns;
	uint64_t before; /* raw readings that bound the decision */
	uint64_t after;
	uint64_t low;       /* DIP: the first of the low readings */
	bool is_counted;    /* millij is all that was used in [from_boot_ns, to_boot_ns], even when it is 0 */
	bool has_restarted; /* the device restarted between the two (the counter may have gone on all the same) */
};

/*
 * Takes a reading. `rated_w` 0: not known (a rise is then never refused). spec->unit_num and unit_den > 0. Nothing is decided for
 * HELD and IMPOSSIBLE: their energy comes with the later DIP, RESET, REBASED or ADVANCE.
 */
struct counter_result account_counter_take(struct account_counter *counter, const struct counter_spec *spec, double rated_w,
					   const struct counter_reading *reading) MUST_CHECK;

/*
 * Ends a doubt now, for a baseline that cannot wait: what was HELD becomes a RESET without energy, what was IMPOSSIBLE is REBASED
 * at the newest doubtful reading. Call only while held_kind is not COUNTER_FIRST.
 */
struct counter_result account_counter_decide(struct account_counter *counter, const struct counter_spec *spec) MUST_CHECK;

/* Drops the baseline but keeps the fraction and the peak: the same scale goes on (swap of hardware, restart of the machine). */
void account_counter_forget(struct account_counter *counter);

/* Drops everything: the scale is another one. */
void account_counter_init(struct account_counter *counter);

/* One step in millijoules, rounded up; at least 1. */
int64_t account_counter_step_millij(const struct counter_spec *spec) MUST_CHECK;

/* A digest of scale, width and flags that tells when a baseline can no longer be compared; never 0. */
uint32_t account_counter_spec_digest(const struct counter_spec *spec) MUST_CHECK;

/* Fields are in range and agree with each other: for states that were loaded. */
bool account_counter_is_sane(const struct account_counter *counter) MUST_CHECK;

/* "advance", "wrap", ... */
const char *counter_outcome_name(enum counter_outcome outcome) MUST_CHECK;

#endif

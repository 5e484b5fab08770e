/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/place: when boot time may be placed on the wall clock, and where.
 *
 * The wall clock is trusted when the kernel says it is kept, it is not before the build date, and it has agreed with boot time for
 * PLACE_AGREE_NS (PLACE_CONTRADICT_NS when it is before the newest row of the ledger). A step later is believed on the same terms; until then the old placement
 * goes on, and what was placed keeps its place. Durations are always boot time: no step changes an energy.
 */
#ifndef WATTLEDGER_ACCOUNT_PLACE_H
#define WATTLEDGER_ACCOUNT_PLACE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define PLACE_AGREE_NS INT64_C(60000000000) /* the two clocks must agree for so long */
/*
 * And for so long where the ledger has a newer row. It is then either the wall clock that is wrong (restored at boot from a file, but then the
 * kernel does not call it kept), or the row, written when a wall clock was ahead. A quarter of an hour of a kept clock decides for the clock:
 * a ledger with rows of 2036 would else be shut until 2036.
 */
#define PLACE_CONTRADICT_NS INT64_C(900000000000)
#define PLACE_STEP_NS INT64_C(500000000)    /* a difference above this is a step; below it is followed silently */

enum place_outcome {
	PLACE_UNTRUSTED = 0, /* not yet */
	PLACE_BEGUN,         /* trusted from this reading on */
	PLACE_KEPT,          /* trusted, as before */
	PLACE_DOUBTED,       /* trusted placement goes on; the wall clock says something else and is being watched */
	PLACE_STEPPED,       /* the wall clock's step is believed now: step_ns */
};

/* Value type; zero-initialised: nothing known. One per process. */
struct account_place {
	int64_t offset_ns;       /* UTC = boot + offset, while is_trusted */
	int64_t trial_offset_ns; /* the one being watched */
	int64_t trial_since_ns;  /* boot time since which it has been the same and synchronised */
	bool is_trusted;
	bool has_trial;
};

struct place_reading {
	int64_t boot_ns;
	int64_t utc_ns;
	bool is_synced;
};

/* What speaks against a wall clock that is before it, UTC ns; 0: nothing. */
struct place_floor {
	int64_t build_utc_ns;  /* never believed */
	int64_t newest_utc_ns; /* newest row of the ledger: believed after PLACE_CONTRADICT_NS */
};

/* Feeds a reading of both clocks (every second or so). *step_ns is set for PLACE_STEPPED (new minus old), else 0. */
enum place_outcome account_place_feed(struct account_place *place, const struct place_floor *floor, const struct place_reading *reading,
				      int64_t *step_ns) MUST_CHECK;

/*
 * After a restart of the agent in the same boot: takes up a saved offset_ns at once when the wall clock still agrees with it. Returns
 * whether it did.
 */
bool account_place_resume(struct account_place *place, int64_t offset_ns, const struct place_reading *reading) MUST_CHECK;

/* UTC ns of a boot instant; 0 while not trusted. */
int64_t account_place_utc_ns(const struct account_place *place, int64_t boot_ns) MUST_CHECK;

/* The same in ms, rounded down. */
int64_t account_place_utc_ms(const struct account_place *place, int64_t boot_ns) MUST_CHECK;

/* For account_rules.slot_offset_ns: the offset when trusted, else 0 (slots of boot time). */
int64_t account_place_offset(const struct account_place *place) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world: a device with a known truth, the faults that happen to it, and an agent's accounting of it, from one seed. The oracle
 * knows what the counter showed at every reading that was a true one; nothing of it uses the accounting under test.
 */
#ifndef WATTLEDGER_TESTS_ACCOUNT_WORLD_H
#define WATTLEDGER_TESTS_ACCOUNT_WORLD_H

#include "account/book.h"
#include "base/wide.h"
#include "recorder.h"

#include <stdbool.h>
#include <stdint.h>

/* Which faults happen, and how often: one in so many polls, 0 never. */
struct world_faults {
	uint32_t gap;        /* 2..200 polls without an answer */
	uint32_t dip;        /* 1..3 readings of 0 */
	uint32_t spike;      /* one reading far too high */
	uint32_t reset;      /* the counter starts again at 0 */
	uint32_t swap;       /* other hardware, other counter value */
	uint32_t save;       /* the agent restarts: save, load */
	uint32_t reboot;     /* the agent's machine restarts: boot time starts again, the clock is not trusted for a while */
	uint32_t clock_step; /* the wall clock steps by up to two hours, either way */
	uint32_t no_power;   /* one poll without the power */
	uint32_t no_raw;     /* one poll without the counter */
};

struct world_setup {
	struct counter_spec spec;
	double rated_w;
	int64_t poll_ns;
	int32_t slot_s;
	bool has_raw;
	bool has_power;
	bool has_uptime;
	int32_t power_error_ppm; /* the power is shown so much too high */
	struct world_faults faults;
};

struct world {
	struct world_setup setup;
	uint64_t random;
	/* Truth. */
	int64_t now_ns; /* since the world began */
	struct wide fj; /* drawn since the counter's begin */
	int64_t load_microw;
	uint64_t series_begin; /* the counter's total steps at which its present series began */
	double up_since_s;     /* world time */
	uint64_t identity;
	uint64_t boot;
	int64_t boot_at_ns;   /* world time at which this boot began */
	int64_t utc_error_ns; /* of the agent's wall clock */
	/* Oracle. */
	bool has_seen;
	uint64_t seen_total; /* total steps at the last true reading of this series */
	struct wide due;     /* steps that the accounting owes */
	int quiet;           /* polls until the next fault may come */
	int dip_left;
	int gap_left;
	bool is_spike;
	int64_t steps_total_ns; /* time with answers */
	/* The agent. */
	struct account_book book;
	struct account_rules rules;
	struct account_place place;
	struct recorder recorder;
	struct account_sink sink;
	int64_t shown_millij;
	bool has_fallen;     /* the running total fell */
	bool has_lost_state; /* a saved state did not load */
};

uint64_t world_random(struct world *world);
void world_init(struct world *world, const struct world_setup *setup, uint64_t seed);

/* One poll interval. */
void world_step(struct world *world);

/* So many polls without any fault, and grace at the end, so that nothing is in doubt or open. */
void world_finish(struct world *world);

/* What the accounting owes, millijoules: floor of all steps that were shown. */
int64_t world_due_millij(const struct world *world);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truth: fifty meters with a known truth, the faults that happen to them, and what an accounting that saw their readings owes. Nothing of it uses
 * the code under test.
 */
#ifndef WATTLEDGER_TESTS_FAULT_TRUTH_H
#define WATTLEDGER_TESTS_FAULT_TRUTH_H

#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TRUTH_SUMS = 4,
	TRUTH_ROWS = 5,
	TRUTH_SINGLES = 30,
	TRUTH_DEVICES = TRUTH_SUMS + TRUTH_SINGLES,
	TRUTH_METERS = TRUTH_SUMS * TRUTH_ROWS + TRUTH_SINGLES
};
enum { TRUTH_POLL_S = 120, TRUTH_QUIET_POLLS = 24 };

/* A kind of counter; a change of the driver swaps the two scales. */
struct truth_kind {
	struct counter_spec spec[2];
	double rated_w;
	bool has_raw;
	bool has_power;
	bool has_uptime;
	bool can_dip; /* false: so narrow that a dip looks like a wrap */
};

/* What the accounting owes: sums of what the counter showed between readings that were seen. */
struct truth_oracle {
	unsigned __int128 due_steps; /* in the present scale */
	int64_t due_millij;          /* of the scales before */
	uint64_t seen_raw;
	uint32_t series;
	uint32_t serial;
	uint8_t scale;
	bool has_seen;
};

struct truth_meter {
	const struct truth_kind *kind;
	unsigned __int128 fj;      /* drawn since the beginning; microwatt x nanosecond */
	unsigned __int128 base_fj; /* when the present series began */
	uint64_t base_raw;         /* what it showed then */
	int64_t load_microw;
	struct truth_oracle oracle;
	struct truth_oracle committed;  /* as of the last commit of the ledger */
	struct truth_oracle on_the_way; /* of the one that is being made */
	int64_t shown_j;                /* newest energy_j that left with a commit */
	int64_t slots_j;                /* sum of slot points that left */
	char key[16];
};

struct truth_device {
	struct truth_meter *meter;
	uint32_t meter_count;
	uint32_t site;
	uint32_t serial;
	uint32_t series; /* counts resets */
	uint32_t renames;
	uint64_t renamed_at_commit;
	int64_t up_since_ns;
	int quiet; /* polls until its next fault may come */
	int gap_left;
	int dip_left;
	uint8_t scale;
	bool is_sum;
	bool is_spike;
	bool is_removed;
};

struct truth {
	uint64_t random;
	int64_t now_ns;
	struct truth_meter meter[TRUTH_METERS];
	struct truth_device device[TRUTH_DEVICES];
	bool is_stopped;
	uint64_t fault_count[8]; /* gap, dip, spike, reset, swap */
};

/* Fifty meters at three sites, from a seed. */
void truth_init(struct truth *truth, uint64_t seed);

/* A number below `count`. */
uint64_t truth_below(struct truth *truth, uint64_t count);

/* Time passes: all meters count on. */
void truth_pass(struct truth *truth, int64_t time_ns);

/* No meter draws anything any more. */
void truth_stop(struct truth *truth);

/* Perhaps something happens to a device. */
void truth_draw_fault(struct truth *truth, struct truth_device *device);

/* Nothing happens to any device for a while: what is wrong with one now ends. */
void truth_calm(struct truth *truth);

/* What a meter's counter shows. */
uint64_t truth_raw(const struct truth_device *device, const struct truth_meter *meter);

/* The accounting was shown that value as a true one. */
void truth_see(const struct truth_device *device, struct truth_meter *meter, uint64_t raw);

/* The counter goes on to its next whole step. */
void truth_round_up(const struct truth_device *device, struct truth_meter *meter);

/* Millijoules that are owed. */
int64_t truth_due_millij(const struct truth_meter *meter);

#endif

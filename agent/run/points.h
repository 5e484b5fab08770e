/* SPDX-License-Identifier: Apache-2.0 */
/*
 * points: line protocol that waits for the next commit, for each output in its two kinds: samples (may be thinned) and slot points (never).
 * Applies each output's `send`. Bounded: when samples pass the bound the newest are left out and counted; slot points have a bound of
 * their own that a day without commits does not reach.
 */
#ifndef WATTLEDGER_RUN_POINTS_H
#define WATTLEDGER_RUN_POINTS_H

#include "base/buf.h"
#include "base/err.h"
#include "ledger/batch.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct points_lane {
	struct buf lines;
	uint32_t point_count;
};

struct points_output {
	const struct plan_output *plan; /* borrowed */
	struct points_lane lane[LEDGER_OUTBOX_KIND_COUNT];
	uint64_t left_out_count; /* samples that found no room, since the start */
};

struct points {
	struct points_output *output; /* owned, `count` items */
	size_t count;
};

/* One for each output of the plan (borrowed until points_deinit). ERR_MEMORY. */
enum err points_init(struct points *points, const struct plan_core *plan, struct err_info *info) MUST_CHECK;
void points_deinit(struct points *points);

/*
 * Adds lines (each with its newline) to every output that wants them. `is_minute`: the sample is its meter's first of a UTC minute, the only
 * ones that an output with send: minute takes. Outputs with send: slots take no samples.
 */
void points_add_samples(struct points *points, const struct buf *lines, uint32_t point_count, bool is_minute);
void points_add_slots(struct points *points, const struct buf *lines, uint32_t point_count);

/* Moves what waits in `from` to the outputs of the same name. What belongs to outputs that are gone stays in `from`. */
void points_take_over(struct points *points, struct points *from);

/* true when any output takes samples: else they need not be encoded. */
bool points_wants_samples(const struct points *points) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/meter: one meter's readings -> bookings and events.
 *
 *   energy counter alone    the counter's advance is booked over the time between the two readings
 *   power alone             trapezoid between readings up to max_gap_ns; beyond: gap, nothing is booked
 *   both                    the counter gives the amount, the power places it between the counter's steps. While a coarse counter stands
 *                           still, the power integral is pending, by slot; the step books it. What is pending for longer than
 *                           grace_ns is booked by the power, at most one step ahead of the counter, and the next step settles it.
 *   gap > max_gap_ns        with a counter that ran on: `bridged`, spread evenly; else nothing
 *
 * Pure value type: no clock, no I/O, no allocation.
 */
#ifndef WATTLEDGER_ACCOUNT_METER_H
#define WATTLEDGER_ACCOUNT_METER_H

#include "account/counter.h"
#include "account/sink.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACCOUNT_PENDING_MAX = 6 };

/* What applies to a meter; not kept. */
struct account_rules {
	struct counter_spec counter; /* unit_num 0: no energy counter */
	double rated_w;              /* 0 not known */
	int64_t max_gap_ns;          /* > 0 */
	int64_t grace_ns;            /* >= 0: how long energy may stay pending after its slot's end */
	int64_t slot_ns;             /* 60, 300 or 900 s */
	int64_t slot_offset_ns;      /* boot time + this has slot borders at multiples of slot_ns (account_place_offset) */
	int64_t frozen_ns;           /* unchanged for so long while power says otherwise: frozen. 0: never */
	uint32_t frozen_count;       /* power alone: so many identical non-zero readings: frozen. 0: never */
	bool is_component;           /* INTERVAL_COMPONENT goes with every booking */
	bool closes_by_tick;         /* no reading closes a slot: account_book_tick does, for all meters at the same time */
};

/* max_gap 60 s, grace 120 s, 900 s slots, frozen after 30 min or 240 readings; no counter. */
void account_rules_init(struct account_rules *rules);

/* One poll of one meter. */
struct account_reading {
	int64_t boot_ns;
	int64_t utc_ns; /* 0: the wall clock is not trusted */
	bool has_raw;
	bool has_power;
	bool has_uptime;
	bool has_mark;
	uint64_t raw;    /* energy counter */
	double power_w;  /* finite; < 0 (delivering) counts as 0 here */
	double uptime_s; /* of the device */
	uint32_t mark_s; /* uptime at the counter's last discontinuity */
	enum caliber caliber;
	uint64_t identity; /* account_identity of the hardware's serial; 0 not known (then never a swap) */
};

/* Part of the pending span: from the end of the one before (the first: pending_from_ns). */
struct account_pending {
	int64_t to_ns;         /* boot time; a slot border, except the last */
	int64_t weight_microj; /* power integral, microjoule */
};

struct account_meter {
	struct account_counter counter;
	struct account_pending pending[ACCOUNT_PENDING_MAX];
	int64_t energy_millij;  /* all that was ever booked: never falls */
	int64_t advance_millij; /* booked by power ahead of the counter's next step; >= 0 */
	int64_t pending_from_ns;
	int64_t seen_ns;      /* boot time of the last reading that gave energy or power; INT64_MIN none */
	int64_t seen_utc_ns;  /* trusted UTC instant of it; 0 none; < 0: minus one of an earlier boot, none of this boot is known yet */
	int64_t still_ns;     /* boot time since which the value has not changed */
	int64_t still_microj; /* power integral since then */
	int64_t shown_millij; /* what account_meter_energy_millij gives: never falls */
	int64_t power_microw; /* last power; < 0 none */
	int64_t power_ns;     /* its boot time */
	/* A restart of the machine with the wall clock not trusted yet: the gap's length is not known. */
	uint64_t adrift_raw;       /* baseline before */
	uint64_t adrift_after_raw; /* first reading after */
	int64_t adrift_utc_ns;     /* trusted instant of the last reading before; 0 none; < 0: minus one of a boot still earlier */
	int64_t adrift_after_ns;   /* boot time of the first reading after */
	float adrift_uptime_s;     /* before; < 0 not known */
	float adrift_after_uptime_s;
	uint64_t boot;           /* account_identity of the boot id that boot times belong to */
	uint32_t power_carry_fj; /* fraction of a microjoule of the power integral, femtojoule; < 10^9 */
	uint32_t identity;       /* of the hardware, folded; 0 not known */
	uint32_t spec_digest;    /* of the counter's scale and width */
	uint32_t still_count;    /* identical readings */
	uint32_t bits;           /* status bits for the next booking */
	uint16_t carry_microj;   /* power alone: fraction of a millijoule not yet booked, < 1000 */
	uint8_t pending_count;
	uint8_t coverage; /* enum coverage of what is pending */
	uint8_t is_frozen;
	uint8_t adrift;           /* 0 no, 1 waiting for the first reading, 2 waiting for trust */
	uint8_t is_power_refused; /* the last power was impossible */
};

/* An unused meter: no baseline, nothing booked. */
void account_meter_init(struct account_meter *meter);

/*
 * Takes a reading; bookings and events go to the sink's `book` and `event`. Readings older than the last one are ignored (a late
 * answer). Sum over all calls: device counter's advance = bookings + events' millij_refused - advance_millij.
 */
void account_meter_take(struct account_meter *meter, const struct account_rules *rules, const struct account_reading *reading,
			const struct account_sink *sink);

/* Books what has been pending for longer than grace_ns at boot time `now_ns`. Call it before slots are closed. */
void account_meter_expire(struct account_meter *meter, const struct account_rules *rules, int64_t now_ns, const struct account_sink *sink);

/* Boot time up to which bookings are complete: nothing will be booked before it but by a bridge. INT64_MIN: nothing yet. */
int64_t account_meter_complete_ns(const struct account_meter *meter) MUST_CHECK;

/* The running total with what is pending, as far as the counter cannot contradict it; never falls. Millijoules. */
int64_t account_meter_energy_millij(const struct account_meter *meter) MUST_CHECK;

/*
 * What comes next cannot be compared with what was (another scale, another driver): ends the segment under the rules that held until now. The
 * next reading is a first one; the total goes on. Sends event `code`, unless nothing was read yet.
 */
void account_meter_segment(struct account_meter *meter, const struct account_rules *rules, enum account_event_code code, int64_t boot_ns,
			   const struct account_sink *sink);

/* When the agent starts, or learns later that the wall clock is trusted. */
struct account_now {
	uint64_t boot; /* account_identity of the boot id */
	int64_t boot_ns;
	int64_t utc_ns; /* 0: not trusted yet */
};

/*
 * After a state was loaded. Same boot: the next reading sees the gap by itself. Another boot: boot times are moved to the new axis by
 * the wall clock when both ends are trusted (they become negative); else the meter is adrift: the next reading starts a new baseline
 * and the counter's advance over the restart waits for account_meter_trust.
 */
void account_meter_resume(struct account_meter *meter, const struct account_rules *rules, const struct account_now *now,
			  const struct account_sink *sink);

/* The wall clock is trusted from now on: what was adrift is booked as bridged (or refused, with its event). */
void account_meter_trust(struct account_meter *meter, const struct account_rules *rules, const struct account_now *now,
			 const struct account_sink *sink);

/* The wall clock stepped by so much: the last reading of this boot, too, was by so much later or earlier than it was taken to be. */
void account_meter_step(struct account_meter *meter, int64_t step_ns);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* account/meter, the parts its files share: the pending span and what leaves through the sink. */
#ifndef WATTLEDGER_ACCOUNT_METER_PRIV_H
#define WATTLEDGER_ACCOUNT_METER_PRIV_H

#include "account/meter.h"

#include <stdbool.h>
#include <stdint.h>

#define METER_NEVER_NS INT64_MIN

/* Evidence of a booking: the readings that bound it. */
struct meter_evidence {
	bool has_raw;
	uint64_t raw_open;
	uint64_t raw_close;
	int64_t open_ns;
	int64_t close_ns;
};

/* Books: adds to the total, takes and clears meter->bits. from == to only marks. */
void meter_book(struct account_meter *meter, const struct account_rules *rules, const struct account_sink *sink,
		const struct account_booking *booking);

/* Sends an event and keeps its bit for the next booking. */
void meter_report(struct account_meter *meter, const struct account_sink *sink, const struct account_event *event);

/* Sum of two non-negative amounts, INT64_MAX at most. */
int64_t meter_add(int64_t a, int64_t b);

/* The slot border after boot time `at_ns` (a border itself: the next one). */
int64_t meter_border_ns(const struct account_rules *rules, int64_t at_ns);

/* Power at both ends of a stretch of boot time, microwatt, >= 0. */
struct meter_ramp {
	int64_t from_ns;
	int64_t to_ns;
	int64_t from_microw;
	int64_t to_microw;
};

/* Its energy in microjoules by the trapezoid; the fraction is carried in the meter. */
void meter_pending_extend(struct account_meter *meter, const struct account_rules *rules, const struct meter_ramp *ramp,
			  const struct account_sink *sink);

/* Power integral of all that is pending, microjoules. */
int64_t meter_pending_microj(const struct account_meter *meter);

/* What the power may be booked ahead of the counter: up to one step while the counter stands still; without bound when it is gone. */
int64_t meter_room_millij(const struct account_meter *meter, const struct account_rules *rules);

/* Books `millij` over what is pending, by its power integral (by time where that is 0), and empties it. */
void meter_pending_settle(struct account_meter *meter, const struct account_rules *rules, int64_t millij,
			  const struct meter_evidence *evidence, const struct account_sink *sink);

/* Books the first `count` pending pieces by their power integral, `room_millij` at most, ahead of the counter. */
void meter_pending_estimate(struct account_meter *meter, const struct account_rules *rules, unsigned count, int64_t room_millij,
			    const struct account_sink *sink);

/* Forgets what is pending after boot time at_ns. */
void meter_pending_cut(struct account_meter *meter, int64_t at_ns);

/* One call of account_meter_take. */
struct meter_taking {
	struct account_meter *meter;
	const struct account_rules *rules;
	const struct account_reading *reading;
	const struct account_sink *sink;
	int64_t microw; /* believed power, < 0 none */
};

/* Sends an event of this reading. */
void meter_report_code(const struct meter_taking *taking, enum account_event_code code, uint64_t before, uint64_t after);

/* The time since the last reading is longer than allowed. There was one. */
bool meter_is_gap(const struct meter_taking *taking);

/* Names a gap, and marks the slot in which it began and the booking that comes next. */
void meter_report_gap(const struct meter_taking *taking);

/*
 * The power over the time since the last reading, as weight of what is pending: what is missing at one end is taken from the other. There
 * was a last reading.
 */
struct meter_ramp meter_ramp_of(const struct meter_taking *taking);

/* From now on it is watched whether the value changes. */
void meter_still_restart(struct account_meter *meter, int64_t boot_ns);

/* Remembers the power of this reading, if any. */
void meter_power_keep(const struct meter_taking *taking);

/* A reading of a meter that has no counter (yet); one with a counter value; one without it of a meter that has a counter. */
void meter_take_power(const struct meter_taking *taking);
void meter_take_counter(const struct meter_taking *taking);
void meter_take_without_raw(const struct meter_taking *taking);

/* Ends a segment (swap, change of scale, restart of the machine), after what was pending has been booked: forgets the readings. */
void meter_segment_end(struct account_meter *meter);

/*
 * The first reading with a counter value after a restart with a trusted clock, before it is taken: what was read before moves to where the device's
 * uptime says, when the wall clocks cannot be right. Any other reading changes nothing.
 */
void meter_axis_arrive(struct account_meter *meter, const struct account_reading *reading);

/* The first reading after a restart with an untrusted clock: keeps what account_meter_trust needs, or decides at once. */
void meter_adrift_arrive(struct account_meter *meter, const struct account_rules *rules, const struct account_reading *reading,
			 const struct account_sink *sink);

#endif

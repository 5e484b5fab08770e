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

/* Ends a segment (swap, change of scale, restart of the machine), after what was pending has been booked: forgets the readings. */
void meter_segment_end(struct account_meter *meter);

/* The first reading after a restart with an untrusted clock: keeps what account_meter_trust needs, or decides at once. */
void meter_adrift_arrive(struct account_meter *meter, const struct account_rules *rules, const struct account_reading *reading,
			 const struct account_sink *sink);

#endif

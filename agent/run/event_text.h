/* SPDX-License-Identifier: Apache-2.0 */
/* event_text: what an event of an account says to people: its values before and after, and a sentence. All sentences stand here. */
#ifndef WATTLEDGER_RUN_EVENT_TEXT_H
#define WATTLEDGER_RUN_EVENT_TEXT_H

#include "account/sink.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { EVENT_TEXT_VALUE_BYTES = 72, EVENT_TEXT_BYTES = 320 };

struct event_text {
	char before[EVENT_TEXT_VALUE_BYTES]; /* readings as the device shows them, watts, instants, serial numbers; "" none */
	char after[EVENT_TEXT_VALUE_BYTES];
	char text[EVENT_TEXT_BYTES];
	int64_t millij; /* for the journal: what was counted and not booked where event_text_is_remainder(), else what was booked with it */
};

/* What else the sentences need. Borrowed. */
struct event_text_facts {
	const char *unit;        /* of the amounts; NULL: mJ */
	bool has_offset;         /* boot times have a place: */
	int64_t utc_at_boot_ms;  /* UTC ms of boot time 0 */
	const char *serial_from; /* of a swap; "" or NULL unknown */
	const char *serial_to;
	const char *driver_from; /* of another driver */
	const char *driver_to;
};

/* Fills all of `out` for one event of the account. */
void event_text_fill(struct event_text *out, const struct account_event *event, const struct event_text_facts *facts);

/*
 * true: the journal's millij of events with that code ("reset", "multiwrap", ...) is a remainder. For any span of a meter
 *     what the device counted = what was booked + sum of these (negative ones were booked by power beyond the counter).
 */
bool event_text_is_remainder(const char *code) MUST_CHECK;

#endif

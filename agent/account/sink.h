/* SPDX-License-Identifier: Apache-2.0 */
/* account/sink: what accounting tells its caller: amounts, intervals and events. All callbacks are called synchronously. */
#ifndef WATTLEDGER_ACCOUNT_SINK_H
#define WATTLEDGER_ACCOUNT_SINK_H

#include "base/err.h"
#include "model/interval.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stdint.h>

/* Energy of a meter over a stretch of boot time, spread evenly over it. from == to and no energy: only marks status bits. */
struct account_booking {
	int64_t from_boot_ns; /* < 0: before this boot */
	int64_t to_boot_ns;   /* >= from */
	int64_t millij;       /* >= 0 */
	enum coverage coverage;
	uint32_t status_bits; /* enum interval_bit */
	bool has_raw;         /* raw readings that bound the energy, at or outside from and to */
	uint64_t raw_open;
	uint64_t raw_close;
	int64_t raw_open_ns; /* when they were read, boot time */
	int64_t raw_close_ns;
};

/* Stored: never renumber, only append. */
enum account_event_code {
	ACCOUNT_EVENT_NONE = 0,
	ACCOUNT_EVENT_STARTED,      /* first baseline of a meter */
	ACCOUNT_EVENT_WRAP,         /* before, after: raw */
	ACCOUNT_EVENT_RESET,        /* before, after: raw; millij booked as energy since the restart */
	ACCOUNT_EVENT_RESTART,      /* the device restarted, its counter went on */
	ACCOUNT_EVENT_SWAP,         /* before, after: identities (account_identity, folded to 32 bits) */
	ACCOUNT_EVENT_RECONFIGURED, /* scale or width changed */
	ACCOUNT_EVENT_GAP,          /* no reading for longer than allowed; before, after: gap's start and end, boot ms (signed) */
	ACCOUNT_EVENT_DIP,          /* before: baseline, after: the first of the low readings */
	ACCOUNT_EVENT_FROZEN,       /* same value, though power flows; after: the value (raw, or mW for power alone) */
	ACCOUNT_EVENT_THAWED,       /* it moves again; what was booked by power beyond the counter is let go */
	ACCOUNT_EVENT_IMPOSSIBLE,   /* a reading was refused; before: baseline, after: reading (raw, or mW for a power) */
	ACCOUNT_EVENT_REBASED,      /* the refused level was confirmed; millij: the refused energy */
	ACCOUNT_EVENT_MULTIWRAP,    /* millij: the least the unmeasured energy can be */
	ACCOUNT_EVENT_CLOCK_STEP,   /* before: step in ms (signed, as two's complement) */
	ACCOUNT_EVENT_CLOCK_TRUST,  /* unplaced energy found its place; millij: how much */
	ACCOUNT_EVENT_DRIFT,        /* the counter moved by less than was booked by power in its absence: the rest is let go */
	ACCOUNT_EVENT_REBOOT_GAP,   /* the machine restarted, the counter ran on; before, after: raw; millij: booked for the time between */
	ACCOUNT_EVENT_CLOCK_LOST,   /* a boot ended before its clock was trusted; before, after: where its energy went, UTC ms; millij */
	ACCOUNT_EVENT_DRIVER,       /* another driver reads it */
	ACCOUNT_EVENT_CODE_COUNT
};

/*
 * Something with a name happened. millij_refused is the named remainder: for any span
 *     what the device counted = sum of bookings + sum of millij_refused   (to the millijoule; negative: booked beyond the counter).
 */
struct account_event {
	enum account_event_code code;
	int64_t boot_ns;
	uint64_t before;
	uint64_t after;
	int64_t millij;         /* concerned (booked with it) */
	int64_t millij_refused; /* counted by the device, not booked */
	bool is_power;          /* before and after are mW, not counter readings */
};

/* "wrap", "reset", ...; static. */
const char *account_event_name(enum account_event_code code) MUST_CHECK;

/* The status bit that goes with an event; 0 for those that have none. */
uint32_t account_event_bit(enum account_event_code code) MUST_CHECK;

/* A 64-bit digest of a serial number or the like (FNV-1a 64); 0 for "" (not known), never 0 otherwise. */
uint64_t account_identity(const char *text) MUST_CHECK;

enum { ACCOUNT_REV_ASK = -1 };

/* Where bookings and events go. `book` may be NULL inside struct account_book users: see book.h. */
struct account_sink {
	void *context;
	void (*book)(void *context, const struct account_booking *booking);
	void (*event)(void *context, const struct account_event *event);
	/*
	 * A slot is closed (rev 0) or revised (rev > 0, signed difference). rev is ACCOUNT_REV_ASK for a slot so old that only the ledger
	 * knows its newest rev: it stores the row as max(rev) + 1, or 0 if there is none.
	 */
	void (*interval)(void *context, const struct interval *interval);
};

#endif

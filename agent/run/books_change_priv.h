/* SPDX-License-Identifier: Apache-2.0 */
/* books_change_priv: what happens when devices leave, drivers or scales change, and rows of sums come late; and how it is told. */
#ifndef WATTLEDGER_RUN_BOOKS_CHANGE_PRIV_H
#define WATTLEDGER_RUN_BOOKS_CHANGE_PRIV_H

#include "ledger/batch.h"
#include "run/books_tree_priv.h"

struct books;

/* Frees all that a device has. */
void books_device_deinit(struct books *books, struct books_device *device);
/* Frees the first `count` of those that left. */
void books_forget_left(struct books *books, size_t count);

/* Ends the segment of a stream, or of all of a meter, under the rules that held until now. */
void books_end_segment(struct books *books, struct books_meter *meter, struct books_stream *stream, enum account_event_code code);
void books_end_segments(struct books *books, struct books_meter *meter, enum account_event_code code);

/*
 * `account` was picked up from the ledger. When the scale changed while nobody ran, the one that the register has is put into `rules` (those of
 * now): true then, and the segment is to be ended under them.
 */
bool books_former_rules(struct books *books, const struct books_stream *stream, const struct account_book *account,
			struct account_rules *rules) MUST_CHECK;
void books_end_former_segment(struct books *books, struct books_meter *meter, struct books_stream *stream,
			      const struct account_rules *rules);

/* Whether its collector says that the driver which reads it does not fit any more. */
bool books_is_unfit(const struct books_device *device) MUST_CHECK;

/* Before a device's record is taken: does another driver read it? After it: then all its segments end. */
void books_check_driver(struct books *books, struct books_device *device, const struct wire_device *record);
void books_use_driver(struct books *books, struct books_device *device);

/* Rows that a device's sum needs; in a slot: those that were there before its end. */
uint32_t books_count_summands(const struct books_device *device) MUST_CHECK;
uint32_t books_count_summands_of(const struct books *books, const struct books_device *device, const struct interval *slot) MUST_CHECK;

/*
 * After a read at boot_ns: true when every row of the device's sum answered in it. The set of rows is learned: one that is new belongs to it,
 * one that the device, learned again, does not have any more is retired. A change is an event.
 */
bool books_learn_rows(struct books *books, struct books_device *device, int64_t boot_ns) MUST_CHECK;

/* After the next commit the sum's slot is computed from the ledger's rows. */
void books_want_recompute(struct books *books, struct books_meter *sum, int64_t slot_start_s);

/* A summand closed a slot, and its sum is not announced yet. */
void books_miss(struct books_device *device, int64_t slot_start_s);

/* The same for all that waited when the sum was saved, or left. */
void books_want_again(struct books *books, struct books_meter *sum);

/* Whom an event concerns, for the tags of its point. NULL: none, or all. Borrowed for the call. */
struct books_event_place {
	const struct books_site *site;
	const struct books_device *device;
	const struct books_meter *meter;
};

/*
 * Adds the event to the batch, and its point to what goes out with it (outputs with send: slots take none). An event whose UTC is not known
 * yet (utc_ms 0) has no point: it gets its place in the ledger alone. What finds no memory is counted as lost.
 */
void books_put_event(struct books *books, const struct ledger_event *event, const struct books_event_place *place);

#endif

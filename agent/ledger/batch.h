/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch: everything of one commit, collected in RAM. Owns all its bytes (nothing points outside), so it can be handed to another thread;
 * cleared and reused it allocates nothing once it has grown to its working size.
 *
 * Order of execution in the transaction: registry rows, factors, digests, unplaced rows, intervals with their roll-ups, events and placings
 * in the order they were added; then open rows; then outbox rows; then outbox deletions and parkings. A batch that failed to commit is
 * passed to ledger_commit() again UNCHANGED until it succeeds (that makes a commit of unknown outcome exactly-once); what happens meanwhile
 * goes into another batch. Add open rows last, when the batch is handed over, so that a waiting batch holds one per meter.
 *
 * All adders: ERR_LIMIT when the batch's bound would be passed, ERR_MEMORY; the batch is then as it was before the call.
 */
#ifndef WATTLEDGER_LEDGER_BATCH_H
#define WATTLEDGER_LEDGER_BATCH_H

#include "base/buf.h"
#include "base/err.h"
#include "ledger/day.h"
#include "model/interval.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_factor;

enum { LEDGER_STATE_BYTES_MAX = 1024, LEDGER_EVENT_CODE_BYTES = 48, LEDGER_EVENT_TEXT_BYTES = 512, LEDGER_PAYLOAD_BYTES_MAX = 1 << 28 };
enum { LEDGER_NOTE_BYTES_MAX = 16 << 10 };

/* Streams of encoded items. Fields are private to the ledger, but for the counts of rows that wait. ledger_batch_init() first. */
struct ledger_batch {
	struct buf items, open, outbox, after;
	int64_t commit_no; /* 0 until ledger_commit() tried it */
	size_t interval_count;
	size_t outbox_count;
	uint64_t outbox_high;
	char boot_id[37]; /* the boot and the output that the last item named: they are numbered already */
	char output[64];
};

/* `max_bytes` bounds each of its four streams. Allocates nothing. */
void ledger_batch_init(struct ledger_batch *batch, size_t max_bytes);
void ledger_batch_deinit(struct ledger_batch *batch);
void ledger_batch_clear(struct ledger_batch *batch); /* empties it and keeps a little of the memory */
bool ledger_batch_is_empty(const struct ledger_batch *batch) MUST_CHECK;
size_t ledger_batch_bytes(const struct ledger_batch *batch) MUST_CHECK;

/* One meter's baseline and open slot; replaces the row that is there. Resumed by ledger_resume_open(). */
struct ledger_open_row {
	uint32_t meter_id;
	int64_t utc_ms;        /* of its last sample; 0 while the clock is not trusted */
	char boot_id[37];      /* in which boot_ns counts */
	int64_t boot_ns;       /* of its last sample, CLOCK_BOOTTIME */
	int64_t energy_millij; /* running total, never falls */
	bool has_raw;
	uint64_t raw;      /* last raw counter reading */
	int64_t uptime_ms; /* of the device; -1 unknown */
	const void *state; /* account and open slots, up to LEDGER_STATE_BYTES_MAX; borrowed for the call */
	size_t state_bytes;
};
/* Is given such a row; it and its state are borrowed for the call. */
typedef enum err ledger_open_fn(void *context, const struct ledger_open_row *row, struct err_info *info);
enum err ledger_batch_add_open(struct ledger_batch *batch, const struct ledger_open_row *row, struct err_info *info) MUST_CHECK;

/*
 * An interval: rev 0, or signed differences with rev > 0. The hour and day roll-ups are added to in the same transaction. `day` is the day
 * of interval->slot_start_s in the site's zone (ledger_day_update). A row of the same (slot, meter, rev) must not exist:
 * ledger_resume_closed() tells the last.
 */
enum err ledger_batch_add_interval(struct ledger_batch *batch, uint32_t meter_id, const struct interval *interval,
				   const struct ledger_day *day, struct err_info *info) MUST_CHECK;

/* What happened. Ids are 0 when it concerns none. Texts are borrowed for the call; longer ones are cut; NULL is "". */
struct ledger_event {
	int64_t utc_ms;      /* 0: the clock is not trusted, then boot_id and boot_ns place it (ledger_batch_place_events) */
	const char *boot_id; /* NULL or "" with utc_ms */
	int64_t boot_ns;
	int level;        /* enum log_level */
	const char *code; /* "counter_reset", stable, for programs */
	uint32_t site_id;
	uint32_t device_id;
	uint32_t meter_id;
	const char *before; /* "serial A1", "4294967290" */
	const char *after;
	int64_t millij;   /* energy that was booked, refused or unknown through it; 0 none */
	const char *text; /* for people */
};
enum err ledger_batch_add_event(struct ledger_batch *batch, const struct ledger_event *event, struct err_info *info) MUST_CHECK;

/* Gives the events of a boot that have no UTC theirs: utc_ms = utc_at_boot_ms + boot_ns / 1000000. */
enum err ledger_batch_place_events(struct ledger_batch *batch, const char *boot_id, int64_t utc_at_boot_ms,
				   struct err_info *info) MUST_CHECK;

/*
 * A closed slot on boot time, while the wall clock is not trusted: interval->slot_start_s is seconds since boot, rev 0. Adding to the same
 * (boot, slot, meter) again ADDS. Placing: list them (ledger_resume_unplaced), add the intervals and drop the rows in the same batch.
 */
enum err ledger_batch_add_unplaced(struct ledger_batch *batch, const char *boot_id, uint32_t meter_id, const struct interval *interval,
				   struct err_info *info) MUST_CHECK;
/* Drops the unplaced rows of a boot; meter_id 0: of all meters. */
enum err ledger_batch_drop_unplaced(struct ledger_batch *batch, const char *boot_id, uint32_t meter_id, struct err_info *info) MUST_CHECK;

/* What an outbox row holds: samples may be thinned and, at last, dropped; slot points never. */
enum ledger_outbox_kind { LEDGER_OUTBOX_SAMPLES = 0, LEDGER_OUTBOX_SLOTS, LEDGER_OUTBOX_KIND_COUNT };

/* One request body for one output. Stored deflated. Lines end in LF. */
struct ledger_outbox_row {
	uint64_t id;        /* given by the caller, counting up from ledger_resume's next_outbox_id; unique for ever */
	const char *output; /* name of the plan_output */
	enum ledger_outbox_kind kind;
	int64_t created_utc_ms;
	uint32_t point_count;
	const void *payload; /* borrowed for the call */
	size_t payload_bytes;
};
enum err ledger_batch_add_outbox(struct ledger_batch *batch, const struct ledger_outbox_row *row, struct err_info *info) MUST_CHECK;
/* A row was accepted (no error when there is none). */
enum err ledger_batch_delete_outbox(struct ledger_batch *batch, uint64_t id, struct err_info *info) MUST_CHECK;

/* Lines that a store refused for good, with its words. Delete the outbox row they came from in the same batch. */
struct ledger_parking {
	uint64_t outbox_id; /* where they came from */
	const char *output;
	int64_t created_utc_ms; /* of that row */
	int64_t parked_utc_ms;
	uint32_t http_status;
	const char *reason; /* the store's words */
	uint32_t point_count;
	const void *payload; /* the refused lines alone */
	size_t payload_bytes;
};
enum err ledger_batch_add_parking(struct ledger_batch *batch, const struct ledger_parking *parking, struct err_info *info) MUST_CHECK;

/* The digest of the configuration in force from `from_utc_ms` on (nothing is written when it is the last one already). */
enum err ledger_batch_add_config(struct ledger_batch *batch, int64_t from_utc_ms, const uint8_t sha256[32],
				 struct err_info *info) MUST_CHECK;

/* A grid factor that was used; kept for ever, once. */
enum err ledger_batch_add_factor(struct ledger_batch *batch, const struct plan_factor *factor, struct err_info *info) MUST_CHECK;

/* Some bytes of core's own that have to survive with this commit, by name (LEDGER_NOTE_BYTES_MAX at most); replaces what was there. */
enum err ledger_batch_add_note(struct ledger_batch *batch, const char *key, const void *data, size_t bytes,
			       struct err_info *info) MUST_CHECK;

/* After a commit that left outbox rows out (struct ledger_commit_report): moves them behind those of `to`, and clears `from`. */
enum err ledger_batch_move_outbox(struct ledger_batch *to, struct ledger_batch *from, struct err_info *info) MUST_CHECK;

#endif

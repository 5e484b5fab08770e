/* SPDX-License-Identifier: Apache-2.0 */
/*
 * books: the accounts of all meters. What collectors announce and read goes in; rows of the ledger (into a batch) and points (line protocol)
 * come out. No sockets, no clock, no SQL but look-ups: core feeds it from collectors, `replay` from a trace.
 *
 *   sample -> reading (all quantities of one meter at one instant) -> account_book -> interval -> ledger_batch, points
 *
 * All that collectors say is checked here against the plan; a lie is ERR_DATA and changes nothing.
 */
#ifndef WATTLEDGER_RUN_BOOKS_H
#define WATTLEDGER_RUN_BOOKS_H

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "ledger/batch.h"
#include "output/openmetrics.h"
#include "run/points.h"
#include "wire/latencies.h"
#include "wire/plan.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct books;
struct ledger;
struct ledger_registry;

struct books_options {
	const struct plan_core *plan;     /* borrowed */
	struct ledger *reader;            /* borrowed: looks up baselines and revisions */
	struct ledger_registry *registry; /* borrowed */
	struct points *points;            /* borrowed; NULL: no points are made */
	const char *boot_id;              /* borrowed, 36 characters */
	int64_t newest_utc_ms;            /* newest instant in the ledger, 0 none */
	int64_t build_utc_s;              /* a wall clock before it is wrong */
	bool is_clock_assumed;            /* the operator vouches for the wall clock */
	const char *zone_root;            /* borrowed: folder of the zone files; NULL the system's */
	void (*make_room)(
	    void *context); /* called between two devices while rows of months may come at once: the books are whole, and what the
					   * batch holds may be committed (books_add_open_rows, books_use_batch, books_after_commit). NULL: never */
	void *room_context;
};

enum { BOOKS_METERS_PER_DEVICE_MAX = 4096 };

/*
 * Registers the plan's sites and devices through `batch`, where all rows go until books_use_batch(). Errors: ERR_MEMORY, ERR_IO, ERR_DATA (a time
 * zone).
 */
enum err books_new(struct books **out, const struct books_options *options, struct ledger_batch *batch, struct err_info *info) MUST_CHECK;
struct books *books_free(struct books *books);

/* Where rows go from now on; the one before may be committed. */
void books_use_batch(struct books *books, struct ledger_batch *batch);

/* From collector `kind`. ERR_DATA: it lies (unknown device, doubled key, bad number); ERR_LIMIT, ERR_MEMORY, ERR_IO. */
enum err books_put_meter(struct books *books, enum wire_kind kind, const struct wire_meter *meter, struct err_info *info) MUST_CHECK;
enum err books_put_device(struct books *books, enum wire_kind kind, const struct wire_device *device, struct err_info *info) MUST_CHECK;
enum err books_put_latencies(struct books *books, enum wire_kind kind, const struct wire_latencies *latencies,
			     struct err_info *info) MUST_CHECK;
/* now_boot_ns bounds the samples' times: none may lie in the future. */
enum err books_put_samples(struct books *books, enum wire_kind kind, const struct sample *samples, size_t count, int64_t now_boot_ns,
			   struct err_info *info) MUST_CHECK;

/* How many devices of a kind the plan has. */
uint32_t books_device_count(const struct books *books, enum wire_kind kind) MUST_CHECK;

/* The collector was started anew, or is gone: its meter numbers are void; accounts stay. */
void books_reset_peer(struct books *books, enum wire_kind kind, const char *reason);

/*
 * A new plan's books go on with the accounts of the devices that both have (the same for the ledger, whatever their ids were), their
 * collectors' numbers, the clock and the open site totals. Devices that are not in the new plan close what is open of them: rows and points
 * go to `from`, which has the same batch. It is to be freed then.
 */
void books_take_over(struct books *books, struct books *from);

/* The plan and the points have moved in memory. */
void books_rebind(struct books *books, const struct plan_core *plan, struct points *points);

/* Both clocks, every second or so: trust, steps, slots that are due. */
void books_tick(struct books *books, const struct clock_reading *now);

/* Boot time of the next tick that has work (a slot's end); INT64_MAX none. */
int64_t books_next_tick_ns(const struct books *books, int64_t now_boot_ns) MUST_CHECK;

/* Before a commit: adds the baseline of every meter that changed. Errors: those of the batch; what was not added stays changed. */
enum err books_add_open_rows(struct books *books, struct err_info *info) MUST_CHECK;

/* After a commit succeeded: recomputes the sums whose rows were revised. */
void books_after_commit(struct books *books);

/* true while the wall clock is trusted; and its time of a boot instant (0 while not). */
bool books_is_clock_trusted(const struct books *books) MUST_CHECK;
int64_t books_utc_ms(const struct books *books, int64_t boot_ns) MUST_CHECK;

/* The newest instant that is believed: that of the wall clock while it is trusted, else of the newest row that no wrong clock wrote. */
int64_t books_newest_utc_ms(const struct books *books) MUST_CHECK;

/* Rows or points that could not be kept, since the start: 0 in good order. */
uint64_t books_lost_count(const struct books *books) MUST_CHECK;

/* Adds "sites": [...] and "sources": [...] of the status document to an open object. */
void books_add_status(const struct books *books, struct json *json, int64_t now_boot_ns);

/* Adds power, energy, sources and intensities to a scrape: whole families. */
void books_add_metrics(const struct books *books, struct openmetrics *metrics, int64_t now_boot_ns);

/* How many devices of a kind are up; of all that are in any other state than up or starting: *failed. */
uint32_t books_up_count(const struct books *books, enum wire_kind kind, uint32_t *failed) MUST_CHECK;

/* How many devices of a kind are read by a driver that fitted once and does not any more. */
uint32_t books_unfit_count(const struct books *books, enum wire_kind kind) MUST_CHECK;

/* Puts an event of the agent itself into the journal (level of base/log.h). */
void books_add_event(struct books *books, int level, const char *code, const char *text);

#endif

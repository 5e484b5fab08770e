/* SPDX-License-Identifier: Apache-2.0 */
/* resume: what core reads at its start, and in rare moments later. */
#ifndef WATTLEDGER_LEDGER_RESUME_H
#define WATTLEDGER_LEDGER_RESUME_H

#include "base/err.h"
#include "ledger/batch.h"
#include "model/interval.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

struct ledger_resume {
	int64_t newest_utc_ms;   /* the latest instant of anything stored; 0 when empty. A clock before it is wrong */
	uint64_t next_outbox_id; /* > every id ever used */
	uint64_t open_count;     /* rows that ledger_resume_open() will give */
	uint64_t unplaced_count; /* rows that ledger_resume_unplaced() will give */
};

/* Reads the counts and the newest instant. Errors: those of a read of the ledger. */
enum err ledger_resume_read(struct ledger *ledger, struct ledger_resume *out, struct err_info *info) MUST_CHECK;

/*
 * Every open row, by meter id. `row` and its state are borrowed for the call. A callback that returns anything but ERR_NONE (and has set
 * info) ends the walk with that. The callback must not use the ledger. The same holds for all callbacks of this layer.
 */
enum err ledger_resume_open(struct ledger *ledger, ledger_open_fn *each, void *context, struct err_info *info) MUST_CHECK;

/* The open row of one meter: *is_found false when there is none. row->state points into `state`. */
enum err ledger_resume_open_one(struct ledger *ledger, uint32_t meter_id, struct ledger_open_row *row,
				uint8_t state[static LEDGER_STATE_BYTES_MAX], bool *is_found, struct err_info *info) MUST_CHECK;

/* The counter of a meter, and the driver of a device, as the register has them (committed rows only): *is_found false when it has none. */
enum err ledger_resume_counter(struct ledger *ledger, uint32_t meter_id, struct counter_spec *spec, bool *is_found,
			       struct err_info *info) MUST_CHECK;
enum err ledger_resume_driver(struct ledger *ledger, uint32_t device_id, char driver[static METER_IDENTITY_BYTES], bool *is_found,
			      struct err_info *info) MUST_CHECK;

/* What is there of a slot of a meter. */
struct ledger_closed {
	int32_t rev;        /* the last revision, the next one is that + 1; -1: it was never closed */
	int64_t covered_ms; /* of all its rows together */
};
enum err ledger_resume_closed(struct ledger *ledger, uint32_t meter_id, int64_t slot_start_s, struct ledger_closed *out,
			      struct err_info *info) MUST_CHECK;

/* *has_rows: the slot has rows of a meter that counts, or once counted, in the site's total at that point. */
enum err ledger_resume_site_slot(struct ledger *ledger, uint32_t site_id, enum point point, int64_t slot_start_s, bool *has_rows,
				 struct err_info *info) MUST_CHECK;

/* The note of that name (ledger_batch_add_note) into `data`; *bytes 0 when there is none. ERR_LIMIT: longer than `capacity`. */
enum err ledger_resume_note(struct ledger *ledger, const char *key, void *data, size_t capacity, size_t *bytes,
			    struct err_info *info) MUST_CHECK;

/* Rows without a place in time, by boot (oldest first), slot, meter. interval->slot_start_s is seconds since that boot. */
typedef enum err ledger_unplaced_fn(void *context, const char *boot_id, uint32_t meter_id, const struct interval *interval,
				    struct err_info *info);
enum err ledger_resume_unplaced(struct ledger *ledger, ledger_unplaced_fn *each, void *context, struct err_info *info) MUST_CHECK;

#endif

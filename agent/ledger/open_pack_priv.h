/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_pack: the open rows of up to OPEN_PACK_METERS meters as one row of the ledger. Each commit writes them all: as a row each, a hundred meters
 * are three pages of it, as one they are two. The bytes, deflated: rows in order of meter id, each as the differences from the one before it
 * (the first from zeros), in the shortest varints of 7 bits, least significant first:
 *
 *   meter id * 4, + 1 with a raw reading, + 2 with an uptime
 *   boot, boot_ns, utc_ms - boot_ns / 1000000, energy_millij, raw if any, uptime_ms - boot_ns / 1000000 if any: zigzag
 *   length of the state, the state
 */
#ifndef WATTLEDGER_LEDGER_OPEN_PACK_PRIV_H
#define WATTLEDGER_LEDGER_OPEN_PACK_PRIV_H

#include "base/buf.h"
#include "base/err.h"
#include "ledger/batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OPEN_PACK_BYTES_MAX: of a pack before it is deflated; a row has at most 80 bytes beside its state. */
enum { OPEN_PACK_METERS = 128, OPEN_PACK_BYTES_MAX = OPEN_PACK_METERS * (LEDGER_STATE_BYTES_MAX + 80) };

/* As struct ledger_open_row; the boot is its number. Without a raw reading `raw` is 0; uptime_ms below 0 is -1. */
struct open_pack_row {
	uint32_t meter_id;
	int64_t boot;
	int64_t boot_ns;
	int64_t utc_ms;
	int64_t energy_millij;
	bool has_raw;
	uint64_t raw;
	int64_t uptime_ms;
	const uint8_t *state; /* borrowed */
	size_t state_bytes;
};

/* The number of the pack that has a meter: from 1 on. */
int64_t open_pack_number(uint32_t meter_id) MUST_CHECK;

/* Appends `row` behind `before`, the row added last: zeros for the first. Its meter id is larger. A failure is kept in out->is_failed. */
void open_pack_add(struct buf *out, const struct open_pack_row *before, const struct open_pack_row *row);

/* Reading: begins as {.bytes = ..., .size = ...}. */
struct open_pack_reader {
	const uint8_t *bytes;
	size_t size;
	size_t at;
	struct open_pack_row row; /* the one read last; its state points into `bytes` */
	bool is_bad;              /* what follows is no row */
};

/* The next row into reader->row; false at the end and at bytes that are no row. Any bytes may be given. */
bool open_pack_next(struct open_pack_reader *reader) MUST_CHECK;

#endif

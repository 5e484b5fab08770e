/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parcel: a batch of lines on its way to a store that may refuse some of them. Keeps which lines are still to be sent and which are
 * refused; finds refused ones by the store's words, else by halving. Pure: the caller sends parcel_body() and tells what came of it.
 * It ends: each step takes a line off, halves a range or finishes one.
 */
#ifndef WATTLEDGER_OUTPUT_PARCEL_H
#define WATTLEDGER_OUTPUT_PARCEL_H

#include "base/buf.h"
#include "base/err.h"
#include "output/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Depth of halving: 2^32 lines. */
enum { PARCEL_RANGES_MAX = 34 };

/* Lines first .. end-1 are still to be sent, and where they stand. */
struct parcel_range {
	uint32_t first, end;
	size_t begin_byte, end_byte;
};

struct parcel {
	const char *data; /* borrowed */
	size_t bytes;
	uint32_t line_count;
	uint8_t *is_refused; /* one bit a line, owned; NULL until a line is refused */
	uint32_t refused_count;
	struct parcel_range range[PARCEL_RANGES_MAX]; /* the last is the next one */
	size_t range_count;
};

/* Lines of data[0..bytes), which must end with a newline and hold at least one line and no empty one. ERR_DATA otherwise. */
enum err parcel_init(struct parcel *parcel, const char *data, size_t bytes, struct err_info *info) MUST_CHECK;
void parcel_deinit(struct parcel *parcel);

/* true when nothing is left to be sent. */
bool parcel_is_done(const struct parcel *parcel) MUST_CHECK;

/*
 * The next body: either a part of the data itself (*bytes of it), or, when refused lines stand in between, a copy without them in `scratch`.
 * NULL when scratch failed. Only when not done.
 */
const char *parcel_body(const struct parcel *parcel, struct buf *scratch, size_t *bytes) MUST_CHECK;

/* What became of that body. */
void parcel_note_stored(struct parcel *parcel);

/* 413: halved; a single line is refused. ERR_MEMORY. */
enum err parcel_note_too_big(struct parcel *parcel, struct err_info *info) MUST_CHECK;

/* Some of it was refused: the named lines are taken off, else all when the store says so, else it is halved. ERR_MEMORY. */
enum err parcel_note_refused(struct parcel *parcel, const struct refusal *refusal, struct err_info *info) MUST_CHECK;

/* Numbers of the refused lines, in order, at most `max`; returns how many were written. */
uint32_t parcel_refused_lines(const struct parcel *parcel, uint32_t *line, uint32_t max) MUST_CHECK;

#endif

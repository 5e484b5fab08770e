/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/state: saved states as bytes. One description of the fields serves both ways: a visitor that writes them or reads them, so
 * that the two cannot differ. A state is written for every meter with each commit, so it is kept short: of each field only the
 * difference from what is expected there is written, as LEB128 (signed ones zigzag), and nothing at all when it is as expected: every
 * eight fields are led by a byte whose bits say which of them follow. Layout: version, fields, u32 FNV-1a over all before and over the
 * base. What is expected may depend only on the base and on fields visited before.
 */
#ifndef WATTLEDGER_ACCOUNT_STATE_PRIV_H
#define WATTLEDGER_ACCOUNT_STATE_PRIV_H

#include "account/base.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account_meter;
struct account_slots;

/* Errors stick in is_bad: no room when writing, too short or out of range when reading. */
struct state_visitor {
	uint8_t *out;      /* writing: where */
	const uint8_t *in; /* reading: from where; out is NULL then */
	size_t size;
	size_t at;
	struct account_base base;
	size_t mask_at;      /* of the byte that leads the present fields */
	unsigned mask_count; /* how many of its bits are used; 8: the next field begins another */
	bool is_bad;
};

void state_u8(struct state_visitor *visitor, uint8_t *value, uint8_t expected, uint8_t max);
void state_u16(struct state_visitor *visitor, uint16_t *value, uint16_t max);
/* Differences wrap, so that any value can be written, whatever was expected. */
void state_u32(struct state_visitor *visitor, uint32_t *value, uint32_t expected);
void state_u64(struct state_visitor *visitor, uint64_t *value, uint64_t expected);
void state_i32(struct state_visitor *visitor, int32_t *value, int32_t expected);
void state_i64(struct state_visitor *visitor, int64_t *value, int64_t expected);
/* Not below 0. */
void state_amount(struct state_visitor *visitor, int64_t *value, int64_t expected);
/* Any number below 2^32 with no likely value: four bytes as they are, nothing when 0. */
void state_word(struct state_visitor *visitor, uint32_t *value);
/* Microunits of something that is mostly read in thousandths or wholes: trailing thousands are cut off. */
void state_micro(struct state_visitor *visitor, int64_t *value);
/* Finite. */
void state_f32(struct state_visitor *visitor, float *value);
void state_f64(struct state_visitor *visitor, double *value, double expected);

/* The visitor of a state (to write: `in` NULL; to read: `out` NULL). `base` NULL: zeros. The version is visited. */
struct state_visitor state_begin(uint8_t *out, const uint8_t *in, size_t size, const struct account_base *base, uint8_t version);
/* The checksum. Returns whether all was well: reading, that is up to the last byte. */
bool state_end(struct state_visitor *visitor) MUST_CHECK;

/* The parts of a book. meter_visit comes first: slots expect themselves to end where the meter does. */
void meter_visit(struct state_visitor *visitor, struct account_meter *meter);
void slots_visit(struct state_visitor *visitor, struct account_slots *slots, const struct account_meter *meter);

/* Every field is in range, so that no later sum overflows. */
bool meter_is_sane(const struct account_meter *meter) MUST_CHECK;
bool slots_is_sane(const struct account_slots *slots) MUST_CHECK;

#endif

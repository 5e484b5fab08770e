/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/state: saved states as bytes. One description of the fields serves both ways: a visitor that writes them or reads them, so
 * that the two cannot differ. A state is written for every meter with each commit, so it is kept short: integers are LEB128 (signed
 * ones zigzag), times are differences from the time before. Layout: kind and version, fields, u32 FNV-1a over all before.
 */
#ifndef WATTLEDGER_ACCOUNT_STATE_PRIV_H
#define WATTLEDGER_ACCOUNT_STATE_PRIV_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Errors stick in is_bad: no room when writing, too short or out of range when reading. */
struct state_visitor {
	uint8_t *out;      /* writing: where */
	const uint8_t *in; /* reading: from where; out is NULL then */
	size_t size;
	size_t at;
	uint64_t time; /* the last one */
	bool is_bad;
};

void state_u8(struct state_visitor *visitor, uint8_t *value, uint8_t max);
void state_u16(struct state_visitor *visitor, uint16_t *value, uint16_t max);
void state_u32(struct state_visitor *visitor, uint32_t *value);
void state_u64(struct state_visitor *visitor, uint64_t *value);
void state_i32(struct state_visitor *visitor, int32_t *value);
void state_i64(struct state_visitor *visitor, int64_t *value);
/* An instant, near the one visited before. */
void state_time(struct state_visitor *visitor, int64_t *value);
/* Not below 0. */
void state_amount(struct state_visitor *visitor, int64_t *value);
/* Finite. */
void state_f32(struct state_visitor *visitor, float *value);
void state_f64(struct state_visitor *visitor, double *value);

/* Kind and version (reading: must be this one), and at the end the checksum. */
void state_begin(struct state_visitor *visitor, uint16_t kind);
void state_end(struct state_visitor *visitor);

#endif

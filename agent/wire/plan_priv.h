/* SPDX-License-Identifier: Apache-2.0 */
/* plan_priv: what the encoders and decoders of the plans share. For agent/wire/plan*.c only. */
#ifndef WATTLEDGER_WIRE_PLAN_PRIV_H
#define WATTLEDGER_WIRE_PLAN_PRIV_H

#include "base/err.h"
#include "wire/codec.h"
#include "wire/plan.h"

#include <stddef.h>
#include <stdint.h>

/* The next item has to be of `type`; a reader over its body in *body. ERR_DATA when it is another one, torn or missing. */
enum err plan_take_item(struct plan_reader *reader, uint16_t type, struct wire_reader *body, struct err_info *info) MUST_CHECK;

/* ERR_DATA when the body was not read to its last byte, or something in it was wrong. */
enum err plan_check_item(const struct wire_reader *body, const char *what, size_t index, struct err_info *info) MUST_CHECK;

/* ERR_DATA when something follows. */
enum err plan_check_end(const struct plan_reader *reader, struct err_info *info) MUST_CHECK;

/* A run of `count` items of one type. */
struct plan_list {
	uint16_t type;
	const char *what; /* for messages: "device" */
	size_t count;
	size_t count_max;
	size_t item_bytes; /* of one item in memory */
	void (*get)(struct wire_reader *body, void *item, const void *context);
	const void *context; /* passed on to get */
};

/*
 * Reads a run into a new array (NULL for none), which is in *out, zeroed behind what was read, even after a failure: the caller frees it
 * either way. ERR_LIMIT above count_max; ERR_DATA when an item is not as it should be or the rest of the plan is too short for so many,
 * so that a forged count allocates nothing.
 */
enum err plan_take_list(struct plan_reader *reader, const struct plan_list *list, void **out, struct err_info *info) MUST_CHECK;

/* Any bytes but NUL as a C string: secrets and patterns, which may hold what text_is_clean() refuses. */
void plan_put_raw(struct wire_writer *writer, const char *text);
void plan_get_raw(struct wire_reader *reader, char *out, size_t out_bytes);

/* 32 bytes. */
void plan_put_digest(struct wire_writer *writer, const uint8_t digest[static 32]);
void plan_get_digest(struct wire_reader *reader, uint8_t digest[static 32]);

/* An id (text_is_id). The optional form allows "". */
void plan_get_id(struct wire_reader *reader, char *out, size_t out_bytes);
void plan_get_optional_id(struct wire_reader *reader, char *out, size_t out_bytes);

/* A number of min..max; anything else sets is_bad and gives `min`. */
uint32_t plan_get_u32_of(struct wire_reader *reader, uint32_t min, uint32_t max);

#endif

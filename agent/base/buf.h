/* SPDX-License-Identifier: Apache-2.0 */
/* buf: a growing byte buffer with a bound that is given once, at its creation. Always NUL-terminated behind its bytes. */
#ifndef WATTLEDGER_BASE_BUF_H
#define WATTLEDGER_BASE_BUF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * `bytes` counts what is in it (without the NUL). When an addition would pass `max_bytes`, or memory is out, nothing of that
 * addition is kept, `is_failed` is set and stays set until buf_clear(): check once, at the end.
 */
struct buf {
	char *data;
	size_t bytes;
	size_t capacity_bytes;
	size_t max_bytes;
	bool is_failed;
};

/* Allocates nothing; `max_bytes` is the most it will ever hold. */
void buf_init(struct buf *buf, size_t max_bytes);

/* Frees the memory; the buffer may be initialised again. */
void buf_deinit(struct buf *buf);

/* Empties it and keeps the memory. */
void buf_clear(struct buf *buf);
/* Empties it, and gives its memory back when that is more than `keep_bytes`. */
void buf_clear_large(struct buf *buf, size_t keep_bytes);

/* Append; a failure is kept in is_failed. Integers in decimal; buf_add_format takes a printf format. */
void buf_add(struct buf *buf, const void *data, size_t bytes);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_i64(struct buf *buf, int64_t value);
void buf_add_u64(struct buf *buf, uint64_t value);
void buf_add_format(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Text with the buffer's end as a C string; "" when empty. Valid until the next addition. */
const char *buf_text(const struct buf *buf) MUST_CHECK;

/* Hands the memory to the caller (mem_free() it) and leaves the buffer empty; NULL when is_failed. */
char *buf_take(struct buf *buf, size_t *bytes) MUST_CHECK;

#endif

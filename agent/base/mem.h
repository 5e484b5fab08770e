/* SPDX-License-Identifier: Apache-2.0 */
/* mem: the only place that allocates. Sizes are checked for overflow; every function may return NULL. */
#ifndef WATTLEDGER_BASE_MEM_H
#define WATTLEDGER_BASE_MEM_H

#include "base/err.h"

#include <stddef.h>

/* `count` items of `item_bytes`, zeroed; NULL when out of memory or when the product overflows. Yours: mem_free(). */
void *mem_new_array(size_t count, size_t item_bytes) MUST_CHECK;

/* One zeroed object. Yours: mem_free(). */
void *mem_new(size_t bytes) MUST_CHECK;

/* Resizes `old` (or NULL) to count x item_bytes; new bytes are NOT zeroed; on NULL the old block is still valid. */
void *mem_resize_array(void *old, size_t count, size_t item_bytes) MUST_CHECK;

/*
 * Makes room for item number `count` (0-based) in an array of *capacity items: doubles, from 1 MiB on adds an eighth, up to
 * `count_max`. *array and *capacity change only on success; new items are zeroed. Errors: ERR_MEMORY, ERR_LIMIT (count >= count_max).
 */
enum err mem_grow(void **array, size_t *capacity, size_t count, size_t count_max, size_t item_bytes) MUST_CHECK;

/* Copy of a string, or of its first `bytes` bytes with a NUL after them. Yours: mem_free(). */
char *mem_dup(const char *text) MUST_CHECK;
char *mem_dup_bytes(const void *data, size_t bytes) MUST_CHECK;

/* free(); NULL is allowed. Returns NULL, so that `p = mem_free(p)` leaves no dangling pointer. */
void *mem_free(void *block);

/* Overwrites and frees a secret of `bytes` bytes; returns NULL. */
void *mem_free_secret(void *block, size_t bytes);

/*
 * For processes that live long and hold large buffers now and then: blocks of 128 KiB and more come from the kernel one by one and go back
 * with mem_free(); growing, they are moved without copying. Call it before the first thread.
 */
void mem_keep_large_apart(void);

/* Gives back to the kernel what was freed; milliseconds. After work that is not repeated, such as a start. */
void mem_trim(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* text: strings from outside are hostile. One place makes them safe for each output. */
#ifndef WATTLEDGER_BASE_TEXT_H
#define WATTLEDGER_BASE_TEXT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies `in` (`in_bytes` bytes, NULs allowed) into `out` as valid UTF-8 on one line: bad sequences become U+FFFD, control and
 * bidirectional-format characters become spaces, ends are trimmed, cut at a character border. out_bytes >= 4. Returns bytes written.
 */
size_t text_clean(char *out, size_t out_bytes, const void *in, size_t in_bytes);

/* true when text_clean() would leave it as it is. */
bool text_is_clean(const char *text) MUST_CHECK;

/* Adds a JSON string with its quotes; any bytes in, valid JSON out. */
void text_add_json(struct buf *out, const char *text);

/* Adds one RFC 4180 cell; a cell that starts with = + - @ tab or CR and is not a number is prefixed with ' . */
void text_add_csv(struct buf *out, const char *text);

/* Adds HTML text (& < > " ' escaped). */
void text_add_html(struct buf *out, const char *text);

/* Edit distance (insert, delete, replace, swap of neighbours), at most 64 characters looked at. */
size_t text_distance(const char *a, const char *b) MUST_CHECK;

/* The candidate nearest to `word` within max(1, length / 3) edits, NULL when none is near. `candidates` ends with NULL. */
const char *text_nearest(const char *word, const char *const *candidates) MUST_CHECK;

/* true for 1..63 characters of a-z A-Z 0-9 . _ - that start with a letter or digit: ids of sites, devices, meters' parts. */
bool text_is_id(const char *text) MUST_CHECK;

/* Copies a C string into a field of `out_bytes`; false (and "" in out) when it does not fit. */
bool text_copy(char *out, size_t out_bytes, const char *text);

#endif

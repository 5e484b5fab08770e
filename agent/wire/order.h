/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order: what a command asks of core over the control socket, on one line, and core's answer. A field is text on one line; fields are parted by
 * tabs, the first is the verb. The answer's first line is "0", or the number of an enum err and what is wrong; behind a 0 follows text for people.
 */
#ifndef WATTLEDGER_WIRE_ORDER_H
#define WATTLEDGER_WIRE_ORDER_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

enum { ORDER_BYTES_MAX = 4 << 20, ORDER_FIELDS_MAX = 16 << 10, ORDER_ANSWER_BYTES_MAX = 1 << 20 };

/* Adds a field: NULL is "", what cannot stand on one line becomes spaces. ERR_LIMIT in out->is_failed. */
void order_add(struct buf *out, const char *field);

/* Parts `line` (changed: its tabs become NULs) into at most `max` fields. ERR_DATA: there are more. */
enum err order_split(char *line, char **field, size_t max, size_t *count, struct err_info *info) MUST_CHECK;

/* Makes the answer from the outcome of what was asked: `text` is for people, used when err is ERR_NONE. */
void order_answer(struct buf *out, enum err err, const struct err_info *info, const char *text);

/* Reads an answer: adds its text to `out`, or returns the error that it tells. ERR_DATA: it is no answer. */
enum err order_take_answer(const char *answer, struct buf *out, struct err_info *info) MUST_CHECK;

#endif

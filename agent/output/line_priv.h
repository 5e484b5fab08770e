/* SPDX-License-Identifier: Apache-2.0 */
/* line_priv: how the encoders of line.h put a line together; for this folder's line_*.c only. */
#ifndef WATTLEDGER_OUTPUT_LINE_PRIV_H
#define WATTLEDGER_OUTPUT_LINE_PRIV_H

#include "output/line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most bytes of all fields of a line and its time: 24 fields of at most 24 + 24 bytes. */
enum { LINE_FIELDS_MAX = 24, LINE_FIELD_NAME_BYTES_MAX = 22, LINE_TAIL_BYTES = 1280 };

/* Fields being written: " a=1i,b=2.5". Start with used_bytes 0; no field name may be longer than LINE_FIELD_NAME_BYTES_MAX. */
struct line_tail {
	size_t used_bytes;
	char text[LINE_TAIL_BYTES];
};

/* A name with the equals sign behind it, its length without the NUL: LINE_NAME("energy_j=") */
#define LINE_NAME(literal) (literal), (sizeof(literal) - 1)

/* Left out when LINE_UNKNOWN. */
void line_put_integer(struct line_tail *tail, const char *name, size_t name_bytes, int64_t value);

/* Left out when not finite or beyond what num_print_double() prints. At most `decimals` (0..9) decimals. */
void line_put_double(struct line_tail *tail, const char *name, size_t name_bytes, double value, int decimals);

/* Writes measurement, series, fields and time as one line. false, and nothing is added, without a field. */
bool line_finish(struct buf *out, const char *measurement, const struct line_series *series, struct line_tail *tail, int64_t utc_ns);

#endif

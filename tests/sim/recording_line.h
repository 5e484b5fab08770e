/* SPDX-License-Identifier: Apache-2.0 */
/* recording_line: one variable of a recording, from its text. */
#ifndef WATTLEDGER_SIM_RECORDING_LINE_H
#define WATTLEDGER_SIM_RECORDING_LINE_H

#include <stddef.h>
#include <stdint.h>

enum recording_kind {
	RECORDING_VARIABLE,
	RECORDING_NOTHING, /* an empty line, a comment (#), a variable without a value (noSuchObject, NULL) */
	RECORDING_ODD,     /* something else */
};

/* Points into the text that was read. */
struct recording_line {
	const char *oid; /* digits and dots, without a leading dot */
	uint8_t tag;     /* enum ber_tag */
	const char *text;
	size_t text_bytes;
	int64_t number; /* counters above 2^63 are its bits */
};

/*
 * Takes the next line, and those that go on with its text, from *rest, which it changes: NULL behind the last. *number counts lines.
 * `out` is set for a variable alone.
 */
enum recording_kind recording_line_read(char **rest, size_t *number, struct recording_line *out) __attribute__((warn_unused_result));

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal: what a store says about lines it did not take, as far as its words tell which. Sources: InfluxDB 1.6.7's answers as seen
 * (HTTP 400), and those that the InfluxDB 2 API documents for POST /api/v2/write (400 and 422):
 *
 *   {"error":"unable to parse 'LINE': REASON\nunable to parse ..."}                                              nothing was stored
 *   {"error":"partial write: unable to parse 'LINE': REASON dropped=0"}                                        the rest was stored
 *   {"error":"partial write: field type conflict: input field \"F\" on measurement \"M\" is type T, already exists as type U dropped=N"}
 *   {"error":"partial write: points beyond retention policy dropped=N"}
 *   {"code":"unprocessable entity","message":"failure writing points to database: partial write: ..."}
 *
 * One answer names one kind of refusal: a type conflict hides unparsable lines beside it. So a batch less the named lines has to be
 * offered again until it is taken (harmless: a point that is stored already is replaced by itself).
 */
#ifndef WATTLEDGER_OUTPUT_REFUSAL_H
#define WATTLEDGER_OUTPUT_REFUSAL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REFUSAL_TEXT_BYTES = 4096, REFUSAL_NAME_BYTES = 128 };

enum refusal_kind {
	REFUSAL_NONE = 0,  /* the words are not about lines */
	REFUSAL_UNKNOWN,   /* about lines, which ones is not said */
	REFUSAL_PARSE,     /* unable to parse: names the lines themselves */
	REFUSAL_CONFLICT,  /* a field has another type than before: names measurement, field, type */
	REFUSAL_RETENTION, /* older than the store keeps */
};

struct refusal {
	enum refusal_kind kind;
	bool is_json;           /* the body was the store's own form of an error, not a page of something in between */
	uint32_t dropped_count; /* "dropped=N"; 0 not said */
	char measurement[REFUSAL_NAME_BYTES];
	char field[REFUSAL_NAME_BYTES];
	char type[REFUSAL_NAME_BYTES]; /* "float", "integer", "string", "boolean": what was sent */
	char text[REFUSAL_TEXT_BYTES]; /* the store's words, not cleaned */
};

/* Reads the body of an answer; any bytes. */
void refusal_read(struct refusal *out, const char *body, size_t bytes);

/* true when the words name this line (without its newline). Always false for the kinds that do not name lines. */
bool refusal_names_line(const struct refusal *refusal, const char *line, size_t bytes) MUST_CHECK;

#endif

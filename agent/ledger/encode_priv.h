/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode: the items of a batch as bytes. An item is the number of a statement, the count of its parameters, and each parameter as a tag and
 * a value: integers as zigzag varints (most are small), text and blobs as length and bytes. Only this process reads them.
 */
#ifndef WATTLEDGER_LEDGER_ENCODE_PRIV_H
#define WATTLEDGER_LEDGER_ENCODE_PRIV_H

#include "base/buf.h"
#include "base/err.h"
#include "ledger/sql_priv.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/* Writing one item: encode_begin(), encode_*() for each parameter, encode_end(). */
struct encode {
	struct buf *out;
	size_t start_bytes; /* of `out` before the item */
	size_t count_at;    /* where the parameter count stands */
	uint8_t count;
};

void encode_begin(struct encode *item, struct buf *out, enum sql_id id);
void encode_int(struct encode *item, int64_t value);
void encode_double(struct encode *item, double value);
void encode_null(struct encode *item);
/* NULL is "". */
void encode_text(struct encode *item, const char *text);
void encode_blob(struct encode *item, const void *data, size_t bytes);
/* ERR_LIMIT when it did not fit: `out` is as before encode_begin(). */
enum err encode_end(struct encode *item, struct err_info *info) MUST_CHECK;

/* Takes back what was added behind `bytes`. */
void encode_truncate(struct buf *out, size_t bytes);

/* Reading. Values point into the buffer. */
enum encode_tag { ENCODE_NULL = 0, ENCODE_INT, ENCODE_DOUBLE, ENCODE_TEXT, ENCODE_BLOB };

enum { ENCODE_PARAMETERS_MAX = 24 };

struct encode_value {
	enum encode_tag tag;
	int64_t integer;
	double real;
	const uint8_t *data;
	size_t bytes;
};

struct encode_item {
	enum sql_id id;
	size_t count;
	struct encode_value value[ENCODE_PARAMETERS_MAX];
};

/* The item at *at, which is moved behind it; false at the end. */
bool encode_next(const struct buf *in, size_t *at, struct encode_item *item) MUST_CHECK;

/* Binds value i of the item as parameter i + 1; data is borrowed until the statement is reset. */
int encode_bind(sqlite3_stmt *statement, const struct encode_item *item) MUST_CHECK;

#endif

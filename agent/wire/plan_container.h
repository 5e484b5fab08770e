/* SPDX-License-Identifier: Apache-2.0 */
/* plan_container: the file that a plan is: kinds, items, writing and reading. What stands in the items: plan.h and its like. */
#ifndef WATTLEDGER_WIRE_PLAN_CONTAINER_H
#define WATTLEDGER_WIRE_PLAN_CONTAINER_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAN_VERSION = 1, PLAN_ITEM_BYTES_MAX = 1 << 20 };

/* Which process a plan is for. */
enum plan_kind { PLAN_CORE = 0, PLAN_DELIVER, PLAN_SNMP, PLAN_MODBUS, PLAN_RAPL, PLAN_IPMI, PLAN_TRAFFIC, PLAN_PAGE, PLAN_SERIES, PLAN_KIND_COUNT };

/* "core", "deliver", "snmp", ... ; also the program's name behind "wattledger-". */
const char *plan_kind_name(enum plan_kind kind) MUST_CHECK;

/* Container, writing side: plan_begin() once, then for each item plan_item_begin(), wire_put_*, plan_item_end(). */
struct plan_writer {
	struct buf *out;         /* borrowed */
	struct wire_writer body; /* over the scratch area below */
	uint16_t type;
	bool is_failed;    /* an item did not fit, or `out` is full */
	uint8_t *scratch;  /* PLAN_ITEM_BYTES_MAX bytes, owned */
	size_t used_bytes; /* of them by the longest item */
};

/* ERR_MEMORY. plan_item_begin() gives the writer of the item's body, valid until plan_item_end(). */
enum err plan_begin(struct plan_writer *writer, struct buf *out, enum plan_kind kind, struct err_info *info) MUST_CHECK;
struct wire_writer *plan_item_begin(struct plan_writer *writer, uint16_t type);
void plan_item_end(struct plan_writer *writer);
/* Frees the scratch area. ERR_LIMIT when anything did not fit. */
enum err plan_end(struct plan_writer *writer, struct err_info *info) MUST_CHECK;

/* Container, reading side, over bytes in memory (borrowed). */
struct plan_reader {
	const uint8_t *bytes;
	size_t length;
	size_t at;
};

/* Checks magic, version and kind. ERR_DATA otherwise. */
enum err plan_open(struct plan_reader *reader, const void *data, size_t bytes, enum plan_kind kind, struct err_info *info) MUST_CHECK;

/* Next item: type and a reader over its body. *is_end after the last. ERR_DATA when torn. */
enum err plan_next(struct plan_reader *reader, uint16_t *type, struct wire_reader *body, bool *is_end, struct err_info *info) MUST_CHECK;

#endif

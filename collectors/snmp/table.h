/* SPDX-License-Identifier: Apache-2.0 */
/* table: what a survey found: cells by column and row index, in order, with bounds on cells and bytes. */
#ifndef WATTLEDGER_SNMP_TABLE_H
#define WATTLEDGER_SNMP_TABLE_H

#include "base/err.h"
#include "snmp/raw.h"

#include <stddef.h>
#include <stdint.h>

enum { C_SNMP_TABLE_CELLS_MAX = 60000, C_SNMP_TABLE_BYTES_MAX = 2 << 20 };

struct c_snmp_cell {
	const uint32_t *index; /* the row's index: what followed the column's OID */
	uint8_t index_length;
	struct c_snmp_raw raw; /* its text is the table's; objects are not kept */
};

struct c_snmp_table;

/* `column_count` empty columns. NULL when out of memory. */
struct c_snmp_table *c_snmp_table_new(size_t column_count) MUST_CHECK;
struct c_snmp_table *c_snmp_table_free(struct c_snmp_table *table);

/*
 * Adds a cell (all is copied). Within a column, indices have to come in strictly increasing order. Errors: ERR_LIMIT (too many cells or
 * bytes), ERR_MEMORY, ERR_DATA (order).
 */
enum err c_snmp_table_add(struct c_snmp_table *table, size_t column, const uint32_t *index, size_t index_length,
			  const struct c_snmp_raw *raw) MUST_CHECK;

/* Cells of a column, and its n-th. Borrowed until the next addition. */
size_t c_snmp_table_count(const struct c_snmp_table *table, size_t column) MUST_CHECK;
const struct c_snmp_cell *c_snmp_table_cell(const struct c_snmp_table *table, size_t column, size_t n) MUST_CHECK;

/* The value at a row, NULL: there is none. Borrowed until the next addition. */
const struct c_snmp_raw *c_snmp_table_find(const struct c_snmp_table *table, size_t column, const uint32_t *index,
					   size_t index_length) MUST_CHECK;

#endif

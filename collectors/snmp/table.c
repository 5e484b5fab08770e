/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/table.h"

#include "base/mem.h"
#include "snmp/oid.h"

#include <string.h>

/* Index and text of a cell stand in one block of their own, so that cells may move. */
struct column {
	struct c_snmp_cell *cell;
	size_t count;
	size_t capacity;
};

struct c_snmp_table {
	struct column *column;
	size_t column_count;
	size_t cell_count;
	size_t bytes;
};

struct c_snmp_table *c_snmp_table_new(size_t column_count)
{
	struct c_snmp_table *table = mem_new(sizeof *table);

	if (table == NULL)
		return NULL;
	table->column_count = column_count;
	table->column = mem_new_array(column_count + 1, sizeof *table->column);
	return table->column == NULL ? mem_free(table) : table;
}

struct c_snmp_table *c_snmp_table_free(struct c_snmp_table *table)
{
	if (table == NULL)
		return NULL;
	for (size_t c = 0; c < table->column_count; c++) {
		for (size_t i = 0; i < table->column[c].count; i++)
			mem_free((void *)(uintptr_t)table->column[c].cell[i].index);
		mem_free(table->column[c].cell);
	}
	mem_free(table->column);
	return mem_free(table);
}

enum err c_snmp_table_add(struct c_snmp_table *table, size_t column, const uint32_t *index, size_t index_length,
			  const struct c_snmp_raw *raw)
{
	struct column *into = &table->column[column];
	size_t text_bytes = raw->kind == C_SNMP_TEXT ? raw->text_bytes : 0;
	size_t index_bytes = index_length * sizeof *index;
	struct c_snmp_cell cell = {.index_length = (uint8_t)index_length, .raw = *raw};
	uint8_t *block;

	if (index_length > PLAN_OID_MAX || table->cell_count >= C_SNMP_TABLE_CELLS_MAX ||
	    table->bytes + text_bytes + index_bytes > C_SNMP_TABLE_BYTES_MAX)
		return ERR_LIMIT;
	if (into->count > 0 &&
	    c_snmp_oid_compare(into->cell[into->count - 1].index, into->cell[into->count - 1].index_length, index, index_length) >= 0)
		return ERR_DATA;
	if (mem_grow((void **)&into->cell, &into->capacity, into->count, C_SNMP_TABLE_CELLS_MAX, sizeof *into->cell) != ERR_NONE)
		return ERR_MEMORY;
	block = mem_new(index_bytes + text_bytes + 1);
	if (block == NULL)
		return ERR_MEMORY;
	memcpy(block, index, index_bytes);
	if (text_bytes > 0)
		memcpy(block + index_bytes, raw->text, text_bytes);
	cell.index = (const uint32_t *)(const void *)block;
	cell.raw.text = block + index_bytes;
	cell.raw.object = NULL;
	into->cell[into->count++] = cell;
	table->cell_count++;
	table->bytes += index_bytes + text_bytes;
	return ERR_NONE;
}

size_t c_snmp_table_count(const struct c_snmp_table *table, size_t column)
{
	return table->column[column].count;
}

const struct c_snmp_cell *c_snmp_table_cell(const struct c_snmp_table *table, size_t column, size_t n)
{
	return &table->column[column].cell[n];
}

const struct c_snmp_raw *c_snmp_table_find(const struct c_snmp_table *table, size_t column, const uint32_t *index, size_t index_length)
{
	const struct column *in = &table->column[column];
	size_t low = 0, high = in->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = c_snmp_oid_compare(in->cell[middle].index, in->cell[middle].index_length, index, index_length);

		if (order == 0)
			return &in->cell[middle].raw;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

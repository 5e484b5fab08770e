/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/rows.h"

#include "base/num.h"
#include "base/text.h"
#include "snmp/oid.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

enum { STABLE_BYTES = 12 * PLAN_INDEX_MAX };

/* ---- Places ----------------------------------------------------------------------------------------------------------------------- */

/* The value of a column at row index + suffix; where the column has no suffix, at the index alone. */
static const struct c_snmp_raw *cell_at(const struct c_snmp_survey *survey, const struct plan_oid *column, const struct plan_point *point,
					const struct c_snmp_row *row)
{
	struct plan_oid index = {0};
	const struct c_snmp_raw *raw = NULL;

	if (column->length == 0 || !c_snmp_oid_append(&index, row->index, row->index_length))
		return NULL;
	if (point != NULL && point->suffix_length > 0 && c_snmp_oid_append(&index, point->suffix, point->suffix_length))
		raw = c_snmp_survey_cell(survey, column, index.id, index.length);
	return raw != NULL ? raw : c_snmp_survey_cell(survey, column, row->index, row->index_length);
}

const struct c_snmp_raw *c_snmp_rows_point(const struct c_snmp_survey *survey, const struct plan_group *group,
					   const struct plan_point *point, const struct c_snmp_row *row)
{
	struct plan_oid index = {0};

	if (point->oid.length == 0)
		return NULL;
	if (!group->is_table)
		return c_snmp_survey_scalar(survey, &point->oid);
	if (!c_snmp_oid_append(&index, row->index, row->index_length) || !c_snmp_oid_append(&index, point->suffix, point->suffix_length))
		return NULL;
	return c_snmp_survey_cell(survey, &point->oid, index.id, index.length);
}

static const struct c_snmp_raw *scale_at(const struct c_snmp_survey *survey, const struct plan_group *group, const struct plan_point *point,
					 const struct plan_oid *oid, const struct c_snmp_row *row)
{
	if (oid->length == 0)
		return NULL;
	if (!group->is_table || point->scale.is_scalar)
		return c_snmp_survey_scalar(survey, oid);
	return cell_at(survey, oid, point, row);
}

bool c_snmp_rows_factor(const struct c_snmp_survey *survey, const struct plan_group *group, const struct plan_point *point,
			const struct c_snmp_row *row, struct c_snmp_factor *out)
{
	return c_snmp_value_factor(point, scale_at(survey, group, point, &point->scale.oid, row),
				   scale_at(survey, group, point, &point->scale.oid2, row), out);
}

/* ---- Filters ---------------------------------------------------------------------------------------------------------------------- */

static void print_index(const struct c_snmp_row *row, size_t skip, char *out, size_t out_bytes)
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = skip < row->index_length ? skip : 0; i < row->index_length && length < out_bytes; i++) {
		int added = snprintf(out + length, out_bytes - length, "%s%u", length > 0 ? "." : "", (unsigned)row->index[i]);

		length += added > 0 ? (size_t)added : 0;
	}
}

static void print_raw(const struct c_snmp_raw *raw, char *out, size_t out_bytes)
{
	int64_t number;

	out[0] = '\0';
	if (raw == NULL)
		return;
	if (raw->kind == C_SNMP_TEXT)
		text_clean(out, out_bytes, raw->text, raw->text_bytes);
	else if (c_snmp_value_integer(raw, &number))
		(void)snprintf(out, out_bytes, "%lld", (long long)number);
}

static bool is_match(const char *pattern, const char *text)
{
	regex_t regex;
	bool is_found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false; /* the loader has checked it; a pattern that is wrong matches nothing */
	is_found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return is_found;
}

static bool passes(const struct c_snmp_survey *survey, const struct plan_group *group, const struct plan_row_filter *filter,
		   const struct c_snmp_row *row)
{
	const struct c_snmp_raw *raw = filter->oid.length > 0 ? cell_at(survey, &filter->oid, NULL, row) : NULL;
	char text[STABLE_BYTES] = "";
	int64_t number = 0;
	bool has_number = true;
	bool is_meant = false;

	if (filter->oid.length == 0) {
		print_index(row, group->index_skip, text, sizeof text);
		number = row->index_length > 0 ? (int64_t)row->index[row->index_length - 1] : 0;
	} else {
		print_raw(raw, text, sizeof text);
		has_number = raw != NULL && c_snmp_value_integer(raw, &number);
	}
	for (size_t i = 0; i < filter->value_count; i++)
		is_meant |= has_number && filter->value[i] == number;
	if (filter->pattern[0] != '\0')
		is_meant = (filter->value_count == 0 || is_meant) && is_match(filter->pattern, text);
	return is_meant != filter->is_negated;
}

/* ---- Rows ------------------------------------------------------------------------------------------------------------------------- */

static int compare_rows(const struct c_snmp_row *a, const struct c_snmp_row *b)
{
	return c_snmp_oid_compare(a->index, a->index_length, b->index, b->index_length);
}

/* Keeps `rows` sorted and without doubles. */
static size_t insert_row(struct c_snmp_row *rows, size_t count, size_t max, const struct c_snmp_row *row)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_rows(&rows[middle], row) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if ((low < count && compare_rows(&rows[low], row) == 0) || count == max)
		return count;
	memmove(rows + low + 1, rows + low, (count - low) * sizeof *rows);
	rows[low] = *row;
	return count + 1;
}

/* The row that a cell of a point's column belongs to; false when its suffix is another. */
static bool row_of_cell(const struct plan_point *point, const struct c_snmp_cell *cell, struct c_snmp_row *row)
{
	size_t length;

	if (cell->index_length <= point->suffix_length || cell->raw.kind == C_SNMP_ABSENT)
		return false;
	length = (size_t)(cell->index_length - point->suffix_length);
	if (length > PLAN_INDEX_MAX || memcmp(cell->index + length, point->suffix, point->suffix_length * sizeof point->suffix[0]) != 0)
		return false;
	memcpy(row->index, cell->index, length * sizeof row->index[0]);
	row->index_length = (uint8_t)length;
	return true;
}

static size_t collect_rows(const struct c_snmp_survey *survey, const struct plan_group *group, struct c_snmp_row *out, size_t max)
{
	struct c_snmp_row row;
	size_t count = 0;

	for (size_t p = 0; p < group->point_count; p++) {
		const struct plan_point *point = &group->point_list[p];
		size_t column = c_snmp_survey_column(survey, &point->oid);

		if (point->oid.length == 0 || column == survey->column_count)
			continue;
		for (size_t i = 0; i < c_snmp_table_count(survey->table, column); i++)
			if (row_of_cell(point, c_snmp_table_cell(survey->table, column, i), &row))
				count = insert_row(out, count, max, &row);
	}
	return count;
}

static bool has_scalar(const struct c_snmp_survey *survey, const struct plan_group *group)
{
	for (size_t i = 0; i < group->point_count; i++)
		if (group->point_list[i].oid.length > 0 && c_snmp_survey_scalar(survey, &group->point_list[i].oid) != NULL)
			return true;
	return false;
}

size_t c_snmp_rows_find(const struct c_snmp_survey *survey, const struct plan_group *group, struct c_snmp_row *out, size_t max)
{
	size_t count;
	size_t kept = 0;

	if (!group->is_table) {
		out[0].index_length = 0;
		return has_scalar(survey, group) && max > 0;
	}
	count = collect_rows(survey, group, out, max);
	for (size_t i = 0; i < count; i++) {
		bool is_meant = true;

		for (size_t f = 0; f < group->filter_count && is_meant; f++)
			is_meant = passes(survey, group, &group->filter[f], &out[i]);
		if (is_meant)
			out[kept++] = out[i];
	}
	return group->is_first_row_only && kept > 1 ? 1 : kept;
}

/* ---- Keys and names --------------------------------------------------------------------------------------------------------------- */

#define HOLE_OF_ROW "{}"
#define HOLE_OF_INDEX "{index}"

/* `text` with its first `hole` replaced; cut at out_bytes. */
static void fill(char *out, size_t out_bytes, const char *text, const char *hole, const char *stable)
{
	const char *brace = strstr(text, hole);

	if (brace == NULL)
		(void)snprintf(out, out_bytes, "%s", text);
	else
		(void)snprintf(out, out_bytes, "%.*s%s%s", (int)(brace - text), text, stable, brace + strlen(hole));
}

/* What stands for the row. A key column's text has its odd characters replaced; without one it is the index. */
static void print_stable(const struct c_snmp_survey *survey, const struct plan_group *group, const struct c_snmp_row *row, char *out,
			 size_t out_bytes)
{
	print_raw(group->key_oid.length > 0 ? cell_at(survey, &group->key_oid, NULL, row) : NULL, out, out_bytes);
	for (char *c = out; *c != '\0'; c++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:", *c) == NULL)
			*c = '_';
	if (out[0] == '\0')
		print_index(row, group->index_skip, out, out_bytes);
}

static void fill_key(char key[static METER_KEY_BYTES], const char *text, const char *hole, const char *stable)
{
	size_t fixed_bytes = strstr(text, hole) == NULL ? 0 : strlen(text) - strlen(hole);
	size_t room = METER_KEY_BYTES - 1 - fixed_bytes;

	if (strlen(stable) > room)
		stable += strlen(stable) - room; /* the end tells rows apart */
	fill(key, METER_KEY_BYTES, text, hole, stable);
}

void c_snmp_rows_key(const struct c_snmp_survey *survey, const struct plan_group *group, const struct c_snmp_row *row,
		     char key[static METER_KEY_BYTES])
{
	char stable[STABLE_BYTES];

	print_stable(survey, group, row, stable, sizeof stable);
	fill_key(key, group->key, HOLE_OF_ROW, stable);
}

void c_snmp_rows_former_key(const struct c_snmp_survey *survey, const struct plan_group *group, const struct c_snmp_row *row,
			    const char *former, char key[static METER_KEY_BYTES])
{
	char stable[STABLE_BYTES];

	if (strstr(former, HOLE_OF_INDEX) != NULL) {
		print_index(row, group->index_skip, stable, sizeof stable);
		fill_key(key, former, HOLE_OF_INDEX, stable);
		return;
	}
	print_stable(survey, group, row, stable, sizeof stable);
	fill_key(key, former, HOLE_OF_ROW, stable);
}

void c_snmp_rows_name(const struct c_snmp_survey *survey, const struct plan_group *group, const struct c_snmp_row *row,
		      char name[static METER_NAME_BYTES])
{
	char stable[STABLE_BYTES];

	print_raw(group->name_oid.length > 0 ? cell_at(survey, &group->name_oid, NULL, row) : NULL, name, METER_NAME_BYTES);
	if (name[0] != '\0')
		return;
	print_stable(survey, group, row, stable, sizeof stable);
	fill(name, METER_NAME_BYTES, group->name, HOLE_OF_ROW, stable);
}

bool c_snmp_rows_is_product(const struct plan_group *group)
{
	bool is_product = false;

	for (size_t i = 0; i < group->point_count; i++) {
		if (group->point_list[i].quantity == QUANTITY_ENERGY)
			return false;
		is_product |= group->point_list[i].quantity == QUANTITY_POWER && group->point_list[i].product_count > 0;
	}
	return is_product;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export_statements: statements.csv, the chain of all sealed periods of the sites, and statement_rows.csv, what each revision of the exported
 * period said: old and new side by side.
 */
#include "report/export_priv.h"

#include "model/units.h"
#include "report/figure.h"
#include "report/seal_priv.h"

#include <string.h>

struct statement_writer {
	struct package *package;
	struct sheet *sheet;
	size_t row_cell_count; /* of a row of a body */
};

static enum err take_statement(void *context, const struct ledger_statement *row, struct err_info *info)
{
	const struct statement_writer *writer = context;

	sheet_add_cells(writer->sheet, row->line, strlen(row->line), SEAL_LINE_COUNT);
	figure_add_sha256(sheet_begin_cell(writer->sheet), row->row_sha256);
	figure_add_sha256(sheet_begin_cell(writer->sheet), row->chain_sha256);
	return sheet_end_row(writer->sheet, info);
}

static enum err take_factor(void *context, const struct plan_factor *factor, struct err_info *info)
{
	const struct package *package = context;

	(void)info;
	report_factors_use(&package->totals.factors, factor);
	return ERR_NONE;
}

/* One of an earlier version ends before the last columns. */
static void add_body_row(const struct statement_writer *writer, const char *at, size_t length)
{
	size_t cells = report_stated_count_cells(at, length);
	size_t count = cells < writer->row_cell_count ? cells : writer->row_cell_count;

	sheet_add_cells(writer->sheet, at, length, count);
	for (; count < writer->row_cell_count; count++)
		sheet_add_text(writer->sheet, SEAL_UNSTATED);
}

/* The site's id as it was then stands first in the line; an id needs no quotes. */
static enum err take_rows(void *context, const struct ledger_statement *row, struct err_info *info)
{
	const struct statement_writer *writer = context;
	const char *at = row->body;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && *at != '\0') {
		size_t length = strcspn(at, "\n");

		sheet_add_cells(writer->sheet, row->line, strcspn(row->line, ","), 1);
		figure_add_utc(sheet_begin_cell(writer->sheet), row->start_s * UNITS_MS_PER_S);
		figure_add_utc(sheet_begin_cell(writer->sheet), row->end_s * UNITS_MS_PER_S);
		sheet_add_i64(writer->sheet, row->revision);
		add_body_row(writer, at, length);
		err = sheet_end_row(writer->sheet, info);
		at += length + (at[length] == '\n' ? 1 : 0);
	}
	return err;
}

static enum err use_factors(void *context, const struct ledger_statement *row, struct err_info *info)
{
	struct package *package = context;

	/* The reading connection of an export is not core's: a second query while one is open is fine with SQLite. */
	return ledger_query_statement_factors(package->ledger, row->statement_id, take_factor, package, info);
}

static enum err write_chain(struct package *package, struct err_info *info)
{
	struct statement_writer writer = {.package = package};
	const struct report_register *reg = &package->totals.reg;
	enum err err = sheet_open(&writer.sheet, package->folder, SEAL_STATEMENTS_FILE, SEAL_STATEMENT_COLUMNS, SEAL_STATEMENT_COUNT, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		struct ledger_statement_filter filter = {.site_id = reg->site[i].site_id};

		err = ledger_query_statements(package->ledger, &filter, take_statement, &writer, info);
	}
	return export_close_sheet(package, writer.sheet, err, info);
}

static enum err write_rows(struct package *package, struct err_info *info)
{
	struct statement_writer writer = {.package = package};
	const struct report_register *reg = &package->totals.reg;
	size_t count;
	const char *const *column = seal_row_columns(&count);
	enum err err = sheet_open(&writer.sheet, package->folder, SEAL_ROWS_FILE, column, count, info);

	writer.row_cell_count = count - SEAL_NAMING_COUNT;
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		struct ledger_statement_filter filter = {
		    .site_id = reg->site[i].site_id, .start_s = reg->site[i].span.start_s, .end_s = reg->site[i].span.end_s};

		err = ledger_query_statements(package->ledger, &filter, take_rows, &writer, info);
		if (err == ERR_NONE)
			err = ledger_query_statements(package->ledger, &filter, use_factors, package, info);
	}
	return export_close_sheet(package, writer.sheet, err, info);
}

enum err export_write_statements(struct package *package, struct err_info *info)
{
	enum err err = write_chain(package, info);

	return err == ERR_NONE ? write_rows(package, info) : err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/verify.h"

#include "base/file.h"
#include "base/mem.h"
#include "report/verify_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FINDING_BYTES = 512, PASS_BYTES = 4 << 20, ROWS_PER_PASS = 1024 };

void verify_find(struct verification *verification, const char *fmt, ...)
{
	char text[FINDING_BYTES];
	va_list arguments;

	if (verification->summary->finding_count++ >= VERIFY_FINDINGS_MAX)
		return;
	va_start(arguments, fmt);
	vsnprintf(text, sizeof(text), fmt, arguments);
	va_end(arguments);
	buf_add_text(verification->findings, text);
	buf_add_char(verification->findings, '\n');
}

/* ---- Files ---- */

enum err verify_map(struct verify_file *out, const char *dir, const char *name, struct err_info *info)
{
	char path[PATH_MAX];
	struct stat status;
	enum err err = file_join(path, sizeof(path), dir, name, info);
	int fd;

	if (err != ERR_NONE)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "%s", path);
	*out = (struct verify_file){0};
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return err_set(info, ERR_DATA,
			       "%s is no plain file: a package holds nothing else, so it is none, or something was put into it", path);
	}
	out->bytes = (size_t)status.st_size;
	if (out->bytes > 0)
		out->data = mmap(NULL, out->bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (out->data != MAP_FAILED)
		return ERR_NONE;
	out->data = NULL;
	return err_set_errno(info, ERR_IO, errno, "%s", path);
}

void verify_unmap(struct verify_file *file)
{
	if (file->data != NULL)
		munmap(file->data, file->bytes);
	*file = (struct verify_file){0};
}

void verify_pass(const struct verify_file *file, size_t upto, size_t *done)
{
	size_t end = upto - upto % PASS_BYTES;

	if (file->data == NULL || end <= *done)
		return;
	(void)madvise((char *)file->data + *done, end - *done, MADV_DONTNEED);
	*done = end;
}

/* Which cell of a row each wanted column is. */
static enum err find_columns(const struct csv_row *header, const char *name, const char *const *column, size_t *at, struct err_info *info)
{
	for (size_t i = 0; column[i] != NULL; i++) {
		const char *wanted = column[i] + (column[i][0] == VERIFY_OPTIONAL[0] ? 1 : 0);
		size_t c = 0;

		while (c < header->count && strcmp(header->cell[c], wanted) != 0)
			c++;
		if (c == header->count && wanted == column[i])
			return err_set(info, ERR_DATA, "%s has no column '%s'", name, wanted);
		at[i] = c < header->count ? c : SIZE_MAX;
	}
	return ERR_NONE;
}

/* A file that is walked. */
struct walk {
	const char *name;
	const char *const *column;
	verify_row_fn *each;
	struct verify_file file;
};

static enum err walk_rows(struct verification *verification, struct csv_reader *reader, const struct walk *walk, struct err_info *info)
{
	const char *const *column = walk->column;
	const char *cell[CSV_CELLS_MAX];
	size_t at[CSV_CELLS_MAX];
	struct csv_row row;
	size_t width;
	size_t done = 0;
	bool is_end;
	enum err err = csv_next(reader, &row, &is_end, info);

	if (err == ERR_NONE && is_end)
		err = err_set(info, ERR_DATA, "%s is empty: its first line has to be the header", walk->name);
	if (err == ERR_NONE)
		err = find_columns(&row, walk->name, column, at, info);
	width = row.count;
	while (err == ERR_NONE) {
		err = csv_next(reader, &row, &is_end, info);
		if (err != ERR_NONE || is_end)
			break;
		if (row.count != width)
			return err_set(info, ERR_DATA, "%s:%zu: %zu cells where the header has %zu", walk->name, row.line, row.count,
				       width);
		for (size_t i = 0; column[i] != NULL; i++)
			cell[i] = at[i] == SIZE_MAX ? NULL : row.cell[at[i]];
		err = walk->each(verification, &row, cell, info);
		if (row.line % ROWS_PER_PASS == 0)
			verify_pass(&walk->file, csv_offset_bytes(reader), &done);
	}
	return err;
}

enum err verify_walk(struct verification *verification, const char *name, const char *const *column, verify_row_fn *each,
		     struct err_info *info)
{
	struct walk walk = {.name = name, .column = column, .each = each};
	struct csv_reader *reader;
	enum err err = verify_map(&walk.file, verification->dir, name, info);

	if (err != ERR_NONE)
		return err;
	verification->amount = 0;
	reader = csv_new(name, walk.file.data == NULL ? "" : walk.file.data, walk.file.bytes);
	err = reader == NULL ? err_set(info, ERR_MEMORY, "no memory for %s", name) : walk_rows(verification, reader, &walk, info);
	csv_free(reader);
	verify_unmap(&walk.file);
	return err;
}

/* ---- The whole ---- */

static void deinit(struct verification *verification)
{
	for (size_t i = 0; i < verification->total_count; i++)
		mem_free(verification->total[i].node);
	for (size_t i = 0; i < verification->meter_count; i++)
		mem_free(verification->meter[i].node);
	for (size_t i = 0; i < verification->line_count; i++)
		mem_free(verification->line[i]);
	verify_drop_corrections(verification);
	export_deinit(&verification->package);
	json_decref(verification->manifest);
	mem_free(verification->line);
	mem_free(verification->total);
	verify_free_sets(verification);
	mem_free(verification->meter);
}

/* One builds on another. */
typedef enum err verify_step_fn(struct verification *verification, struct err_info *info);

static verify_step_fn *const STEPS[] = {verify_manifest,     verify_load_sites,    verify_corrections,  verify_load_factors,
					verify_bind_factors, verify_load_register, verify_load_entries, verify_held_corrections,
					verify_load_totals,  verify_add_intervals, verify_hourly,       verify_supply,
					verify_again,        verify_intake,        verify_traffic,      verify_statements};

enum err verify_package(const struct verify_request *request, struct verify_summary *summary, struct buf *findings, struct err_info *info)
{
	struct verification verification = {
	    .dir = request->dir, .progress = request->progress, .head = request->head, .summary = summary, .findings = findings};
	enum err err;

	*summary = (struct verify_summary){0};
	err = verify_sums(&verification, info);
	if (err == ERR_NONE)
		err = verify_signature(&verification, request->trusted_key, info);
	for (size_t i = 0; err == ERR_NONE && i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		err = STEPS[i](&verification, info);
	deinit(&verification);
	if (err == ERR_NONE && summary->finding_count > 0)
		err = err_set(info, ERR_DATA, "%llu differences", (unsigned long long)summary->finding_count);
	return err;
}

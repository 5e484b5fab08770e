/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sheet.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/figure.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

enum { FLUSH_BYTES = 64 << 10, BUFFER_BYTES_MAX = 4 << 20 };

struct sheet {
	int fd;
	size_t column_count;
	size_t cell_count; /* of the present row */
	struct buf buf;
	crypto_hash_sha256_state hash;
	struct sheet_summary summary;
};

static enum err flush(struct sheet *sheet, struct err_info *info)
{
	enum err err;

	if (sheet->buf.is_failed)
		return err_set(info, ERR_MEMORY, "%s: no memory for a row", sheet->summary.name);
	err = file_write_all(sheet->fd, buf_text(&sheet->buf), sheet->buf.bytes, info);
	if (err != ERR_NONE) {
		err_prefix(info, "%s", sheet->summary.name);
		return err;
	}
	crypto_hash_sha256_update(&sheet->hash, (const unsigned char *)buf_text(&sheet->buf), sheet->buf.bytes);
	sheet->summary.bytes += sheet->buf.bytes;
	buf_clear(&sheet->buf);
	return ERR_NONE;
}

static enum err create(struct sheet *sheet, const char *dir, const char *name, struct err_info *info)
{
	char path[PATH_MAX];
	enum err err = file_join(path, sizeof(path), dir, name, info);

	if (err != ERR_NONE)
		return err;
	sheet->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return sheet->fd >= 0 ? ERR_NONE : err_set_errno(info, ERR_IO, errno, "%s: cannot create", path);
}

enum err sheet_open(struct sheet **out, const char *dir, const char *name, const char *const *column, size_t count, struct err_info *info)
{
	struct sheet *sheet = mem_new(sizeof(*sheet));
	enum err err;

	if (sheet == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %s", name);
	sheet->fd = -1;
	sheet->column_count = count;
	buf_init(&sheet->buf, BUFFER_BYTES_MAX);
	snprintf(sheet->summary.name, sizeof(sheet->summary.name), "%s", name);
	crypto_hash_sha256_init(&sheet->hash);
	err = create(sheet, dir, name, info);
	for (size_t i = 0; err == ERR_NONE && i < count; i++)
		sheet_add_text(sheet, column[i]);
	if (err == ERR_NONE)
		err = sheet_end_row(sheet, info);
	if (err != ERR_NONE) {
		(void)sheet_close(sheet, NULL, NULL);
		return err;
	}
	sheet->summary.row_count = 0;
	*out = sheet;
	return ERR_NONE;
}

struct buf *sheet_begin_cell(struct sheet *sheet)
{
	if (sheet->cell_count++ > 0)
		buf_add_char(&sheet->buf, ',');
	return &sheet->buf;
}

void sheet_add_text(struct sheet *sheet, const char *text)
{
	text_add_csv(sheet_begin_cell(sheet), text == NULL || text[0] == '\0' ? FIGURE_NONE : text);
}

void sheet_add_i64(struct sheet *sheet, int64_t value)
{
	buf_add_i64(sheet_begin_cell(sheet), value);
}

void sheet_add_u64(struct sheet *sheet, uint64_t value)
{
	buf_add_u64(sheet_begin_cell(sheet), value);
}

void sheet_add_none(struct sheet *sheet)
{
	buf_add_text(sheet_begin_cell(sheet), FIGURE_NONE);
}

void sheet_add_cells(struct sheet *sheet, const char *csv, size_t bytes, size_t count)
{
	buf_add(sheet_begin_cell(sheet), csv, bytes);
	sheet->cell_count += count - 1;
}

enum err sheet_end_row(struct sheet *sheet, struct err_info *info)
{
	assert(sheet->cell_count == sheet->column_count);
	buf_add_char(&sheet->buf, '\n');
	sheet->cell_count = 0;
	sheet->summary.row_count++;
	return sheet->buf.bytes >= FLUSH_BYTES || sheet->buf.is_failed ? flush(sheet, info) : ERR_NONE;
}

enum err sheet_close(struct sheet *sheet, struct sheet_summary *summary, struct err_info *info)
{
	enum err err = ERR_NONE;

	if (sheet == NULL)
		return ERR_NONE;
	if (summary != NULL) {
		err = flush(sheet, info);
		if (err == ERR_NONE && fsync(sheet->fd) != 0)
			err = err_set_errno(info, ERR_IO, errno, "%s: cannot sync", sheet->summary.name);
		crypto_hash_sha256_final(&sheet->hash, sheet->summary.sha256);
		if (err == ERR_NONE)
			*summary = sheet->summary;
	}
	if (sheet->fd >= 0)
		close(sheet->fd);
	buf_deinit(&sheet->buf);
	mem_free(sheet);
	return err;
}

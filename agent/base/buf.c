/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/mem.h"
#include "base/num.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUF_FIRST_BYTES = 64 };

void buf_init(struct buf *buf, size_t max_bytes)
{
	*buf = (struct buf){.max_bytes = max_bytes};
}

void buf_deinit(struct buf *buf)
{
	mem_free(buf->data);
	*buf = (struct buf){.max_bytes = buf->max_bytes};
}

void buf_clear(struct buf *buf)
{
	buf->bytes = 0;
	buf->is_failed = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void buf_clear_large(struct buf *buf, size_t keep_bytes)
{
	if (buf->capacity_bytes > keep_bytes)
		buf_deinit(buf);
	buf_clear(buf);
}

/* Room that doubles until `need_bytes` fit, never beyond the bound and its NUL (need_bytes is within it). */
static size_t grown_bytes(const struct buf *buf, size_t need_bytes)
{
	size_t capacity = buf->capacity_bytes < BUF_FIRST_BYTES ? BUF_FIRST_BYTES : buf->capacity_bytes;

	while (capacity < need_bytes && capacity <= SIZE_MAX / 2)
		capacity *= 2;
	if (capacity < need_bytes || capacity - 1 > buf->max_bytes)
		capacity = buf->max_bytes + 1;
	return capacity;
}

/* Makes room for `bytes` more and the NUL; sets is_failed when that cannot be. */
static bool reserve(struct buf *buf, size_t bytes)
{
	size_t capacity;
	char *grown;

	if (buf->is_failed || buf->max_bytes == SIZE_MAX || bytes > buf->max_bytes - buf->bytes) {
		buf->is_failed = true;
		return false;
	}
	if (buf->bytes + bytes < buf->capacity_bytes)
		return true;
	capacity = grown_bytes(buf, buf->bytes + bytes + 1);
	grown = mem_resize_array(buf->data, capacity, 1);
	if (grown == NULL) {
		buf->is_failed = true;
		return false;
	}
	buf->data = grown;
	buf->capacity_bytes = capacity;
	return true;
}

void buf_add(struct buf *buf, const void *data, size_t bytes)
{
	if (!reserve(buf, bytes))
		return;
	if (bytes > 0)
		memcpy(buf->data + buf->bytes, data, bytes);
	buf->bytes += bytes;
	buf->data[buf->bytes] = '\0';
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
	if (!reserve(buf, 1))
		return;
	buf->data[buf->bytes++] = c;
	buf->data[buf->bytes] = '\0';
}

void buf_add_i64(struct buf *buf, int64_t value)
{
	char text[NUM_TEXT_BYTES];

	buf_add(buf, text, num_print_i64(text, value));
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
	char text[NUM_TEXT_BYTES];

	buf_add(buf, text, num_print_u64(text, value));
}

void buf_add_format(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	int bytes;

	va_start(args, fmt);
	bytes = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (bytes < 0) {
		buf->is_failed = true;
		return;
	}
	if (!reserve(buf, (size_t)bytes))
		return;
	va_start(args, fmt);
	vsnprintf(buf->data + buf->bytes, (size_t)bytes + 1, fmt, args);
	va_end(args);
	buf->bytes += (size_t)bytes;
}

const char *buf_text(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}

char *buf_take(struct buf *buf, size_t *bytes)
{
	char *data;

	if (!reserve(buf, 0))
		return NULL;
	data = buf->data;
	data[buf->bytes] = '\0';
	if (bytes != NULL)
		*bytes = buf->bytes;
	*buf = (struct buf){.max_bytes = buf->max_bytes};
	return data;
}

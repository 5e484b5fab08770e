/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/encode_priv.h"

#include <string.h>

enum { VARINT_BYTES = 10, VARINT_BITS = 7, VARINT_MORE = 0x80 };

static void put_unsigned(struct buf *out, uint64_t value)
{
	uint8_t bytes[VARINT_BYTES];
	size_t n = 0;

	for (; value >= VARINT_MORE; value >>= VARINT_BITS)
		bytes[n++] = (uint8_t)(value | VARINT_MORE);
	bytes[n++] = (uint8_t)value;
	buf_add(out, bytes, n);
}

/* 0, -1, 1, -2 ... become 0, 1, 2, 3 ... */
static uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)((value >> 1) ^ (0 - (value & 1)));
}

void encode_begin(struct encode *item, struct buf *out, enum sql_id id)
{
	*item = (struct encode){.out = out, .start_bytes = out->bytes};
	buf_add_char(out, (char)id);
	item->count_at = out->bytes;
	buf_add_char(out, 0);
}

static void put_tag(struct encode *item, enum encode_tag tag)
{
	buf_add_char(item->out, (char)tag);
	item->count++;
}

void encode_int(struct encode *item, int64_t value)
{
	put_tag(item, ENCODE_INT);
	put_unsigned(item->out, zigzag(value));
}

void encode_double(struct encode *item, double value)
{
	put_tag(item, ENCODE_DOUBLE);
	buf_add(item->out, &value, sizeof(value));
}

void encode_null(struct encode *item)
{
	put_tag(item, ENCODE_NULL);
}

static void put_bytes(struct encode *item, enum encode_tag tag, const void *data, size_t bytes)
{
	put_tag(item, tag);
	put_unsigned(item->out, bytes);
	if (bytes > 0)
		buf_add(item->out, data, bytes);
}

void encode_text(struct encode *item, const char *text)
{
	put_bytes(item, ENCODE_TEXT, text, text == NULL ? 0 : strlen(text));
}

void encode_blob(struct encode *item, const void *data, size_t bytes)
{
	put_bytes(item, ENCODE_BLOB, data, bytes);
}

void encode_truncate(struct buf *out, size_t bytes)
{
	out->bytes = bytes;
	out->is_failed = false;
	if (out->data != NULL)
		out->data[bytes] = '\0';
}

enum err encode_end(struct encode *item, struct err_info *info)
{
	if (item->out->is_failed) {
		encode_truncate(item->out, item->start_bytes);
		return err_set(info, ERR_LIMIT, "the batch for the ledger is full (%zu bytes): too much waits for a commit",
			       item->out->max_bytes);
	}
	item->out->data[item->count_at] = (char)item->count;
	return ERR_NONE;
}

static uint64_t get_unsigned(const uint8_t **at)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = *(*at)++;
		value |= (uint64_t)(byte & (VARINT_MORE - 1)) << shift;
		shift += VARINT_BITS;
	} while ((byte & VARINT_MORE) != 0 && shift < 64);
	return value;
}

static void get_value(const uint8_t **at, struct encode_value *value)
{
	value->tag = (enum encode_tag) * (*at)++;
	switch (value->tag) {
	case ENCODE_INT: value->integer = unzigzag(get_unsigned(at)); break;
	case ENCODE_DOUBLE:
		memcpy(&value->real, *at, sizeof(value->real));
		*at += sizeof(value->real);
		break;
	case ENCODE_TEXT:
	case ENCODE_BLOB:
		value->bytes = (size_t)get_unsigned(at);
		value->data = *at;
		*at += value->bytes;
		break;
	case ENCODE_NULL: break;
	}
}

bool encode_next(const struct buf *in, size_t *at, struct encode_item *item)
{
	const uint8_t *start = (const uint8_t *)in->data;
	const uint8_t *p;

	if (*at >= in->bytes)
		return false;
	p = start + *at;
	item->id = (enum sql_id) * p++;
	item->count = *p++;
	for (size_t i = 0; i < item->count; i++)
		get_value(&p, &item->value[i]);
	*at = (size_t)(p - start);
	return true;
}

static int bind_value(sqlite3_stmt *statement, int at, const struct encode_value *value)
{
	/* A blob of no bytes needs a pointer: NULL would bind NULL. */
	const char *data = value->bytes == 0 ? "" : (const char *)value->data;

	switch (value->tag) {
	case ENCODE_INT: return sqlite3_bind_int64(statement, at, value->integer);
	case ENCODE_DOUBLE: return sqlite3_bind_double(statement, at, value->real);
	case ENCODE_TEXT: return sqlite3_bind_text(statement, at, data, (int)value->bytes, SQLITE_STATIC);
	case ENCODE_BLOB: return sqlite3_bind_blob(statement, at, data, (int)value->bytes, SQLITE_STATIC);
	case ENCODE_NULL: return sqlite3_bind_null(statement, at);
	}
	return SQLITE_MISUSE;
}

int encode_bind(sqlite3_stmt *statement, const struct encode_item *item)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < item->count && rc == SQLITE_OK; i++)
		rc = bind_value(statement, (int)i + 1, &item->value[i]);
	return rc;
}

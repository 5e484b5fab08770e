/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/codec.h"

#include "base/text.h"

#include <endian.h>
#include <math.h>
#include <string.h>

/* Once something did not fit, nothing behind it is written either. */
uint8_t *wire_put_room(struct wire_writer *writer, size_t bytes)
{
	uint8_t *at;

	if (writer->is_full || bytes > writer->capacity - writer->length) {
		writer->is_full = true;
		return NULL;
	}
	at = writer->bytes + writer->length;
	writer->length += bytes;
	return at;
}

static void put_little_endian(struct wire_writer *writer, uint64_t value, size_t bytes)
{
	uint8_t *at = wire_put_room(writer, bytes);
	uint64_t little = htole64(value); /* its first bytes are the low ones */

	if (at != NULL)
		memcpy(at, &little, bytes);
}

void wire_put_u8(struct wire_writer *writer, uint8_t value)
{
	put_little_endian(writer, value, sizeof value);
}

void wire_put_u16(struct wire_writer *writer, uint16_t value)
{
	put_little_endian(writer, value, sizeof value);
}

void wire_put_u32(struct wire_writer *writer, uint32_t value)
{
	put_little_endian(writer, value, sizeof value);
}

void wire_put_u64(struct wire_writer *writer, uint64_t value)
{
	put_little_endian(writer, value, sizeof value);
}

void wire_put_i64(struct wire_writer *writer, int64_t value)
{
	wire_put_u64(writer, (uint64_t)value);
}

void wire_put_f64(struct wire_writer *writer, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	wire_put_u64(writer, bits);
}

void wire_put_bool(struct wire_writer *writer, bool value)
{
	wire_put_u8(writer, value ? 1 : 0);
}

void wire_put_text(struct wire_writer *writer, const char *text)
{
	wire_put_bytes(writer, text, strlen(text));
}

void wire_put_bytes(struct wire_writer *writer, const void *data, size_t bytes)
{
	uint8_t *at = bytes > UINT16_MAX ? NULL : wire_put_room(writer, sizeof(uint16_t) + bytes);

	if (at == NULL) {
		writer->is_full = true;
		return;
	}
	at[0] = (uint8_t)bytes;
	at[1] = (uint8_t)(bytes >> 8);
	if (bytes > 0)
		memcpy(at + 2, data, bytes);
}

/* The next `bytes` bytes, or NULL; once something was wrong, nothing behind it is read either. */
static const uint8_t *take(struct wire_reader *reader, size_t bytes)
{
	const uint8_t *at;

	if (reader->is_bad || bytes > reader->length - reader->at) {
		reader->is_bad = true;
		return NULL;
	}
	at = reader->bytes + reader->at;
	reader->at += bytes;
	return at;
}

static uint64_t get_little_endian(struct wire_reader *reader, size_t bytes)
{
	const uint8_t *at = take(reader, bytes);
	uint64_t value = 0;
	size_t i;

	for (i = 0; at != NULL && i < bytes; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

uint8_t wire_get_u8(struct wire_reader *reader)
{
	return (uint8_t)get_little_endian(reader, sizeof(uint8_t));
}

uint16_t wire_get_u16(struct wire_reader *reader)
{
	return (uint16_t)get_little_endian(reader, sizeof(uint16_t));
}

uint32_t wire_get_u32(struct wire_reader *reader)
{
	return (uint32_t)get_little_endian(reader, sizeof(uint32_t));
}

uint64_t wire_get_u64(struct wire_reader *reader)
{
	return get_little_endian(reader, sizeof(uint64_t));
}

int64_t wire_get_i64(struct wire_reader *reader)
{
	return (int64_t)wire_get_u64(reader);
}

double wire_get_f64(struct wire_reader *reader)
{
	uint64_t bits = wire_get_u64(reader);
	double value;

	memcpy(&value, &bits, sizeof value);
	if (!isfinite(value)) {
		reader->is_bad = true;
		return 0;
	}
	return value;
}

bool wire_get_bool(struct wire_reader *reader)
{
	return wire_get_enum(reader, 2) != 0;
}

uint8_t wire_get_enum(struct wire_reader *reader, unsigned count)
{
	uint8_t value = wire_get_u8(reader);

	if (value >= count) {
		reader->is_bad = true;
		return 0;
	}
	return value;
}

void wire_get_text(struct wire_reader *reader, char *out, size_t out_bytes)
{
	size_t bytes = wire_get_bytes(reader, out, out_bytes - 1);

	out[bytes] = '\0';
	if (strlen(out) == bytes && text_is_clean(out))
		return;
	out[0] = '\0';
	reader->is_bad = true;
}

size_t wire_get_bytes(struct wire_reader *reader, void *out, size_t out_bytes)
{
	size_t bytes = wire_get_u16(reader);
	const uint8_t *at = bytes > out_bytes ? NULL : take(reader, bytes);

	if (at == NULL) {
		reader->is_bad = true;
		return 0;
	}
	if (bytes > 0)
		memcpy(out, at, bytes);
	return bytes;
}

bool wire_is_done(const struct wire_reader *reader)
{
	return !reader->is_bad && reader->at == reader->length;
}

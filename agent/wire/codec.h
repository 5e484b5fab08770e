/* SPDX-License-Identifier: Apache-2.0 */
/* codec: little-endian numbers and strings in and out of a bounded byte area. Errors stick: check once at the end. */
#ifndef WATTLEDGER_WIRE_CODEC_H
#define WATTLEDGER_WIRE_CODEC_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes into bytes[0..capacity); is_full is set when something did not fit (and nothing of it was written). */
struct wire_writer {
	uint8_t *bytes;
	size_t capacity;
	size_t length;
	bool is_full;
};

/* One value each, little-endian; a double as its IEEE 754 bits, a bool as one byte 0 or 1. */
void wire_put_u8(struct wire_writer *writer, uint8_t value);
void wire_put_u16(struct wire_writer *writer, uint16_t value);
void wire_put_u32(struct wire_writer *writer, uint32_t value);
void wire_put_u64(struct wire_writer *writer, uint64_t value);
void wire_put_i64(struct wire_writer *writer, int64_t value);
void wire_put_f64(struct wire_writer *writer, double value);
void wire_put_bool(struct wire_writer *writer, bool value);

/* Length (u16) and bytes, without NUL; at most 65535 bytes. */
void wire_put_text(struct wire_writer *writer, const char *text);
void wire_put_bytes(struct wire_writer *writer, const void *data, size_t bytes);

/* Room for `bytes` bytes that the caller fills at once, for what is sent all the time; NULL when they do not fit. */
uint8_t *wire_put_room(struct wire_writer *writer, size_t bytes) MUST_CHECK;

/* Reads from bytes[0..length); is_bad is set when something is missing or out of range; values read then are 0. */
struct wire_reader {
	const uint8_t *bytes;
	size_t length;
	size_t at;
	bool is_bad;
};

/* One value each, as wire_put_*() wrote it. */
uint8_t wire_get_u8(struct wire_reader *reader);
uint16_t wire_get_u16(struct wire_reader *reader);
uint32_t wire_get_u32(struct wire_reader *reader);
uint64_t wire_get_u64(struct wire_reader *reader);
int64_t wire_get_i64(struct wire_reader *reader);
/* A finite double; NaN and infinity set is_bad. */
double wire_get_f64(struct wire_reader *reader);
/* 0 or 1; anything else sets is_bad. */
bool wire_get_bool(struct wire_reader *reader);
/* A u8 below `count`; anything else sets is_bad and gives 0. For enumerations. */
uint8_t wire_get_enum(struct wire_reader *reader, unsigned count);
/* Into out as a C string; too long for out_bytes, a NUL inside or unclean text (text_is_clean) sets is_bad. */
void wire_get_text(struct wire_reader *reader, char *out, size_t out_bytes);
/* Up to out_bytes bytes of any kind; returns how many; too long sets is_bad. */
size_t wire_get_bytes(struct wire_reader *reader, void *out, size_t out_bytes);
/* All was read and nothing was wrong. */
bool wire_is_done(const struct wire_reader *reader) MUST_CHECK;

#endif

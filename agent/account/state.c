/* SPDX-License-Identifier: Apache-2.0 */
#include "account/state_priv.h"

#include <math.h>
#include <string.h>

/* The next `count` bytes as a little-endian number, written or read. */
static uint64_t visit_fixed(struct state_visitor *visitor, uint64_t value, size_t count)
{
	uint64_t read = 0;

	if (visitor->is_bad || visitor->size - visitor->at < count) {
		visitor->is_bad = true;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (visitor->out)
			visitor->out[visitor->at + i] = (uint8_t)(value >> (8 * i));
		else
			read |= (uint64_t)visitor->in[visitor->at + i] << (8 * i);
	}
	visitor->at += count;
	return visitor->out ? value : read;
}

static uint64_t put_varint(struct state_visitor *visitor, uint64_t value)
{
	uint64_t rest = value;

	while (rest >= 0x80) {
		(void)visit_fixed(visitor, rest | 0x80, 1);
		rest >>= 7;
	}
	(void)visit_fixed(visitor, rest, 1);
	return value;
}

/* Only the shortest form is accepted, so that a state has one spelling. */
static uint64_t get_varint(struct state_visitor *visitor)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint64_t byte = visit_fixed(visitor, 0, 1);

		if ((shift == 63 && byte > 1) || (byte == 0 && shift > 0))
			break;
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	visitor->is_bad = true;
	return 0;
}

static uint64_t visit(struct state_visitor *visitor, uint64_t value, uint64_t max)
{
	uint64_t seen = visitor->out ? put_varint(visitor, value) : get_varint(visitor);

	if (seen > max) {
		visitor->is_bad = true;
		return 0;
	}
	return seen;
}

static uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)((value >> 1) ^ (value & 1 ? UINT64_MAX : 0));
}

void state_u8(struct state_visitor *visitor, uint8_t *value, uint8_t max)
{
	*value = (uint8_t)visit(visitor, *value, max);
}

void state_u16(struct state_visitor *visitor, uint16_t *value, uint16_t max)
{
	*value = (uint16_t)visit(visitor, *value, max);
}

void state_u32(struct state_visitor *visitor, uint32_t *value)
{
	*value = (uint32_t)visit(visitor, *value, UINT32_MAX);
}

void state_u64(struct state_visitor *visitor, uint64_t *value)
{
	*value = visit(visitor, *value, UINT64_MAX);
}

void state_i32(struct state_visitor *visitor, int32_t *value)
{
	*value = (int32_t)unzigzag(visit(visitor, zigzag(*value), UINT32_MAX));
}

void state_i64(struct state_visitor *visitor, int64_t *value)
{
	*value = unzigzag(visit(visitor, zigzag(*value), UINT64_MAX));
}

void state_time(struct state_visitor *visitor, int64_t *value)
{
	int64_t step = (int64_t)((uint64_t)*value - visitor->time);

	state_i64(visitor, &step);
	visitor->time += (uint64_t)step;
	*value = (int64_t)visitor->time;
}

void state_amount(struct state_visitor *visitor, int64_t *value)
{
	state_i64(visitor, value);
	visitor->is_bad = visitor->is_bad || *value < 0;
}

void state_f32(struct state_visitor *visitor, float *value)
{
	uint32_t bits = 0;

	memcpy(&bits, value, sizeof(bits));
	bits = (uint32_t)visit_fixed(visitor, bits, sizeof(bits));
	memcpy(value, &bits, sizeof(bits));
	visitor->is_bad = visitor->is_bad || !isfinite(*value);
}

void state_f64(struct state_visitor *visitor, double *value)
{
	uint64_t bits = 0;

	memcpy(&bits, value, sizeof(bits));
	bits = visit_fixed(visitor, bits, sizeof(bits));
	memcpy(value, &bits, sizeof(bits));
	visitor->is_bad = visitor->is_bad || !isfinite(*value);
}

void state_begin(struct state_visitor *visitor, uint16_t kind)
{
	uint64_t seen = visit_fixed(visitor, kind, sizeof(kind));

	visitor->is_bad = visitor->is_bad || seen != kind;
}

void state_end(struct state_visitor *visitor)
{
	const uint8_t *bytes = visitor->out ? visitor->out : visitor->in;
	uint32_t sum = UINT32_C(2166136261);

	if (visitor->is_bad)
		return;
	for (size_t i = 0; i < visitor->at; i++)
		sum = (sum ^ bytes[i]) * UINT32_C(16777619);
	if (visit_fixed(visitor, sum, sizeof(sum)) != sum)
		visitor->is_bad = true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "account/state_priv.h"

#include <math.h>
#include <string.h>

enum { MASK_BITS = 8, THOUSANDS_MAX = 2 };

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

/* Whether the next field is there, written or read. */
static bool visit_mask(struct state_visitor *visitor, bool is_there)
{
	uint8_t bit;

	if (visitor->mask_count == MASK_BITS) {
		visitor->mask_at = visitor->at;
		visitor->mask_count = 0;
		(void)visit_fixed(visitor, 0, 1);
	}
	if (visitor->is_bad)
		return false;
	bit = (uint8_t)(1U << visitor->mask_count++);
	if (!visitor->out)
		return (visitor->in[visitor->mask_at] & bit) != 0;
	if (is_there)
		visitor->out[visitor->mask_at] |= bit;
	return is_there;
}

/* A difference from what is expected; 0 takes no room. */
static uint64_t visit(struct state_visitor *visitor, uint64_t difference)
{
	uint64_t seen;

	if (!visit_mask(visitor, difference != 0))
		return 0;
	seen = visitor->out ? put_varint(visitor, difference) : get_varint(visitor);
	visitor->is_bad = visitor->is_bad || seen == 0;
	return seen;
}

/* The same in `count` bytes. */
static uint64_t visit_bytes(struct state_visitor *visitor, uint64_t difference, size_t count)
{
	uint64_t seen;

	if (!visit_mask(visitor, difference != 0))
		return 0;
	seen = visit_fixed(visitor, difference, count);
	visitor->is_bad = visitor->is_bad || seen == 0;
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

/* By exclusive or: few values, and none of them near the other. */
void state_u8(struct state_visitor *visitor, uint8_t *value, uint8_t expected, uint8_t max)
{
	uint64_t seen = visit(visitor, *value ^ expected) ^ expected;

	visitor->is_bad = visitor->is_bad || seen > max;
	*value = visitor->is_bad ? 0 : (uint8_t)seen;
}

void state_u16(struct state_visitor *visitor, uint16_t *value, uint16_t max)
{
	uint64_t seen = visit(visitor, *value);

	visitor->is_bad = visitor->is_bad || seen > max;
	*value = visitor->is_bad ? 0 : (uint16_t)seen;
}

void state_u64(struct state_visitor *visitor, uint64_t *value, uint64_t expected)
{
	*value = expected + (uint64_t)unzigzag(visit(visitor, zigzag((int64_t)(*value - expected))));
}

void state_i64(struct state_visitor *visitor, int64_t *value, int64_t expected)
{
	uint64_t bits = (uint64_t)*value;

	state_u64(visitor, &bits, (uint64_t)expected);
	*value = (int64_t)bits;
}

void state_u32(struct state_visitor *visitor, uint32_t *value, uint32_t expected)
{
	int64_t wide = *value;

	state_i64(visitor, &wide, expected);
	visitor->is_bad = visitor->is_bad || wide < 0 || wide > UINT32_MAX;
	*value = visitor->is_bad ? 0 : (uint32_t)wide;
}

void state_i32(struct state_visitor *visitor, int32_t *value, int32_t expected)
{
	int64_t wide = *value;

	state_i64(visitor, &wide, expected);
	visitor->is_bad = visitor->is_bad || wide < INT32_MIN || wide > INT32_MAX;
	*value = visitor->is_bad ? 0 : (int32_t)wide;
}

void state_amount(struct state_visitor *visitor, int64_t *value, int64_t expected)
{
	state_i64(visitor, value, expected);
	visitor->is_bad = visitor->is_bad || *value < 0;
}

void state_word(struct state_visitor *visitor, uint32_t *value)
{
	*value = (uint32_t)visit_bytes(visitor, *value, sizeof(*value));
}

/* The number of thousands that were cut off stands in the two lowest bits. */
void state_micro(struct state_visitor *visitor, int64_t *value)
{
	int64_t rest = *value;
	int64_t packed = 0;
	unsigned thousands = 0;

	while (rest != 0 && rest % 1000 == 0 && thousands < THOUSANDS_MAX) {
		rest /= 1000;
		thousands++;
	}
	if (__builtin_mul_overflow(rest, INT64_C(4), &packed))
		visitor->is_bad = true;
	packed |= (int64_t)thousands;
	state_i64(visitor, &packed, 0);
	thousands = (unsigned)packed & 3U;
	rest = (packed - (int64_t)thousands) / 4;
	visitor->is_bad = visitor->is_bad || thousands > THOUSANDS_MAX;
	for (unsigned i = 0; i < thousands && !visitor->is_bad; i++)
		visitor->is_bad = __builtin_mul_overflow(rest, INT64_C(1000), &rest);
	*value = visitor->is_bad ? 0 : rest;
}

void state_f32(struct state_visitor *visitor, float *value)
{
	uint32_t bits = 0;

	memcpy(&bits, value, sizeof(bits));
	state_word(visitor, &bits);
	memcpy(value, &bits, sizeof(bits));
	visitor->is_bad = visitor->is_bad || !isfinite(*value);
}

void state_f64(struct state_visitor *visitor, double *value, double expected)
{
	uint64_t expected_bits = 0;
	uint64_t bits = 0;

	memcpy(&bits, value, sizeof(bits));
	memcpy(&expected_bits, &expected, sizeof(expected_bits));
	bits = visit_bytes(visitor, bits ^ expected_bits, sizeof(bits)) ^ expected_bits;
	memcpy(value, &bits, sizeof(bits));
	visitor->is_bad = visitor->is_bad || !isfinite(*value);
}

struct state_visitor state_begin(uint8_t *out, const uint8_t *in, size_t size, const struct account_base *base, uint8_t version)
{
	struct state_visitor visitor = {.out = out, .in = in, .size = size, .mask_count = MASK_BITS};

	if (base)
		visitor.base = *base;
	visitor.is_bad = visit_fixed(&visitor, version, 1) != version;
	return visitor;
}

static uint32_t digest_bytes(uint32_t sum, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum = (sum ^ bytes[i]) * UINT32_C(16777619);
	return sum;
}

static uint32_t digest_number(uint32_t sum, uint64_t number)
{
	uint8_t bytes[sizeof(number)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	return digest_bytes(sum, bytes, sizeof(bytes));
}

bool state_end(struct state_visitor *visitor)
{
	const struct account_base *base = &visitor->base;
	const uint64_t number[] = {(uint64_t)base->boot_ns,       (uint64_t)base->utc_ms,
				   (uint64_t)base->energy_millij, base->raw,
				   (uint64_t)base->uptime_ms,     base->boot};
	uint32_t sum = UINT32_C(2166136261);

	if (visitor->is_bad)
		return false;
	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++)
		sum = digest_number(sum, number[i]);
	sum = digest_bytes(sum, visitor->out ? visitor->out : visitor->in, visitor->at);
	return visit_fixed(visitor, sum, sizeof(sum)) == sum && !visitor->is_bad && (visitor->out || visitor->at == visitor->size);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "mischief.h"

#include "curve.h"
#include "modbus_fault.h"

#include <string.h>

enum { HEAD_BYTES = 6, CRC_BYTES = 2, GOOD_NS_MAX = 20000000, KINDS = 12 };

uint64_t mischief_draw(struct mischief *mischief, uint64_t below)
{
	return sim_mix(++mischief->state) % below;
}

/* Header or check sum for unit and PDU in out[HEAD_BYTES ..]; returns the bytes, from out[0] on. */
static size_t seal(uint8_t *out, size_t body_bytes, bool is_tcp, uint16_t transaction)
{
	uint16_t crc;

	if (is_tcp) {
		const uint8_t head[HEAD_BYTES] = {(uint8_t)(transaction >> 8), (uint8_t)transaction, 0, 0,
						  (uint8_t)(body_bytes >> 8),  (uint8_t)body_bytes};

		memcpy(out, head, sizeof head);
		return HEAD_BYTES + body_bytes;
	}
	memmove(out, out + HEAD_BYTES, body_bytes);
	crc = modbus_fault_crc(out, body_bytes);
	out[body_bytes] = (uint8_t)crc;
	out[body_bytes + 1] = (uint8_t)(crc >> 8);
	return body_bytes + CRC_BYTES;
}

size_t mischief_honest(const struct c_modbus_request *request, bool is_tcp, uint16_t transaction, const struct truth *truth, uint8_t code,
		       uint8_t *out)
{
	uint8_t *body = out + HEAD_BYTES;

	body[0] = request->unit;
	body[1] = request->function;
	if (code > 0) {
		body[1] |= 0x80;
		body[2] = code;
		return seal(out, 3, is_tcp, transaction);
	}
	body[2] = (uint8_t)(2 * request->count);
	for (uint16_t i = 0; i < request->count; i++) {
		uint16_t word = truth_word(truth, (uint16_t)(request->address + i));

		body[3 + 2 * i] = (uint8_t)(word >> 8);
		body[4 + 2 * i] = (uint8_t)word;
	}
	return seal(out, 3 + 2 * (size_t)request->count, is_tcp, transaction);
}

/* ---- What goes wrong ---- */

static struct part *add_part(struct mischief *mischief, struct reply *out, const uint8_t *byte, size_t bytes)
{
	struct part *part = &out->part[out->count++];

	*part = (struct part){.delay_ns = (int64_t)mischief_draw(mischief, (uint64_t)mischief->delay_max_ns + 1), .bytes = bytes};
	memcpy(part->byte, byte, bytes);
	return part;
}

/* Another unit, function or length in a frame that is otherwise in order. */
static void rename_part(struct mischief *mischief, struct part *part, bool is_tcp, uint64_t what)
{
	uint8_t *body = part->byte + (is_tcp ? HEAD_BYTES : 0);
	size_t body_bytes = part->bytes - (is_tcp ? HEAD_BYTES : CRC_BYTES);
	uint16_t crc;

	if (what == 0)
		body[0] = (uint8_t)(1 + (body[0] + mischief_draw(mischief, mischief->unit_count - 1u)) % mischief->unit_count);
	else if (what == 1)
		body[1] ^= 0x07;
	else if (body_bytes > 5) {
		body[2] = (uint8_t)(body[2] - 2);
		body_bytes -= 2;
	}
	if (is_tcp) {
		part->byte[5] = (uint8_t)body_bytes;
		part->bytes = HEAD_BYTES + body_bytes;
		return;
	}
	crc = modbus_fault_crc(body, body_bytes);
	body[body_bytes] = (uint8_t)crc;
	body[body_bytes + 1] = (uint8_t)(crc >> 8);
	part->bytes = body_bytes + CRC_BYTES;
}

static void refuse_part(struct mischief *mischief, struct part *part, bool is_tcp)
{
	static const uint8_t codes[] = {4, 5, 6, 10, 11};
	uint8_t *body = part->byte + (is_tcp ? HEAD_BYTES : 0);
	uint16_t crc;

	body[1] |= 0x80;
	body[2] = codes[mischief_draw(mischief, sizeof codes)];
	part->bytes = (is_tcp ? HEAD_BYTES : 0) + 3u;
	if (is_tcp) {
		part->byte[5] = 3;
		return;
	}
	crc = modbus_fault_crc(body, 3);
	body[3] = (uint8_t)crc;
	body[4] = (uint8_t)(crc >> 8);
	part->bytes += CRC_BYTES;
}

/* In two pieces; the second may be lost. */
static void tear(struct mischief *mischief, struct reply *out, const uint8_t *honest, size_t bytes)
{
	size_t cut = 1 + mischief_draw(mischief, bytes - 1);
	struct part *first = add_part(mischief, out, honest, cut);
	struct part *second;

	if (mischief_draw(mischief, 2) == 0)
		return;
	first->delay_ns /= 2;
	second = add_part(mischief, out, honest + cut, bytes - cut);
	second->delay_ns = first->delay_ns + first->delay_ns / 2;
	second->is_whole = true;
}

static void spoil(struct mischief *mischief, struct part *part)
{
	part->byte[mischief_draw(mischief, part->bytes)] ^= (uint8_t)(1u << mischief_draw(mischief, 8));
}

static void precede(struct mischief *mischief, struct part *part)
{
	size_t count = 1 + mischief_draw(mischief, 8);

	memmove(part->byte + count, part->byte, part->bytes);
	for (size_t i = 0; i < count; i++)
		part->byte[i] = (uint8_t)mischief_draw(mischief, 256);
	part->bytes += count;
}

static void add_whole(struct mischief *mischief, struct reply *out, const uint8_t *honest, size_t bytes)
{
	add_part(mischief, out, honest, bytes)->is_whole = true;
}

void mischief_reply(struct mischief *mischief, const uint8_t *honest, size_t bytes, bool is_tcp, uint8_t badness, struct reply *out)
{
	uint64_t kind = mischief_draw(mischief, KINDS);

	*out = (struct reply){0};
	if (mischief_draw(mischief, 16) >= badness) {
		add_whole(mischief, out, honest, bytes);
		out->part[0].delay_ns = (int64_t)mischief_draw(mischief, GOOD_NS_MAX);
		return;
	}
	switch (kind) {
	case 0:
	case 1: add_whole(mischief, out, honest, bytes); break;
	case 2:
	case 3:
	case 4: /* twice */
		add_whole(mischief, out, honest, bytes);
		add_whole(mischief, out, honest, bytes);
		if (kind == 2)
			out->part[0].delay_ns = (int64_t)mischief_draw(mischief, GOOD_NS_MAX);
		break;
	case 5: tear(mischief, out, honest, bytes); break;
	/* The header of TCP has no check sum: a spoilt byte may be one of the data, which nobody can know. */
	case 6: spoil(mischief, add_part(mischief, out, honest, is_tcp ? HEAD_BYTES + 3u : bytes)); break;
	case 7: precede(mischief, add_part(mischief, out, honest, bytes)); break;
	case 8: rename_part(mischief, add_part(mischief, out, honest, bytes), is_tcp, mischief_draw(mischief, 3)); break;
	case 9: refuse_part(mischief, add_part(mischief, out, honest, bytes), is_tcp); break;
	case 10: out->is_dropped = mischief_draw(mischief, 8) == 0; break;
	default: break; /* silence */
	}
}

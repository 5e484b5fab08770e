/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus_fault.h"

#include "base/num.h"
#include "curve.h"

#include <string.h>

enum { TCP_HEAD_BYTES = 6, CRC_BYTES = 2, NOISE_BYTES = 3, NUMBER_MAX = 600000 };

static const struct {
	const char *name;
	bool has_number;
} fault_table[MODBUS_FAULT_COUNT] = {
    [MODBUS_FAULT_NONE] = {"none", false},
    [MODBUS_FAULT_SILENT] = {"silent", false},
    [MODBUS_FAULT_LATE] = {"late", true},
    [MODBUS_FAULT_WRONG_UNIT] = {"wrong-unit", false},
    [MODBUS_FAULT_WRONG_FUNCTION] = {"wrong-function", false},
    [MODBUS_FAULT_WRONG_LENGTH] = {"wrong-length", false},
    [MODBUS_FAULT_WRONG_CHECK] = {"wrong-check", false},
    [MODBUS_FAULT_TORN] = {"torn", false},
    [MODBUS_FAULT_NOISE] = {"noise", false},
    [MODBUS_FAULT_ECHO] = {"echo", false},
    [MODBUS_FAULT_DUPLICATE] = {"duplicate", true},
    [MODBUS_FAULT_EXCEPTION] = {"exception", true},
    [MODBUS_FAULT_OTHER] = {"other", false},
    [MODBUS_FAULT_MIX] = {"mix", true},
    [MODBUS_FAULT_DEAF] = {"deaf", true},
};

enum err modbus_fault_parse(const char *text, struct modbus_fault *out, struct err_info *info)
{
	size_t name_bytes = strcspn(text, ":");
	uint64_t number = 0;

	for (int i = 0; i < MODBUS_FAULT_COUNT; i++) {
		if (strlen(fault_table[i].name) != name_bytes || strncmp(fault_table[i].name, text, name_bytes) != 0)
			continue;
		if (fault_table[i].has_number != (text[name_bytes] == ':') ||
		    (fault_table[i].has_number && (!num_parse_u64(text + name_bytes + 1, &number) || number > NUMBER_MAX)))
			break;
		*out = (struct modbus_fault){(enum modbus_fault_kind)i, (uint32_t)number};
		return ERR_NONE;
	}
	return err_set(info, ERR_USAGE, "\"%s\" is no fault; modbus_fault.h lists them", text);
}

struct modbus_fault modbus_fault_draw(const struct modbus_fault *mix, uint64_t *state)
{
	static const uint8_t code[] = {4, 6, 10, 11};
	struct modbus_fault fault = {MODBUS_FAULT_NONE, 0};
	uint64_t chance = sim_mix(++*state);

	if (chance % 2 == 0)
		return fault;
	chance = sim_mix(++*state);
	/* mixing itself, and what an honest line could not know of, are left out */
	fault.kind = (enum modbus_fault_kind)(chance % MODBUS_FAULT_OTHER);
	fault.number = fault.kind == MODBUS_FAULT_EXCEPTION ? code[chance / 64 % sizeof code] : (uint32_t)(chance / 64 % (mix->number + 1));
	return fault;
}

uint16_t modbus_fault_crc(const uint8_t *bytes, size_t count)
{
	uint16_t crc = 0xFFFF;

	for (size_t i = 0; i < count; i++) {
		crc = (uint16_t)(crc ^ bytes[i]);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)((crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1);
	}
	return crc;
}

static void seal(struct modbus_delivery *out, bool is_tcp)
{
	size_t body = out->bytes - CRC_BYTES;
	uint16_t crc;

	if (is_tcp)
		return;
	crc = modbus_fault_crc(out->byte, body);
	out->byte[body] = (uint8_t)crc;
	out->byte[body + 1] = (uint8_t)(crc >> 8);
}

/* Two bytes less, with the byte count and the header of such an answer. */
static void shorten(struct modbus_delivery *out, bool is_tcp)
{
	size_t head = is_tcp ? TCP_HEAD_BYTES : 0;

	if (out->bytes < head + 7)
		return;
	out->byte[head + 2] = (uint8_t)(out->byte[head + 2] - 2);
	out->bytes -= 2;
	if (is_tcp)
		out->byte[5] = (uint8_t)(out->byte[5] - 2);
}

static void put_before(struct modbus_delivery *out, const uint8_t *bytes, size_t count)
{
	memmove(out->byte + count, out->byte, out->bytes);
	memcpy(out->byte, bytes, count);
	out->bytes += count;
}

/* The answer to another question of this form: each data byte another one. */
static void exchange(struct modbus_delivery *out, bool is_tcp)
{
	size_t first = (is_tcp ? TCP_HEAD_BYTES : 0) + 3u;
	size_t end = out->bytes - (is_tcp ? 0 : CRC_BYTES);

	for (size_t i = first; i < end; i++)
		out->byte[i] = (uint8_t)(out->byte[i] ^ 0x55);
}

static void refuse(struct modbus_delivery *out, bool is_tcp, uint8_t code)
{
	size_t head = is_tcp ? TCP_HEAD_BYTES : 0;

	out->byte[head + 1] |= 0x80;
	out->byte[head + 2] = code;
	out->bytes = head + 3 + (is_tcp ? 0 : CRC_BYTES);
	if (is_tcp)
		out->byte[5] = 3;
}

void modbus_fault_apply(const struct modbus_fault *fault, bool is_tcp, const uint8_t *request, size_t request_bytes, const uint8_t *answer,
			size_t answer_bytes, struct modbus_delivery *out)
{
	static const uint8_t noise[NOISE_BYTES] = {0x00, 0xF7, 0x3C};
	size_t head = is_tcp ? TCP_HEAD_BYTES : 0;

	*out = (struct modbus_delivery){.again_ms = -1, .bytes = answer_bytes};
	memcpy(out->byte, answer, answer_bytes);
	switch (fault->kind) {
	case MODBUS_FAULT_SILENT: out->bytes = 0; return;
	case MODBUS_FAULT_LATE: out->delay_ms = fault->number; return;
	case MODBUS_FAULT_DUPLICATE: out->again_ms = fault->number; return;
	case MODBUS_FAULT_WRONG_UNIT: out->byte[head]++; break;
	case MODBUS_FAULT_WRONG_FUNCTION: out->byte[head + 1] = (uint8_t)(out->byte[head + 1] == 3 ? 4 : 3); break;
	case MODBUS_FAULT_WRONG_LENGTH: shorten(out, is_tcp); break;
	case MODBUS_FAULT_WRONG_CHECK: out->byte[is_tcp ? 1 : out->bytes - 1] ^= 0x5A; return;
	case MODBUS_FAULT_TORN: out->bytes -= out->bytes / 3; return;
	case MODBUS_FAULT_NOISE: put_before(out, noise, sizeof noise); return;
	case MODBUS_FAULT_ECHO: put_before(out, request, request_bytes); return;
	case MODBUS_FAULT_EXCEPTION: refuse(out, is_tcp, (uint8_t)fault->number); break;
	case MODBUS_FAULT_OTHER: exchange(out, is_tcp); break;
	default: return;
	}
	seal(out, is_tcp);
}

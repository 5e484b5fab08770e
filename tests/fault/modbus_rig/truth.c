/* SPDX-License-Identifier: Apache-2.0 */
#include "truth.h"

#include <string.h>

enum {
	ROWS = 0x0100,
	ROW_REGISTERS = 32,
	ROW_COUNT = 6,
	CHAIN = 40000,
	COMMON_LENGTH = 66,
	MODEL_LENGTH = 105,
	MODEL = CHAIN + 2 + 2 + COMMON_LENGTH,
	CHAIN_END = MODEL + 2 + MODEL_LENGTH,
	CHAIN_ROW = 6,
	MARK = 0x5A00, /* in the highest word of a counter: no word of another number looks like it */
};

#define HEAD                                                                                                                                 \
	"schema: wattledger.driver/1\nprotocol: modbus\nvendor: Rig\nsource: none\nconfidence: two_sources\npriority: 10\ncaliber: actual\n" \
	"total: none\nregisters: {function: 3, type: u32}\n"
#define IDENTITY "identity:\n  serial: {register: 0x10}\n  model: {register: 0x20, type: text, length: 8}\n"
#define ROWS_OF_THREE                                                                           \
	"  - key: even/{}\n    repeat: 3\n    points:\n"                                        \
	"      - {quantity: energy_j, register: 0x100, stride: 64, type: u64, unit: 0.001 J}\n" \
	"      - {quantity: power_w, register: 0x104, stride: 64, unit: W}\n"                   \
	"      - {quantity: voltage_v, register: 0x106, stride: 64, unit: V}\n"                 \
	"  - key: odd/{}\n    repeat: 3\n    points:\n"                                         \
	"      - {quantity: energy_j, register: 0x120, stride: 64, type: u64, unit: 0.001 J}\n" \
	"      - {quantity: power_w, register: 0x124, stride: 64, unit: W}\n"

const char truth_plain_driver[] = HEAD "family: plain\n" IDENTITY "meters:\n" ROWS_OF_THREE;
const char truth_single_driver[] = HEAD "family: single\nrequests: {max_registers: 4, hole: 0}\n" IDENTITY "meters:\n" ROWS_OF_THREE;
const char truth_sunspec_driver[] =
    HEAD "family: sunspec\nmeters:\n  - key: m\n    models: [203]\n    points:\n"
	 "      - {quantity: energy_j, register: 4, type: u64, unit: 0.001 J}\n      - {quantity: power_w, register: 2, unit: W}\n";

uint8_t truth_field(unsigned row, unsigned which)
{
	return (uint8_t)(row * 4 + which);
}

static uint16_t counter_word(const struct truth *truth, uint8_t field, unsigned at)
{
	switch (at) {
	case 0: return (uint16_t)(MARK | (truth->bus & 7) << 3 | (truth->unit & 7));
	case 1: return (uint16_t)(0xC300 | field);
	case 2: return (uint16_t)(truth->request >> 16);
	default: return (uint16_t)truth->request;
	}
}

static uint16_t gauge_word(const struct truth *truth, uint8_t field, unsigned at)
{
	if (at == 0)
		return (uint16_t)((truth->bus & 7) << 13 | (truth->unit & 7) << 10 | (field & 31) << 5 | (truth->request >> 16 & 31));
	return (uint16_t)truth->request;
}

/* A row that begins with its counter: 4 words, then gauges of 2 each. */
static uint16_t row_word(const struct truth *truth, unsigned row, unsigned at)
{
	if (at < 4)
		return counter_word(truth, truth_field(row, 0), at);
	return gauge_word(truth, truth_field(row, 1 + (at - 4) / 2), (at - 4) % 2);
}

static uint16_t chain_word(const struct truth *truth, uint16_t address)
{
	switch (address) {
	case CHAIN: return 0x5375; /* "Su" */
	case CHAIN + 1: return 0x6E53;
	case CHAIN + 2: return 1;
	case CHAIN + 3: return COMMON_LENGTH;
	case MODEL: return 203;
	case MODEL + 1: return MODEL_LENGTH;
	case MODEL + 2:
	case MODEL + 3: return gauge_word(truth, truth_field(CHAIN_ROW, 1), address - MODEL - 2u);
	case CHAIN_END: return 0xFFFF;
	case CHAIN_END + 1: return 0;
	default: break;
	}
	if (address >= MODEL + 4 && address < MODEL + 8)
		return counter_word(truth, truth_field(CHAIN_ROW, 0), address - MODEL - 4u);
	return 0x4141;
}

uint16_t truth_word(const struct truth *truth, uint16_t address)
{
	unsigned row = ((unsigned)address - ROWS) / ROW_REGISTERS;

	if (address >= CHAIN)
		return chain_word(truth, address);
	if (address >= ROWS && row < ROW_COUNT)
		return row_word(truth, row, (unsigned)(address - ROWS) % ROW_REGISTERS % 10);
	if (address == 0x10 || address == 0x11)
		return (uint16_t)(address == 0x10 ? 0x0100 : (truth->bus * 16 + truth->unit));
	return (uint16_t)(0x4100 | (0x41 + truth->unit));
}

bool truth_of_counter(uint64_t raw, struct truth *out)
{
	uint16_t head = (uint16_t)(raw >> 48);
	uint16_t field = (uint16_t)(raw >> 32);

	*out = (struct truth){.bus = head >> 3 & 7, .unit = head & 7, .field = (uint8_t)field, .request = (uint32_t)raw};
	return (head & 0xFFC0) == MARK && (field & 0xFF00) == 0xC300;
}

bool truth_of_gauge(double value, struct truth *out)
{
	uint32_t bits;

	if (!(value >= 0 && value <= UINT32_MAX))
		return false;
	bits = (uint32_t)value;
	*out = (struct truth){.bus = (uint8_t)(bits >> 29 & 7),
			      .unit = (uint8_t)(bits >> 26 & 7),
			      .field = (uint8_t)(bits >> 21 & 31),
			      .request = bits & 0x1FFFFF};
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus_meter.h"

#include <math.h>
#include <string.h>

enum { POWER_MIN_W = 50, POWER_MAX_W = 5000, SERIAL_BASE = 70000000, SUNSPEC_COMMON_LENGTH = 66, SUNSPEC_METER_LENGTH = 105 };

#define VOLTS 230.0
#define HERTZ 50.0

struct sim_curve modbus_meter_curve(enum sim_shape shape, uint64_t seed, uint32_t unit)
{
	return sim_curve_make(shape, POWER_MIN_W, POWER_MAX_W, sim_mix(seed) ^ unit);
}

uint64_t modbus_meter_energy_millij(const struct sim_curve *curve, double t_s)
{
	return (uint64_t)floor(sim_curve_integral(curve, t_s) * 1000.0);
}

uint32_t modbus_meter_serial(uint32_t unit)
{
	return SERIAL_BASE + unit;
}

uint16_t modbus_meter_constant(uint32_t unit, uint16_t address)
{
	return (uint16_t)((unit & 0x1FF) << 7 | (address & 0x7F));
}

static void put_u64(uint16_t *table, uint16_t address, uint64_t value)
{
	for (int i = 0; i < 4; i++)
		table[address + i] = (uint16_t)(value >> (48 - 16 * i));
}

static void put_u32(uint16_t *table, uint16_t address, uint32_t value)
{
	table[address] = (uint16_t)(value >> 16);
	table[address + 1] = (uint16_t)value;
}

static void put_float(uint16_t *table, uint16_t address, double value)
{
	float narrow = (float)value;
	uint32_t bits;

	memcpy(&bits, &narrow, sizeof bits);
	put_u32(table, address, bits);
}

static void put_text(uint16_t *table, uint16_t address, size_t registers, const char *text)
{
	char padded[64] = "";

	memcpy(padded, text, strlen(text));
	for (size_t i = 0; i < registers; i++)
		table[address + i] = (uint16_t)((uint8_t)padded[2 * i] << 8 | (uint8_t)padded[2 * i + 1]);
}

/* SunSpec Device Information Model: common model 1, then meter model 203 (three phases, integers with scale factors), then the end. */
static void fill_sunspec(uint16_t *holding, double power_w, double energy_wh)
{
	uint16_t at = MODBUS_METER_SUNSPEC;

	put_text(holding, at, 2, "SunS");
	at += 2;
	holding[at] = 1;
	holding[at + 1] = SUNSPEC_COMMON_LENGTH;
	put_text(holding, (uint16_t)(at + 2), 16, "Simulation");
	put_text(holding, (uint16_t)(at + 18), 16, "SunSpec meter");
	put_text(holding, (uint16_t)(at + 42), 8, "1.0");
	put_text(holding, (uint16_t)(at + 50), 16, "SN-SUNS-1");
	at += 2 + SUNSPEC_COMMON_LENGTH;
	holding[at] = 203;
	holding[at + 1] = SUNSPEC_METER_LENGTH;
	for (uint16_t i = 2; i < SUNSPEC_METER_LENGTH + 2; i++)
		holding[at + i] = 0x8000;
	holding[at + 16] = (uint16_t)(int16_t)(HERTZ * 100);
	holding[at + 17] = (uint16_t)-2;
	holding[at + 18] = (uint16_t)(int16_t)lround(power_w);
	holding[at + 22] = 0;
	put_u32(holding, (uint16_t)(at + 38), 0);
	put_u32(holding, (uint16_t)(at + 46), (uint32_t)floor(energy_wh / 10));
	holding[at + 54] = 1;
	holding[at + 2 + SUNSPEC_METER_LENGTH] = 0xFFFF;
	holding[at + 3 + SUNSPEC_METER_LENGTH] = 0;
}

static void fill_eastron(uint16_t *input, double power_w, double energy_wh)
{
	for (uint16_t line = 0; line < 3; line++) {
		put_float(input, (uint16_t)(0 + 2 * line), VOLTS);
		put_float(input, (uint16_t)(6 + 2 * line), power_w / 3 / VOLTS);
		put_float(input, (uint16_t)(12 + 2 * line), power_w / 3);
		put_float(input, (uint16_t)(18 + 2 * line), power_w / 3);
		put_float(input, (uint16_t)(24 + 2 * line), 0);
		put_float(input, (uint16_t)(30 + 2 * line), 1);
		put_float(input, (uint16_t)(0x015A + 2 * line), floor(energy_wh / 3) / 1000);
		put_float(input, (uint16_t)(0x0160 + 2 * line), 0);
	}
	put_float(input, 42, VOLTS);
	put_float(input, 46, power_w / 3 / VOLTS);
	put_float(input, 48, power_w / VOLTS);
	put_float(input, 52, power_w);
	put_float(input, 56, power_w);
	put_float(input, 60, 0);
	put_float(input, 62, 1);
	put_float(input, 70, HERTZ);
	put_float(input, 72, floor(energy_wh) / 1000);
	put_float(input, 74, 0);
	put_float(input, 342, floor(energy_wh) / 1000);
}

void modbus_meter_fill(const struct sim_curve *curve, uint32_t unit, double t_s, uint16_t *holding, uint16_t *input)
{
	double power_w = sim_curve_rate(curve, t_s);
	uint64_t energy_millij = modbus_meter_energy_millij(curve, t_s);
	double energy_wh = (double)energy_millij / 3600000.0;
	uint32_t power_dw = (uint32_t)(int32_t)lround(power_w * 10);

	put_u64(holding, MODBUS_METER_ENERGY, energy_millij);
	holding[MODBUS_METER_ENERGY + 4] = (uint16_t)power_dw;
	holding[MODBUS_METER_ENERGY + 5] = (uint16_t)(power_dw >> 16);
	put_u32(holding, MODBUS_METER_ENERGY + 6, modbus_meter_serial(unit));
	put_text(holding, MODBUS_METER_ENERGY + 8, 8, "SIM-METER");
	for (uint16_t i = 0; i < MODBUS_METER_CONSTANT_COUNT; i++)
		holding[MODBUS_METER_CONSTANTS + i] = modbus_meter_constant(unit, (uint16_t)(MODBUS_METER_CONSTANTS + i));
	put_u32(holding, 0xFC00, modbus_meter_serial(unit));
	fill_sunspec(holding, power_w, energy_wh);
	fill_eastron(input, power_w, energy_wh);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modbus_meter: what a simulated Modbus meter shows at a time. Its energy is the integral of its power, exactly known. Each unit has
 *
 *   holding (function 3)  0x1000 u64 energy in 0.001 J, 0x1004 i32 power in 0.1 W (low word first), 0x1006 u32 serial, 0x1008 text of 8,
 *                         0x2000..0x207F a number that belongs to the unit and the address alone (modbus_meter_constant), and a chain of
 *                         SunSpec models at 40000: 1 and 203; 0x3000..0x300F the number of the unit's request that is answered
 *   input (function 4)    the map of an Eastron SDM630: floats from 0 on, energy in kWh at 72 and 74
 */
#ifndef WATTLEDGER_SIM_MODBUS_METER_H
#define WATTLEDGER_SIM_MODBUS_METER_H

#include "curve.h"

#include <stdint.h>

enum {
	MODBUS_METER_REGISTERS = 65536,
	MODBUS_METER_ENERGY = 0x1000,
	MODBUS_METER_CONSTANTS = 0x2000,
	MODBUS_METER_CONSTANT_COUNT = 0x80,
	MODBUS_METER_STAMPS = 0x3000,
	MODBUS_METER_STAMP_COUNT = 0x10,
	MODBUS_METER_SUNSPEC = 40000,
};

/* 50 to 5000 W, by unit and seed. */
struct sim_curve modbus_meter_curve(enum sim_shape shape, uint64_t seed, uint32_t unit) __attribute__((warn_unused_result));

/* Energy at simulated time t_s, in thousandths of a joule, rounded down. */
uint64_t modbus_meter_energy_millij(const struct sim_curve *curve, double t_s) __attribute__((warn_unused_result));

/* The serial number of a unit. */
uint32_t modbus_meter_serial(uint32_t unit) __attribute__((warn_unused_result));

/* What stands in a register of 0x2000..0x207F of a unit: never the same as that of another address or unit. */
uint16_t modbus_meter_constant(uint32_t unit, uint16_t address) __attribute__((warn_unused_result));

/* Fills the registers of a unit but for the stamps (1..255; beyond that the number tells devices apart) as they are at t_s. Both tables have MODBUS_METER_REGISTERS. */
void modbus_meter_fill(const struct sim_curve *curve, uint32_t unit, double t_s, uint16_t *holding, uint16_t *input);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raritan PX2 or PX3, PDU2-MIB. Every quantity is a sensor: the last index arc is its SensorTypeEnumeration, its unit and decimal
 * digits stand in the configuration tables, its value is an Unsigned32 that counts 10^-digits of the unit and wraps at 2^32.
 */
#include "model_tables.h"

#define PDU2 "1.3.6.1.4.1.13742.6"

/* SensorTypeEnumeration and SensorUnitsEnumeration of PDU2-MIB */
enum {
	TYPE_RMS_CURRENT = 1,
	TYPE_RMS_VOLTAGE = 4,
	TYPE_ACTIVE_POWER = 5,
	TYPE_APPARENT_POWER = 6,
	TYPE_POWER_FACTOR = 7,
	TYPE_ACTIVE_ENERGY = 8,
	TYPE_FREQUENCY = 23,
};
enum { UNIT_NONE = -1, UNIT_VOLT = 1, UNIT_AMP = 2, UNIT_WATT = 3, UNIT_VOLTAMP = 4, UNIT_WATT_HOUR = 5, UNIT_HERTZ = 8 };

static const struct sim_sensor inlet_sensors[] = {
    {.type = TYPE_RMS_CURRENT, .what = SIM_WHAT_CURRENT, .step = 0.001, .unit = UNIT_AMP, .digits = 3},
    {.type = TYPE_RMS_VOLTAGE, .what = SIM_WHAT_VOLTAGE, .step = 1, .unit = UNIT_VOLT},
    {.type = TYPE_ACTIVE_POWER, .what = SIM_WHAT_POWER, .step = 1, .unit = UNIT_WATT},
    {.type = TYPE_APPARENT_POWER, .what = SIM_WHAT_POWER_APPARENT, .step = 1, .unit = UNIT_VOLTAMP},
    {.type = TYPE_POWER_FACTOR, .what = SIM_WHAT_POWER_FACTOR, .step = 0.01, .unit = UNIT_NONE, .digits = 2},
    {.type = TYPE_ACTIVE_ENERGY, .what = SIM_WHAT_ENERGY, .step = SIM_WH_J, .unit = UNIT_WATT_HOUR},
    {.type = TYPE_FREQUENCY, .what = SIM_WHAT_FREQUENCY, .step = 0.1, .unit = UNIT_HERTZ, .digits = 1},
};

static const struct sim_rows board = {.prefix = {1, 1}, .prefix_count = 2, .part_count = 1};
static const struct sim_rows one = {.part_count = 1};
static const struct sim_rows inlets = {.prefix = {1}, .prefix_count = 1, .part_count = 1};
static const struct sim_rows outlets = {.prefix = {1}, .prefix_count = 1, .part_count = 8};
static const struct sim_rows inlet_values = {
    .prefix = {1}, .prefix_count = 1, .part_count = 1, .sensors = inlet_sensors, .sensor_count = SIM_COUNT_OF(inlet_sensors)};
/* outlets have all of them but the frequency */
static const struct sim_rows outlet_values = {
    .prefix = {1}, .prefix_count = 1, .part_count = 8, .sensors = inlet_sensors, .sensor_count = SIM_COUNT_OF(inlet_sensors) - 1};

static const struct sim_column columns[] = {
    SIM_SYSTEM("Raritan PDU, MD:PX3-5190 HW:0x10 FW:4.2.0.5-50274", PDU2),
    /* nameplateTable: pduManufacturer, pduModel, pduSerialNumber; unitConfigurationTable: pduName; boardFirmwareVersion */
    SIM_TEXT(PDU2 ".3.2.1.1.2", &one, "Raritan"),
    SIM_TEXT(PDU2 ".3.2.1.1.3", &one, "PX3-5190"),
    SIM_IDENTITY(PDU2 ".3.2.1.1.4", &one, SIM_WHAT_SERIAL),
    SIM_IDENTITY(PDU2 ".3.2.2.1.13", &one, SIM_WHAT_NAME),
    SIM_TEXT(PDU2 ".3.2.3.1.6", &board, "4.2.0.5-50274"),
    /* inletLabel; inletSensorUnits, inletSensorDecimalDigits */
    {.oid = PDU2 ".3.3.3.1.2", .rows = &inlets, .tag = BER_OCTETS, .what = SIM_WHAT_PART_NAME, .text = "I"},
    SIM_GAUGE(PDU2 ".3.3.4.1.6", &inlet_values, BER_INTEGER, SIM_WHAT_SENSOR_UNIT, 1),
    SIM_GAUGE(PDU2 ".3.3.4.1.7", &inlet_values, BER_GAUGE32, SIM_WHAT_SENSOR_DIGITS, 1),
    /* outletLabel, outletName; outletSensorUnits, outletSensorDecimalDigits */
    {.oid = PDU2 ".3.5.3.1.2", .rows = &outlets, .tag = BER_OCTETS, .what = SIM_WHAT_PART_NAME, .text = ""},
    {.oid = PDU2 ".3.5.3.1.3", .rows = &outlets, .tag = BER_OCTETS, .what = SIM_WHAT_PART_NAME, .text = "OUTLET"},
    SIM_GAUGE(PDU2 ".3.5.4.1.6", &outlet_values, BER_INTEGER, SIM_WHAT_SENSOR_UNIT, 1),
    SIM_GAUGE(PDU2 ".3.5.4.1.7", &outlet_values, BER_GAUGE32, SIM_WHAT_SENSOR_DIGITS, 1),
    /* measurementsInletSensorIsAvailable (1 = true), State (4 = normal), Value */
    SIM_NUMBER(PDU2 ".5.2.3.1.2", &inlet_values, BER_INTEGER, 1),
    SIM_NUMBER(PDU2 ".5.2.3.1.3", &inlet_values, BER_INTEGER, 4),
    SIM_COUNTER(PDU2 ".5.2.3.1.4", &inlet_values, BER_GAUGE32, 32, SIM_WHAT_SENSOR, 1),
    /* the same of outlets */
    SIM_NUMBER(PDU2 ".5.4.3.1.2", &outlet_values, BER_INTEGER, 1),
    SIM_NUMBER(PDU2 ".5.4.3.1.3", &outlet_values, BER_INTEGER, 4),
    SIM_COUNTER(PDU2 ".5.4.3.1.4", &outlet_values, BER_GAUGE32, 32, SIM_WHAT_SENSOR, 1),
};

const struct sim_model sim_model_raritan_px2 = {
    .name = "raritan-px2",
    .prefix = "RAR",
    .columns = columns,
    .column_count = SIM_COUNT_OF(columns),
    .total_counter = PDU2 ".5.2.3.1.4",
    .power_min_w = 800,
    .power_max_w = 2600,
};

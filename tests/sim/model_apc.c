/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APC rack PDU of the second generation (AP8xxx), PowerNet-MIB, table rPDU2. Scales as the MIB states them: rPDU2DeviceStatusPower
 * in hundredths of kW, rPDU2DeviceStatusEnergy in tenths of kWh (both INTEGER), outlets in W.
 */
#include "model_tables.h"

#define RPDU2 "1.3.6.1.4.1.318.1.1.26"
#define INTEGER_BITS 31 /* INTEGER counters stay positive */

static const struct sim_rows one = {.part_count = 1};
static const struct sim_rows phases = {.part_count = 3};
static const struct sim_rows outlets = {.part_count = 24};

static const struct sim_column columns[] = {
    SIM_SYSTEM("APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2 PN:apc_hw05_aos_682.bin AF1:v6.8.0 AN1:apc_hw05_rpdu2g_680.bin "
	       "MN:AP8853 HR:02)",
	       "1.3.6.1.4.1.318.1.3.4.6"),
    /* rPDU2IdentTable: Index, Module, Name, Location, HardwareRev, FirmwareRev, DateOfManufacture, ModelNumber, SerialNumber */
    SIM_NUMBER(RPDU2 ".2.1.1", &one, BER_INTEGER, 1),
    SIM_NUMBER(RPDU2 ".2.1.2", &one, BER_INTEGER, 1),
    SIM_IDENTITY(RPDU2 ".2.1.3", &one, SIM_WHAT_NAME),
    SIM_TEXT(RPDU2 ".2.1.4", &one, "simulated rack"),
    SIM_TEXT(RPDU2 ".2.1.5", &one, "02"),
    SIM_TEXT(RPDU2 ".2.1.6", &one, "v6.8.0"),
    SIM_TEXT(RPDU2 ".2.1.7", &one, "01/02/2020"),
    SIM_TEXT(RPDU2 ".2.1.8", &one, "AP8853"),
    SIM_IDENTITY(RPDU2 ".2.1.9", &one, SIM_WHAT_SERIAL),
    /* rPDU2DevicePropertiesTable: NumOutlets, NumPhases */
    SIM_NUMBER(RPDU2 ".4.2.1.4", &one, BER_INTEGER, 24),
    SIM_NUMBER(RPDU2 ".4.2.1.7", &one, BER_INTEGER, 3),
    /* rPDU2DeviceStatusTable: Index, Module, Name, LoadState (2 = normal), Power, Energy, ApparentPower, PowerFactor */
    SIM_NUMBER(RPDU2 ".4.3.1.1", &one, BER_INTEGER, 1),
    SIM_NUMBER(RPDU2 ".4.3.1.2", &one, BER_INTEGER, 1),
    SIM_IDENTITY(RPDU2 ".4.3.1.3", &one, SIM_WHAT_NAME),
    SIM_NUMBER(RPDU2 ".4.3.1.4", &one, BER_INTEGER, 2),
    SIM_GAUGE(RPDU2 ".4.3.1.5", &one, BER_INTEGER, SIM_WHAT_POWER, 10),
    SIM_COUNTER(RPDU2 ".4.3.1.9", &one, BER_INTEGER, INTEGER_BITS, SIM_WHAT_ENERGY, SIM_TENTH_KWH_J),
    SIM_TEXT(RPDU2 ".4.3.1.10", &one, "01/02/2020 13:27:05"),
    SIM_GAUGE(RPDU2 ".4.3.1.16", &one, BER_INTEGER, SIM_WHAT_POWER_APPARENT, 10),
    SIM_GAUGE(RPDU2 ".4.3.1.17", &one, BER_INTEGER, SIM_WHAT_POWER_FACTOR, 0.01),
    /* rPDU2PhaseStatusTable: Index, Module, Number, LoadState, Current 0.1 A, Voltage, Power, ApparentPower, PowerFactor */
    SIM_GAUGE(RPDU2 ".6.3.1.1", &phases, BER_INTEGER, SIM_WHAT_PART, 1),
    SIM_NUMBER(RPDU2 ".6.3.1.2", &phases, BER_INTEGER, 1),
    SIM_GAUGE(RPDU2 ".6.3.1.3", &phases, BER_INTEGER, SIM_WHAT_PART, 1),
    SIM_NUMBER(RPDU2 ".6.3.1.4", &phases, BER_INTEGER, 2),
    SIM_GAUGE(RPDU2 ".6.3.1.5", &phases, BER_INTEGER, SIM_WHAT_CURRENT, 0.1),
    SIM_GAUGE(RPDU2 ".6.3.1.6", &phases, BER_INTEGER, SIM_WHAT_VOLTAGE, 1),
    SIM_GAUGE(RPDU2 ".6.3.1.7", &phases, BER_INTEGER, SIM_WHAT_POWER, 10),
    SIM_GAUGE(RPDU2 ".6.3.1.8", &phases, BER_INTEGER, SIM_WHAT_POWER_APPARENT, 10),
    SIM_GAUGE(RPDU2 ".6.3.1.9", &phases, BER_INTEGER, SIM_WHAT_POWER_FACTOR, 0.01),
    /* rPDU2OutletMeteredStatusTable: Index, Module, Name, Number, State, Current 0.1 A, Power W, Energy 0.1 kWh */
    SIM_GAUGE(RPDU2 ".9.4.3.1.1", &outlets, BER_INTEGER, SIM_WHAT_PART, 1),
    SIM_NUMBER(RPDU2 ".9.4.3.1.2", &outlets, BER_INTEGER, 1),
    {.oid = RPDU2 ".9.4.3.1.3", .rows = &outlets, .tag = BER_OCTETS, .what = SIM_WHAT_PART_NAME, .text = "Outlet "},
    SIM_GAUGE(RPDU2 ".9.4.3.1.4", &outlets, BER_INTEGER, SIM_WHAT_PART, 1),
    SIM_NUMBER(RPDU2 ".9.4.3.1.5", &outlets, BER_INTEGER, 2),
    SIM_GAUGE(RPDU2 ".9.4.3.1.6", &outlets, BER_INTEGER, SIM_WHAT_CURRENT, 0.1),
    SIM_GAUGE(RPDU2 ".9.4.3.1.7", &outlets, BER_INTEGER, SIM_WHAT_POWER, 1),
    SIM_COUNTER(RPDU2 ".9.4.3.1.11", &outlets, BER_INTEGER, INTEGER_BITS, SIM_WHAT_ENERGY, SIM_TENTH_KWH_J),
};

const struct sim_model sim_model_apc_rpdu2 = {
    .name = "apc-rpdu2",
    .prefix = "APC",
    .columns = columns,
    .column_count = SIM_COUNT_OF(columns),
    .total_counter = RPDU2 ".4.3.1.9",
    .power_min_w = 1200,
    .power_max_w = 4200,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* A UPS that answers UPS-MIB (RFC 1628) alone, with three output lines. That MIB has power but no energy counter. */
#include "model_tables.h"

#define UPS "1.3.6.1.2.1.33.1"

static const struct sim_rows lines = {.part_count = 3};

static const struct sim_column columns[] = {
    SIM_SYSTEM("wattledger simulated UPS", "1.3.6.1.2.1.33"),
    /* upsIdentManufacturer, Model, UPSSoftwareVersion, AgentSoftwareVersion, Name, AttachedDevices */
    SIM_TEXT(UPS ".1.1", NULL, "wattledger"),
    SIM_TEXT(UPS ".1.2", NULL, "SIM-UPS-10"),
    SIM_TEXT(UPS ".1.3", NULL, "1.0"),
    SIM_TEXT(UPS ".1.4", NULL, "1.0"),
    SIM_IDENTITY(UPS ".1.5", NULL, SIM_WHAT_NAME),
    SIM_TEXT(UPS ".1.6", NULL, "rack"),
    /* upsBatteryStatus (2 = normal), SecondsOnBattery, EstimatedMinutesRemaining, EstimatedChargeRemaining, BatteryVoltage 0.1 V */
    SIM_NUMBER(UPS ".2.1", NULL, BER_INTEGER, 2),
    SIM_NUMBER(UPS ".2.2", NULL, BER_INTEGER, 0),
    SIM_NUMBER(UPS ".2.3", NULL, BER_INTEGER, 42),
    SIM_NUMBER(UPS ".2.4", NULL, BER_INTEGER, 100),
    SIM_NUMBER(UPS ".2.5", NULL, BER_INTEGER, 2160),
    /* upsInputLineBads, NumLines; upsInputTable: Frequency 0.1 Hz, Voltage, Current 0.1 A, TruePower */
    SIM_NUMBER(UPS ".3.1", NULL, BER_COUNTER32, 0),
    SIM_NUMBER(UPS ".3.2", NULL, BER_INTEGER, 3),
    SIM_GAUGE(UPS ".3.3.1.2", &lines, BER_INTEGER, SIM_WHAT_FREQUENCY, 0.1),
    SIM_GAUGE(UPS ".3.3.1.3", &lines, BER_INTEGER, SIM_WHAT_VOLTAGE, 1),
    SIM_GAUGE(UPS ".3.3.1.4", &lines, BER_INTEGER, SIM_WHAT_CURRENT, 0.1),
    SIM_GAUGE(UPS ".3.3.1.5", &lines, BER_INTEGER, SIM_WHAT_POWER_INPUT, 1),
    /* upsOutputSource (3 = normal), Frequency 0.1 Hz, NumLines; upsOutputTable: Voltage, Current 0.1 A, Power, PercentLoad */
    SIM_NUMBER(UPS ".4.1", NULL, BER_INTEGER, 3),
    SIM_GAUGE(UPS ".4.2", NULL, BER_INTEGER, SIM_WHAT_FREQUENCY, 0.1),
    SIM_NUMBER(UPS ".4.3", NULL, BER_INTEGER, 3),
    SIM_GAUGE(UPS ".4.4.1.2", &lines, BER_INTEGER, SIM_WHAT_VOLTAGE, 1),
    SIM_GAUGE(UPS ".4.4.1.3", &lines, BER_INTEGER, SIM_WHAT_CURRENT, 0.1),
    SIM_GAUGE(UPS ".4.4.1.4", &lines, BER_INTEGER, SIM_WHAT_POWER, 1),
    SIM_GAUGE(UPS ".4.4.1.5", &lines, BER_INTEGER, SIM_WHAT_LOAD, 0.01),
};

const struct sim_model sim_model_ups_mib = {
    .name = "ups-mib",
    .prefix = "UPS",
    .columns = columns,
    .column_count = SIM_COUNT_OF(columns),
    .power_min_w = 2000,
    .power_max_w = 8000,
};

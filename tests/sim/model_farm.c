/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rack PDU of our own design under the enterprise number that RFC 5612 reserves for documentation (32473): its energy counters are
 * Counter64 in joules, so that energy can be checked to the joule.
 *
 *   1.3.6.1.4.1.32473.1.1          sysObjectID
 *   1.3.6.1.4.1.32473.1.2.1 .. 3   serial number, model, firmware
 *   1.3.6.1.4.1.32473.1.3.1 .. 8   power W, energy J, 0.1 V, mA, VA, power factor 0.001, mHz, 0.1 degrees
 *   1.3.6.1.4.1.32473.1.4.1.c.r    24 outlets: c = 1 number, 2 name, 3 power W, 4 energy J, 5 mA, 6 state (1 = on)
 */
#include "model_tables.h"

#define FARM "1.3.6.1.4.1.32473.1"

static const struct sim_rows outlets = {.part_count = 24};

static const struct sim_column columns[] = {
    SIM_SYSTEM("wattledger simulated rack PDU, 24 outlets", FARM ".1"),
    SIM_IDENTITY(FARM ".2.1", NULL, SIM_WHAT_SERIAL),
    SIM_TEXT(FARM ".2.2", NULL, "FARM-24"),
    SIM_TEXT(FARM ".2.3", NULL, "1.0"),
    SIM_GAUGE(FARM ".3.1", NULL, BER_GAUGE32, SIM_WHAT_POWER, 1),
    SIM_COUNTER(FARM ".3.2", NULL, BER_COUNTER64, 64, SIM_WHAT_ENERGY, 1),
    SIM_GAUGE(FARM ".3.3", NULL, BER_INTEGER, SIM_WHAT_VOLTAGE, 0.1),
    SIM_GAUGE(FARM ".3.4", NULL, BER_GAUGE32, SIM_WHAT_CURRENT, 0.001),
    SIM_GAUGE(FARM ".3.5", NULL, BER_GAUGE32, SIM_WHAT_POWER_APPARENT, 1),
    SIM_GAUGE(FARM ".3.6", NULL, BER_INTEGER, SIM_WHAT_POWER_FACTOR, 0.001),
    SIM_GAUGE(FARM ".3.7", NULL, BER_INTEGER, SIM_WHAT_FREQUENCY, 0.001),
    SIM_GAUGE(FARM ".3.8", NULL, BER_INTEGER, SIM_WHAT_TEMPERATURE, 0.1),
    SIM_GAUGE(FARM ".4.1.1", &outlets, BER_INTEGER, SIM_WHAT_PART, 1),
    {.oid = FARM ".4.1.2", .rows = &outlets, .tag = BER_OCTETS, .what = SIM_WHAT_PART_NAME, .text = "outlet "},
    SIM_GAUGE(FARM ".4.1.3", &outlets, BER_GAUGE32, SIM_WHAT_POWER, 1),
    SIM_COUNTER(FARM ".4.1.4", &outlets, BER_COUNTER64, 64, SIM_WHAT_ENERGY, 1),
    SIM_GAUGE(FARM ".4.1.5", &outlets, BER_GAUGE32, SIM_WHAT_CURRENT, 0.001),
    SIM_NUMBER(FARM ".4.1.6", &outlets, BER_INTEGER, 1),
};

const struct sim_model sim_model_farm = {
    .name = "farm",
    .prefix = "FARM",
    .columns = columns,
    .column_count = SIM_COUNT_OF(columns),
    .total_counter = FARM ".3.2",
    .power_min_w = 400,
    .power_max_w = 1400,
};

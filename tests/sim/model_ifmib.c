/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A switch with eight ports, IF-MIB (RFC 2863) with 32 and 64 bit octet counters, and the power its PoE group delivers
 * (POWER-ETHERNET-MIB, RFC 3621). Twice as many octets go out as come in.
 */
#include "model_tables.h"

#define PORT_COUNT 8
#define IF_ENTRY "1.3.6.1.2.1.2.2.1"
#define IF_X_ENTRY "1.3.6.1.2.1.31.1.1.1"
#define MAIN_PSE_ENTRY "1.3.6.1.2.1.105.1.3.1.1"
#define PORT_BITS_PER_S 1000000000

static const struct sim_rows one = {.part_count = 1};
static const struct sim_rows ports = {.part_count = PORT_COUNT};

static const struct sim_column columns[] = {
    SIM_SYSTEM("wattledger simulated switch, 8 ports", "1.3.6.1.4.1.32473.1.10"),
    /* ifNumber */
    SIM_NUMBER("1.3.6.1.2.1.2.1", NULL, BER_INTEGER, PORT_COUNT),
    /* ifIndex, ifDescr, ifType (6 = ethernetCsmacd), ifMtu, ifSpeed, ifAdminStatus, ifOperStatus (1 = up), ifInOctets, ifOutOctets */
    SIM_GAUGE(IF_ENTRY ".1", &ports, BER_INTEGER, SIM_WHAT_PART, 1),
    {.oid = IF_ENTRY ".2", .rows = &ports, .tag = BER_OCTETS, .what = SIM_WHAT_PART_NAME, .text = "GigabitEthernet0/"},
    SIM_NUMBER(IF_ENTRY ".3", &ports, BER_INTEGER, 6),
    SIM_NUMBER(IF_ENTRY ".4", &ports, BER_INTEGER, 1500),
    SIM_NUMBER(IF_ENTRY ".5", &ports, BER_GAUGE32, PORT_BITS_PER_S),
    SIM_NUMBER(IF_ENTRY ".7", &ports, BER_INTEGER, 1),
    SIM_NUMBER(IF_ENTRY ".8", &ports, BER_INTEGER, 1),
    SIM_COUNTER(IF_ENTRY ".10", &ports, BER_COUNTER32, 32, SIM_WHAT_BYTES_IN, 1),
    SIM_COUNTER(IF_ENTRY ".16", &ports, BER_COUNTER32, 32, SIM_WHAT_BYTES_OUT, 1),
    /* ifName, ifHCInOctets, ifHCOutOctets, ifHighSpeed, ifAlias, ifCounterDiscontinuityTime */
    {.oid = IF_X_ENTRY ".1", .rows = &ports, .tag = BER_OCTETS, .what = SIM_WHAT_PART_NAME, .text = "Gi0/"},
    SIM_COUNTER(IF_X_ENTRY ".6", &ports, BER_COUNTER64, 64, SIM_WHAT_BYTES_IN, 1),
    SIM_COUNTER(IF_X_ENTRY ".10", &ports, BER_COUNTER64, 64, SIM_WHAT_BYTES_OUT, 1),
    SIM_NUMBER(IF_X_ENTRY ".15", &ports, BER_GAUGE32, PORT_BITS_PER_S / 1000000),
    {.oid = IF_X_ENTRY ".18", .rows = &ports, .tag = BER_OCTETS, .what = SIM_WHAT_PART_NAME, .text = "port "},
    SIM_NUMBER(IF_X_ENTRY ".19", &ports, BER_TIMETICKS, 0),
    /* pethMainPsePower, OperStatus (1 = on), ConsumptionPower */
    SIM_NUMBER(MAIN_PSE_ENTRY ".2", &one, BER_GAUGE32, 370),
    SIM_NUMBER(MAIN_PSE_ENTRY ".3", &one, BER_INTEGER, 1),
    SIM_GAUGE(MAIN_PSE_ENTRY ".4", &one, BER_GAUGE32, SIM_WHAT_POWER, 1),
};

const struct sim_model sim_model_if_mib = {
    .name = "if-mib",
    .prefix = "SWI",
    .columns = columns,
    .column_count = SIM_COUNT_OF(columns),
    .power_min_w = 40,
    .power_max_w = 200,
    .bytes_per_s_min = 1000000,
    .bytes_per_s_max = 60000000,
};

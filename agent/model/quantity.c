/* SPDX-License-Identifier: Apache-2.0 */
#include "model/quantity.h"

#include <string.h>

static const char *const quantity_table[QUANTITY_COUNT + 1] = {
    [QUANTITY_NONE] = "none",
    [QUANTITY_POWER] = "power_w",
    [QUANTITY_ENERGY] = "energy_j",
    [QUANTITY_ENERGY_OUT] = "energy_out_j",
    [QUANTITY_VOLTAGE] = "voltage_v",
    [QUANTITY_CURRENT] = "current_a",
    [QUANTITY_POWER_FACTOR] = "power_factor",
    [QUANTITY_FREQUENCY] = "frequency_hz",
    [QUANTITY_APPARENT_POWER] = "apparent_va",
    [QUANTITY_REACTIVE_POWER] = "reactive_var",
    [QUANTITY_RX_OCTETS] = "rx_bytes",
    [QUANTITY_TX_OCTETS] = "tx_bytes",
    [QUANTITY_UPTIME] = "uptime_s",
    [QUANTITY_DISCONTINUITY] = "discontinuity_s",
    [QUANTITY_TEMPERATURE] = "temperature_c",
    [QUANTITY_HUMIDITY] = "humidity_ratio",
    [QUANTITY_CHARGE] = "soc_ratio",
    [QUANTITY_LEVEL] = "level_l",
    [QUANTITY_FUEL_USED] = "used_l",
    [QUANTITY_RUN_TIME] = "run_s",
    [QUANTITY_STATE] = "state",
    [QUANTITY_CAPTURED_OCTETS] = "captured_bytes",
    [QUANTITY_CAPTURED_PACKETS] = "captured_packets",
    [QUANTITY_DROPPED_PACKETS] = "dropped_packets",
    [QUANTITY_COUNT] = NULL,
};

const char *quantity_name(enum quantity quantity)
{
	return quantity < QUANTITY_COUNT ? quantity_table[quantity] : quantity_table[QUANTITY_NONE];
}

enum quantity quantity_find(const char *name)
{
	unsigned i;

	for (i = QUANTITY_NONE + 1; i < QUANTITY_COUNT; i++) {
		if (strcmp(name, quantity_table[i]) == 0)
			return (enum quantity)i;
	}
	return QUANTITY_NONE;
}

const char *const *quantity_names(void)
{
	return quantity_table + QUANTITY_NONE + 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* quantity: what a sample measures, with its SI unit. One table; the names are those of config, drivers, traces and output. */
#ifndef WATTLEDGER_MODEL_QUANTITY_H
#define WATTLEDGER_MODEL_QUANTITY_H

#include "base/err.h"

#include <stdbool.h>

enum quantity {
	QUANTITY_NONE = 0,
	QUANTITY_POWER,            /* power_w: active power, positive = drawn, W */
	QUANTITY_ENERGY,           /* energy_j: a cumulative energy counter, raw steps (see struct counter_spec) */
	QUANTITY_ENERGY_OUT,       /* energy_out_j: the same, delivered backwards (battery discharge, export) */
	QUANTITY_VOLTAGE,          /* voltage_v, V */
	QUANTITY_CURRENT,          /* current_a, A */
	QUANTITY_POWER_FACTOR,     /* power_factor, -1..1 */
	QUANTITY_FREQUENCY,        /* frequency_hz, Hz */
	QUANTITY_APPARENT_POWER,   /* apparent_va, VA */
	QUANTITY_REACTIVE_POWER,   /* reactive_var, var */
	QUANTITY_RX_OCTETS,        /* rx_bytes: a cumulative counter, octets */
	QUANTITY_TX_OCTETS,        /* tx_bytes: a cumulative counter, octets */
	QUANTITY_UPTIME,           /* uptime_s: since the device (not its agent) started where it can be told, s; of the whole device */
	QUANTITY_DISCONTINUITY,    /* discontinuity_s: uptime at which a counter last lost continuity, s */
	QUANTITY_TEMPERATURE,      /* temperature_c, degrees Celsius */
	QUANTITY_HUMIDITY,         /* humidity_ratio, 0..1 */
	QUANTITY_CHARGE,           /* soc_ratio: state of charge, 0..1 */
	QUANTITY_LEVEL,            /* level_l: tank level, litres */
	QUANTITY_FUEL_USED,        /* used_l: a cumulative counter, litres */
	QUANTITY_RUN_TIME,         /* run_s: a cumulative counter, s */
	QUANTITY_STATE,            /* state: an enumerated state, number */
	QUANTITY_CAPTURED_OCTETS,  /* captured_bytes: a cumulative counter, octets that a capture saw on a port, both directions */
	QUANTITY_CAPTURED_PACKETS, /* captured_packets: a cumulative counter, what these octets came in */
	QUANTITY_DROPPED_PACKETS,  /* dropped_packets: a cumulative counter, packets that the capture had no room for */
	QUANTITY_COUNT
};

/* The name with its unit ("power_w"); "none" for QUANTITY_NONE and anything outside. Static. */
const char *quantity_name(enum quantity quantity) MUST_CHECK;

/* By name; QUANTITY_NONE when there is no such. */
enum quantity quantity_find(const char *name) MUST_CHECK;

/* true for counters: their samples carry a raw unsigned integer, all others a double in SI. Here in full: it is asked for each sample. */
static inline bool quantity_is_counter(enum quantity quantity)
{
	switch (quantity) {
	case QUANTITY_ENERGY:
	case QUANTITY_ENERGY_OUT:
	case QUANTITY_RX_OCTETS:
	case QUANTITY_TX_OCTETS:
	case QUANTITY_CAPTURED_OCTETS:
	case QUANTITY_CAPTURED_PACKETS:
	case QUANTITY_DROPPED_PACKETS:
	case QUANTITY_FUEL_USED:
	case QUANTITY_RUN_TIME: return true;
	default: return false;
	}
}

/* All names, NULL at the end, for messages. */
const char *const *quantity_names(void) MUST_CHECK;

#endif

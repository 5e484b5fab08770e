/* SPDX-License-Identifier: Apache-2.0 */
/* snmp_options: the command line of wattledger-sim-snmp. */
#ifndef WATTLEDGER_SIM_SNMP_OPTIONS_H
#define WATTLEDGER_SIM_SNMP_OPTIONS_H

#include "fault.h"
#include "fleet.h"
#include "life.h"

#include <stdbool.h>
#include <stdint.h>

enum { SIM_FAULT_OPTIONS_MAX = 64 };

struct snmp_options {
	struct sim_fleet_options fleet;
	struct sim_life_options life;
	struct sim_agent agent;
	uint16_t port;
	bool has_ipv6;
	bool wants_help;
	double speed;
	int64_t since_utc_ms;   /* when simulated time began; 0: at its start */
	const char *truth_path; /* NULL: none is written */
	size_t recording_count;
	const char *recording[SIM_MODELS_MAX];
	size_t fault_count;
	struct sim_fault faults[SIM_FAULT_OPTIONS_MAX];
	struct sim_target targets[SIM_FAULT_OPTIONS_MAX];
};

/* Reads argv (texts stay borrowed). Errors: ERR_USAGE. */
enum err snmp_options_parse(struct snmp_options *options, int argc, char **argv, struct err_info *info) MUST_CHECK;

/* The help text. */
const char *snmp_options_help(void) MUST_CHECK;

#endif

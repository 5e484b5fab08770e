/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bmc_priv: a read of a BMC while it runs, for the files of bmc. */
#ifndef WATTLEDGER_IPMI_BMC_PRIV_H
#define WATTLEDGER_IPMI_BMC_PRIV_H

#include "ipmi/bmc.h"

/* A read under way. */
struct c_ipmi_reading {
	struct c_ipmi_bmc *bmc;
	const struct c_ipmi_port *port;
	struct c_ipmi_report *report;
	bool is_silent;
	bool is_final; /* DCMI's answer will be no other when it is asked again at once */
};

/* Asks; true when it answered, with whatever completion code. A BMC that fell silent is not asked again in this read. */
bool c_ipmi_bmc_ask(struct c_ipmi_reading *reading, struct c_ipmi_request request, struct c_ipmi_answer *answer);

/* Asks; true when it answered with completion code 0. */
bool c_ipmi_bmc_ask_done(struct c_ipmi_reading *reading, struct c_ipmi_request request, struct c_ipmi_answer *answer);

/* "WHAT: WHY" as the report's reason. The first one stays: later sources are tried because of it. */
void c_ipmi_bmc_explain(struct c_ipmi_reading *reading, const char *what, const char *why);

/* The report's meter of that key, a new one when there is none. */
struct c_ipmi_meter *c_ipmi_bmc_add_meter(struct c_ipmi_report *report, enum c_ipmi_meter_kind kind, const char *key, const char *name);

/* Energy by the maker's own counter, where one is known. */
void c_ipmi_bmc_read_counter(struct c_ipmi_reading *reading);

/* Power by the sensor data records: walks them, for a few seconds a read, and reads the chosen sensors. */
void c_ipmi_bmc_read_sensors(struct c_ipmi_reading *reading);

#endif

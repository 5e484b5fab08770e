/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bmc: one BMC over one session: who it is, which of its sources gives its power, and a read of it. It knows no library: requests go
 * through a function, so that it can be tested byte by byte.
 *
 * Energy comes from a maker's own cumulative counter where one is known (Dell, Lenovo); then power only places it in time. The sources of power
 * in their order: DCMI's power reading; watt sensors of the sensor data records. The one that gives a value first is
 * kept. While there is none, both are tried at each read; reading the records may take several reads.
 */
#ifndef WATTLEDGER_IPMI_BMC_H
#define WATTLEDGER_IPMI_BMC_H

#include "ipmi/allow.h"
#include "ipmi/dcmi.h"
#include "ipmi/identity.h"
#include "ipmi/report.h"
#include "ipmi/walk.h"

#include <stdbool.h>
#include <stdint.h>

/* How one BMC is reached. */
struct c_ipmi_port {
	void *context;
	/* Sends and waits. false: no answer came (the session is of no use any more). Any completion code is an answer. */
	bool (*transact)(void *context, const struct c_ipmi_request *request, struct c_ipmi_answer *answer);
	int64_t (*clock)(void); /* CLOCK_BOOTTIME, ns */
	void (*pause)(uint32_t ms);
};

enum c_ipmi_source { C_IPMI_SOURCE_NONE = 0, C_IPMI_SOURCE_DCMI, C_IPMI_SOURCE_SENSORS };

/* State of a session; zero-initialised it is new. */
struct c_ipmi_bmc {
	bool is_known;    /* identity was asked for */
	bool has_windows; /* the windows were asked for */
	bool has_inlet;   /* the inlet's temperature gave a value */
	bool is_inlet_absent;
	uint8_t window; /* that power is asked with; 0 none */
	enum c_ipmi_source source;
	struct c_ipmi_identity identity;
	struct c_ipmi_track track;
	struct c_ipmi_walk walk;
	struct c_ipmi_choice choice; /* of a walk that is done */
	bool is_walked;
	bool has_counter;   /* the maker's energy counter gave a value */
	size_t counter_idx; /* of the maker's counters, the one that is asked; those before it refused */
	uint8_t argument;   /* that it is asked with */
	bool has_argument;
	uint32_t interval_ms; /* of the reads; set it first */
};

/*
 * Reads once. Fills all of *report but login and latency. false: the BMC fell silent; what was read until then is in the report, its state
 * is DEVICE_SILENT, and the session has to be opened anew.
 */
bool c_ipmi_bmc_read(struct c_ipmi_bmc *bmc, const struct c_ipmi_port *port, struct c_ipmi_report *report) MUST_CHECK;

/* What a completion code other than 0 means, for a person; static. */
const char *c_ipmi_completion_text(uint8_t completion) MUST_CHECK;

#endif

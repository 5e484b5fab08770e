/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * catalogue: the meters that core was told of for one BMC, and the numbers they have there; and a report made into samples. Pure. Numbers
 * are given in the order of first appearance and stay, whatever becomes of the worker that reads the BMC.
 */
#ifndef WATTLEDGER_IPMI_CATALOGUE_H
#define WATTLEDGER_IPMI_CATALOGUE_H

#include "ipmi/report.h"
#include "model/sample.h"

#include <stdbool.h>
#include <stdint.h>

/* One more than a report has: the total of supplies carries no samples. A meter gives power, energy and temperature at most. */
enum { C_IPMI_CATALOGUE_MAX = C_IPMI_METERS_MAX + 1, C_IPMI_SAMPLES_MAX = 3 * C_IPMI_METERS_MAX };

struct c_ipmi_entry {
	char key[METER_KEY_BYTES];
	char name[METER_NAME_BYTES];
	enum c_ipmi_meter_kind kind;
	bool is_derived;             /* the sum of the supplies */
	enum c_ipmi_counter counter; /* C_IPMI_COUNTER_NONE: it has no energy counter */
	bool is_stale;               /* it has to be announced */
};

struct c_ipmi_catalogue {
	struct c_ipmi_entry entry[C_IPMI_CATALOGUE_MAX];
	uint32_t count;
};

/* Takes the meters of a report in. false: one has no room, and is left out. */
bool c_ipmi_catalogue_take(struct c_ipmi_catalogue *catalogue, const struct c_ipmi_report *report);

/* The next meter that has to be announced; false: none. */
bool c_ipmi_catalogue_next(struct c_ipmi_catalogue *catalogue, uint32_t *number, struct meter_info *out) MUST_CHECK;

/* The samples of a report that was taken in, read at `boot_ns`. Returns how many. */
size_t c_ipmi_catalogue_samples(const struct c_ipmi_catalogue *catalogue, const struct c_ipmi_report *report, uint32_t device,
				int64_t boot_ns, struct sample out[static C_IPMI_SAMPLES_MAX]) MUST_CHECK;

#endif

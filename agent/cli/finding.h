/* SPDX-License-Identifier: Apache-2.0 */
/* finding: what `scan` learnt of one device, and how it is shown: a line of JSON, YAML to paste, a row of a table. */
#ifndef WATTLEDGER_CLI_FINDING_H
#define WATTLEDGER_CLI_FINDING_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/gather.h"

#include <stdbool.h>

/* All borrowed. */
struct finding {
	const char *target;  /* "snmp://192.0.2.10:161", "local" */
	const char *address; /* as a configuration's address: */
	const char *access;  /* the lines of a configuration that say how it is asked (community: ...), ready to paste; NULL: none */
	const char *same_as; /* another target that is the same device; NULL: none is known */
	const struct gather_device *device;
};

/* It answered. */
bool finding_is_there(const struct finding *finding) MUST_CHECK;

/* The device's total: of the meter that is it, else the sum of the summands when all are known. false: unknown. */
bool finding_total(const struct finding *finding, enum quantity quantity, double *value) MUST_CHECK;

/* What a person has to know before this is used, a line each: reasons, drivers that are missing, energy that would count twice. */
void finding_add_warnings(struct buf *out, const struct finding *finding);

/* One line with schema wattledger.scan/1. What the device does not give is null. */
void finding_add_json(struct buf *out, const struct finding *finding);

/* One item of devices:. `number` makes an id when the device tells nothing. */
void finding_add_yaml(struct buf *out, const struct finding *finding, size_t number);

/* The id that the YAML gives it: model and serial, or host, made into an id. */
void finding_print_id(char out[static PLAN_ID_BYTES], const struct finding *finding, size_t number);

#endif

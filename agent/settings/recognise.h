/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognise: which driver a device's answers mean. Pure: drivers and answers in, decision and still-needed probes out. The caller asks the
 * probes (GETNEXT of the object must answer below it, or GET of it itself) and runs it again, until none is needed.
 *
 * A driver is meant when one of its rules holds and none of its exceptions does. Of several that are not stackable the one with the highest
 * priority wins; of equal ones the rule with the longest object-id prefix, then one with a pattern of sysDescr, then one with a probe, then
 * the name that sorts first. Probes that cannot change the decision are not asked for.
 */
#ifndef WATTLEDGER_SETTINGS_RECOGNISE_H
#define WATTLEDGER_SETTINGS_RECOGNISE_H

#include "base/err.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECOGNISE_STACK_MAX = 8, RECOGNISE_PROBES_MAX = 64 };

#define RECOGNISE_NONE UINT32_MAX

/* What became of a probe. */
struct recognise_answer {
	struct plan_oid probe;
	bool is_answered; /* false: noSuchObject, end of the subtree or silence */
	const char *text; /* of the answer, printed; "" unknown. Borrowed */
};

/* What is known of a device; all borrowed. */
struct recognise_facts {
	const struct plan_oid *object_id; /* sysObjectID; NULL when it has none */
	const char *descr;                /* sysDescr; "" when it has none */
	const struct recognise_answer *answer;
	size_t answer_count;
};

struct recognise_result {
	uint32_t driver; /* index of the best one so far, RECOGNISE_NONE; final when probe_count is 0 */
	size_t stack_count;
	uint32_t stack[RECOGNISE_STACK_MAX]; /* stackable ones, highest priority first */
	size_t probe_count;
	struct plan_oid probe[RECOGNISE_PROBES_MAX]; /* to be asked, each once */
};

/* What is known about whether something holds. */
enum recognise_verdict { RECOGNISE_NO = 0, RECOGNISE_OPEN, RECOGNISE_YES };

struct recognise;

/* Compiles the drivers' patterns. `driver` is borrowed until recognise_free. Errors: ERR_DATA (a pattern), ERR_MEMORY. */
enum err recognise_new(struct recognise **out, const struct plan_snmp_driver *driver, size_t driver_count,
		       struct err_info *info) MUST_CHECK;
struct recognise *recognise_free(struct recognise *recognise);

/* Decides from what is known; thread-safe on one struct recognise. */
void recognise_run(const struct recognise *recognise, const struct recognise_facts *facts, struct recognise_result *result);

/* Whether driver number `driver` alone is meant, whichever is better; OPEN: the probes of `result` are to be asked first. */
enum recognise_verdict recognise_check(const struct recognise *recognise, uint32_t driver, const struct recognise_facts *facts,
				       struct recognise_result *result) MUST_CHECK;

/* true when `oid` begins with `prefix` (or is it). */
bool recognise_is_below(const struct plan_oid *oid, const struct plan_oid *prefix) MUST_CHECK;

#endif

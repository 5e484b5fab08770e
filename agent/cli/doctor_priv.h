/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_priv: the findings of `wattledger doctor`, and the checks that make them. Checks read; they change and send nothing. */
#ifndef WATTLEDGER_CLI_DOCTOR_PRIV_H
#define WATTLEDGER_CLI_DOCTOR_PRIV_H

#include "base/err.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Good; good to know, nothing is lost by it; something that is asked for does not work. */
enum doctor_level { DOCTOR_OK = 0, DOCTOR_NOTE, DOCTOR_FIX, DOCTOR_LEVEL_COUNT };

enum { DOCTOR_FINDINGS_MAX = 256, DOCTOR_SUBJECT_BYTES = 24, DOCTOR_TEXT_BYTES = 768 };

struct doctor_finding {
	enum doctor_level level;
	char subject[DOCTOR_SUBJECT_BYTES];
	char text[DOCTOR_TEXT_BYTES]; /* what is */
	char fix[DOCTOR_TEXT_BYTES];  /* the command or the key that mends it; "" nothing is to be done */
};

struct doctor {
	const struct settings *settings; /* NULL: the configuration is refused */
	const char *config_path;
	const char *state_dir;
	struct doctor_finding *finding; /* DOCTOR_FINDINGS_MAX */
	size_t count;
	size_t left_out; /* that had no room */
};

/* Adds a finding; `fmt` is its text. The fix is given afterwards to the newest one. */
void doctor_add(struct doctor *doctor, enum doctor_level level, const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void doctor_fix(struct doctor *doctor, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The agent: configuration's programs, state folder, ledger, the running agent and its sources, clock, limits. */
void doctor_check_agent(struct doctor *doctor);

/* This machine: energy counters, sensors, GPUs, BMC, serial lines, packet sockets, as far as they are configured or could be. */
void doctor_check_host(struct doctor *doctor);

#endif

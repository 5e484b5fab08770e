/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dcmi: what a BMC says by DCMI (Data Center Manageability Interface v1.5): its power now, and over its own averaging window. Pure.
 *
 * Get Power Reading has no energy counter. Its average is over a window that some BMCs keep (a rolling average, announced by capability
 * parameter 5, or a short period that stays the same) and over the whole time since a reset of the statistics on others, where it is no
 * window at all. Only a true window may stand for the energy of a stretch of time.
 */
#ifndef WATTLEDGER_IPMI_DCMI_H
#define WATTLEDGER_IPMI_DCMI_H

#include "ipmi/allow.h"

#include <stdbool.h>
#include <stdint.h>

enum { C_IPMI_WINDOWS_MAX = 16 };

/* A reply of Get Power Reading. */
struct c_ipmi_power {
	uint16_t now_w;
	uint16_t min_w;
	uint16_t max_w;
	uint16_t average_w;
	uint32_t timestamp_s; /* of the BMC's clock, which may be anything */
	uint32_t period_ms;   /* over which minimum, maximum and average are */
	bool is_active;       /* the measurement is on */
};

/* The rolling windows that a BMC announces. */
struct c_ipmi_windows {
	uint8_t count;
	uint8_t code[C_IPMI_WINDOWS_MAX]; /* bits 7..6: s, min, h, d; bits 5..0: how many */
};

/* Requests. `window`: a code of the list, 0: the statistics since their reset. */
struct c_ipmi_request c_ipmi_dcmi_ask_power(uint8_t window) MUST_CHECK;
struct c_ipmi_request c_ipmi_dcmi_ask_windows(void) MUST_CHECK;
struct c_ipmi_request c_ipmi_dcmi_ask_inlet(void) MUST_CHECK;

/* Answers with completion code 0. false: too short, or not DCMI's; *out is untouched then. */
bool c_ipmi_dcmi_parse_power(const struct c_ipmi_answer *answer, struct c_ipmi_power *out) MUST_CHECK;
bool c_ipmi_dcmi_parse_windows(const struct c_ipmi_answer *answer, struct c_ipmi_windows *out) MUST_CHECK;
/* The first inlet temperature, whole degrees Celsius, -128..127. */
bool c_ipmi_dcmi_parse_inlet(const struct c_ipmi_answer *answer, double *temperature_c) MUST_CHECK;

/* How long the window of a code is, ms; 0: none (a count of zero, longer than 49 days). */
uint32_t c_ipmi_dcmi_window_ms(uint8_t code) MUST_CHECK;

/* The window that says most of an interval: the longest one that is not longer, else the shortest up to twice as long; 0: none. */
uint8_t c_ipmi_dcmi_pick_window(const struct c_ipmi_windows *windows, uint32_t interval_ms) MUST_CHECK;

/* What is remembered from reply to reply; zero-initialised: nothing. */
struct c_ipmi_track {
	uint32_t period_ms;
	uint32_t period_count; /* replies in a row with this period */
	uint32_t timestamp_s;
	int64_t moved_boot_ns; /* when the timestamp was first seen as it is; 0 no reply yet */
	bool has_moved;        /* it has changed once: it is a clock that runs */
};

enum c_ipmi_verdict {
	C_IPMI_POWER_NOW = 0, /* `now_w` */
	C_IPMI_POWER_AVERAGE, /* `average_w`, the mean of a true window */
	C_IPMI_POWER_INACTIVE,
	C_IPMI_POWER_ZERO,
	C_IPMI_POWER_STALE,
};

/* How a reply is to be judged: with what came before, and how it was asked for. */
struct c_ipmi_question {
	uint8_t window; /* it was asked with; 0 none */
	uint32_t interval_ms;
	int64_t boot_ns;
};

/*
 * What a reply is worth. A reading that is not active or zero is none: BMCs that cannot measure answer with zeros. So is one whose
 * timestamp used to run and has stood still for two minutes (three intervals if that is longer). The average counts when it was asked for a
 * window and the period is that window, or the period was the same in three replies, at least 1 s and at most two intervals; OpenBMC's
 * period of 1 ms and those that grow since a reset are no windows.
 */
enum c_ipmi_verdict c_ipmi_dcmi_judge(struct c_ipmi_track *track, const struct c_ipmi_power *power,
				      const struct c_ipmi_question *question) MUST_CHECK;

#endif

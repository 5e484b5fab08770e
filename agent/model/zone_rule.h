/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone_rule: the rule in a TZif footer, "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX.1-2017, section 8.3, TZ; with the hours of -167 to 167
 * that RFC 8536, section 3.3.1 adds). Value type.
 */
#ifndef WATTLEDGER_MODEL_ZONE_RULE_H
#define WATTLEDGER_MODEL_ZONE_RULE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum zone_rule_form {
	ZONE_RULE_JULIAN = 0, /* Jn: day 1..365, 29 February is never counted */
	ZONE_RULE_DAY,        /* n: day 0..365, 29 February is counted */
	ZONE_RULE_MONTH       /* Mm.w.d: week 1..5 (5 = the last) of month 1..12, weekday 0..6 (0 = Sunday) */
};

/* A moment that comes every year: a date and the local time of day that holds before the change (it may lie outside the day). */
struct zone_rule_date {
	enum zone_rule_form form;
	int month;
	int week;
	int day;
	int32_t time_s;
};

/* Offsets are seconds east of UTC (the text counts west). has_dst false: std_offset_s always. */
struct zone_rule {
	int32_t std_offset_s;
	int32_t dst_offset_s;
	bool has_dst;
	struct zone_rule_date dst_start;
	struct zone_rule_date dst_end;
};

/* Parses the whole text; false (out untouched) when it is not such a rule, or has summer time without dates. */
bool zone_rule_parse(struct zone_rule *out, const char *text) MUST_CHECK;

/* Seconds east of UTC at an instant. */
int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t utc_s) MUST_CHECK;

/* The first change after an instant; INT64_MAX when there is none. */
int64_t zone_rule_next_s(const struct zone_rule *rule, int64_t utc_s) MUST_CHECK;

#endif

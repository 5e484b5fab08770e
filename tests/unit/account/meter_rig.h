/* SPDX-License-Identifier: Apache-2.0 */
/* meter_rig: one meter, its rules and what it books, for the tests of account/meter. */
#ifndef WATTLEDGER_TESTS_METER_RIG_H
#define WATTLEDGER_TESTS_METER_RIG_H

#include "account/meter.h"
#include "recorder.h"

#include <stddef.h>
#include <stdint.h>

#define S INT64_C(1000000000)

extern struct account_meter meter;
extern struct account_rules rules;
extern struct recorder recorder;
extern struct account_sink sink;

/* Before each test: a new meter, max_gap 60 s, grace 120 s, slots of 900 s of boot time. */
void meter_rig_begin(void);

/* From now on it has a 32-bit counter with steps of so many millijoules. */
void has_counter(int64_t unit_num);

void take(const struct account_reading *reading);
void power_at(double at_s, double power_w);

/* The idx-th booking; and that it is what it should be. */
const struct account_booking *booking(size_t idx);
void expect_booking(size_t idx, int64_t from_s, int64_t to_s, int64_t millij, enum coverage coverage);

#endif

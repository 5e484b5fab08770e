/* SPDX-License-Identifier: Apache-2.0 */
/* recorder: a sink for tests that keeps what accounting says, and adds it up. */
#ifndef WATTLEDGER_TESTS_ACCOUNT_RECORDER_H
#define WATTLEDGER_TESTS_ACCOUNT_RECORDER_H

#include "account/sink.h"

#include <stddef.h>
#include <stdint.h>

enum { RECORDER_MAX = 600 };

/* The newest RECORDER_MAX of each kind (index modulo that), and sums over all. */
struct recorder {
	struct account_booking booking[RECORDER_MAX];
	struct account_event event[RECORDER_MAX];
	struct interval interval[RECORDER_MAX];
	size_t booking_count; /* without those that only mark */
	size_t event_count;
	size_t interval_count;
	size_t count_of[ACCOUNT_EVENT_CODE_COUNT];
	int64_t booked_millij;
	int64_t booked_ns;
	int64_t refused_millij;
	int64_t interval_millij;
	int64_t interval_ms;
	uint32_t bits; /* of all bookings and marks */
};

/* The sink that writes into it. */
struct account_sink recorder_sink(struct recorder *recorder);

/* The newest event of a code, NULL when there was none. */
const struct account_event *recorder_event(const struct recorder *recorder, enum account_event_code code);

/* Sum of a slot over its revisions. */
struct interval recorder_slot(const struct recorder *recorder, int64_t start_s);

#endif

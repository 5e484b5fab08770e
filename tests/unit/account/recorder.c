/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder.h"

static void keep_booking(void *context, const struct account_booking *booking)
{
	struct recorder *recorder = context;

	recorder->bits |= booking->status_bits;
	if (booking->from_boot_ns == booking->to_boot_ns && !booking->millij)
		return;
	recorder->booking[recorder->booking_count++ % RECORDER_MAX] = *booking;
	recorder->booked_millij += booking->millij;
	recorder->booked_ns += booking->to_boot_ns - booking->from_boot_ns;
}

static void keep_event(void *context, const struct account_event *event)
{
	struct recorder *recorder = context;

	recorder->event[recorder->event_count++ % RECORDER_MAX] = *event;
	recorder->count_of[event->code]++;
	recorder->refused_millij += event->millij_refused;
}

static void keep_interval(void *context, const struct interval *interval)
{
	struct recorder *recorder = context;

	recorder->interval[recorder->interval_count++ % RECORDER_MAX] = *interval;
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		recorder->interval_millij += interval->millij[i];
		recorder->interval_ms += interval->covered_ms[i];
	}
}

struct account_sink recorder_sink(struct recorder *recorder)
{
	return (struct account_sink){.context = recorder, .book = keep_booking, .event = keep_event, .interval = keep_interval};
}

const struct account_event *recorder_event(const struct recorder *recorder, enum account_event_code code)
{
	for (size_t i = recorder->event_count; i > 0 && recorder->event_count - i < RECORDER_MAX; i--) {
		if (recorder->event[(i - 1) % RECORDER_MAX].code == code)
			return &recorder->event[(i - 1) % RECORDER_MAX];
	}
	return NULL;
}

struct interval recorder_slot(const struct recorder *recorder, int64_t start_s)
{
	struct interval sum = {.slot_start_s = start_s};

	for (size_t i = 0; i < recorder->interval_count && i < RECORDER_MAX; i++) {
		const struct interval *row = &recorder->interval[i];

		if (row->slot_start_s != start_s)
			continue;
		for (int k = 0; k < COVERAGE_COUNT; k++) {
			sum.millij[k] += row->millij[k];
			sum.covered_ms[k] += row->covered_ms[k];
		}
		sum.status_bits |= row->status_bits;
		sum.slot_s = row->slot_s;
		sum.rev = row->rev > sum.rev ? row->rev : sum.rev;
	}
	return sum;
}

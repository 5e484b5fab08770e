/* SPDX-License-Identifier: Apache-2.0 */
/* rows: the ledger's rows as they are, for exports: register, intervals, events, factors, configurations, what is open now. */
#ifndef WATTLEDGER_LEDGER_ROWS_H
#define WATTLEDGER_LEDGER_ROWS_H

#include "base/err.h"
#include "ledger/record.h"
#include "model/interval.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;
struct plan_factor;

typedef enum err ledger_register_fn(void *context, const struct ledger_register_row *row, struct err_info *info);
/*
 * Register rows that were in force at some time of the span, by site, device, key, quantity, valid_from. is_in_total_only and quantity are
 * looked at when set; a zero span (0, 0) gives those in force now.
 */
enum err ledger_query_register(struct ledger *ledger, const struct ledger_filter *filter, ledger_register_fn *each, void *context,
			       struct err_info *info) MUST_CHECK;

/* Interval rows in order of slot, meter, rev. Streams; holds a read snapshot meanwhile. */
typedef enum err ledger_interval_fn(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info);
enum err ledger_query_intervals(struct ledger *ledger, const struct ledger_filter *filter, ledger_interval_fn *each, void *context,
				struct err_info *info) MUST_CHECK;

/* The rows of some meters in one slot, found by their keys: what the slot has of all others costs nothing. By meter as they are named, then rev. */
struct ledger_slot_meters {
	int64_t slot_start_s;
	const uint32_t *meter_id;
	size_t count;
};
enum err ledger_query_slot(struct ledger *ledger, const struct ledger_slot_meters *slot, ledger_interval_fn *each, void *context,
			   struct err_info *info) MUST_CHECK;

/* Events of the span in order of time; with a zero span all, those without a time first. Texts are borrowed. */
struct ledger_event_row {
	int64_t event_id;
	int64_t utc_ms;   /* 0: not placed yet */
	char boot_id[37]; /* "" when placed at once */
	int64_t boot_ns;
	int level;
	const char *code;
	uint32_t site_id;
	uint32_t device_id;
	uint32_t meter_id;
	const char *before;
	const char *after;
	int64_t millij;
	const char *text;
};
typedef enum err ledger_event_fn(void *context, const struct ledger_event_row *row, struct err_info *info);
enum err ledger_query_events(struct ledger *ledger, const struct ledger_filter *filter, ledger_event_fn *each, void *context,
			     struct err_info *info) MUST_CHECK;

/*
 * The devices that had no meter by the end of the filter's span and were configured in it, of one site or all: in no other answer. By site
 * and device. Whether one had answered by then tells a sensor from a device that nobody could read.
 */
struct ledger_meterless_row {
	struct ledger_register_row row; /* meter_id 0, what is the meter's empty; texts borrowed */
	bool has_answered;
};
typedef enum err ledger_meterless_fn(void *context, const struct ledger_meterless_row *row, struct err_info *info);
enum err ledger_query_meterless(struct ledger *ledger, const struct ledger_filter *filter, ledger_meterless_fn *each, void *context,
				struct err_info *info) MUST_CHECK;

/* Every grid factor that was used, by zone, year, basis, edition. */
typedef enum err ledger_factor_fn(void *context, const struct plan_factor *factor, struct err_info *info);
enum err ledger_query_factors(struct ledger *ledger, ledger_factor_fn *each, void *context, struct err_info *info) MUST_CHECK;

/* Digests of the configurations in force, oldest first; each holds until the next one's from_utc_ms. */
typedef enum err ledger_config_fn(void *context, int64_t from_utc_ms, const uint8_t sha256[32], struct err_info *info);
enum err ledger_query_configs(struct ledger *ledger, ledger_config_fn *each, void *context, struct err_info *info) MUST_CHECK;

#endif

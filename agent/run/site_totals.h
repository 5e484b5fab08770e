/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site_totals: what the meters that count in a site's total did together, by point and slot, so that dashboards only sum over time. A slot
 * goes out once, when all its meters have closed it or it is overdue; what comes later goes out as signed differences. Pure.
 */
#ifndef WATTLEDGER_RUN_SITE_TOTALS_H
#define WATTLEDGER_RUN_SITE_TOTALS_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SITE_TOTALS_OPEN_MAX = 12, SITE_TOTALS_BYTES_MAX = 12 * 64 + 8 };

struct site_total {
	int64_t slot_start_s;
	int64_t energy_j;
	int64_t covered_s;
	int64_t expected_s;
	int64_t location_mg; /* valid with has_location */
	uint32_t row_count;  /* meters that closed the slot */
	int32_t rev;         /* of the point that is to go out */
	enum point point;
	bool has_location;
	bool is_sent; /* a point of this slot went out: the figures are differences since then */
	bool is_used;
};

struct site_totals {
	struct site_total slot[SITE_TOTALS_OPEN_MAX];
};

/* One interval of a meter that counts (rev 0, or a revision's differences). */
struct site_total_row {
	int64_t slot_start_s;
	int64_t energy_j; /* by running rounding, as in the slot's point */
	int64_t covered_s;
	int64_t location_mg;
	int32_t slot_s;
	enum point point;
	bool has_location;
	bool is_first; /* rev 0 */
};

/* A point that is to be written: the entry's figures, then it is emptied. */
typedef void site_totals_send(void *context, const struct site_total *total);

/*
 * Adds a row. `expected` meters count at that point now; `now_s` is UTC. The oldest entry goes out when there is no room (never lost).
 */
void site_totals_add(struct site_totals *totals, const struct site_total_row *row, uint32_t expected, int64_t now_s, site_totals_send *send,
		     void *context);

/* Sends what is overdue: slots that began before `due_s`, or are as far ahead of `now_s`; and differences that wait. */
void site_totals_flush(struct site_totals *totals, int64_t due_s, int64_t now_s, site_totals_send *send, void *context);

/* Entries that wait, as bytes (0: none), and back. ERR_DATA: not such bytes; *totals is empty then. */
size_t site_totals_save(const struct site_totals *totals, uint8_t bytes[static SITE_TOTALS_BYTES_MAX]) MUST_CHECK;
enum err site_totals_load(struct site_totals *totals, const uint8_t *bytes, size_t size, struct err_info *info) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site_totals: what the meters that count in a site's total did together, by point and slot, so that dashboards only sum over time. A slot
 * goes out once, when all its meters have closed it or it is overdue; what comes later goes out as signed differences. A store keeps one point a
 * series and time, so no revision of a slot is ever used twice, whatever the clock does and however often the agent is restarted. Pure.
 */
#ifndef WATTLEDGER_RUN_SITE_TOTALS_H
#define WATTLEDGER_RUN_SITE_TOTALS_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A silence of a day and more in slots of a quarter of an hour, after which meter by meter brings its share of all of them. */
enum { SITE_TOTALS_OPEN_MAX = 128, SITE_TOTALS_BYTES_MAX = SITE_TOTALS_OPEN_MAX * 64 + 8 };

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
	uint32_t commit; /* the commits that had been when it was last added to */
};

struct site_totals {
	struct site_total slot[SITE_TOTALS_OPEN_MAX];
	int32_t last_rev;        /* of the site's points that were not a slot's first; the next one is one more */
	bool is_changed;         /* since it was saved */
	uint32_t commit_count;   /* so far */
	bool has_evicted;        /* an entry had to go before its rows were in the ledger: */
	uint32_t evicted_commit; /* when, */
	int64_t evicted_to_s;    /* and the start of the newest such slot */
};

/* How much of its newest slot a site's total covers, all points of the power path together. */
struct site_coverage {
	int64_t slot_start_s;
	int64_t covered_s;
	int64_t expected_s; /* 0: no slot went out yet */
};

/* Takes note of a point that goes out; older slots and differences change nothing. */
void site_coverage_add(struct site_coverage *coverage, const struct site_total *total);

/* One interval of a meter that counts (rev 0, or a revision's differences). */
struct site_total_row {
	int64_t slot_start_s;
	int64_t energy_j; /* by running rounding, as in the slot's point */
	int64_t covered_s;
	int64_t location_mg;
	int32_t slot_s;
	enum point point;
	bool has_location;
	bool is_first; /* rev 0, and there was no row of this slot before (site_totals_knows, then the ledger) */
};

/* A point that is to be written: the entry's figures, then it is emptied. */
typedef void site_totals_send(void *context, const struct site_total *total);

/*
 * true: whether anything of the slot went out before is known here, and is_first of its rows needs no look into the ledger. Else a row is its
 * first only if the ledger has none of it.
 */
bool site_totals_knows(const struct site_totals *totals, enum point point, int64_t slot_start_s) MUST_CHECK;

/*
 * Adds a row. `expected` meters count at that point now. When there is no room, an entry in which nothing waits makes room, else
 * the oldest goes out (nothing is lost).
 */
void site_totals_add(struct site_totals *totals, const struct site_total_row *row, uint32_t expected, site_totals_send *send,
		     void *context);

/* Sends what is overdue: slots that began before `due_s`, or are as far ahead of `now_s` (UTC); and differences that wait. */
void site_totals_flush(struct site_totals *totals, int64_t due_s, int64_t now_s, site_totals_send *send, void *context);

/* What was added so far is in the ledger, but for the last batch. */
void site_totals_committed(struct site_totals *totals);

/* Entries that wait and the last revision, as bytes (0: nothing that has to be kept), and back. ERR_DATA: not such bytes; *totals is empty then. */
size_t site_totals_save(const struct site_totals *totals, uint8_t bytes[static SITE_TOTALS_BYTES_MAX]) MUST_CHECK;
enum err site_totals_load(struct site_totals *totals, const uint8_t *bytes, size_t size, struct err_info *info) MUST_CHECK;

#endif

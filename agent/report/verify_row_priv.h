/* SPDX-License-Identifier: Apache-2.0 */
/* verify_row_priv: the rows of a package while it is verified, and how they are found. For agent/report/verify*.c only. */
#ifndef WATTLEDGER_REPORT_VERIFY_ROW_PRIV_H
#define WATTLEDGER_REPORT_VERIFY_ROW_PRIV_H

#include "base/err.h"
#include "model/quantity.h"
#include "report/export_priv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv_row;
struct verification;

enum { VERIFY_STATED_BYTES = 24 };

/* A row of totals.csv as it says, and what its interval rows come to. */
struct verify_total {
	char *node; /* owned */
	enum report_level level;
	int64_t start_ms;
	int64_t end_ms;
	size_t line;
	bool has_energy;
	int64_t energy_millij;
	bool has_location;
	int64_t location_mg;
	/* Cells of what statements state beside that; "" in a package of a version that had no such column. */
	char stated[REPORT_STATED_COUNT][VERIFY_STATED_BYTES];
	/* Of meters; without such rows in the package of all. Energy, times, uncorrected; of meters also hourly: the rest is not filled. */
	struct report_total sum;
	struct export_evidence evidence;
	struct ledger_gap_walk gap_walk; /* of a meter */
};

/* A row of a generating set. */
struct verify_set {
	struct verify_total *total;             /* one of verification->total */
	char *counter[ACCOUNT_FUEL_FLOW_COUNT]; /* node of the first counter of litres of each flow; owned; NULL: none yet */
};

/* Where a meter of energy is in verification->package.totals.reg. */
struct verify_meter {
	char *node; /* owned */
	int64_t from_ms;
	size_t entry_idx;
};

/* A row of intervals.csv of energy, in or out, or of litres used, which stand where energy does, as it is to be read. */
enum { VERIFY_NODE_BYTES = 1024 };
struct verify_slot {
	char node[VERIFY_NODE_BYTES];
	int64_t start_ms;
	enum quantity stored;   /* QUANTITY_NONE: it is of something else, and the rest is not filled */
	enum quantity quantity; /* with its corrections */
	bool is_corrected;      /* by a ratio */
	int64_t stored_millij[COVERAGE_COUNT];
	int64_t millij[COVERAGE_COUNT];
	int64_t covered_ms[COVERAGE_COUNT];
	int32_t slot_s;
	bool is_first; /* no revision of another row */
	bool is_reset;
	bool has_raw;
	uint64_t raw_open;
	uint64_t raw_close;
};

/* The columns of intervals.csv that verify_read_slot() takes. Errors: ERR_DATA, a cell that is not understood, or too much energy in all. */
extern const char *const VERIFY_SLOT_COLUMNS[];
enum err verify_read_slot(struct verification *verification, const struct csv_row *row, const char *const *cell, struct verify_slot *out,
			  struct err_info *info) MUST_CHECK;
/* The totals row of a node that holds an instant; NULL when there is none. After verify_load_totals(). */
struct verify_total *verify_find_total(struct verification *verification, enum report_level level, const char *node,
				       int64_t utc_ms) MUST_CHECK;

/*
 * Which rows of totals.csv are of generating sets; and adds a slot of a counter of litres, whose row is `cell` by VERIFY_SLOT_COLUMNS, to those
 * that it is of. ERR_MEMORY.
 */
enum err verify_find_sets(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_add_flow(struct verification *verification, const struct verify_slot *slot, const char *const *cell,
			 struct err_info *info) MUST_CHECK;
void verify_free_sets(struct verification *verification);

#endif

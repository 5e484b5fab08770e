/* SPDX-License-Identifier: Apache-2.0 */
/* verify_row_priv: the rows of a package while it is verified, and how they are found. For agent/report/verify*.c only. */
#ifndef WATTLEDGER_REPORT_VERIFY_ROW_PRIV_H
#define WATTLEDGER_REPORT_VERIFY_ROW_PRIV_H

#include "base/err.h"
#include "model/meter.h"
#include "model/quantity.h"
#include "report/totals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv_row;
struct verification;

/* A row of totals.csv as it says, and as it is computed. Nodes are owned. */
struct verify_total {
	char *node;
	enum report_level level;
	int64_t start_ms;
	int64_t end_ms;
	size_t line;
	bool is_in_total;       /* meters */
	bool is_grid;           /* and in scope 2 */
	int64_t overhead_micro; /* factor of what its host takes on top, millionths; 0 none */
	bool is_leased;         /* emissions are of scope 3, category 8 */
	bool has_energy;
	int64_t energy_millij;
	int64_t millij[COVERAGE_COUNT];
	bool has_location;
	int64_t location_mg;
	int64_t factor_idx;   /* in factors.csv; -1 none */
	bool has_uncorrected; /* what it would be without corrections */
	bool has_uncorrected_mg;
	int64_t uncorrected_millij;
	int64_t uncorrected_mg;
	/* From the interval rows. */
	int64_t sum_millij[COVERAGE_COUNT];
	/* From the meters' rows: a sum is unknown when grid energy has no emissions. */
	int64_t sum_mg;
	bool has_sum_mg;
	bool lacks_mg;
	/* As it was written. */
	int64_t sum_stored_millij;
	int64_t sum_stored_mg;
	bool lacks_stored_mg;
};

/* A meter's row of register.csv. */
struct verify_meter {
	char *node;
	int64_t from_ms;
	bool is_in_total;
	bool is_total_of_device;
	bool was_in_total; /* as it was written */
	bool was_total_of_device;
};

/* A row of intervals.csv of energy, in or out, as it is to be read. */
enum { VERIFY_NODE_BYTES = 1024 };
struct verify_slot {
	char node[VERIFY_NODE_BYTES];
	int64_t start_ms;
	enum quantity stored;   /* QUANTITY_NONE: it is of something else, and the rest is not filled */
	enum quantity quantity; /* with its corrections */
	int64_t stored_millij[COVERAGE_COUNT];
	int64_t millij[COVERAGE_COUNT];
};

/* The columns of intervals.csv that verify_read_slot() takes. Errors: ERR_DATA, a cell that is not understood. */
extern const char *const VERIFY_SLOT_COLUMNS[];
enum err verify_read_slot(const struct verification *verification, const struct csv_row *row, const char *const *cell,
			  struct verify_slot *out, struct err_info *info) MUST_CHECK;
/* The totals row of a node that holds an instant; NULL when there is none. After verify_load_totals(). */
struct verify_total *verify_find_total(struct verification *verification, enum report_level level, const char *node,
				       int64_t utc_ms) MUST_CHECK;

/* The register says that a meter stands for its device at an instant. */
bool verify_is_device_total(const struct verification *verification, const char *node, int64_t utc_ms) MUST_CHECK;

/* The rows that a meter's row is added up into: device, site, total; NULL where it is in none. */
enum { VERIFY_ABOVE_COUNT = 3 };
void verify_find_above(struct verification *verification, const struct verify_total *meter,
		       struct verify_total *above[static VERIFY_ABOVE_COUNT]);

#endif

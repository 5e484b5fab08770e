/* SPDX-License-Identifier: Apache-2.0 */
/* verify_priv: what the parts of one verification share. For agent/report/verify*.c only. */
#ifndef WATTLEDGER_REPORT_VERIFY_PRIV_H
#define WATTLEDGER_REPORT_VERIFY_PRIV_H

#include "base/csv.h"
#include "report/verify.h"
#include "report/verify_factor_priv.h"
#include "report/verify_row_priv.h"

#include <stddef.h>

enum { VERIFY_FILES_MAX = 32, VERIFY_NAME_BYTES = 128, VERIFY_HEX_BYTES = 65 };

/* The files of SHA256SUMS: each is digested once. */
struct verify_files {
	char name[VERIFY_FILES_MAX][VERIFY_NAME_BYTES];
	char hex[VERIFY_FILES_MAX][VERIFY_HEX_BYTES]; /* as computed; "" when it could not be read */
	size_t count;
};

struct verification {
	const char *dir;
	const struct progress *progress;
	const uint8_t *head;
	struct verify_files files;
	uint64_t interval_rows; /* of intervals.csv, by the manifest */
	uint64_t other_rows;    /* of intervals.csv, that are not of energy; after verify_add_intervals() */
	struct verify_summary *summary;
	struct buf *findings;
	struct verify_total *total; /* by level, node, start once loaded */
	size_t total_count;
	size_t total_capacity;
	struct verify_factor *factor;
	size_t factor_count;
	size_t factor_capacity;
	struct verify_meter *meter; /* by node, from */
	size_t meter_count;
	size_t meter_capacity;
	struct report_correction *correction; /* that count; their nodes are owned */
	size_t correction_count;
	size_t correction_capacity;
	uint8_t totals_chain[32];             /* of the rows of totals.csv so far */
	struct verify_chain *chain;           /* of the statements, while verify_statements() runs */
	struct verify_octets_list *octets;    /* while verify_traffic() runs */
	struct verify_hours *hours;           /* while verify_hourly() runs */
	struct verify_fuel *fuels;            /* while verify_fuel() runs */
	struct verify_market *market;         /* while verify_market() runs */
	struct verify_upstream *upstream;     /* while verify_upstream() runs */
	struct verify_overhead *overhead;     /* while verify_overhead() runs */
	struct verify_indicators *indicators; /* while verify_indicators() runs */
	struct verify_assets *assets;         /* while verify_assets() runs */
	struct verify_supply *supplies;       /* while verify_supply() runs */
	bool has_supply;                      /* the manifest lists supply.csv */
	bool has_assets;                      /* the manifest lists assets.csv */
	bool has_traffic;                     /* the manifest lists traffic.csv */
	bool has_corrections;                 /* the manifest lists corrections.csv */
};

/* Notes one difference. */
void verify_find(struct verification *verification, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A file of the package in memory, read-only. */
struct verify_file {
	void *data; /* NULL: empty */
	size_t bytes;
};
enum err verify_map(struct verify_file *out, const char *dir, const char *name, struct err_info *info) MUST_CHECK;
void verify_unmap(struct verify_file *file);

/* What lies before `upto` was read and is not needed for a while: a file of a gigabyte takes no memory. `done` is the state, 0 at first. */
void verify_pass(const struct verify_file *file, size_t upto, size_t *done);

/* Before a column's name: earlier versions did not write it; the cell is NULL then. */
#define VERIFY_OPTIONAL "?"

/*
 * Walks the rows of a CSV file of the package. `column` names the cells that are wanted; each() gets them in that order. A column that is
 * missing is ERR_DATA.
 */
typedef enum err verify_row_fn(struct verification *verification, const struct csv_row *row, const char *const *cell,
			       struct err_info *info);
enum err verify_walk(struct verification *verification, const char *name, const char *const *column, verify_row_fn *each,
		     struct err_info *info) MUST_CHECK;

/* Frees what verify_corrections() loaded. */
void verify_drop_corrections(struct verification *verification);

/* The same by the register as it was written: with corrections they may be others. */
void verify_find_stored_above(struct verification *verification, const struct verify_total *meter,
			      struct verify_total *above[static VERIFY_ABOVE_COUNT]);

/* The row of a meter in force at an instant, else its first; NULL: register.csv has none. */
const struct verify_meter *verify_find_meter(const struct verification *verification, const char *node, int64_t utc_ms) MUST_CHECK;

/* The parts, in this order. */
enum err verify_sums(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_signature(struct verification *verification, const uint8_t *trusted_key, struct err_info *info) MUST_CHECK;
enum err verify_manifest(struct verification *verification, struct err_info *info) MUST_CHECK;
/* Loads corrections.csv, and compares register.csv with it; nothing in a package of a version that had none. */
enum err verify_corrections(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_load_factors(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_load_register(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_load_totals(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_add_intervals(struct verification *verification, struct err_info *info) MUST_CHECK;
void verify_compare(struct verification *verification);
/* The hourly column by factors.csv; litres, scope 1, category 3 A by entries.csv; traffic: nothing in a package of a version that had none. */
enum err verify_hourly(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_supply(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_fuel(struct verification *verification, struct err_info *info) MUST_CHECK;
/* The market-based figures by entries.csv; category 3 B and C by factors.csv. */
enum err verify_market(struct verification *verification, struct err_info *info) MUST_CHECK;
/* Masses and embodied emissions by entries.csv; nothing in a package of a version that had none. */
enum err verify_assets(struct verification *verification, struct err_info *info) MUST_CHECK;
/* What a host's site takes on top; the factor of a meter's row (NULL: a package that had none), false: it is not understood. */
bool verify_overhead_parse(struct verify_total *total, const char *cell) MUST_CHECK;
enum err verify_overhead(struct verification *verification, struct err_info *info) MUST_CHECK;
/* PUE and the other indicators of sites. */
enum err verify_indicators(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_upstream(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_traffic(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_statements(struct verification *verification, struct err_info *info) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* verify_priv: what the parts of one verification share. For agent/report/verify*.c only. */
#ifndef WATTLEDGER_REPORT_VERIFY_PRIV_H
#define WATTLEDGER_REPORT_VERIFY_PRIV_H

#include "base/csv.h"
#include "report/verify.h"
#include "report/verify_row_priv.h"

#include <jansson.h>
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
	/*
	 * What an export would have had, made from the files: register, factors, entries, series, invoices, configurations. Texts of its sites and
	 * request are borrowed from `manifest`.
	 */
	struct package package;
	struct export_request request;
	json_t *manifest;
	struct verify_set *set; /* after verify_find_sets() */
	size_t set_count;
	size_t set_capacity;
	struct verify_meter *meter; /* by node, from */
	size_t meter_count;
	size_t meter_capacity;
	struct report_correction *correction; /* that count; their nodes are owned */
	size_t correction_count;
	size_t correction_capacity;
	char **line; /* of entries.csv, what it says of corrections */
	size_t line_count;
	size_t line_capacity;
	size_t line_at;                    /* the next one that corrections.csv has to say */
	char fed_by[VERIFY_NODE_BYTES];    /* of the device whose meters come next in register.csv */
	uint64_t amount;                   /* of all amounts of the file that is walked */
	uint8_t totals_chain[32];          /* of the rows of totals.csv so far */
	struct verify_chain *chain;        /* of the statements, while verify_statements() runs */
	struct verify_octets_list *octets; /* while verify_traffic() runs */
	struct verify_hours *hours;        /* while verify_hourly() runs */
	struct verify_supply *supplies;    /* while verify_supply() runs */
	struct verify_again *again;        /* while verify_again() runs */
	bool has_supply;                   /* the manifest lists supply.csv */
	bool has_batteries;                /* the manifest lists batteries.csv */
	bool has_traffic;                  /* the manifest lists traffic.csv */
	bool has_corrections;              /* the manifest lists corrections.csv */
	bool has_entries;                  /* entries.csv tells what counts */
	bool has_supply_columns;           /* totals.csv has those of supply */
	bool has_cfe_columns;              /* likewise of energy matched hour by hour */
	bool has_register;                 /* register.csv tells how meters are read */
	bool has_uncertainty_bases;        /* totals.csv says where uncertainties come from: versions before reckoned them otherwise */
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

/* What register.csv has of a meter of energy in force at an instant, else its first; NULL: nothing. Borrowed. */
const struct report_entry *verify_find_meter(const struct verification *verification, const char *node, int64_t utc_ms) MUST_CHECK;

/* A site that the manifest has; NULL: it has none of this id. Borrowed. */
struct report_site *verify_find_site(const struct verification *verification, const char *id) MUST_CHECK;

/* A factor of a grid's mix by zone, year, edition and digest of its table, as cells name them; NULL: factors.csv has no such. Borrowed. */
enum { VERIFY_FACTOR_CELLS = 4 };
const struct plan_factor *verify_find_factor(const struct verification *verification,
					     const char *const name[static VERIFY_FACTOR_CELLS]) MUST_CHECK;

/* False: with this amount those of the file that is walked could pass the end of an int64_t. */
bool verify_count(struct verification *verification, int64_t amount) MUST_CHECK;

/* The parts, in this order. */
enum err verify_sums(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_signature(struct verification *verification, const uint8_t *trusted_key, struct err_info *info) MUST_CHECK;
enum err verify_manifest(struct verification *verification, struct err_info *info) MUST_CHECK;
/* Loads corrections.csv, and compares register.csv with it; nothing in a package of a version that had none. */
enum err verify_corrections(struct verification *verification, struct err_info *info) MUST_CHECK;
/* The sites of the manifest, who made the package, and which statement totals.csv shows. */
enum err verify_load_sites(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_load_factors(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_load_register(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_load_entries(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_held_corrections(struct verification *verification, struct err_info *info) MUST_CHECK;
/* Which factors the sealed sites used. */
enum err verify_bind_factors(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_load_totals(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_add_intervals(struct verification *verification, struct err_info *info) MUST_CHECK;
/* The hourly figures of meters by factors.csv. */
enum err verify_hourly(struct verification *verification, struct err_info *info) MUST_CHECK;
/* supply.csv, and what its hours come to; nothing in a package of a version that had none. */
enum err verify_supply(struct verification *verification, struct err_info *info) MUST_CHECK;
/* Makes totals.csv again from all that was loaded, and compares each cell. */
enum err verify_again(struct verification *verification, struct err_info *info) MUST_CHECK;
/* The emissions that the hours of supply.csv took in, against those of the meters. */
enum err verify_intake(struct verification *verification, struct err_info *info) MUST_CHECK;
/* Nothing in a package of a version that had none. */
enum err verify_traffic(struct verification *verification, struct err_info *info) MUST_CHECK;
enum err verify_statements(struct verification *verification, struct err_info *info) MUST_CHECK;

#endif

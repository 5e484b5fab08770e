/* SPDX-License-Identifier: Apache-2.0 */
/* merge_priv: what the parts of one merge share. For agent/report/merge*.c only. */
#ifndef WATTLEDGER_REPORT_MERGE_PRIV_H
#define WATTLEDGER_REPORT_MERGE_PRIV_H

#include "model/interval.h"
#include "report/merge.h"
#include "report/verify.h"

#include <stdbool.h>

/* The columns of milligrams that are added up, by themselves: scopes are never added to each other. */
enum merge_mass {
	MERGE_SCOPE1 = 0,
	MERGE_LOCATION,
	MERGE_HOURLY,
	MERGE_MARKET,
	MERGE_CAT3A,
	MERGE_CAT3B,
	MERGE_CAT3C,
	MERGE_CAT8,
	MERGE_MASS_COUNT
};
extern const char *const MERGE_MASS_COLUMNS[MERGE_MASS_COUNT];

/* Energy, time and emissions of a site, or of the fleet. */
struct merge_amounts {
	size_t energy_sites; /* that have energy */
	int64_t energy_millij;
	int64_t millij[COVERAGE_COUNT];
	int64_t covered_ms;
	int64_t expected_ms;
	size_t mass_sites[MERGE_MASS_COUNT]; /* that have the figure */
	int64_t mass_mg[MERGE_MASS_COUNT];
	size_t lacking_sites; /* with grid energy that has no factor: the location-based sum is unknown */
};

/* What became of a site of a package; all but COUNTED are left out. */
enum merge_fate { MERGE_COUNTED = 0, MERGE_UNREADABLE, MERGE_FORGED, MERGE_STRANGER, MERGE_TWICE, MERGE_OTHER_PERIOD, MERGE_FATE_COUNT };
const char *merge_fate_name(enum merge_fate fate) MUST_CHECK;

/* A site as a package has it. Texts are owned. */
struct merge_site {
	size_t package; /* index */
	enum merge_fate fate;
	char *id;
	char *label;
	char *zone;
	char *time_zone;
	char *state; /* open, provisional, sealed */
	int64_t start_ms;
	int64_t end_ms;
	int64_t revision;
	struct merge_amounts amounts;
	char *editions; /* "PUBLISHER EDITION", several with "; " between; "" none */
};

struct merge_package {
	char *dir;
	char *version; /* of the software; NULL: not readable */
	char *export_id;
	char *why; /* what is wrong with it; NULL nothing */
	char manifest_sha256[65];
	struct verify_summary verified;
	bool is_good;
};

struct merge_expected {
	char *site;
	bool has_key;
	uint8_t key[32];
	bool is_claimed; /* by a package, good or not */
};

/* A publisher's edition, or a version, and how many use it. */
struct merge_use {
	char *publisher; /* NULL: a version */
	char *name;
	size_t count;
};

struct merge {
	const struct merge_request *request;
	struct merge_package *package;
	size_t package_count, package_capacity;
	struct merge_site *site; /* sorted by id once all are read */
	size_t site_count, site_capacity;
	struct merge_expected *expected; /* by site */
	size_t expected_count, expected_capacity;
	struct merge_use *edition;
	size_t edition_count, edition_capacity;
	struct merge_use *version;
	size_t version_count, version_capacity;
	struct merge_amounts fleet;
	const char *label; /* of the period that most have */
	struct merge_summary summary;
};

/* The package of a folder: its manifest, what verify says, and the amounts of its sites when it is good. */
enum err merge_read(struct merge *merge, const char *dir, struct err_info *info) MUST_CHECK;

enum err merge_load_expected(struct merge *merge, struct err_info *info) MUST_CHECK;
/* NULL: not on the list. */
struct merge_expected *merge_find_expected(const struct merge *merge, const char *site) MUST_CHECK;

/* Counts one more use. */
enum err merge_use(struct merge_use **use, size_t *count, size_t *capacity, const char *publisher, const char *name,
		   struct err_info *info) MUST_CHECK;

/* Who counts, the sums, and every remark in words. */
enum err merge_judge(struct merge *merge, struct buf *words, struct err_info *info) MUST_CHECK;

/* The files, into a folder that is renamed at the end. */
enum err merge_write(const struct merge *merge, struct err_info *info) MUST_CHECK;

#endif

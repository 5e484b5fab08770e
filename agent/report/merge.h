/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge: adds up the packages of many agents. Each is verified first; what is not to be trusted is left out, and named.
 *
 *   totals.csv   the fleet, then each site that counts, with where its figures come from
 *   merge.json   the same for programs, every package with what became of it, who is missing, editions and versions
 */
#ifndef WATTLEDGER_REPORT_MERGE_H
#define WATTLEDGER_REPORT_MERGE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/progress.h"

#include <stddef.h>
#include <stdint.h>

#define MERGE_SCHEMA "wattledger.merge/1"
#define MERGE_TOTALS "totals.csv"
#define MERGE_JSON "merge.json"

enum { MERGE_WORDS_BYTES_MAX = 4 << 20, MERGE_PACKAGES_MAX = 100000 };

/* What is asked for; borrowed. */
struct merge_request {
	const char *const *dir; /* packages, or folders of packages */
	size_t dir_count;
	const char *out_dir;        /* must not be there yet, or be empty */
	const char *expected_path;  /* CSV: site, and public_key if it shall be signed by that one; NULL: nobody is missed */
	const uint8_t *trusted_key; /* 32 bytes: all must be signed with it; NULL none */
	const char *software_version;
	int64_t now_utc_ms;
	const struct progress *progress; /* NULL: nobody */
};

struct merge_summary {
	size_t package_count;
	size_t site_count;     /* that count */
	size_t left_out_count; /* packages and sites that do not */
	size_t missing_count;  /* expected sites of which there is no package */
	size_t remark_count;   /* what counts, and is to be known */
};

/*
 * One line a package, site or remark is added to `words`, for people. ERR_DATA when something was left out or is missing: the files are written
 * and `summary` is filled all the same. Else errors of reading and writing, ERR_USAGE (out_dir; no package), ERR_MEMORY: nothing is written.
 */
enum err merge_packages(const struct merge_request *request, struct merge_summary *summary, struct buf *words,
			struct err_info *info) MUST_CHECK;

#endif

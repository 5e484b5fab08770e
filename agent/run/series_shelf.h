/* SPDX-License-Identifier: Apache-2.0 */
/* series_shelf: the folder beside the ledger where series of grid factors are kept, as `factors import` keeps them (settings/series.h). */
#ifndef WATTLEDGER_RUN_SERIES_SHELF_H
#define WATTLEDGER_RUN_SERIES_SHELF_H

#include "base/err.h"
#include "settings/series.h"

#include <stdbool.h>
#include <stddef.h>

/* What became of a series. */
struct series_kept {
	bool is_new;             /* a file was added; false: all of it was known */
	size_t new_count;        /* intervals that had no value before */
	size_t changed_count;    /* intervals that had another */
	int64_t first_s, last_s; /* UTC; from the first of them to the end of the last */
	char name[SERIES_NAME_BYTES];
};

/*
 * Puts `series`, which has rows, on the shelf, unless it tells nothing that is not known, or, with is_whole, its publisher's file is there
 * already. Without is_whole only those rows are kept that are new or changed: an answer to one of many overlapping questions. Its instant of
 * import is set behind those of the same zone and basis, since the newest counts. Errors: ERR_IO, ERR_PERMISSION, ERR_MEMORY, ERR_DATA (a file there was changed).
 */
enum err series_shelf_keep(const char *shelf, struct series *series, bool is_whole, struct series_kept *out,
			   struct err_info *info) MUST_CHECK;

#endif

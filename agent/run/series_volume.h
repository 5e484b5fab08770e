/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series_volume: keeps the shelf's number of files small. Each answer with news is a file; the many small ones of a zone and basis become volumes
 * (settings/series_file.h) in which each stays what it was.
 */
#ifndef WATTLEDGER_RUN_SERIES_VOLUME_H
#define WATTLEDGER_RUN_SERIES_VOLUME_H

#include "account/factor.h"
#include "base/err.h"

/* From so many small files on, they become one; a volume grows up to VOLUME bytes (some 2,000 answers); one pass takes at most TAKEN files. */
enum {
	SERIES_VOLUME_LOOSE_MAX = 64,
	SERIES_VOLUME_TAKEN_MAX = 256,
	SERIES_VOLUME_SMALL_BYTES = 64 << 10,
	SERIES_VOLUME_BYTES_MAX = 1 << 20,
};

/*
 * One pass over the files of a zone and basis. What an earlier pass put into the last volume is removed; then, when many small files are
 * left, that volume is written anew with them. So a file goes one pass after its volume came: whoever lists the shelf meanwhile finds it in one
 * of the two, and one that is in both counts once, since its rows are the same. Killed anywhere, the next pass goes on. Errors: ERR_IO,
 * ERR_PERMISSION, ERR_MEMORY, ERR_DATA (a file there was changed); the shelf holds all it held.
 */
enum err series_volume_make(const char *shelf, const char *zone, enum factor_basis basis, struct err_info *info) MUST_CHECK;

#endif

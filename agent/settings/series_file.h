/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series_file: the files in which series are kept beside the ledger (SERIES_FOLDER), each of one zone and basis, never changed:
 *
 *   one series as series_print() wrote it:  ZONE-BASIS-IMPORTED-DIGEST.csv
 *   a volume of many, one behind the other: ZONE-BASIS-IMPORTED-DIGEST-FIRST-LAST.csv
 *
 * DIGEST is the beginning of the SHA-256 of the whole file, IMPORTED the instant of the newest import (of a
 * volume: not before it, and behind that of the volume before), FIRST and LAST the bounds of all rows.
 * In a volume each series is byte for byte what it was alone: its digest, its origin and what was known when are kept.
 */
#ifndef WATTLEDGER_SETTINGS_SERIES_FILE_H
#define WATTLEDGER_SETTINGS_SERIES_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "settings/series.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the name of a file says; first_s and last_s (half-open, UTC) mean nothing without is_volume. */
struct series_file_name {
	int64_t imported_utc_ms;
	int64_t first_s;
	int64_t last_s;
	bool is_volume;
};

/* "ZONE-BASIS-", with which the names of all files of a zone and basis begin. Returns its bytes. */
size_t series_file_prefix(char out[static SERIES_NAME_BYTES], const char *zone, enum factor_basis basis);

/* false when the path's own name is not `prefix` and what may follow it. */
bool series_file_read_name(struct series_file_name *out, const char *path, const char *prefix) MUST_CHECK;

/* The name of a volume that holds `bytes` of `data`. */
void series_file_name_volume(char out[static SERIES_NAME_BYTES], const char *prefix, const struct series_file_name *name, const void *data,
			     size_t bytes);

/* Bytes of the first series in `data`: all, or up to where the next begins. */
size_t series_file_first_bytes(const void *data, size_t bytes) MUST_CHECK;

/* A file that is read, series by series. */
struct series_file {
	struct buf data;
	size_t at;        /* of the next series */
	const char *path; /* borrowed */
};

/* Reads the file. Its name must hold its digest: ERR_DATA when it was changed since. Errors: file_read()'s. */
enum err series_file_open(struct series_file *out, const char *path, struct err_info *info) MUST_CHECK;

/* The next series, owned by the caller; *is_end: there was none. Errors: ERR_DATA, ERR_MEMORY. */
enum err series_file_next(struct series_file *file, struct series *out, bool *is_end, struct err_info *info) MUST_CHECK;

/* Frees what was read. */
void series_file_close(struct series_file *file);

#endif

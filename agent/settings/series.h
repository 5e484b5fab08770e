/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series: hourly and half-hourly emission factors of one grid zone by one publisher. Two forms of CSV:
 *
 *   a publisher's (series_read): columns by the names that Electricity Maps, NESO and its carbon-intensity API, ENTSO-E's MTU column and a
 *   plain start,end,value have. Every row is checked, and a wrong one refuses the file.
 *   our own (series_print, series_parse): what was read, with who says so, kept beside the ledger in STATE/grid/hourly and never changed.
 */
#ifndef WATTLEDGER_SETTINGS_SERIES_H
#define WATTLEDGER_SETTINGS_SERIES_H

#include "account/factor.h"
#include "base/buf.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problems;

enum { SERIES_TEXT_BYTES = 256, SERIES_ROWS_MAX = 1000000, SERIES_FILE_BYTES_MAX = 64 << 20, SERIES_NAME_BYTES = 160 };

/* Where series lie below the state folder (settings/series_file.h). */
#define SERIES_FOLDER "grid/hourly"

/* With which our own form begins. */
#define SERIES_FIRST_LINE "# wattledger series of grid factors, 1"

/* One interval, half-open, aligned to its own length, which is 900, 1800 or 3600 s: so a slot lies in one interval. */
struct series_row {
	int64_t start_s; /* UTC */
	int64_t microg_per_kwh;
	int32_t duration_s;
	bool is_estimated; /* the publisher says so */
};

/* Rows by start, none of which overlap. Rows are owned: series_deinit(). */
struct series {
	char zone[PLAN_ID_BYTES];
	enum factor_basis basis;
	char publisher[PLAN_NAME_BYTES];
	char edition[PLAN_NAME_BYTES];
	char licence[PLAN_NAME_BYTES];
	char source[SERIES_TEXT_BYTES];
	int64_t imported_utc_ms;
	uint8_t file_sha256[32];  /* of the publisher's file as it came */
	uint8_t table_sha256[32]; /* of our own form */
	struct series_row *row;
	size_t count;
	size_t capacity;
	size_t missing_count;          /* rows of the publisher's file without a value: gaps */
	char file_zone[PLAN_ID_BYTES]; /* the publisher's name of the zone, "" it says none */
};

/* What the person who imports says; NULL: nothing, and the file has to say it or it has a default. */
struct series_hints {
	const char *zone;
	const char *basis; /* "direct", "lifecycle" */
	const char *publisher;
	const char *edition;
	const char *licence;
	const char *source; /* needed */
	int64_t imported_utc_ms;
};

/* Frees the rows; it is empty then. */
void series_deinit(struct series *series);

/* true when a header names a column of instants and one of values, as a series of some publisher has; an annual table has neither. */
bool series_is_header(const void *data, size_t bytes) MUST_CHECK;

/*
 * Reads a publisher's file. Problems: a header without times or values, marginal intensities (with the reason), times without a zone, lengths
 * other than 15, 30 or 60 minutes, intervals that overlap or are off their own grid, values that are no number from 0 to 5000 with at most 6
 * decimals, rows of several zones. ERR_CONFIG when there were any (*out is untouched then), ERR_MEMORY.
 */
enum err series_read(struct series *out, const void *data, size_t bytes, uint32_t file, const struct series_hints *hints,
		     struct problems *problems) MUST_CHECK;

/* Our own form, and the name of its file: ZONE-BASIS-IMPORTED-DIGEST.csv. Fills table_sha256. */
void series_print(struct series *series, struct buf *out);
void series_name(const struct series *series, char out[static SERIES_NAME_BYTES]);

/* Reads our own form. ERR_DATA when it is not as series_print() wrote it; ERR_MEMORY. `name` is for messages. */
enum err series_parse(struct series *out, const char *name, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;

#endif

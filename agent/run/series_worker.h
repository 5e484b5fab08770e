/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series_worker: reads what publishers of grid factors wrote, in processes that can do nothing else. A helper is started before this process
 * knows any secret; for each text it starts one more, which gives up all but memory and open descriptors, reads that text and ends. A parser
 * that is led astray costs that text.
 */
#ifndef WATTLEDGER_RUN_SERIES_WORKER_H
#define WATTLEDGER_RUN_SERIES_WORKER_H

#include "base/buf.h"
#include "base/err.h"
#include "settings/series.h"
#include "wire/plan_series.h"

#include <sys/types.h>

enum { SERIES_WORKER_WORDS_BYTES = 4096, SERIES_WORKER_NAME_BYTES = PLAN_PATH_BYTES };

/* fd 0 or less: it does not run. */
struct series_worker {
	int fd;
	pid_t pid;
};

/* What is to be read, with what is said about it; texts that are "" are not said. */
struct series_job {
	enum series_shape shape;
	char name[SERIES_WORKER_NAME_BYTES]; /* of the file or address, for messages */
	char zone[PLAN_ID_BYTES];
	char basis[PLAN_ID_BYTES];
	char publisher[PLAN_NAME_BYTES];
	char licence[PLAN_NAME_BYTES];
	char edition[PLAN_NAME_BYTES];
	char source[SERIES_TEXT_BYTES];
	int64_t imported_utc_ms;
};

/* Starts the helper. Errors: ERR_IO. */
enum err series_worker_start(struct series_worker *worker, struct err_info *info) MUST_CHECK;

/* Ends it. */
void series_worker_stop(struct series_worker *worker);

/*
 * Reads `data`; waits for the outcome, at most a minute and a half. ERR_CONFIG: it is wrong, and `words` has all that is, one a line with its place
 * ("NAME:LINE:COL: what"; empty: its parser was ended); ERR_DATA: what came back is no series; ERR_UNAVAILABLE: the helper is gone or hangs;
 * ERR_IO, ERR_MEMORY.
 */
enum err series_worker_read(struct series_worker *worker, const struct series_job *job, const struct buf *data, struct series *out,
			    struct buf *words, struct err_info *info) MUST_CHECK;

#endif

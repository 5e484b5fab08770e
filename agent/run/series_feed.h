/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series_feed: hourly grid factors that come by themselves: watches folders, asks addresses, keeps what is right beside the ledger, and tells
 * core of it. What is read is read by series_worker; reports find it on the shelf.
 */
#ifndef WATTLEDGER_RUN_SERIES_FEED_H
#define WATTLEDGER_RUN_SERIES_FEED_H

#include "base/err.h"
#include "run/series_worker.h"
#include "wire/plan_series.h"

struct series_feed;

/* What it is made of; descriptors and worker stay the caller's. */
struct series_feed_options {
	const struct plan_series *plan; /* borrowed */
	struct series_worker *worker;   /* borrowed */
	int core_fd;
	int signal_fd;
};

/* Errors: ERR_MEMORY, ERR_IO. */
enum err series_feed_new(struct series_feed **out, const struct series_feed_options *options, struct err_info *info) MUST_CHECK;

/* Until a signal comes or core's socket is closed. Errors: ERR_IO; ERR_UNAVAILABLE when the worker is gone. */
enum err series_feed_run(struct series_feed *feed, struct err_info *info) MUST_CHECK;

/* Ends what is asked. Returns NULL. */
struct series_feed *series_feed_free(struct series_feed *feed);

#endif

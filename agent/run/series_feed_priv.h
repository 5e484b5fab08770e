/* SPDX-License-Identifier: Apache-2.0 */
/* series_feed_priv: the inside of series_feed, shared by agent/run/series_*.c only. */
#ifndef WATTLEDGER_RUN_SERIES_FEED_PRIV_H
#define WATTLEDGER_RUN_SERIES_FEED_PRIV_H

#include "output/http.h"
#include "run/series_feed.h"
#include "wire/note.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file of a folder, as it was when it was looked at last. */
struct series_seen {
	char *path;
	int64_t changed_ns;
	int64_t bytes;
	bool is_owed; /* it could not be read or kept, which was told: it is tried again with each look */
};

/* A folder or an address. */
struct series_source {
	const struct plan_series_source *plan;
	bool is_missing;            /* it was told that it cannot be had */
	char told[WIRE_NOTE_BYTES]; /* the last complaint of an address, which is not repeated */
	int watch;                  /* of the folder; -1: it is not watched */
	struct series_seen *seen;   /* by path */
	size_t seen_count;
	int64_t due_ns; /* the address is asked then */
	bool is_asked;
	unsigned failed_count;       /* in a row */
	char url[SERIES_TEXT_BYTES]; /* that is asked */
	char authorization[PLAN_SECRET_BYTES + 32];
	struct buf answer;
};

struct series_feed {
	struct series_feed_options options;
	struct http *http; /* NULL: no address */
	int inotify_fd;
	struct series_source *source;
	size_t count;
	int64_t stats_due_ns;
	int64_t scan_due_ns; /* folders whose changes nobody tells (on other machines) are looked at then */
	uint64_t wake_count;
	uint64_t asked_count;
	uint64_t failed_count;
	bool is_core_gone;
	bool is_stopping;
	bool is_worker_gone;
};

/*
 * What came: `data` from `name`. The outcome is told to core, but for a failure when is_retry. With is_whole it is kept as one. ERR_CONFIG when
 * it is wrong; other errors when it could not be kept.
 */
struct series_arrival {
	const char *name;   /* for messages */
	const char *source; /* where it is published */
	const struct buf *data;
	bool is_whole;
	bool is_retry;
};
enum err series_feed_take(struct series_feed *feed, struct series_source *source, const struct series_arrival *arrival);

/* Tells core, and the log. The text is cut to what a note holds. */
void series_feed_tell(struct series_feed *feed, enum wire_note_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Sends the figures of this process when they are due. */
void series_feed_tell_stats(struct series_feed *feed);

/* series_folder: looks for what is new or changed, and begins to watch when it does not yet. */
void series_folder_scan(struct series_feed *feed, struct series_source *source);
void series_folder_deinit(struct series_source *source);

/* series_fetch: asks when it is due; takes an answer. */
void series_fetch_start(struct series_feed *feed, struct series_source *source);
void series_fetch_take(struct series_feed *feed, struct series_source *source, const struct http_answer *answer);

#endif

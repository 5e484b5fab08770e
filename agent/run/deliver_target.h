/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deliver_target: one store. It has two lanes, live and backlog, with one request under way in each at most; the addresses of a store are
 * tried in turn, and the one that answered last is asked first.
 */
#ifndef WATTLEDGER_RUN_DELIVER_TARGET_H
#define WATTLEDGER_RUN_DELIVER_TARGET_H

#include "base/buf.h"
#include "base/err.h"
#include "output/gzip.h"
#include "output/http.h"
#include "output/policy.h"
#include "run/deliver_batch.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* After a backlog batch its lane rests as long as the batch took, so catching up takes half of the store's time at most; but no longer than this. */
enum { DELIVER_REST_MS_MAX = 1000 };

enum deliver_lane_kind { DELIVER_LANE_LIVE = 0, DELIVER_LANE_BACKLOG, DELIVER_LANE_COUNT };

struct deliver_lane {
	struct deliver_batch *sending; /* borrowed; NULL: idle */
	uint32_t failed_count;         /* RETRY verdicts in a row */
	int64_t rest_until_boot_ns;    /* nothing is started before; 0 none */
	struct buf body;               /* compressed, or NULL bytes when the batch's own bytes are sent */
	struct buf scratch;            /* lines less the refused ones */
};

struct deliver_target {
	const struct plan_target *plan; /* borrowed */
	char *url[PLAN_URLS_MAX];       /* owned; url_count of the plan */
	char *authorization;            /* owned secret */
	size_t authorization_bytes;
	size_t url_idx;
	struct deliver_lane lane[DELIVER_LANE_COUNT];
	uint32_t failed_total_count; /* RETRY verdicts since it last took something */
	int64_t next_log_boot_ns;
	uint64_t random; /* state of the jitter */
	uint64_t request_count, failed_request_count, latency_sum_us;
};

/* What sending needs besides the target; borrowed. */
struct deliver_tools {
	struct http *http;
	struct gzip *gzip;
};

/* Prepares addresses and credentials. `seed` starts the jitter. ERR_CONFIG, ERR_MEMORY; nothing to deinit then. */
enum err deliver_target_init(struct deliver_target *target, const struct plan_target *plan, uint64_t seed,
			     struct err_info *info) MUST_CHECK;
void deliver_target_deinit(struct deliver_target *target);

/* Begins to send a QUEUED batch on its idle lane. It may be ANSWERED already when this returns. */
void deliver_target_start(struct deliver_target *target, const struct deliver_tools *tools, struct deliver_batch *batch, int64_t boot_ns);

/* Handles the answer to a lane's request (its owner is the lane): the next request, or the batch is ANSWERED. */
void deliver_target_take(struct deliver_target *target, const struct deliver_tools *tools, struct deliver_lane *lane,
			 const struct http_answer *answer, int64_t boot_ns);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * committer: the thread that commits, so that the sockets are drained while the disk is slow. It owns the writing ledger; one batch is with
 * it at a time, or one job: something else that has to be done with that ledger. A batch that fails is tried again, unchanged, with
 * back-off, until it succeeds or the process ends.
 */
#ifndef WATTLEDGER_RUN_COMMITTER_H
#define WATTLEDGER_RUN_COMMITTER_H

#include "base/err.h"
#include "ledger/batch.h"
#include "ledger/commit.h"

#include <stdbool.h>
#include <stdint.h>

struct committer;
struct ledger;
struct ledger_outbox_bounds;

/* What became of the batch; the last failure stays until a success. */
struct committer_state {
	bool is_busy;       /* a batch is with it */
	bool is_done;       /* it was committed since the last committer_take() */
	bool is_job_done;   /* the job is done, since the last committer_take() */
	bool is_damaged;    /* the file is malformed: the process has to start anew, which sets the file aside */
	unsigned tries;     /* failures of the batch that is with it */
	uint64_t commit_us; /* how long the last success took */
	struct ledger_commit_report report;
	char error[ERR_TEXT_BYTES]; /* of the last failure; "" when the last try succeeded */
};

/* Starts the thread. `ledger` (for writing) is its own until committer_stop(); `wake_fd` (an eventfd) is written when a state changes. ERR_MEMORY. */
enum err committer_start(struct committer **out, struct ledger *ledger, int wake_fd, struct err_info *info) MUST_CHECK;

/* Hands over a batch (borrowed until is_done). Only when not busy. `bounds` (copied; NULL: none) is applied to the outbox afterwards. */
void committer_submit(struct committer *committer, struct ledger_batch *batch, const struct ledger_outbox_bounds *bounds);

/* Hands over a job (its context is borrowed until is_job_done), done once, whatever comes of it. Only when neither batch nor job is with it. */
typedef void committer_job_fn(void *context, struct ledger *ledger);
void committer_submit_job(struct committer *committer, committer_job_fn *job, void *context);

/* The present state; is_done and is_job_done are cleared by it. */
void committer_take(struct committer *committer, struct committer_state *state);

/* Waits for the batch or job that is with it, at most `wait_ms`, and ends the thread. false: the batch did not get through in that time. */
bool committer_stop(struct committer *committer, int wait_ms) MUST_CHECK;

#endif

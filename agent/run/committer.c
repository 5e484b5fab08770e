/* SPDX-License-Identifier: Apache-2.0 */
#include "run/committer.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/outbox.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_MIN_MS = 200, RETRY_MAX_MS = 10000, STACK_BYTES = 1 << 20 };

struct committer {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;    /* the thread's: a batch, or the end */
	pthread_cond_t settled; /* committer_stop's: the batch got through */
	struct ledger *ledger;
	struct ledger_batch *batch; /* NULL: none */
	committer_job_fn *job;      /* NULL: none */
	void *job_context;
	struct ledger_outbox_bounds bounds;
	bool has_bounds;
	bool is_stopping;
	int wake_fd;
	struct committer_state state;
};

static void wake_loop(const struct committer *committer)
{
	uint64_t one = 1;

	(void)!write(committer->wake_fd, &one, sizeof(one)); /* a full eventfd is awake already */
}

static struct timespec deadline_after(int wait_ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += wait_ms / CLOCK_MS_PER_S;
	at.tv_nsec += (long)((wait_ms % CLOCK_MS_PER_S) * CLOCK_NS_PER_MS);
	if (at.tv_nsec >= CLOCK_NS_PER_S) {
		at.tv_sec++;
		at.tv_nsec -= CLOCK_NS_PER_S;
	}
	return at;
}

/* Waits with the mutex held; wakes early when the process ends. */
static void wait_retry(struct committer *committer)
{
	int wait_ms = RETRY_MIN_MS << (committer->state.tries < 6 ? committer->state.tries : 6);
	struct timespec at = deadline_after(wait_ms > RETRY_MAX_MS ? RETRY_MAX_MS : wait_ms);

	while (!committer->is_stopping && pthread_cond_timedwait(&committer->wake, &committer->mutex, &at) != ETIMEDOUT)
		;
}

/* One try, without the mutex: the loop goes on meanwhile. */
static enum err commit_once(struct committer *committer, struct ledger_commit_report *report, struct err_info *info)
{
	struct ledger_outbox_loss loss;
	enum err err = ledger_commit(committer->ledger, committer->batch, report, info);

	/* The bounds are housekeeping: when they fail the commit stands all the same, and the next one tries again. */
	if (err == ERR_NONE && committer->has_bounds)
		(void)!ledger_outbox_bound(committer->ledger, &committer->bounds, &loss, NULL);
	return err;
}

static void note_failure(struct committer *committer, const struct err_info *info)
{
	committer->state.tries++;
	committer->state.is_damaged = ledger_fault(committer->ledger) == LEDGER_FAULT_DAMAGED;
	(void)text_copy(committer->state.error, sizeof(committer->state.error), info->text);
}

static void note_success(struct committer *committer, const struct ledger_commit_report *report, int64_t took_ns)
{
	committer->state.report = *report;
	committer->state.commit_us = (uint64_t)(took_ns / 1000);
	committer->state.error[0] = '\0';
	committer->state.tries = 0;
	committer->state.is_busy = false;
	committer->state.is_done = true;
	committer->batch = NULL;
	pthread_cond_broadcast(&committer->settled);
}

/* With the mutex held, but not while the job is done. */
static void do_job(struct committer *committer)
{
	pthread_mutex_unlock(&committer->mutex);
	committer->job(committer->job_context, committer->ledger);
	pthread_mutex_lock(&committer->mutex);
	committer->job = NULL;
	committer->state.is_job_done = true;
	pthread_cond_broadcast(&committer->settled);
	wake_loop(committer);
}

static void *run(void *argument)
{
	struct committer *committer = argument;

	pthread_mutex_lock(&committer->mutex);
	while (committer->batch != NULL || committer->job != NULL || !committer->is_stopping) {
		struct ledger_commit_report report = {0};
		struct err_info info = {0};
		int64_t begun_ns;
		enum err err;

		if (committer->job != NULL) {
			do_job(committer);
			continue;
		}
		if (committer->batch == NULL) {
			pthread_cond_wait(&committer->wake, &committer->mutex);
			continue;
		}
		begun_ns = clock_boot_ns();
		pthread_mutex_unlock(&committer->mutex);
		err = commit_once(committer, &report, &info);
		pthread_mutex_lock(&committer->mutex);
		if (err == ERR_NONE)
			note_success(committer, &report, clock_boot_ns() - begun_ns);
		else
			note_failure(committer, &info);
		wake_loop(committer);
		if (err != ERR_NONE && (committer->is_stopping || committer->state.is_damaged))
			break;
		if (err != ERR_NONE)
			wait_retry(committer);
	}
	pthread_cond_broadcast(&committer->settled);
	pthread_mutex_unlock(&committer->mutex);
	return NULL;
}

static void init_conditions(struct committer *committer)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&committer->mutex, NULL);
	pthread_cond_init(&committer->wake, &attributes);
	pthread_cond_init(&committer->settled, &attributes);
	pthread_condattr_destroy(&attributes);
}

enum err committer_start(struct committer **out, struct ledger *ledger, int wake_fd, struct err_info *info)
{
	struct committer *committer = mem_new(sizeof(*committer));
	pthread_attr_t attributes;
	int failed;

	if (committer == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the commit thread");
	committer->ledger = ledger;
	committer->wake_fd = wake_fd;
	init_conditions(committer);
	pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	failed = pthread_create(&committer->thread, &attributes, run, committer);
	pthread_attr_destroy(&attributes);
	if (failed != 0) {
		mem_free(committer);
		return err_set_errno(info, ERR_MEMORY, failed, "cannot start the commit thread");
	}
	*out = committer;
	return ERR_NONE;
}

void committer_submit(struct committer *committer, struct ledger_batch *batch, const struct ledger_outbox_bounds *bounds)
{
	pthread_mutex_lock(&committer->mutex);
	committer->batch = batch;
	committer->has_bounds = bounds != NULL;
	if (bounds != NULL)
		committer->bounds = *bounds;
	committer->state.is_busy = true;
	committer->state.is_done = false;
	pthread_mutex_unlock(&committer->mutex);
	pthread_cond_signal(&committer->wake); /* after it: the thread finds the mutex free */
}

void committer_submit_job(struct committer *committer, committer_job_fn *job, void *context)
{
	pthread_mutex_lock(&committer->mutex);
	committer->job = job;
	committer->job_context = context;
	pthread_mutex_unlock(&committer->mutex);
	pthread_cond_signal(&committer->wake);
}

void committer_take(struct committer *committer, struct committer_state *state)
{
	pthread_mutex_lock(&committer->mutex);
	*state = committer->state;
	committer->state.is_done = false;
	committer->state.is_job_done = false;
	pthread_mutex_unlock(&committer->mutex);
}

bool committer_stop(struct committer *committer, int wait_ms)
{
	struct timespec at = deadline_after(wait_ms);
	bool is_through;

	pthread_mutex_lock(&committer->mutex);
	while ((committer->batch != NULL || committer->job != NULL) &&
	       pthread_cond_timedwait(&committer->settled, &committer->mutex, &at) != ETIMEDOUT)
		;
	is_through = committer->batch == NULL && committer->job == NULL;
	committer->is_stopping = true;
	pthread_cond_signal(&committer->wake);
	pthread_mutex_unlock(&committer->mutex);
	if (!is_through)
		return false; /* the disk hangs: the thread cannot be waited for, the process ends with it */
	pthread_join(committer->thread, NULL);
	pthread_mutex_destroy(&committer->mutex);
	pthread_cond_destroy(&committer->wake);
	pthread_cond_destroy(&committer->settled);
	mem_free(committer);
	return true;
}

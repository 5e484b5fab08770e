/* SPDX-License-Identifier: Apache-2.0 */
/* plans: runs the loader (wattledger-plan) and holds what it made: one sealed memfd for each process that is configured. */
#ifndef WATTLEDGER_RUN_PLANS_H
#define WATTLEDGER_RUN_PLANS_H

#include "base/err.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* What the loader is told; borrowed strings, NULL: its default. */
struct plans_source {
	const char *config_path;
	const char *state_dir;
	const char *drivers_dir;
	const char *grid_dir;
};

/* fd[kind]: the plan of that process, -1: it is not configured. Zero bytes are no valid set: plans_init(). */
struct plans {
	int fd[PLAN_KIND_COUNT];
};

/* None is there. */
void plans_init(struct plans *plans);

/* Closes all descriptors. */
void plans_deinit(struct plans *plans);

/* Makes empty memfds and starts the loader on them; call plans_finish() when *pid has ended. Errors: ERR_IO; plans is empty then. */
enum err plans_begin(struct plans *plans, const struct plans_source *source, pid_t *pid, struct err_info *info) MUST_CHECK;

/*
 * After the loader's end: drops the empty ones and seals the rest. `exit_code` is the loader's. Errors: ERR_CONFIG when it refused the
 * configuration (it has said why on standard error), ERR_DATA when it made no plan for core; plans is empty then.
 */
enum err plans_finish(struct plans *plans, int exit_code, struct err_info *info) MUST_CHECK;

/* Both steps, waiting for the loader. *exit_code is the loader's when it refused. */
enum err plans_load(struct plans *plans, const struct plans_source *source, int *exit_code, struct err_info *info) MUST_CHECK;

/* true when both have the same bytes for that process, or neither has a plan. */
bool plans_is_same(const struct plans *a, const struct plans *b, enum plan_kind kind) MUST_CHECK;

#endif

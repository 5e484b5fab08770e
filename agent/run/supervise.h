/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervise: starts core, the configured collectors and deliver, and keeps them running. It reads no foreign bytes: the loader is a child
 * that ends, core's messages are short and checked. A child that ends is restarted with back-off; when core ends all restart; SIGHUP loads
 * the configuration anew and restarts only what changed; SIGTERM ends all in under two seconds.
 */
#ifndef WATTLEDGER_RUN_SUPERVISE_H
#define WATTLEDGER_RUN_SUPERVISE_H

#include "base/err.h"
#include "run/plans.h"

/* Runs until SIGTERM or SIGINT. Returns the exit code of the process: 0, 78 for a refused configuration, core's own for a failed start. */
int supervise_run(const struct plans_source *source) MUST_CHECK;

#endif

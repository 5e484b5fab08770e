/* SPDX-License-Identifier: Apache-2.0 */
/* ask: asks a running agent through its control socket. */
#ifndef WATTLEDGER_RUN_ASK_H
#define WATTLEDGER_RUN_ASK_H

#include "base/buf.h"
#include "base/err.h"

/* The most that an answer may have: a status of 200,000 devices. */
enum { ASK_ANSWER_BYTES_MAX = 128 << 20 };

/*
 * Sends one request line ("status", "reload") to the agent whose control socket is STATE_DIR/control.sock and appends its answer to `out`.
 * Errors: ERR_UNAVAILABLE when no agent runs there, ERR_PERMISSION when we may not ask it, ERR_IO.
 */
enum err ask_agent(const char *state_dir, const char *request, struct buf *out, struct err_info *info) MUST_CHECK;

/*
 * Likewise an order that changes the ledger, for which it waits ten minutes: an agent whose disk is slow carries it out later, and one that is told
 * the same twice does it twice. ERR_IO, too, when nothing says whether it was carried out.
 */
enum err ask_agent_to_do(const char *state_dir, const char *order, struct buf *out, struct err_info *info) MUST_CHECK;

#endif

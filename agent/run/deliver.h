/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deliver: carries batches from core to the stores. Core owns the outbox; deliver holds nothing that outlives it. Each BATCH gets exactly
 * one VERDICT: OK, RETRY (core offers it again when told) or REJECTED. Bounded: at most DELIVER_QUEUE_MAX batches of a store wait, what
 * comes on top is answered with RETRY at once. A store that hangs costs its own lanes one deadline, nobody else anything.
 */
#ifndef WATTLEDGER_RUN_DELIVER_H
#define WATTLEDGER_RUN_DELIVER_H

#include "base/err.h"
#include "wire/plan.h"

#include <stddef.h>
#include <stdint.h>

enum { DELIVER_QUEUE_MAX = 4 };

struct deliver;

/*
 * `plan` and the descriptors are borrowed; core_fd is the SEQPACKET socket, signal_fd a signalfd that becomes readable when it is time to
 * stop. Warns of targets whose certificates are not verified. ERR_CONFIG names the output; ERR_MEMORY.
 */
enum err deliver_new(struct deliver **out, const struct plan_deliver *plan, int core_fd, int signal_fd, struct err_info *info) MUST_CHECK;
struct deliver *deliver_free(struct deliver *deliver);

/*
 * Says HELLO and works until core closes the socket or a signal comes; then requests under way get a third of a second, and what is not answered
 * by then is answered with RETRY. ERR_IO.
 */
enum err deliver_run(struct deliver *deliver, struct err_info *info) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* core_priv: the inside of core, shared by its files only. */
#ifndef WATTLEDGER_RUN_CORE_PRIV_H
#define WATTLEDGER_RUN_CORE_PRIV_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "ledger/batch.h"
#include "ledger/ledger.h"
#include "ledger/registry.h"
#include "run/books.h"
#include "run/committer.h"
#include "run/core.h"
#include "run/order_priv.h"
#include "run/points.h"
#include "run/shipping.h"
#include "wire/plan.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CORE_CLIENTS_MAX = 8, CORE_MONTH_BYTES = 16 };

/* A child at the other end of a socket. */
struct core_peer {
	int fd; /* -1: not there */
	bool is_greeted;
	uint32_t pid;
	int64_t since_ns;
	int64_t heard_ns; /* boot time of its last record */
	double allowance; /* records that it may still send now */
	uint64_t record_count;
	uint64_t lost_samples; /* that it reported lost */
	struct wire_stats stats;
};

/* Somebody at the control socket. */
struct core_client {
	int fd; /* -1: free */
	int64_t since_ns;
	struct buf request; /* a line, ORDER_BYTES_MAX at most */
	bool is_waiting;    /* for an order to be carried out */
	struct buf answer;
	size_t sent_bytes;
};

struct core {
	struct plan_core plan;
	struct ledger *ledger; /* the commit thread's */
	struct ledger *reader; /* ours, read-only */
	struct ledger_registry *registry;
	struct books *books;
	struct points points;
	struct shipping shipping;
	struct ledger_batch batch[2];
	int batch_idx;     /* the one that is being filled */
	bool is_batch_out; /* the other one is with the commit thread */
	struct committer *committer;
	struct committer_state commit;
	struct core_peer peer[WIRE_KIND_COUNT];
	char absent[PLAN_KIND_COUNT][WIRE_TEXT_BYTES]; /* why the supervisor cannot start that child; "" it can */
	struct core_client client[CORE_CLIENTS_MAX];
	struct core_order order;
	char seal_month[CORE_MONTH_BYTES]; /* that is being sealed by itself, "2026-10" */
	size_t seal_site_idx;              /* the next site of it */
	struct clock_reading now;
	int epoll_fd;
	int wake_fd;
	int signal_fd;
	int control_fd;
	int server_fd; /* the control socket, -1 none */
	int64_t commit_due_ns;
	int64_t bound_due_ns; /* when the outbox is next kept within its bounds */
	int64_t alive_due_ns;
	int64_t self_due_ns;
	int64_t last_commit_utc_ms;
	uint64_t wake_count;
	uint64_t commit_count;
	uint64_t commit_us_max; /* since the last own figures */
	bool is_stopping;
	unsigned trim_count; /* of the next commits: each is followed by mem_trim() */
	bool is_commit_forced;
	int exit_code;
	char boot_id[CLOCK_BOOT_ID_BYTES];
};

/* What an epoll event is about. */
enum core_source { CORE_SIGNAL = 0, CORE_CONTROL, CORE_WAKE, CORE_SERVER, CORE_PEER, CORE_CLIENT };

enum err core_watch(struct core *core, int fd, enum core_source source, uint32_t index, struct err_info *info) MUST_CHECK;
void core_unwatch(struct core *core, int fd);

/* core_peers: records of the children. */
void core_peer_attach(struct core *core, enum wire_kind kind, int fd);
void core_peer_drain(struct core *core, enum wire_kind kind);
void core_peer_drain_all(struct core *core);
/* Ends peers that have said nothing for too long. */
void core_peer_check(struct core *core);
struct ledger_batch *core_batch(struct core *core) MUST_CHECK;
void core_say_alive(struct core *core); /* the supervisor hears that all goes on */

/* core_commit: batches and shipments. */
void core_commit_want(struct core *core); /* something came: it is committed within an interval from now */
/* `is_awake`: something else than a timer woke the loop, and a commit that is nearly due is done with it. */
bool core_commit_is_due(const struct core *core, bool is_awake) MUST_CHECK;
void core_commit_begin(struct core *core);
void core_commit_settle(struct core *core);
void core_ship(struct core *core);
/* For books_options.make_room, with core as context: commits when much waits, and waits for the commit before it, a minute at most. */
void core_make_room(void *context);
void core_take_verdict(struct core *core, const struct wire_verdict *verdict);

/* core_control: the supervisor's messages, and clients of the control socket. */
void core_control_drain(struct core *core);
void core_tell_supervisor(struct core *core, int type, int kind, const char *text);
enum err core_server_open(struct core *core, struct err_info *info) MUST_CHECK;
void core_server_accept(struct core *core);
void core_client_serve(struct core *core, uint32_t index);
void core_server_close(struct core *core);

/* core_order: what commands have written, and months that are sealed by themselves. Begins with a client's line; goes on when batch or job are done. */
void core_order_begin(struct core *core, struct core_client *client);
void core_order_go_on(struct core *core);
void core_order_settle(struct core *core);
void core_order_seal_due(struct core *core);
void core_order_forget(struct core *core, const struct core_client *client); /* the client is gone */
void core_client_answer(struct core *core, struct core_client *client);      /* an answer is there to be sent */

/* core_status: the status document, one line for the service manager, and the agent's own figures as a point. */
void core_status_write(struct core *core, struct buf *out);
void core_status_line(struct core *core, char *out, size_t out_bytes);
void core_self_point(struct core *core);
/*
 * What the agent has used since it was started, in mJ: an estimate, its processes' time on a processor at the configured watts of a busy one
 * (agent.busy_core). The supervisor and the status page are not in it.
 */
int64_t core_own_millij(const struct core *core) MUST_CHECK;
/* CPU time, memory and wakes of core itself. */
struct wire_stats core_own_stats(const struct core *core) MUST_CHECK;

/* core_metrics: what Prometheus scrapes; is_open: OpenMetrics, else the text format. */
void core_metrics_write(struct core *core, struct buf *out, bool is_open);

/* core_reload: a new plan takes over. */
void core_reload(struct core *core, int plan_fd);

#endif

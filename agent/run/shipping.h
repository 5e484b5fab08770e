/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shipping: request bodies on their way to the outputs. A body (shipment) is made of the points of one commit, leaves only after that commit,
 * and is gone only when the store has accepted it: until then it is in RAM, in the outbox, or both. No sockets here.
 *
 *   points --collect--> shipment --commit--> sendable --offer--> in flight --verdict--> OK: row deleted | RETRY: later | REJECTED: parked
 *
 * Live before backlog: what is in RAM goes first, oldest first; rows of the outbox that RAM does not hold follow. One shipment of an output is
 * in flight at a time, so no two writes of one series cross. Flash profile: a shipment becomes a row only when it was not accepted by
 * the next commit. Metered links (send: slots): the meters of a slot close with two or three commits, and a connection costs more than what
 * it carries: the first shipment waits for a slot and a fifteenth, for two commits beyond the slot at least, and what came meanwhile, two slots,
 * goes as one (not with the flash profile, where whatever waits for a commit is written to the outbox). One that is refused is taken apart, so
 * that what is parked is exact.
 */
#ifndef WATTLEDGER_RUN_SHIPPING_H
#define WATTLEDGER_RUN_SHIPPING_H

#include "base/err.h"
#include "ledger/batch.h"
#include "run/points.h"
#include "run/shipment.h"
#include "wire/plan.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

struct shipping_output {
	const struct plan_output *plan; /* borrowed */
	struct shipment *first;         /* in RAM, oldest first; the one in flight is not among them */
	struct shipment *last;
	struct shipment *in_flight; /* NULL none */
	size_t ram_bytes;
	uint64_t backlog_after_id;
	uint64_t backlog_before_id; /* rows from here on are or were in RAM: what was accepted of them may await its deletion */
	bool is_backlog_done;       /* the outbox has no older row than RAM */
	int64_t retry_at_ns;        /* boot time before which nothing is offered */
	bool is_gathered;           /* what waits in RAM waits for the rest of its slot, or has */
	int64_t gather_until_ns;    /* boot time until when; what the outbox has from before goes meanwhile */
	uint64_t sent_points;
	uint64_t parked_points;
	uint64_t sent_day; /* UTC day that sent_day_bytes counts */
	uint64_t sent_day_bytes;
	char error[WIRE_TEXT_BYTES]; /* of the last verdict that was not OK; "" after an OK */
};

struct shipping {
	struct shipping_output *output; /* owned, `count` items in the plan's order */
	size_t count;
	uint64_t next_id;
	int64_t gather_ns; /* how long the first points of a slot wait for the others and for the next slot */
	bool is_flash;
};

/* `next_id` from the ledger (ledger_resume). The plan is borrowed. ERR_MEMORY. */
enum err shipping_init(struct shipping *shipping, const struct plan_core *plan, uint64_t next_id, struct err_info *info) MUST_CHECK;
void shipping_deinit(struct shipping *shipping);

/*
 * Before a commit: makes shipments of all points (and empties them), and adds the rows that the outbox needs to `batch`. On ERR_LIMIT or
 * ERR_MEMORY what is not added stays among the points.
 */
enum err shipping_collect(struct shipping *shipping, struct points *points, struct ledger_batch *batch, int64_t utc_ms,
			  struct err_info *info) MUST_CHECK;

/* That commit succeeded. */
void shipping_committed(struct shipping *shipping);

/*
 * The next shipment of an output that may leave now, taken in flight; *out NULL when there is none. Reads the outbox through `reader` when RAM
 * has none. Borrowed until its verdict. Errors: ERR_IO, ERR_DATA of the outbox.
 */
enum err shipping_offer(struct shipping *shipping, size_t output_idx, struct ledger *reader, int64_t now_boot_ns, struct shipment **out,
			struct err_info *info) MUST_CHECK;

/*
 * What became of the shipment in flight. Deletions and parkings go into `batch`. ERR_DATA: no such shipment is in flight (the verdict is
 * ignored).
 */
enum err shipping_settle(struct shipping *shipping, size_t output_idx, const struct wire_verdict *verdict, struct ledger_batch *batch,
			 int64_t now_boot_ns, int64_t utc_ms, struct err_info *info) MUST_CHECK;

/* Nobody answers for what is in flight any more (deliver was restarted): it is offered again. */
void shipping_recall(struct shipping *shipping);

/* Moves the shipments of `from` to the outputs of the same name; those of outputs that are gone stay there (the outbox has them, but for flash). */
void shipping_take_over(struct shipping *shipping, struct shipping *from);

/* Boot time at which the next offer may succeed; INT64_MAX: only a commit or a verdict can change that. */
int64_t shipping_next_ns(const struct shipping *shipping) MUST_CHECK;

/* Shipments, points and bytes of an output that wait in RAM, the one in flight included. */
struct shipping_figures {
	uint64_t shipment_count;
	uint64_t point_count;
	uint64_t bytes;
	int64_t oldest_utc_ms; /* 0 none */
};
struct shipping_figures shipping_measure(const struct shipping *shipping, size_t output_idx) MUST_CHECK;

#endif

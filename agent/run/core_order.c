/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_order: what commands have written into the ledger. The books are committed first, so that what was measured before the order is in the
 * ledger when it is carried out; then the commit thread, which owns the writing ledger, does it, and the client is told.
 */
#include "run/core_priv.h"

#include "base/mem.h"
#include "run/orders.h"
#include "wire/order.h"

/* In the commit thread; the loop does not touch the order while it is out. */
static void carry_out(void *context, struct ledger *ledger)
{
	struct core_order *order = context;

	order->err = orders_run(ledger, order->line, order->now_utc_ms, order->is_clock_untrusted, &order->text, &order->info);
}

static void refuse(struct core *core, struct core_client *client, enum err err, const char *text)
{
	struct err_info info = {0};

	(void)err_set(&info, err, "%s", text);
	order_answer(&client->answer, err, &info, "");
	core_client_answer(core, client);
}

void core_order_begin(struct core *core, struct core_client *client)
{
	struct core_order *order = &core->order;

	if (order->line != NULL) {
		refuse(core, client, ERR_BUSY, "the agent carries out another order just now: try again");
		return;
	}
	*order = (struct core_order){.line = mem_dup(buf_text(&client->request)), .client = client};
	if (order->line == NULL) {
		refuse(core, client, ERR_MEMORY, "the agent has no memory for the order");
		return;
	}
	buf_init(&order->text, ORDER_ANSWER_BYTES_MAX);
	client->is_waiting = true;
	core->is_commit_forced = true;
	core_commit_begin(core);
	core_order_go_on(core);
}

void core_order_go_on(struct core *core)
{
	struct core_order *order = &core->order;

	if (order->line == NULL || order->is_out || core->is_batch_out)
		return;
	order->is_out = true;
	order->now_utc_ms = core->now.utc_ns / CLOCK_NS_PER_MS;
	order->is_clock_untrusted = !books_is_clock_trusted(core->books);
	committer_submit_job(core->committer, carry_out, order);
}

void core_order_settle(struct core *core)
{
	struct core_order *order = &core->order;
	struct core_client *client = order->client;

	if (order->err == ERR_NONE)
		log_notice("an order was carried out: %s", buf_text(&order->text));
	if (client != NULL) {
		order_answer(&client->answer, order->err, &order->info, buf_text(&order->text));
		core_client_answer(core, client);
	}
	mem_free(order->line);
	buf_deinit(&order->text);
	*order = (struct core_order){0};
}

void core_order_forget(struct core *core, const struct core_client *client)
{
	if (core->order.client == client)
		core->order.client = NULL;
}

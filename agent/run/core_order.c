/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_order: what commands have written into the ledger. The books are committed first, so that what was measured before the order is in the
 * ledger when it is carried out; then the commit thread, which owns the writing ledger, does it, and the client is told.
 */
#include "run/core_priv.h"

#include "base/mem.h"
#include "model/units.h"
#include "run/orders.h"
#include "wire/order.h"

#include <stdio.h>
#include <string.h>

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

static void start(struct core *core, const char *line, struct core_client *client)
{
	struct core_order *order = &core->order;

	*order = (struct core_order){.line = mem_dup(line), .client = client};
	if (order->line == NULL) {
		if (client != NULL)
			refuse(core, client, ERR_MEMORY, "the agent has no memory for the order");
		return;
	}
	buf_init(&order->text, ORDER_ANSWER_BYTES_MAX);
	if (client != NULL)
		client->is_waiting = true;
	core->is_commit_forced = true;
	core_commit_begin(core);
	core_order_go_on(core);
}

void core_order_begin(struct core *core, struct core_client *client)
{
	if (core->order.line != NULL)
		refuse(core, client, ERR_BUSY, "the agent carries out another order just now: try again");
	else
		start(core, buf_text(&client->request), client);
}

/* ---- Months that are sealed by themselves ---- */

/* The label of the last month that ended longer ago than the plan says; and a day more, since the months of all time zones are then over. */
static void label_month(const struct core *core, char out[static CORE_MONTH_BYTES])
{
	int64_t now_s = core->now.utc_ns / CLOCK_NS_PER_S;
	int64_t year;
	int month;
	int day;

	clock_civil_from_days((now_s - (int64_t)core->plan.seal_after_s) / UNITS_S_PER_DAY - 1, &year, &month, &day);
	year -= month == 1 ? 1 : 0;
	month = month == 1 ? 12 : month - 1;
	snprintf(out, CORE_MONTH_BYTES, "%04d-%02u", (int)(year % 10000), (unsigned)month % 100);
}

/* Each site once a month, and once after each start: what is sealed already stays as it is, a refusal is logged. */
void core_order_seal_due(struct core *core)
{
	char label[CORE_MONTH_BYTES];
	struct buf line;

	if (core->plan.seal_after_s == 0 || core->order.line != NULL || !books_is_clock_trusted(core->books))
		return;
	label_month(core, label);
	if (strcmp(label, core->seal_month) != 0) {
		memcpy(core->seal_month, label, sizeof(label));
		core->seal_site_idx = 0;
	}
	if (core->seal_site_idx >= core->plan.site_count)
		return;
	buf_init(&line, ORDER_BYTES_MAX);
	order_add(&line, "seal");
	order_add(&line, label);
	order_add(&line, core->plan.site[core->seal_site_idx++].id);
	order_add(&line, "wattledgerd (seal_after)");
	order_add(&line, "");
	order_add(&line, "again");
	if (!line.is_failed)
		start(core, buf_text(&line), NULL);
	buf_deinit(&line);
}

/* ---- Both ---- */

void core_order_go_on(struct core *core)
{
	struct core_order *order = &core->order;

	/* None is begun at the end: the last commit would wait for it. */
	if (order->line == NULL || order->is_out || core->is_batch_out || core->is_stopping)
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

	if (order->err == ERR_NONE && order->text.bytes > 0)
		log_notice("an order was carried out: %s", buf_text(&order->text));
	else if (order->err != ERR_NONE && client == NULL)
		log_warning("%s is not sealed by itself: %s", core->seal_month, order->info.text);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_page: the plan of the status page. One item. */
#include "wire/plan_page.h"

#include "wire/plan_priv.h"

#include <string.h>

enum page_item { PAGE_HEAD = 1 };

enum err plan_page_encode(const struct plan_page *plan, struct buf *out, struct err_info *info)
{
	struct plan_writer writer;
	struct wire_writer *body;
	enum err err = plan_begin(&writer, out, PLAN_PAGE, info);

	if (err != ERR_NONE)
		return err;
	body = plan_item_begin(&writer, PAGE_HEAD);
	wire_put_text(body, plan->host);
	wire_put_u32(body, plan->port);
	wire_put_text(body, plan->state_dir);
	wire_put_text(body, plan->ledger_path);
	plan_item_end(&writer);
	return plan_end(&writer, info);
}

enum err plan_page_decode(struct plan_page *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_page plan = {.port = 0};
	struct plan_reader reader;
	struct wire_reader body = {0};
	enum err err = plan_open(&reader, data, bytes, PLAN_PAGE, info);

	if (err == ERR_NONE)
		err = plan_take_item(&reader, PAGE_HEAD, &body, info);
	if (err != ERR_NONE)
		return err;
	wire_get_text(&body, plan.host, sizeof plan.host);
	plan.port = (uint16_t)plan_get_u32_of(&body, 0, UINT16_MAX);
	wire_get_text(&body, plan.state_dir, sizeof plan.state_dir);
	wire_get_text(&body, plan.ledger_path, sizeof plan.ledger_path);
	if (plan.host[0] == '\0' || plan.state_dir[0] != '/' || plan.ledger_path[0] != '/')
		body.is_bad = true;
	err = plan_check_item(&body, "head", 0, info);
	if (err == ERR_NONE)
		err = plan_check_end(&reader, info);
	if (err == ERR_NONE)
		*out = plan;
	return err;
}

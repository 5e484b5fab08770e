/* SPDX-License-Identifier: Apache-2.0 */
/* plan_deliver: the plan of deliver. A head with the count, then the targets. */
#include "base/mem.h"
#include "wire/plan.h"
#include "wire/plan_priv.h"

enum deliver_item { DELIVER_HEAD = 1, DELIVER_TARGET };

enum { DELIVER_TIMEOUT_MS_MAX = 3600000 };

static void put_target(struct wire_writer *writer, const struct plan_target *target)
{
	wire_put_u32(writer, target->output);
	wire_put_text(writer, target->name);
	wire_put_u8(writer, (uint8_t)target->kind);
	wire_put_u8(writer, (uint8_t)target->url_count);
	for (size_t i = 0; i < target->url_count; i++)
		wire_put_text(writer, target->url[i]);
	wire_put_text(writer, target->database);
	wire_put_text(writer, target->retention_policy);
	wire_put_text(writer, target->username);
	plan_put_raw(writer, target->password);
	plan_put_raw(writer, target->token);
	wire_put_text(writer, target->organization);
	wire_put_text(writer, target->bucket);
	wire_put_text(writer, target->tls_ca);
	wire_put_text(writer, target->tls_cert);
	wire_put_text(writer, target->tls_key);
	wire_put_bool(writer, target->insecure_skip_verify);
	wire_put_bool(writer, target->is_gzip);
	wire_put_u32(writer, target->timeout_ms);
	wire_put_text(writer, target->http_proxy);
}

static void get_target(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_target *target = item;

	(void)context;
	target->output = plan_get_u32_of(reader, 0, PLAN_OUTPUTS_MAX - 1);
	plan_get_id(reader, target->name, sizeof target->name);
	target->kind = (enum output_kind)wire_get_enum(reader, OUTPUT_KIND_COUNT);
	target->url_count = wire_get_enum(reader, PLAN_URLS_MAX + 1);
	for (size_t i = 0; i < target->url_count; i++)
		wire_get_text(reader, target->url[i], sizeof target->url[i]);
	wire_get_text(reader, target->database, sizeof target->database);
	wire_get_text(reader, target->retention_policy, sizeof target->retention_policy);
	wire_get_text(reader, target->username, sizeof target->username);
	plan_get_raw(reader, target->password, sizeof target->password);
	plan_get_raw(reader, target->token, sizeof target->token);
	wire_get_text(reader, target->organization, sizeof target->organization);
	wire_get_text(reader, target->bucket, sizeof target->bucket);
	wire_get_text(reader, target->tls_ca, sizeof target->tls_ca);
	wire_get_text(reader, target->tls_cert, sizeof target->tls_cert);
	wire_get_text(reader, target->tls_key, sizeof target->tls_key);
	target->insecure_skip_verify = wire_get_bool(reader);
	target->is_gzip = wire_get_bool(reader);
	target->timeout_ms = plan_get_u32_of(reader, 1, DELIVER_TIMEOUT_MS_MAX);
	wire_get_text(reader, target->http_proxy, sizeof target->http_proxy);
	if (target->url_count == 0 || !output_kind_is_network(target->kind))
		reader->is_bad = true;
}

enum err plan_deliver_encode(const struct plan_deliver *plan, struct buf *out, struct err_info *info)
{
	struct plan_writer writer;
	enum err err = plan_begin(&writer, out, PLAN_DELIVER, info);

	if (err != ERR_NONE)
		return err;
	wire_put_u32(plan_item_begin(&writer, DELIVER_HEAD), (uint32_t)plan->target_count);
	plan_item_end(&writer);
	for (size_t i = 0; i < plan->target_count; i++) {
		put_target(plan_item_begin(&writer, DELIVER_TARGET), &plan->target[i]);
		plan_item_end(&writer);
	}
	return plan_end(&writer, info);
}

static enum err decode(struct plan_deliver *plan, struct plan_reader *reader, struct err_info *info)
{
	struct wire_reader body = {0};
	void *list = NULL;
	enum err err = plan_take_item(reader, DELIVER_HEAD, &body, info);

	if (err != ERR_NONE)
		return err;
	size_t count = plan_get_u32_of(&body, 0, PLAN_OUTPUTS_MAX);
	err = plan_check_item(&body, "head", 0, info);
	if (err != ERR_NONE)
		return err;
	const struct plan_list targets = {DELIVER_TARGET, "target", count, PLAN_OUTPUTS_MAX, sizeof *plan->target, get_target, NULL};
	err = plan_take_list(reader, &targets, &list, info);
	plan->target = list;
	plan->target_count = list != NULL ? count : 0;
	return err != ERR_NONE ? err : plan_check_end(reader, info);
}

enum err plan_deliver_decode(struct plan_deliver *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_deliver plan = {0};
	struct plan_reader reader;
	enum err err = plan_open(&reader, data, bytes, PLAN_DELIVER, info);

	if (err != ERR_NONE)
		return err;
	err = decode(&plan, &reader, info);
	if (err == ERR_NONE)
		*out = plan;
	else
		plan_deliver_deinit(&plan);
	return err;
}

void plan_deliver_deinit(struct plan_deliver *plan)
{
	mem_free_secret(plan->target, plan->target_count * sizeof *plan->target);
	*plan = (struct plan_deliver){0};
}

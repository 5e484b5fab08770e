/* SPDX-License-Identifier: Apache-2.0 */
/* plan_series: a head with the count, then the sources. */
#include "wire/plan_series.h"

#include "base/mem.h"
#include "wire/plan_priv.h"

enum series_item { SERIES_HEAD = 1, SERIES_SOURCE };

enum { SERIES_TIMEOUT_MS_MAX = 300000 };

const char *series_shape_name(enum series_shape shape)
{
	static const char *const name[SERIES_SHAPE_COUNT] = {"csv", "uk-carbon-intensity", "electricity-maps"};

	return (unsigned)shape < SERIES_SHAPE_COUNT ? name[shape] : "unknown";
}

static void put_source(struct wire_writer *writer, const struct plan_series_source *source)
{
	wire_put_text(writer, source->folder);
	wire_put_text(writer, source->url);
	wire_put_u8(writer, (uint8_t)source->shape);
	wire_put_text(writer, source->zone);
	wire_put_text(writer, source->basis);
	wire_put_text(writer, source->publisher);
	wire_put_text(writer, source->licence);
	wire_put_text(writer, source->source);
	plan_put_raw(writer, source->token);
	wire_put_text(writer, source->tls_ca);
	wire_put_text(writer, source->http_proxy);
	wire_put_u32(writer, source->timeout_ms);
	wire_put_u32(writer, source->every_s);
	wire_put_u32(writer, source->back_s);
}

static void get_source(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_series_source *source = item;

	(void)context;
	wire_get_text(reader, source->folder, sizeof source->folder);
	wire_get_text(reader, source->url, sizeof source->url);
	source->shape = (enum series_shape)wire_get_enum(reader, SERIES_SHAPE_COUNT);
	plan_get_optional_id(reader, source->zone, sizeof source->zone);
	plan_get_optional_id(reader, source->basis, sizeof source->basis);
	wire_get_text(reader, source->publisher, sizeof source->publisher);
	wire_get_text(reader, source->licence, sizeof source->licence);
	wire_get_text(reader, source->source, sizeof source->source);
	plan_get_raw(reader, source->token, sizeof source->token);
	wire_get_text(reader, source->tls_ca, sizeof source->tls_ca);
	wire_get_text(reader, source->http_proxy, sizeof source->http_proxy);
	source->timeout_ms = plan_get_u32_of(reader, 1, SERIES_TIMEOUT_MS_MAX);
	source->every_s = plan_get_u32_of(reader, PLAN_SERIES_EVERY_S_MIN, PLAN_SERIES_EVERY_S_MAX);
	source->back_s = plan_get_u32_of(reader, PLAN_SERIES_BACK_S_MIN, PLAN_SERIES_BACK_S_MAX);
	if ((source->folder[0] == '/') == (source->url[0] != '\0'))
		reader->is_bad = true;
}

enum err plan_series_encode(const struct plan_series *plan, struct buf *out, struct err_info *info)
{
	struct wire_writer *body;
	struct plan_writer writer;
	enum err err = plan_begin(&writer, out, PLAN_SERIES, info);

	if (err != ERR_NONE)
		return err;
	body = plan_item_begin(&writer, SERIES_HEAD);
	wire_put_text(body, plan->shelf);
	wire_put_u32(body, (uint32_t)plan->source_count);
	plan_item_end(&writer);
	for (size_t i = 0; i < plan->source_count; i++) {
		put_source(plan_item_begin(&writer, SERIES_SOURCE), &plan->source[i]);
		plan_item_end(&writer);
	}
	return plan_end(&writer, info);
}

static enum err decode(struct plan_series *plan, struct plan_reader *reader, struct err_info *info)
{
	struct plan_list sources = {SERIES_SOURCE, "source", 0, PLAN_SERIES_MAX, sizeof *plan->source, get_source, NULL};
	struct wire_reader body = {0};
	void *list = NULL;
	enum err err = plan_take_item(reader, SERIES_HEAD, &body, info);

	if (err != ERR_NONE)
		return err;
	wire_get_text(&body, plan->shelf, sizeof plan->shelf);
	sources.count = plan_get_u32_of(&body, 0, PLAN_SERIES_MAX);
	if (plan->shelf[0] == '\0')
		body.is_bad = true;
	err = plan_check_item(&body, "head", 0, info);
	if (err != ERR_NONE)
		return err;
	err = plan_take_list(reader, &sources, &list, info);
	plan->source = list;
	plan->source_count = list != NULL ? sources.count : 0;
	return err != ERR_NONE ? err : plan_check_end(reader, info);
}

enum err plan_series_decode(struct plan_series *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_series plan = {.shelf = ""};
	struct plan_reader reader;
	enum err err = plan_open(&reader, data, bytes, PLAN_SERIES, info);

	if (err == ERR_NONE)
		err = decode(&plan, &reader, info);
	if (err == ERR_NONE)
		*out = plan;
	else
		plan_series_deinit(&plan);
	return err;
}

void plan_series_deinit(struct plan_series *plan)
{
	mem_free_secret(plan->source, plan->source_count * sizeof *plan->source);
	*plan = (struct plan_series){.shelf = ""};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_core: the plan of core. A head with the counts, then sites, devices, ports, outputs and factors in this order. */
#include "base/mem.h"
#include "model/feeds.h"
#include "wire/plan.h"
#include "wire/plan_priv.h"
#include "wire/plan_texts.h"

#include <string.h>

enum core_item { CORE_HEAD = 1, CORE_SITE, CORE_DEVICE, CORE_OUTPUT, CORE_FACTOR, CORE_PORT };

/* Bounds that no config reaches; what is beyond is damage. */
enum { CORE_INTERVAL_MS_MAX = 86400000, CORE_GAP_MS_MAX = 7 * 86400000, CORE_YEAR_MIN = 1900, CORE_YEAR_MAX = 2999 };
#define CORE_RATED_W_MAX 1e10
#define CORE_BUSY_W_MAX 1e3
#define CORE_FACTOR_MICROG_MAX INT64_C(100000000000) /* 100 kg CO2e per kWh */

static void put_head(struct wire_writer *writer, const struct plan_core *plan)
{
	wire_put_text(writer, plan->ledger_path);
	wire_put_text(writer, plan->control_path);
	wire_put_u32(writer, plan->slot_s);
	wire_put_u32(writer, plan->commit_ms);
	wire_put_u32(writer, plan->grace_s);
	wire_put_bool(writer, plan->is_flash);
	wire_put_f64(writer, plan->busy_w);
	wire_put_bool(writer, plan->is_clock_assumed);
	wire_put_u64(writer, plan->outbox_max_bytes);
	wire_put_u32(writer, plan->outbox_max_age_s);
	wire_put_u32(writer, plan->seal_after_s);
	plan_put_digest(writer, plan->config_sha256);
	wire_put_text(writer, plan->host);
	wire_put_u32(writer, (uint32_t)plan->site_count);
	wire_put_u32(writer, (uint32_t)plan->device_count);
	wire_put_u32(writer, (uint32_t)plan->port_count);
	wire_put_u32(writer, (uint32_t)plan->output_count);
	wire_put_u32(writer, (uint32_t)plan->factor_count);
}

static void get_head(struct wire_reader *reader, struct plan_core *plan)
{
	wire_get_text(reader, plan->ledger_path, sizeof plan->ledger_path);
	wire_get_text(reader, plan->control_path, sizeof plan->control_path);
	plan->slot_s = wire_get_u32(reader);
	if (plan->slot_s != 60 && plan->slot_s != 300 && plan->slot_s != 900)
		reader->is_bad = true;
	plan->commit_ms = plan_get_u32_of(reader, 1, CORE_INTERVAL_MS_MAX);
	plan->grace_s = plan_get_u32_of(reader, 0, CORE_INTERVAL_MS_MAX / 1000);
	plan->is_flash = wire_get_bool(reader);
	plan->busy_w = wire_get_f64(reader);
	if (!(plan->busy_w >= 0.0 && plan->busy_w <= CORE_BUSY_W_MAX))
		reader->is_bad = true;
	plan->is_clock_assumed = wire_get_bool(reader);
	plan->outbox_max_bytes = wire_get_u64(reader);
	plan->outbox_max_age_s = wire_get_u32(reader);
	plan->seal_after_s = wire_get_u32(reader);
	plan_get_digest(reader, plan->config_sha256);
	wire_get_text(reader, plan->host, sizeof plan->host);
	plan->site_count = plan_get_u32_of(reader, 0, PLAN_SITES_MAX);
	plan->device_count = plan_get_u32_of(reader, 0, PLAN_DEVICES_MAX);
	plan->port_count = plan_get_u32_of(reader, 0, PLAN_PORTS_MAX);
	plan->output_count = plan_get_u32_of(reader, 0, PLAN_OUTPUTS_MAX);
	plan->factor_count = plan_get_u32_of(reader, 0, PLAN_FACTORS_MAX);
}

static void put_site(struct wire_writer *writer, const struct plan_site *site)
{
	wire_put_text(writer, site->id);
	wire_put_text(writer, site->name);
	wire_put_text(writer, site->grid_zone);
	wire_put_text(writer, site->time_zone);
	wire_put_u8(writer, (uint8_t)site->supply);
	wire_put_u8(writer, site->fiscal_month);
	wire_put_text(writer, site->facts);
}

static void get_site(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_site *site = item;
	struct facts facts;

	(void)context;
	plan_get_id(reader, site->id, sizeof site->id);
	wire_get_text(reader, site->name, sizeof site->name);
	wire_get_text(reader, site->grid_zone, sizeof site->grid_zone);
	wire_get_text(reader, site->time_zone, sizeof site->time_zone);
	site->supply = (enum supply)wire_get_enum(reader, SUPPLY_COUNT);
	site->fiscal_month = wire_get_u8(reader);
	wire_get_text(reader, site->facts, sizeof site->facts);
	if (!facts_parse(&facts, site->facts))
		reader->is_bad = true;
	if (site->fiscal_month < 1 || site->fiscal_month > 12)
		reader->is_bad = true;
}

static void put_device(struct wire_writer *writer, const struct plan_device *device)
{
	wire_put_text(writer, device->id);
	wire_put_text(writer, device->was);
	wire_put_text(writer, device->name);
	wire_put_u32(writer, device->site);
	wire_put_text(writer, device->rack);
	wire_put_text(writer, device->tenant);
	wire_put_u8(writer, (uint8_t)device->source);
	wire_put_u32(writer, device->source_device);
	wire_put_u32(writer, device->interval_ms);
	wire_put_u32(writer, device->max_gap_ms);
	wire_put_bool(writer, device->is_in_total);
	wire_put_bool(writer, device->has_point);
	wire_put_u8(writer, (uint8_t)device->point);
	wire_put_u8(writer, (uint8_t)device->supply);
	wire_put_f64(writer, device->rated_w);
	wire_put_text(writer, device->fed_by);
	wire_put_text(writer, device->facts);
	wire_put_u8(writer, (uint8_t)device->ref);
	wire_put_u32(writer, device->first_port);
	wire_put_u32(writer, device->port_count);
}

/* Without memory the item counts as damaged: the plan is not taken. */
static const char *keep(struct wire_reader *reader, const struct plan_core *plan, const char *text)
{
	const char *kept = plan_texts_keep(plan->texts, text);

	if (kept == NULL)
		reader->is_bad = true;
	return kept == NULL ? "" : kept;
}

static const char *keep_id(struct wire_reader *reader, const struct plan_core *plan,
			   void (*get)(struct wire_reader *reader, char *out, size_t out_bytes))
{
	char text[PLAN_ID_BYTES] = "";

	get(reader, text, sizeof text);
	return keep(reader, plan, text);
}

static const char *keep_feeds(struct wire_reader *reader, const struct plan_core *plan)
{
	struct feed feed[FEEDS_MAX];
	char text[FEEDS_BYTES] = "";

	wire_get_text(reader, text, sizeof text);
	if (feeds_parse(feed, text) > FEEDS_MAX)
		reader->is_bad = true;
	return keep(reader, plan, text);
}

static const char *keep_facts(struct wire_reader *reader, const struct plan_core *plan)
{
	struct facts facts;
	char text[FACTS_BYTES] = "";

	wire_get_text(reader, text, sizeof text);
	if (!facts_parse(&facts, text))
		reader->is_bad = true;
	return keep(reader, plan, text);
}

static const char *keep_name(struct wire_reader *reader, const struct plan_core *plan)
{
	char text[PLAN_NAME_BYTES] = "";

	wire_get_text(reader, text, sizeof text);
	return keep(reader, plan, text);
}

static void get_device(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_device *device = item;
	const struct plan_core *plan = context;

	device->id = keep_id(reader, plan, plan_get_id);
	device->was = keep_id(reader, plan, plan_get_optional_id);
	device->name = keep_name(reader, plan);
	device->site = wire_get_u32(reader);
	device->rack = keep_id(reader, plan, wire_get_text);
	device->tenant = keep_id(reader, plan, wire_get_text);
	device->source = (enum wire_kind)wire_get_enum(reader, WIRE_KIND_DELIVER);
	device->source_device = plan_get_u32_of(reader, 0, PLAN_DEVICES_MAX);
	device->interval_ms = plan_get_u32_of(reader, 1, CORE_INTERVAL_MS_MAX);
	device->max_gap_ms = plan_get_u32_of(reader, 1, CORE_GAP_MS_MAX);
	device->is_in_total = wire_get_bool(reader);
	device->has_point = wire_get_bool(reader);
	device->point = (enum point)wire_get_enum(reader, POINT_COUNT);
	device->supply = (enum supply)wire_get_enum(reader, SUPPLY_COUNT);
	device->rated_w = wire_get_f64(reader);
	device->fed_by = keep_feeds(reader, plan);
	device->facts = keep_facts(reader, plan);
	device->ref = (enum ref)wire_get_enum(reader, REF_COUNT);
	device->first_port = wire_get_u32(reader);
	device->port_count = wire_get_u32(reader);
	if (device->first_port > plan->port_count || device->port_count > plan->port_count - device->first_port)
		reader->is_bad = true;
	if (device->site >= plan->site_count || device->rated_w < 0.0 || device->rated_w > CORE_RATED_W_MAX)
		reader->is_bad = true;
}

static void put_port(struct wire_writer *writer, const struct plan_port *port)
{
	wire_put_u8(writer, (uint8_t)port->ref);
	wire_put_text(writer, port->pattern);
}

static void get_port(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_port *port = item;

	(void)context;
	port->ref = (enum ref)wire_get_enum(reader, REF_COUNT);
	wire_get_text(reader, port->pattern, sizeof port->pattern);
}

static void put_output(struct wire_writer *writer, const struct plan_output *output)
{
	wire_put_text(writer, output->name);
	wire_put_u8(writer, (uint8_t)output->kind);
	wire_put_u8(writer, (uint8_t)output->send);
	wire_put_u64(writer, output->max_bytes_per_day);
	wire_put_text(writer, output->path);
}

static void get_output(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_output *output = item;

	(void)context;
	plan_get_id(reader, output->name, sizeof output->name);
	output->kind = (enum output_kind)wire_get_enum(reader, OUTPUT_KIND_COUNT);
	output->send = (enum output_send)wire_get_enum(reader, OUTPUT_SEND_COUNT);
	output->max_bytes_per_day = wire_get_u64(reader);
	wire_get_text(reader, output->path, sizeof output->path);
}

static void put_factor(struct wire_writer *writer, const struct plan_factor *factor)
{
	wire_put_text(writer, factor->zone);
	wire_put_u32(writer, (uint32_t)factor->year);
	wire_put_i64(writer, factor->microg_per_kwh);
	wire_put_text(writer, factor->basis);
	wire_put_text(writer, factor->method);
	wire_put_text(writer, factor->publisher);
	wire_put_text(writer, factor->edition);
	wire_put_text(writer, factor->licence);
	plan_put_digest(writer, factor->table_sha256);
}

static bool is_basis(const char *text)
{
	static const char *const NAMES[] = {"direct", "lifecycle", "residual", "upstream", "losses"};

	for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
		if (strcmp(text, NAMES[i]) == 0)
			return true;
	}
	return false;
}

static void get_factor(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_factor *factor = item;

	(void)context;
	wire_get_text(reader, factor->zone, sizeof factor->zone);
	factor->year = (int32_t)plan_get_u32_of(reader, CORE_YEAR_MIN, CORE_YEAR_MAX);
	factor->microg_per_kwh = wire_get_i64(reader);
	wire_get_text(reader, factor->basis, sizeof factor->basis);
	wire_get_text(reader, factor->method, sizeof factor->method);
	wire_get_text(reader, factor->publisher, sizeof factor->publisher);
	wire_get_text(reader, factor->edition, sizeof factor->edition);
	wire_get_text(reader, factor->licence, sizeof factor->licence);
	plan_get_digest(reader, factor->table_sha256);
	if (factor->zone[0] == '\0' || factor->microg_per_kwh < 0 || factor->microg_per_kwh > CORE_FACTOR_MICROG_MAX)
		reader->is_bad = true;
	if (!is_basis(factor->basis))
		reader->is_bad = true;
}

enum err plan_core_encode(const struct plan_core *plan, struct buf *out, struct err_info *info)
{
	struct plan_writer writer;
	enum err err = plan_begin(&writer, out, PLAN_CORE, info);

	if (err != ERR_NONE)
		return err;
	put_head(plan_item_begin(&writer, CORE_HEAD), plan);
	plan_item_end(&writer);
	for (size_t i = 0; i < plan->site_count; i++) {
		put_site(plan_item_begin(&writer, CORE_SITE), &plan->site[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->device_count; i++) {
		put_device(plan_item_begin(&writer, CORE_DEVICE), &plan->device[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->port_count; i++) {
		put_port(plan_item_begin(&writer, CORE_PORT), &plan->port[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->output_count; i++) {
		put_output(plan_item_begin(&writer, CORE_OUTPUT), &plan->output[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->factor_count; i++) {
		put_factor(plan_item_begin(&writer, CORE_FACTOR), &plan->factor[i]);
		plan_item_end(&writer);
	}
	return plan_end(&writer, info);
}

static enum err decode(struct plan_core *plan, struct plan_reader *reader, struct err_info *info)
{
	struct wire_reader body = {0};
	void *list = NULL;
	enum err err = plan_take_item(reader, CORE_HEAD, &body, info);

	if (err != ERR_NONE)
		return err;
	get_head(&body, plan);
	err = plan_check_item(&body, "head", 0, info);
	if (err != ERR_NONE)
		return err;
	const struct plan_list sites = {CORE_SITE, "site", plan->site_count, PLAN_SITES_MAX, sizeof *plan->site, get_site, NULL};
	err = plan_take_list(reader, &sites, &list, info);
	plan->site = list;
	if (err != ERR_NONE)
		return err;
	plan->texts = plan_texts_new();
	if (plan->texts == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for the plan of core");
	const struct plan_list devices = {CORE_DEVICE, "device", plan->device_count, PLAN_DEVICES_MAX, sizeof *plan->device,
					  get_device,  plan};
	err = plan_take_list(reader, &devices, &list, info);
	plan->device = list;
	if (err != ERR_NONE)
		return err;
	const struct plan_list ports = {CORE_PORT, "port", plan->port_count, PLAN_PORTS_MAX, sizeof *plan->port, get_port, NULL};
	err = plan_take_list(reader, &ports, &list, info);
	plan->port = list;
	if (err != ERR_NONE)
		return err;
	const struct plan_list outputs = {CORE_OUTPUT, "output", plan->output_count, PLAN_OUTPUTS_MAX, sizeof *plan->output,
					  get_output,  NULL};
	err = plan_take_list(reader, &outputs, &list, info);
	plan->output = list;
	if (err != ERR_NONE)
		return err;
	const struct plan_list factors = {CORE_FACTOR, "factor", plan->factor_count, PLAN_FACTORS_MAX, sizeof *plan->factor,
					  get_factor,  NULL};
	err = plan_take_list(reader, &factors, &list, info);
	plan->factor = list;
	return err != ERR_NONE ? err : plan_check_end(reader, info);
}

enum err plan_core_decode(struct plan_core *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_reader reader;
	enum err err = plan_open(&reader, data, bytes, PLAN_CORE, info);

	if (err != ERR_NONE)
		return err;
	struct plan_core *plan = mem_new(sizeof *plan);
	if (plan == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for the plan of core");
	err = decode(plan, &reader, info);
	if (err == ERR_NONE)
		*out = *plan;
	else
		plan_core_deinit(plan);
	mem_free(plan);
	return err;
}

void plan_core_deinit(struct plan_core *plan)
{
	mem_free(plan->site);
	mem_free(plan->device);
	plan_texts_free(plan->texts);
	mem_free(plan->port);
	mem_free(plan->output);
	mem_free(plan->factor);
	*plan = (struct plan_core){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* books: construction, the wall clock, the tick. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "base/log.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/resume.h"
#include "model/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Lines of one reading or one slot: the longest tags are below 2 KiB. */
enum { LINES_BYTES_MAX = 64 << 10 };

/* Litres are where millijoules are, so a watt is 1,000 l/s: no set burns that, and a reading that is garbled says more. */
#define FUEL_BOUND_W 1.0

struct books_site *books_site_of(struct books *books, const struct books_device *device)
{
	return &books->site[device->plan->site];
}

struct account_rules books_rules(const struct books *books, const struct books_meter *meter, enum quantity quantity)
{
	static const struct counter_spec octets = {.unit_num = 1, .unit_den = 1, .is_wrap_known = true};
	struct account_rules rules = books->rules;

	rules.max_gap_ns = (int64_t)meter->device->plan->max_gap_ms * UNITS_NS_PER_MS;
	rules.is_component = meter->info->is_component;
	rules.rated_w = meter->info->rated_w;
	switch (quantity) {
	case QUANTITY_ENERGY: rules.counter = meter->info->energy; break;
	case QUANTITY_ENERGY_OUT: rules.counter = meter->info->energy_out; break;
	case QUANTITY_FUEL_USED: /* whole litres in the millijoule columns; how wide the device's register is nobody tells */
		rules.counter = (struct counter_spec){.unit_num = 1, .unit_den = 1};
		rules.rated_w = FUEL_BOUND_W;
		break;
	default: /* octets: whole ones stand in the millijoule columns, and watts do not bound them */
		rules.counter = octets;
		rules.counter.modulus = meter->info->octet_modulus;
		/* Those of this machine begin at zero with the interface, or with the capture. */
		rules.counter.starts_at_zero = meter->device->plan->source == WIRE_KIND_TRAFFIC;
		rules.rated_w = 0;
		break;
	}
	if (meter->info->role == ROLE_TOTAL && rules.rated_w <= 0 && quantity == QUANTITY_ENERGY)
		rules.rated_w = meter->device->plan->rated_w;
	return rules;
}

static enum err open_sites(struct books *books, struct err_info *info)
{
	const struct plan_core *plan = books->options.plan;

	for (size_t i = 0; i < plan->site_count; i++) {
		struct books_site *site = &books->site[i];
		uint8_t note[SITE_TOTALS_BYTES_MAX];
		char key[PLAN_ID_BYTES + 16];
		size_t note_bytes = 0;
		enum err err;

		site->plan = &plan->site[i];
		site->factor_year = INT64_MIN;
		err = zone_open(&site->zone, books->options.zone_root, site->plan->time_zone, info);
		if (err == ERR_NONE)
			err = ledger_registry_put_site(books->options.registry, books->batch, books->newest_utc_ms, site->plan,
						       &site->ledger_id, info);
		if (err != ERR_NONE)
			return err_prefix(info, "site '%s'", site->plan->id);
		snprintf(key, sizeof(key), "site_total/%s", site->plan->id);
		err = ledger_resume_note(books->options.reader, key, note, sizeof(note), &note_bytes, info);
		if (err != ERR_NONE)
			return err;
		if (note_bytes != 0 && site_totals_load(&site->totals, note, note_bytes, info) != ERR_NONE)
			log_warning("site '%s': %s; sums of its open slots start anew", site->plan->id, info->text);
		site->has_note = note_bytes != 0;
		err = books_resume_intensity(books, site, info);
		if (err == ERR_NONE)
			err = books_check_zone(books, site, info);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum err index_device(struct books *books, uint32_t at, struct err_info *info)
{
	const struct plan_device *plan = books->device[at].plan;
	uint32_t *index = books->index[plan->source];

	if (plan->source_device >= books->index_count[plan->source] || index[plan->source_device] != UINT32_MAX)
		return err_set(info, ERR_DATA, "device '%s': its number %u among the %s devices is wrong", plan->id, plan->source_device,
			       wire_kind_name(plan->source));
	index[plan->source_device] = at;
	return ERR_NONE;
}

struct ledger_device_info books_describe_device(const struct books_device *device)
{
	const struct books_state *state = device->state;
	struct ledger_device_info info = {
	    .id = device->plan->id,
	    .was = device->plan->was,
	    .name = device->plan->name,
	    .rack = device->plan->rack,
	    .tenant = device->plan->tenant,
	    .fed_by = device->plan->fed_by,
	    .facts = device->plan->facts,
	    .source = wire_kind_name(device->plan->source),
	};

	if (state != NULL) {
		info.vendor = state->vendor;
		info.model = state->model;
		info.serial = state->serial;
		info.firmware = state->firmware;
		info.driver = state->driver;
		info.driver_sha256 = state->driver_sha256;
	}
	return info;
}

static enum err open_devices(struct books *books, struct err_info *info)
{
	const struct plan_core *plan = books->options.plan;
	enum err err;

	for (size_t i = 0; i < plan->device_count; i++)
		books->index_count[plan->device[i].source]++;
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		if (books->index_count[kind] == 0)
			continue;
		books->index[kind] = mem_new_array(books->index_count[kind], sizeof(uint32_t));
		if (books->index[kind] == NULL)
			return err_set(info, ERR_MEMORY, "no memory for %u devices", books->index_count[kind]);
		memset(books->index[kind], 0xff, books->index_count[kind] * sizeof(uint32_t));
	}
	for (size_t i = 0; i < plan->device_count; i++) {
		struct books_device *device = &books->device[i];
		struct ledger_device_info described;

		device->plan = &plan->device[i];
		device->uptime_s = -1;
		described = books_describe_device(device);
		err = index_device(books, (uint32_t)i, info);
		if (err == ERR_NONE)
			err = ledger_registry_put_device(books->options.registry, books->batch, books->newest_utc_ms,
							 books_site_of(books, device)->ledger_id, &described, &device->ledger_id, info);
		if (err != ERR_NONE)
			return err_prefix(info, "device '%s'", device->plan->id);
		device->row_count = ledger_registry_summand_count(books->options.registry, device->ledger_id);
	}
	return ERR_NONE;
}

static enum err open_factors(struct books *books, struct err_info *info)
{
	const struct plan_core *plan = books->options.plan;

	if (plan->factor_count == 0)
		return ERR_NONE;
	books->factor = mem_new_array(plan->factor_count, sizeof(books->factor[0]));
	if (books->factor == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu grid factors", plan->factor_count);
	for (size_t i = 0; i < plan->factor_count; i++) {
		struct account_factor *factor = &books->factor[i];

		factor->zone = plan->factor[i].zone;
		factor->year = plan->factor[i].year;
		factor->microg_per_kwh = plan->factor[i].microg_per_kwh;
		if (!factor_basis_find(plan->factor[i].basis, &factor->basis))
			return err_set(info, ERR_DATA, "grid factor of zone '%s', %d: basis '%s' is not known", factor->zone, factor->year,
				       plan->factor[i].basis);
	}
	return ERR_NONE;
}

static enum err fill(struct books *books, struct err_info *info)
{
	const struct plan_core *plan = books->options.plan;
	enum err err;

	books->site = mem_new_array(plan->site_count + 1, sizeof(books->site[0]));
	books->device = mem_new_array(plan->device_count + 1, sizeof(books->device[0]));
	books->pool = meter_pool_new();
	if (books->site == NULL || books->device == NULL || books->pool == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu devices", plan->device_count);
	ledger_registry_sweep_begin(books->options.registry);
	err = books_resume_clock(books, info);
	if (err == ERR_NONE)
		err = open_sites(books, info);
	if (err == ERR_NONE)
		err = open_devices(books, info);
	if (err == ERR_NONE)
		err = open_factors(books, info);
	if (err == ERR_NONE)
		err = ledger_registry_sweep_end(books->options.registry, books->batch, books->newest_utc_ms, info);
	return err;
}

enum err books_new(struct books **out, const struct books_options *options, struct ledger_batch *batch, struct err_info *info)
{
	struct books *books = mem_new(sizeof(*books));
	enum err err;

	if (books == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the books");
	books->options = *options;
	books->batch = batch;
	books->boot = account_identity(options->boot_id);
	buf_init(&books->lines, LINES_BYTES_MAX);
	buf_init(&books->tags, LINE_SERIES_BYTES_MAX);
	account_rules_init(&books->rules);
	books->rules.grace_ns = (int64_t)options->plan->grace_s * UNITS_NS_PER_S;
	books->rules.slot_ns = (int64_t)options->plan->slot_s * UNITS_NS_PER_S;
	/* Rows of one slot lie side by side: written in one commit they share their pages, one by one each costs some of its own. */
	books->rules.closes_by_tick = options->plan->is_flash;
	err = fill(books, info);
	if (err != ERR_NONE) {
		books_free(books);
		return err;
	}
	*out = books;
	return ERR_NONE;
}

struct books *books_free(struct books *books)
{
	if (books == NULL)
		return NULL;
	for (size_t i = 0; books->device != NULL && i < books->options.plan->device_count; i++)
		books_device_deinit(books, &books->device[i]);
	books_forget_left(books, books->left_count);
	mem_free(books->left);
	for (size_t i = 0; books->site != NULL && i < books->options.plan->site_count; i++)
		zone_free(books->site[i].zone);
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++)
		mem_free(books->index[kind]);
	buf_deinit(&books->lines);
	buf_deinit(&books->tags);
	mem_free(books->spare);
	meter_pool_drop(books->pool);
	mem_free(books->site);
	mem_free(books->device);
	mem_free(books->factor);
	mem_free(books->recompute);
	revs_deinit(&books->revs);
	return mem_free(books);
}

void books_use_batch(struct books *books, struct ledger_batch *batch)
{
	books->batch = batch;
	revs_hand(&books->revs);
	books->recompute_handed = books->recompute_count;
	books->left_handed = books->left_count;
}

uint32_t books_device_count(const struct books *books, enum wire_kind kind)
{
	return books->index_count[kind];
}

bool books_is_clock_trusted(const struct books *books)
{
	return books->place.is_trusted;
}

int64_t books_utc_ms(const struct books *books, int64_t boot_ns)
{
	return account_place_utc_ms(&books->place, boot_ns);
}

void books_make_room(struct books *books)
{
	if (books->options.make_room != NULL)
		books->options.make_room(books->options.room_context);
}

uint64_t books_lost_count(const struct books *books)
{
	return books->lost_count;
}

void books_add_event(struct books *books, int level, const char *code, const char *text)
{
	struct ledger_event event = {
	    .utc_ms = books_utc_ms(books, books->now.boot_ns),
	    .boot_id = books->options.boot_id,
	    .boot_ns = books->now.boot_ns,
	    .level = level,
	    .code = code,
	    .text = text,
	};

	books_put_event(books, &event, &(struct books_event_place){0});
}

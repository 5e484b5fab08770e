/* SPDX-License-Identifier: Apache-2.0 */
/* books_meter: what collectors announce: devices' states and meters. Registers them and picks their accounts up where they were left. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "base/log.h"
#include "base/mem.h"
#include "ledger/resume.h"
#include "run/meter_tags.h"

#include <math.h>
#include <string.h>

static struct books_device *find_device(struct books *books, enum wire_kind kind, uint32_t device)
{
	if (device >= books->index_count[kind])
		return NULL;
	return &books->device[books->index[kind][device]];
}

/* ---- Devices ---- */

static enum err register_device(struct books *books, struct books_device *device, struct err_info *info)
{
	struct ledger_device_info described = books_describe_device(device);
	uint32_t ledger_id;

	return ledger_registry_put_device(books->options.registry, books->batch, books_newest_utc_ms(books),
					  books_site_of(books, device)->ledger_id, &described, &ledger_id, info);
}

static bool is_other_asset(const struct books_state *a, const struct wire_device *b)
{
	return strcmp(a->vendor, b->vendor) != 0 || strcmp(a->model, b->model) != 0 || strcmp(a->serial, b->serial) != 0 ||
	       strcmp(a->firmware, b->firmware) != 0 || strcmp(a->driver, b->driver) != 0 ||
	       memcmp(a->driver_sha256, b->driver_sha256, sizeof(a->driver_sha256)) != 0;
}

static void put_device_event(struct books *books, const struct books_device *device, struct ledger_event *event)
{
	event->utc_ms = books_utc_ms(books, books->now.boot_ns);
	event->boot_id = books->options.boot_id;
	event->boot_ns = books->now.boot_ns;
	event->site_id = books_site_of(books, device)->ledger_id;
	event->device_id = device->ledger_id;
	books_put_event(books, event, &(struct books_event_place){books_site_of(books, device), device, NULL});
}

static void add_state_event(struct books *books, const struct books_device *device)
{
	const struct books_state *state = device->state;
	struct ledger_event event = {
	    .level = state->state == DEVICE_UP ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
	    .code = state->state == DEVICE_UP ? "device_up" : "device_down",
	    .after = device_state_name(state->state),
	    .text = state->reason,
	};

	put_device_event(books, device, &event);
	if (state->state == DEVICE_UP)
		log_info("device '%s' is up%s%s%s%s", device->plan->id, state->vendor[0] != '\0' || state->model[0] != '\0' ? ": " : "",
			 state->vendor, state->vendor[0] != '\0' && state->model[0] != '\0' ? " " : "", state->model);
	else
		log_warning("device '%s' is %s: %s", device->plan->id, device_state_name(state->state), state->reason);
}

/* Its driver fitted and does not any more, or does again: told besides the state, which may be the same. */
static void add_driver_event(struct books *books, const struct books_device *device, bool is_unfit)
{
	const struct books_state *state = device->state;
	struct ledger_event event = {
	    .level = is_unfit ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE,
	    .code = is_unfit ? "driver_unfit" : "driver_fits",
	    .after = state->driver,
	    .text = is_unfit ? state->reason : "its driver fits again",
	};

	put_device_event(books, device, &event);
	if (is_unfit)
		log_warning("device '%s': %s", device->plan->id, event.text);
	else
		log_notice("device '%s': %s", device->plan->id, event.text);
}

enum err books_put_device(struct books *books, enum wire_kind kind, const struct wire_device *state, struct err_info *info)
{
	struct books_device *device = find_device(books, kind, state->device);
	struct books_state *kept;
	bool was_unfit;
	bool is_new_state;
	bool is_new_asset;

	if (device == NULL)
		return err_set(info, ERR_DATA, "a record of %s device %u, of which the plan knows only %u", wire_kind_name(kind),
			       state->device, books->index_count[kind]);
	was_unfit = books_is_unfit(device);
	is_new_asset = device->state == NULL || is_other_asset(device->state, state);
	is_new_state = device->state == NULL ? state->state != DEVICE_STARTING : device->state->state != state->state;
	if (device->state != NULL && device->state->serial[0] != '\0' && strcmp(device->state->serial, state->serial) != 0) {
		mem_free(device->former_serial);
		device->former_serial = mem_dup(device->state->serial); /* for an event: without memory it says less */
	}
	books_check_driver(books, device, state);
	kept = books_state_update(device->state, state);
	if (kept == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the state of device '%s'", device->plan->id);
	device->state = kept;
	device->identity = account_identity(state->serial);
	books_use_driver(books, device);
	if (is_new_state)
		add_state_event(books, device);
	/* What a silent device says of its driver is that of before. */
	if (was_unfit != books_is_unfit(device) && (!was_unfit || state->state == DEVICE_UP))
		add_driver_event(books, device, !was_unfit);
	return is_new_asset && (state->serial[0] != '\0' || state->driver[0] != '\0') ? register_device(books, device, info) : ERR_NONE;
}

enum err books_put_latencies(struct books *books, enum wire_kind kind, const struct wire_latencies *latencies, struct err_info *info)
{
	for (uint32_t i = 0; i < latencies->count; i++) {
		struct books_device *device = find_device(books, kind, latencies->item[i].device);

		if (device == NULL)
			return err_set(info, ERR_DATA, "the latency of %s device %u, of which the plan knows only %u", wire_kind_name(kind),
				       latencies->item[i].device, books->index_count[kind]);
		if (device->state != NULL)
			device->state->latency_us = latencies->item[i].latency_us;
	}
	return ERR_NONE;
}

/* ---- Open rows ---- */

enum err books_add_meter_rows(struct books *books, struct books_meter *meter, struct err_info *info)
{
	for (size_t s = 0; s <= BOOKS_OTHER_COUNT; s++) {
		struct books_stream *stream = books_stream_at(meter, s);
		enum err err = stream != NULL && stream->is_changed ? books_add_stream_row(books, stream, info) : ERR_NONE;

		if (err != ERR_NONE)
			return err;
	}
	return meter->derived != NULL && meter->is_changed ? books_add_derived_row(books, meter, info) : ERR_NONE;
}

static enum err add_site_note(struct books *books, struct books_site *site, struct err_info *info)
{
	uint8_t bytes[SITE_TOTALS_BYTES_MAX];
	char key[PLAN_ID_BYTES + 16];
	size_t size;
	enum err err;

	if (!site->totals.is_changed)
		return ERR_NONE;
	size = site_totals_save(&site->totals, bytes);
	/* Nothing waits, as last time: the note needs no writing. */
	if (size == 0 && !site->has_note)
		return ERR_NONE;
	memcpy(key, "site_total/", sizeof("site_total/"));
	memcpy(key + strlen(key), site->plan->id, strlen(site->plan->id) + 1);
	err = ledger_batch_add_note(books->batch, key, bytes, size, info);
	if (err == ERR_NONE) {
		site->has_note = size != 0;
		site->totals.is_changed = false;
	}
	return err;
}

enum err books_add_open_rows(struct books *books, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < books->options.plan->device_count && err == ERR_NONE; i++) {
		for (size_t m = 0; m < books->device[i].meter_count && err == ERR_NONE; m++)
			err = books_add_meter_rows(books, books->device[i].meter[m], info);
	}
	for (size_t i = 0; i < books->options.plan->site_count && err == ERR_NONE; i++)
		err = add_site_note(books, &books->site[i], info);
	for (size_t i = 0; i < books->options.plan->site_count && err == ERR_NONE; i++)
		err = books_add_intensity_note(books, &books->site[i], info);
	return err == ERR_NONE ? books_add_clock_note(books, info) : err;
}

/* ---- Meters ---- */

static enum err register_meter(struct books *books, const struct books_meter *meter, enum quantity quantity, uint32_t *ledger_id,
			       struct err_info *info)
{
	struct ledger_meter_info described = {
	    .info = meter->info,
	    .quantity = quantity,
	    .point = meter->point,
	    .supply = meter->supply,
	    .ref = meter->ref,
	    .is_in_total = meter->is_in_total && quantity == QUANTITY_ENERGY,
	};

	return ledger_registry_put_meter(books->options.registry, books->batch, books_newest_utc_ms(books), meter->device->ledger_id,
					 &described, ledger_id, info);
}

static const enum quantity other_table[BOOKS_OTHER_COUNT] = {
    [BOOKS_ENERGY_OUT] = QUANTITY_ENERGY_OUT,
    [BOOKS_FUEL_USED] = QUANTITY_FUEL_USED,
    [BOOKS_RX_OCTETS] = QUANTITY_RX_OCTETS,
    [BOOKS_TX_OCTETS] = QUANTITY_TX_OCTETS,
    [BOOKS_CAPTURED_OCTETS] = QUANTITY_CAPTURED_OCTETS,
    [BOOKS_CAPTURED_PACKETS] = QUANTITY_CAPTURED_PACKETS,
    [BOOKS_DROPPED_PACKETS] = QUANTITY_DROPPED_PACKETS,
};

enum quantity books_other_quantity(enum books_other other)
{
	return other_table[other];
}

enum books_other books_other_of(enum quantity quantity)
{
	unsigned other = 0;

	while (other < BOOKS_OTHER_COUNT && other_table[other] != quantity)
		other++;
	return (enum books_other)other;
}

struct books_stream *books_stream_at(const struct books_meter *meter, size_t at)
{
	return at == 0 ? meter->energy : meter->other[at - 1];
}

static struct books_stream *make_stream(struct books *books, struct books_meter *meter, enum quantity quantity, struct err_info *info)
{
	struct books_stream *stream = mem_new(sizeof(*stream));

	if (stream == NULL) {
		(void)err_set(info, ERR_MEMORY, "no memory for a meter");
		return NULL;
	}
	stream->quantity = quantity;
	if (register_meter(books, meter, quantity, &stream->ledger_id, info) != ERR_NONE ||
	    books_resume_stream(books, meter, stream, info) != ERR_NONE)
		return mem_free(stream);
	return stream;
}

struct books_stream *books_stream_of(struct books *books, struct books_meter *meter, enum quantity quantity)
{
	enum books_other other = books_other_of(quantity);
	struct books_stream **place = other == BOOKS_OTHER_COUNT ? &meter->energy : &meter->other[other];
	struct err_info info = {0};

	if (*place == NULL)
		*place = make_stream(books, meter, quantity, &info);
	if (*place == NULL) {
		books->lost_count++;
		log_error("device '%s', meter '%s': %s", meter->device->plan->id, meter->info->key, info.text);
	}
	return *place;
}

static enum err register_streams(struct books *books, const struct books_meter *meter, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < BOOKS_OTHER_COUNT && err == ERR_NONE; i++) {
		uint32_t ledger_id;

		if (meter->other[i] != NULL)
			err = register_meter(books, meter, other_table[i], &ledger_id, info);
	}
	return err;
}

enum err books_describe_meter(struct books *books, struct books_meter *meter, const struct meter_info *described, struct err_info *info)
{
	const struct plan_device *plan = meter->device->plan;
	struct meter_tags resolved = meter_tags_resolve(plan, described);
	const struct meter_info *kept = meter_pool_take(books->pool, described);

	if (kept == NULL)
		return err_set(info, ERR_MEMORY, "no memory for a meter");
	meter_pool_give_back(books->pool, meter->info);
	meter->info = kept;
	meter->point = resolved.point;
	meter->supply = resolved.supply;
	meter->is_in_total = resolved.is_in_total;
	meter->ref = meter_tags_ref(books->options.plan, plan, described);
	books->are_counts_stale = true;
	books->series_meter = NULL;
	/* A port has no energy that could be registered; its streams come with their samples. */
	if (!described->is_port) {
		enum err err = register_meter(books, meter, QUANTITY_ENERGY, &meter->ledger_id, info);

		if (err != ERR_NONE)
			return err;
	}
	return register_streams(books, meter, info);
}

const struct line_series *books_series(struct books *books, const struct books_meter *meter)
{
	if (books->series_meter == meter)
		return &books->series;
	buf_clear(&books->tags);
	meter_tags_print(&books->tags, books->options.plan, meter->device->plan, meter->info);
	books->series = (struct line_series){.text = books->tags.data, .bytes = books->tags.bytes};
	books->series_meter = books->tags.is_failed ? NULL : meter;
	return &books->series;
}

static struct books_meter *find_meter(const struct books_device *device, const char *key)
{
	for (size_t i = 0; i < device->meter_count; i++) {
		if (strcmp(device->meter[i]->info->key, key) == 0)
			return device->meter[i];
	}
	return NULL;
}

static void free_new_meter(struct books *books, struct books_meter *meter)
{
	mem_free(meter->derived);
	meter_pool_give_back(books->pool, meter->info);
	if (books->series_meter == meter)
		books->series_meter = NULL;
	mem_free(meter);
}

static enum err fill_new_meter(struct books *books, struct books_meter *meter, const struct meter_info *described, struct err_info *info)
{
	enum err err;

	meter->derived = described->is_derived ? mem_new(sizeof(*meter->derived)) : NULL;
	if (described->is_derived && meter->derived == NULL)
		return err_set(info, ERR_MEMORY, "no memory for a meter");
	err = books_describe_meter(books, meter, described, info);
	if (err != ERR_NONE)
		return err;
	if (meter->derived != NULL) {
		books_resume_derived(books, meter);
		books_want_again(books, meter);
		return ERR_NONE;
	}
	if (described->is_port)
		return ERR_NONE; /* its streams come with their samples */
	meter->energy = make_stream(books, meter, QUANTITY_ENERGY, info);
	return meter->energy != NULL ? ERR_NONE : info->code;
}

/* Room for item `count` of a device's list: most devices have one meter, and of those there are the most. */
static enum err grow_list(void **list, size_t *capacity, size_t count, size_t item_bytes)
{
	void *grown;
	size_t wanted = count == 0 ? 1 : 2 * count;

	if (count < *capacity)
		return ERR_NONE;
	if (count >= BOOKS_METERS_PER_DEVICE_MAX)
		return ERR_LIMIT;
	grown = mem_resize_array(*list, wanted, item_bytes);
	if (grown == NULL)
		return ERR_MEMORY;
	*list = grown;
	*capacity = wanted;
	return ERR_NONE;
}

static enum err make_meter(struct books *books, struct books_device *device, const struct meter_info *described, struct books_meter **out,
			   struct err_info *info)
{
	struct books_meter *meter;
	enum err err = grow_list((void **)&device->meter, &device->meter_capacity, device->meter_count, sizeof(device->meter[0]));

	if (err != ERR_NONE)
		return err_set(info, err, "device '%s' has more than %d meters, or memory is out", device->plan->id,
			       BOOKS_METERS_PER_DEVICE_MAX);
	meter = mem_new(sizeof(*meter));
	if (meter == NULL)
		return err_set(info, ERR_MEMORY, "no memory for a meter");
	meter->device = device;
	meter->power_w = NAN;
	meter->minute = INT64_MIN;
	meter->gauges = (struct books_gauges){NAN, NAN, NAN, NAN};
	err = fill_new_meter(books, meter, described, info);
	if (err != ERR_NONE) {
		free_new_meter(books, meter);
		return err;
	}
	if (meter->energy != NULL && !meter->energy->has_raw && meter->energy->energy_millij == 0)
		meter->came_boot_ns = books->now.boot_ns;
	device->meter[device->meter_count++] = meter;
	books->are_counts_stale = true;
	if (meter->derived != NULL)
		device->derived = meter;
	*out = meter;
	return ERR_NONE;
}

/* Remembers which meter a collector's number means. */
static enum err set_handle(struct books_device *device, uint32_t handle, uint32_t meter_idx, struct err_info *info)
{
	if (handle >= BOOKS_METERS_PER_DEVICE_MAX || handle > device->handle_count)
		return err_set(info, ERR_DATA, "device '%s': meter number %u is announced, but %zu would be the next", device->plan->id,
			       handle, device->handle_count);
	if (handle == device->handle_count) {
		enum err err =
		    grow_list((void **)&device->handle, &device->handle_capacity, device->handle_count, sizeof(device->handle[0]));

		if (err != ERR_NONE)
			return err_set(info, err, "no memory for meters of device '%s'", device->plan->id);
		device->handle_count++;
	}
	device->handle[handle] = meter_idx;
	return ERR_NONE;
}

static uint32_t meter_index(const struct books_device *device, const struct books_meter *meter)
{
	for (uint32_t i = 0; i < device->meter_count; i++) {
		if (device->meter[i] == meter)
			return i;
	}
	return UINT32_MAX;
}

static bool is_same_scale(const struct counter_spec *a, const struct counter_spec *b)
{
	return a->unit_num == 0 || b->unit_num == 0 || account_counter_spec_digest(a) == account_counter_spec_digest(b);
}

/* While the old scale is still known. */
static void end_scales(struct books *books, struct books_meter *meter, const struct meter_info *described)
{
	if (meter->energy != NULL && !is_same_scale(&meter->info->energy, &described->energy))
		books_end_segment(books, meter, meter->energy, ACCOUNT_EVENT_RECONFIGURED);
	if (meter->other[0] != NULL && !is_same_scale(&meter->info->energy_out, &described->energy_out))
		books_end_segment(books, meter, meter->other[0], ACCOUNT_EVENT_RECONFIGURED);
}

static bool is_announced(const struct books_device *device, const struct books_meter *meter)
{
	for (size_t i = 0; i < device->handle_count; i++) {
		if (device->handle[i] < device->meter_count && device->meter[device->handle[i]] == meter)
			return true;
	}
	return false;
}

/* The meter that another edition of the driver gave another key. One whose key the collector uses still is another one: then none is meant. */
static struct books_meter *find_former(const struct books_device *device, struct meter_info *described)
{
	for (size_t i = 0; i < METER_WAS_MAX; i++) {
		struct books_meter *meter = described->was[i][0] == '\0' ? NULL : find_meter(device, described->was[i]);

		if (meter != NULL && !is_announced(device, meter))
			return meter;
		if (meter != NULL)
			memset(described->was, 0, sizeof(described->was));
	}
	return NULL;
}

enum err books_put_meter(struct books *books, enum wire_kind kind, const struct wire_meter *announced, struct err_info *info)
{
	struct books_device *device = find_device(books, kind, announced->device);
	struct meter_info described;
	struct books_meter *meter;
	enum err err = ERR_NONE;

	memcpy(&described, &announced->info, sizeof(described)); /* its padding too, which is compared */
	if (device == NULL)
		return err_set(info, ERR_DATA, "a meter of %s device %u, of which the plan knows only %u", wire_kind_name(kind),
			       announced->device, books->index_count[kind]);
	meter = find_meter(device, described.key);
	if (meter == NULL)
		meter = find_former(device, &described);
	if (meter == NULL)
		err = make_meter(books, device, &described, &meter, info);
	else if ((meter->derived != NULL) != described.is_derived)
		err = err_set(info, ERR_DATA, "device '%s', meter '%s' turned from a sum into a meter, or back: restart the agent",
			      device->plan->id, described.key);
	else if (memcmp(meter->info, &described, sizeof(*meter->info)) != 0) {
		end_scales(books, meter, &described);
		err = books_describe_meter(books, meter, &described, info);
	}
	if (err != ERR_NONE)
		return err;
	return set_handle(device, announced->meter, meter_index(device, meter), info);
}

void books_reset_peer(struct books *books, enum wire_kind kind, const char *reason)
{
	for (uint32_t i = 0; i < books->index_count[kind]; i++) {
		struct books_device *device = &books->device[books->index[kind][i]];

		device->handle_count = 0;
		if (device->state != NULL && reason != NULL)
			device->state = books_state_restart(device->state, reason);
	}
}

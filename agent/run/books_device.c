/* SPDX-License-Identifier: Apache-2.0 */
/* books_device: what core keeps of each device: its state without its buffers, and the counts of its site. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "base/mem.h"
#include "wire/reason.h"

#include <string.h>

enum { TEXT_REASON = 0, TEXT_VENDOR, TEXT_MODEL, TEXT_SERIAL, TEXT_FIRMWARE, TEXT_DRIVER, TEXT_COUNT };

static struct books_state *make(const char *const text[TEXT_COUNT])
{
	const char *copy[TEXT_COUNT];
	size_t bytes = 0;
	struct books_state *state;
	char *at;

	for (size_t i = 0; i < TEXT_COUNT; i++)
		bytes += strlen(text[i]) + 1;
	state = mem_new(sizeof(*state) + bytes);
	if (state == NULL)
		return NULL;
	at = state->text;
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		size_t length = strlen(text[i]) + 1;

		copy[i] = memcpy(at, text[i], length);
		at += length;
	}
	state->reason = copy[TEXT_REASON];
	state->vendor = copy[TEXT_VENDOR];
	state->model = copy[TEXT_MODEL];
	state->serial = copy[TEXT_SERIAL];
	state->firmware = copy[TEXT_FIRMWARE];
	state->driver = copy[TEXT_DRIVER];
	return state;
}

static bool has_same_texts(const struct books_state *state, const struct wire_device *record)
{
	return strcmp(state->reason, record->reason) == 0 && strcmp(state->vendor, record->vendor) == 0 &&
	       strcmp(state->model, record->model) == 0 && strcmp(state->serial, record->serial) == 0 &&
	       strcmp(state->firmware, record->firmware) == 0 && strcmp(state->driver, record->driver) == 0;
}

struct books_state *books_state_update(struct books_state *old, const struct wire_device *record)
{
	const char *const text[TEXT_COUNT] = {record->reason, record->vendor,   record->model,
					      record->serial, record->firmware, record->driver};
	struct books_state *state = old != NULL && has_same_texts(old, record) ? old : make(text);

	if (state == NULL)
		return NULL;
	if (state != old)
		mem_free(old);
	state->state = record->state;
	state->latency_us = record->latency_us;
	state->expected_count = record->expected_count;
	state->is_expected_learned = record->is_expected_learned;
	memcpy(state->driver_sha256, record->driver_sha256, sizeof(state->driver_sha256));
	return state;
}

bool books_is_unfit(const struct books_device *device)
{
	return device->state != NULL && strncmp(device->state->reason, WIRE_REASON_DRIVER_UNFIT, sizeof(WIRE_REASON_DRIVER_UNFIT) - 1) == 0;
}

struct books_state *books_state_restart(struct books_state *old, const char *reason)
{
	const char *const text[TEXT_COUNT] = {reason, old->vendor, old->model, old->serial, old->firmware, old->driver};
	struct books_state *state = make(text);

	old->state = DEVICE_STARTING;
	if (state == NULL)
		return old;
	state->state = DEVICE_STARTING;
	state->latency_us = old->latency_us;
	state->expected_count = old->expected_count;
	state->is_expected_learned = old->is_expected_learned;
	memcpy(state->driver_sha256, old->driver_sha256, sizeof(state->driver_sha256));
	mem_free(old);
	return state;
}

static void free_stream(struct books_stream *stream)
{
	if (stream != NULL)
		mem_free(stream->account);
	mem_free(stream);
}

static void free_meter(struct books *books, struct books_meter *meter)
{
	meter_pool_give_back(books->pool, meter->info);
	free_stream(meter->energy);
	for (size_t i = 0; i < sizeof(meter->other) / sizeof(meter->other[0]); i++)
		free_stream(meter->other[i]);
	mem_free(meter->derived);
	mem_free(meter->ambient);
	mem_free(meter);
}

void books_device_deinit(struct books *books, struct books_device *device)
{
	for (size_t m = 0; m < device->meter_count; m++)
		free_meter(books, device->meter[m]);
	mem_free(device->meter);
	mem_free(device->handle);
	mem_free(device->state);
	mem_free(device->former_serial);
	mem_free(device->former_driver);
}

void books_forget_left(struct books *books, size_t count)
{
	if (count > 0)
		books->series_meter = NULL; /* may be of one of them */
	for (size_t i = 0; i < count; i++)
		books_device_deinit(books, &books->left[i]);
	books->left_count -= count;
	books->left_handed = 0;
	if (books->left_count > 0)
		memmove(books->left, books->left + count, books->left_count * sizeof(books->left[0]));
}

static void count_meter(struct books_site *site, const struct books_meter *meter)
{
	if (meter->is_in_total)
		site->in_total_count[meter->point]++;
	if (meter->info->is_port && meter->ref == REF_UNI && meter->info->parent[0] == '\0')
		site->uni_count++;
}

/* Once for all meters: at a slot's end each of them asks. */
void books_count_all(struct books *books)
{
	if (!books->are_counts_stale)
		return;
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		memset(books->site[i].in_total_count, 0, sizeof(books->site[i].in_total_count));
		books->site[i].uni_count = 0;
	}
	for (size_t i = 0; i < books->options.plan->device_count; i++) {
		const struct books_device *device = &books->device[i];

		for (size_t m = 0; m < device->meter_count; m++)
			count_meter(&books->site[device->plan->site], device->meter[m]);
	}
	books->are_counts_stale = false;
}

uint32_t books_count_in_total(struct books *books, const struct books_meter *like)
{
	books_count_all(books);
	return books->site[like->device->plan->site].in_total_count[like->point];
}

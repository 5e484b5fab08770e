/* SPDX-License-Identifier: Apache-2.0 */
/* books_rows: which rows a device's sum needs. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "base/log.h"
#include "model/units.h"

#include <stdio.h>

enum { TEXT_BYTES = 160, COUNT_BYTES = 24 };

uint32_t books_count_summands(const struct books_device *device)
{
	uint32_t count = 0;

	for (size_t i = 0; i < device->meter_count; i++)
		count += device->meter[i]->info->is_summand && !device->meter[i]->is_gone ? 1 : 0;
	if (device->state != NULL && device->state->expected_count > count)
		count = device->state->expected_count;
	return count;
}

uint32_t books_count_summands_of(const struct books *books, const struct books_device *device, const struct interval *slot)
{
	int64_t end_ns = (slot->slot_start_s + slot->slot_s) * UNITS_NS_PER_S;
	uint32_t all_count = books_count_summands(device);
	uint32_t count = all_count;

	for (size_t i = 0; i < device->meter_count; i++) {
		const struct books_meter *meter = device->meter[i];
		bool is_needed = meter->info->is_summand && !meter->is_gone;

		if (is_needed && count > 0 && meter->came_boot_ns != 0 &&
		    account_place_utc_ns(&books->place, meter->came_boot_ns) >= end_ns)
			count--;
	}
	/* Somebody measured that slot: the wall clock has been set forward since, and tells nothing of who came when. */
	return count == 0 ? all_count : count;
}

static void complain(struct books *books, const struct books_device *device, const struct err_info *info)
{
	books->lost_count++;
	log_error("device '%s', rows of its sum: %s", device->plan->id, info->text);
}

/* One that was gone answers again. */
static void take_back(struct books *books, struct books_device *device, struct books_meter *meter)
{
	struct err_info info = {0};

	meter->is_gone = false;
	if (books_describe_meter(books, meter, meter->info, &info) != ERR_NONE)
		complain(books, device, &info);
}

static uint32_t count_answers(struct books *books, struct books_device *device, int64_t boot_ns)
{
	uint32_t answered = 0;

	for (size_t i = 0; i < device->meter_count; i++) {
		struct books_meter *meter = device->meter[i];

		if (!meter->info->is_summand || meter->read_boot_ns != boot_ns)
			continue;
		answered++;
		if (meter->is_gone)
			take_back(books, device, meter);
	}
	return answered;
}

/* The device has just so many rows as answered: the others are gone. */
static void drop_silent(struct books_device *device, int64_t boot_ns)
{
	for (size_t i = 0; i < device->meter_count; i++) {
		struct books_meter *meter = device->meter[i];

		if (meter->info->is_summand && meter->read_boot_ns != boot_ns)
			meter->is_gone = true;
	}
}

/* Those that the register has and the device has not, whether they left now or while nobody ran. */
static void retire_gone(struct books *books, struct books_device *device)
{
	uint32_t id[BOOKS_METERS_PER_DEVICE_MAX];
	struct ledger_meter_ids kept = {.id = id};
	struct err_info info = {0};

	for (size_t i = 0; i < device->meter_count; i++) {
		if (device->meter[i]->info->is_summand && !device->meter[i]->is_gone)
			id[kept.count++] = device->meter[i]->ledger_id;
	}
	if (ledger_registry_retire_summands(books->options.registry, books->batch, books_newest_utc_ms(books), device->ledger_id, &kept,
					    &info) != ERR_NONE)
		complain(books, device, &info);
}

static void tell_rows(struct books *books, const struct books_device *device, uint32_t count)
{
	char text[TEXT_BYTES];
	char before[COUNT_BYTES] = "";
	char after[COUNT_BYTES];
	struct ledger_event event = {
	    .utc_ms = books_utc_ms(books, books->now.boot_ns),
	    .boot_id = books->options.boot_id,
	    .boot_ns = books->now.boot_ns,
	    .level = LOG_LEVEL_NOTICE,
	    .code = "rows_changed",
	    .site_id = books_site_of(books, device)->ledger_id,
	    .device_id = device->ledger_id,
	    .meter_id = device->derived->ledger_id,
	    .before = before,
	    .after = after,
	    .text = text,
	};

	if (device->row_count != 0)
		(void)snprintf(before, sizeof(before), "%u rows", (unsigned)device->row_count);
	(void)snprintf(after, sizeof(after), "%u rows", (unsigned)count);
	(void)snprintf(text, sizeof(text), "its sum is that of %u row%s%s%s: unknown while %s does not answer", (unsigned)count,
		       count == 1 ? "" : "s", device->row_count != 0 ? " now, after " : "", before, count == 1 ? "it" : "one of them");
	books_put_event(books, &event, &(struct books_event_place){books_site_of(books, device), device, device->derived});
}

bool books_learn_rows(struct books *books, struct books_device *device, int64_t boot_ns)
{
	const struct books_state *state = device->state;
	uint32_t answered = count_answers(books, device, boot_ns);

	if (answered == 0)
		return false;
	if (state != NULL && state->is_expected_learned && answered == state->expected_count)
		drop_silent(device, boot_ns);
	if (answered < books_count_summands(device))
		return false;
	if (device->row_count != answered) {
		if (ledger_registry_summand_count(books->options.registry, device->ledger_id) > answered)
			retire_gone(books, device);
		tell_rows(books, device, answered);
		device->row_count = answered;
	}
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* books_reload: the books of a new plan go on with the accounts of the old one. */
#include "run/books_priv.h"

#include "base/log.h"

#include <string.h>

static struct books_device *find_same(struct books *from, const struct books *books, const struct books_device *device)
{
	const char *site = books->site[device->plan->site].plan->id;

	for (size_t i = 0; i < from->options.plan->device_count; i++) {
		struct books_device *old = &from->device[i];

		if (strcmp(old->plan->id, device->plan->id) == 0 && old->plan->source == device->plan->source &&
		    strcmp(from->site[old->plan->site].plan->id, site) == 0)
			return old;
	}
	return NULL;
}

static void take_device(struct books *books, struct books_device *device, struct books_device *old)
{
	const struct plan_device *plan = device->plan;
	uint32_t ledger_id = device->ledger_id;

	*device = *old;
	device->plan = plan;
	device->ledger_id = ledger_id;
	*old = (struct books_device){.plan = old->plan, .ledger_id = old->ledger_id};
	for (size_t m = 0; m < device->meter_count; m++) {
		struct books_meter *meter = device->meter[m];
		struct err_info info = {0};

		meter->device = device;
		if (books_describe_meter(books, meter, meter->info, &info) == ERR_NONE)
			continue;
		books->lost_count++;
		log_error("device '%s', meter '%s': %s", plan->id, meter->info->key, info.text);
	}
}

static void take_sites(struct books *books, const struct books *from)
{
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		for (size_t j = 0; j < from->options.plan->site_count; j++) {
			if (strcmp(books->site[i].plan->id, from->site[j].plan->id) != 0)
				continue;
			books->site[i].totals = from->site[j].totals;
			books->site[i].has_note = from->site[j].has_note;
		}
	}
}

void books_take_over(struct books *books, struct books *from)
{
	books->place = from->place;
	books->now = from->now;
	books->has_resume_offset = false;
	books->is_clock_told = from->is_clock_told;
	books->is_clock_untrusted_told = from->is_clock_untrusted_told;
	books->is_clock_doubt_told = from->is_clock_doubt_told;
	books->is_reboot_told = from->is_reboot_told;
	books->newest_utc_ms = from->newest_utc_ms;
	books->ahead_utc_ms = from->ahead_utc_ms;
	books->is_clock_note_due = from->is_clock_note_due;
	books->is_ticked = from->is_ticked;
	books->ticked_boot_ns = from->ticked_boot_ns;
	books->lost_count = from->lost_count;
	books->are_counts_stale = true;
	take_sites(books, from);
	meter_pool_drop(books->pool); /* empty: no meter was announced to these books */
	books->pool = meter_pool_share(from->pool);
	for (size_t i = 0; i < books->options.plan->device_count; i++) {
		struct books_device *old = find_same(from, books, &books->device[i]);

		if (old != NULL)
			take_device(books, &books->device[i], old);
	}
	/* Revisions that are not committed yet, and sums that wait for a commit. */
	revs_deinit(&books->revs);
	books->revs = from->revs;
	from->revs = (struct revs){0};
	for (size_t i = 0; i < from->recompute_count; i++) {
		const struct books_meter *sum = from->recompute[i].meter;

		/* Of a device that is gone: nobody reads its sum any more. */
		if (sum->device >= books->device && sum->device < books->device + books->options.plan->device_count)
			books_want_recompute(books, from->recompute[i].meter, from->recompute[i].slot_start_s);
	}
	books->recompute_handed = 0;
}

void books_rebind(struct books *books, const struct plan_core *plan, struct points *points)
{
	books->options.plan = plan;
	books->options.points = points;
}

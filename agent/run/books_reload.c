/* SPDX-License-Identifier: Apache-2.0 */
/* books_reload: the books of a new plan go on with the accounts of the old one. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "base/log.h"
#include "base/mem.h"

#include <string.h>

/* The ledger's number tells, since it survives a rename. */
static struct books_device *find_same(struct books *from, uint32_t ledger_id)
{
	for (size_t i = 0; i < from->options.plan->device_count; i++) {
		if (from->device[i].ledger_id == ledger_id)
			return &from->device[i];
	}
	/* It left a moment ago, and the ledger does not have its newest rows yet. */
	for (size_t i = 0; i < from->left_count; i++) {
		if (from->left[i].ledger_id == ledger_id)
			return &from->left[i];
	}
	return NULL;
}

/* What happened to the clock while it was away. */
static void catch_up(struct books *books, struct books_meter *meter)
{
	struct account_now now = {.boot = books->boot, .boot_ns = books->now.boot_ns, .utc_ns = books->now.utc_ns};

	for (size_t s = 0; s <= BOOKS_OTHER_COUNT && books->place.is_trusted; s++) {
		struct books_stream *stream = books_stream_at(meter, s);
		struct books_context context;
		struct account_book *account;
		struct account_sink sink;
		struct account_rules rules;

		if (stream == NULL || (account = books_open_account(books, stream)) == NULL)
			continue;
		rules = books_rules(books, meter, stream->quantity);
		sink = books_sink(books, meter, stream, &context);
		account_book_trust(account, &rules, &books->place, &now, &sink);
		books_close_account(books, stream);
		stream->is_changed = true;
	}
}

static void take_device(struct books *books, struct books_device *device, struct books_device *old)
{
	const struct plan_device *plan = device->plan;
	bool has_left = old->plan == NULL;
	bool is_other_source = has_left || old->plan->source != plan->source;

	*device = *old;
	device->plan = plan;
	*old = (struct books_device){.plan = old->plan, .ledger_id = old->ledger_id};
	if (is_other_source)
		device->handle_count = 0;
	for (size_t m = 0; m < device->meter_count; m++) {
		struct books_meter *meter = device->meter[m];
		struct err_info info = {0};

		meter->device = device;
		if (has_left)
			catch_up(books, meter);
		if (books_describe_meter(books, meter, meter->info, &info) == ERR_NONE)
			continue;
		books->lost_count++;
		log_error("device '%s', meter '%s': %s", plan->id, meter->info->key, info.text);
	}
	if (has_left && device->derived != NULL)
		books_want_again(books, device->derived);
}

/* All that is open of a meter that nobody will read any more. */
static void close_meter(struct books *from, struct books_meter *meter)
{
	int64_t end_ns = from->now.boot_ns + 2 * (from->rules.slot_ns + from->rules.grace_ns);

	for (size_t s = 0; s <= BOOKS_OTHER_COUNT; s++) {
		struct books_stream *stream = books_stream_at(meter, s);
		struct books_context context;
		struct account_book *account;
		struct account_sink sink;
		struct account_rules rules;

		if (stream == NULL)
			continue;
		rules = books_rules(from, meter, stream->quantity);
		sink = books_sink(from, meter, stream, &context);
		account = books_open_account(from, stream);
		if (account == NULL)
			continue;
		account_book_tick(account, &rules, &from->place, end_ns, &sink);
		books_close_account(from, stream);
		stream->is_changed = true;
	}
}

/* Its accounts go into the ledger, from where they go on when it comes back; until they are committed they stay here, too. */
static void leave(struct books *books, struct books *from, struct books_device *old)
{
	struct err_info info = {0};
	enum err err;

	for (size_t m = 0; m < old->meter_count; m++)
		close_meter(from, old->meter[m]);
	for (size_t m = 0; m < old->meter_count; m++) {
		if (books_add_meter_rows(from, old->meter[m], &info) == ERR_NONE)
			continue;
		from->lost_count++;
		log_error("device '%s', which leaves: %s", old->plan->id, info.text);
	}
	err = mem_grow((void **)&books->left, &books->left_capacity, books->left_count, PLAN_DEVICES_MAX, sizeof(books->left[0]));
	if (err != ERR_NONE) {
		from->lost_count++;
		return;
	}
	old->plan = NULL;
	books->left[books->left_count++] = *old;
	*old = (struct books_device){.ledger_id = old->ledger_id};
}

/* Those that left before and are not committed yet, then those that leave now. */
static void take_left(struct books *books, struct books *from)
{
	size_t handed = 0;

	for (size_t i = 0; i < from->left_count; i++) {
		if (from->left[i].meter_count == 0)
			continue;
		if (mem_grow((void **)&books->left, &books->left_capacity, books->left_count, PLAN_DEVICES_MAX, sizeof(books->left[0])) !=
		    ERR_NONE)
			break; /* freed with `from`: a return before the commit would go on from older rows */
		books->left[books->left_count++] = from->left[i];
		from->left[i] = (struct books_device){0};
		handed += i < from->left_handed ? 1 : 0;
	}
	books->left_handed = handed;
	for (size_t i = 0; i < from->options.plan->device_count; i++) {
		if (from->device[i].meter_count > 0)
			leave(books, from, &from->device[i]);
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
			books->site[i].intensity = from->site[j].intensity;
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
	books->are_counts_stale = true;
	meter_pool_drop(books->pool); /* empty: no meter was announced to these books */
	books->pool = meter_pool_share(from->pool);
	for (size_t i = 0; i < books->options.plan->device_count; i++) {
		struct books_device *old = find_same(from, books->device[i].ledger_id);

		if (old != NULL)
			take_device(books, &books->device[i], old);
	}
	take_left(books, from);
	take_sites(books, from);
	books->lost_count += from->lost_count;
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

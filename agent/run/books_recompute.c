/* SPDX-License-Identifier: Apache-2.0 */
/* books_recompute: sums of devices whose rows were late or revised: computed from the ledger's rows, once those are committed. */
#include "run/books_priv.h"

#include "base/mem.h"
#include "ledger/resume.h"
#include "ledger/rows.h"

#include <string.h>

enum { RECOMPUTE_MAX = 100000, AGAIN_SLOTS_MAX = 4000 };

static void widen(int64_t *from_s, int64_t *to_s, int64_t slot_start_s)
{
	if (*to_s == 0 || slot_start_s < *from_s)
		*from_s = slot_start_s;
	if (slot_start_s > *to_s)
		*to_s = slot_start_s;
}

static void note(struct books_derived *derived, int64_t slot_start_s)
{
	widen(&derived->want_from_s, &derived->want_to_s, slot_start_s);
}

void books_miss(struct books_device *device, int64_t slot_start_s)
{
	widen(&device->missed_from_s, &device->missed_to_s, slot_start_s);
}

void books_want_recompute(struct books *books, struct books_meter *sum, int64_t slot_start_s)
{
	note(sum->derived, slot_start_s);
	sum->is_changed = true;
	for (size_t i = books->recompute_handed; i < books->recompute_count; i++) {
		if (books->recompute[i].meter == sum && books->recompute[i].slot_start_s == slot_start_s)
			return;
	}
	if (mem_grow((void **)&books->recompute, &books->recompute_capacity, books->recompute_count, RECOMPUTE_MAX,
		     sizeof(books->recompute[0])) != ERR_NONE) {
		books->lost_count++;
		return;
	}
	books->recompute[books->recompute_count++] = (struct books_recompute){.meter = sum, .slot_start_s = slot_start_s};
}

struct again {
	struct books *books;
	struct books_meter *sum;
};

static enum err want_row(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct again *again = context;

	(void)info;
	if (meter_id != again->sum->ledger_id)
		books_want_recompute(again->books, again->sum, interval->slot_start_s);
	return ERR_NONE;
}

void books_want_again(struct books *books, struct books_meter *sum)
{
	int64_t from_s;
	int64_t to_s;
	int64_t slot_s = books->options.plan->slot_s;
	struct again again = {.books = books, .sum = sum};
	struct ledger_filter filter = {.device_id = sum->device->ledger_id};

	if (sum->device->missed_to_s != 0) {
		note(sum->derived, sum->device->missed_from_s);
		note(sum->derived, sum->device->missed_to_s);
		sum->device->missed_to_s = 0;
	}
	from_s = sum->derived->want_from_s;
	to_s = sum->derived->want_to_s;
	if (to_s == 0)
		return;
	filter.start_s = from_s;
	filter.end_s = to_s + slot_s;
	for (int64_t at_s = from_s; at_s <= to_s && to_s - from_s <= AGAIN_SLOTS_MAX * slot_s; at_s += slot_s)
		books_want_recompute(books, sum, at_s);
	/* A wall clock that was years off lies between: only slots that have rows. */
	if (to_s - from_s > AGAIN_SLOTS_MAX * slot_s &&
	    ledger_query_intervals(books->options.reader, &filter, want_row, &again, NULL) != ERR_NONE)
		books->lost_count++;
}

/* ---- Sums of devices, from the ledger's rows ---- */

enum { SUMMANDS_MAX = 512 };

/* The rows of one slot: [0] the sum's own, from [1] on its summands'. */
struct row_collector {
	struct books_meter *sum;
	uint32_t meter_id[1 + SUMMANDS_MAX];
	struct interval row[1 + SUMMANDS_MAX];
	bool has_row[1 + SUMMANDS_MAX];
	size_t count;
	size_t at; /* whose rows come now */
	int32_t total_rev;
};

static void ask_for(struct row_collector *collector, struct books_meter *sum)
{
	const struct books_device *device = sum->device;

	memset(collector, 0, sizeof(*collector));
	collector->sum = sum;
	collector->meter_id[collector->count++] = sum->ledger_id;
	for (size_t i = 0; i < device->meter_count && collector->count <= SUMMANDS_MAX; i++) {
		const struct books_meter *meter = device->meter[i];

		if (meter->info->is_summand && meter->energy != NULL)
			collector->meter_id[collector->count++] = meter->energy->ledger_id;
	}
}

static enum err collect_row(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct row_collector *collector = context;

	(void)info;
	while (collector->meter_id[collector->at] != meter_id)
		collector->at++;
	if (collector->has_row[collector->at])
		interval_add(&collector->row[collector->at], interval);
	else
		collector->row[collector->at] = *interval;
	collector->has_row[collector->at] = true;
	if (collector->at == 0)
		collector->total_rev = interval->rev;
	return ERR_NONE;
}

static void recompute(struct books *books, struct row_collector *collector, int64_t slot_start_s)
{
	struct ledger_slot_meters wanted = {slot_start_s, collector->meter_id, collector->count};
	struct books_meter *sum = collector->sum;
	struct interval *summand = &collector->row[1];
	struct interval total;
	struct interval revision;
	struct interval slot = {.slot_start_s = slot_start_s, .slot_s = (int)books->options.plan->slot_s};
	struct ledger_closed on_its_way;
	size_t expected;
	size_t count = 0;

	/* The ledger does not have the sum's newest row yet: its number, and what it says, would be had twice. */
	if (revs_find(&books->revs, sum->ledger_id, slot_start_s, &on_its_way)) {
		books_want_recompute(books, sum, slot_start_s);
		return;
	}
	if (ledger_query_slot(books->options.reader, &wanted, collect_row, collector, NULL) != ERR_NONE) {
		books->lost_count++;
		return;
	}
	for (size_t i = 1; i < collector->count; i++) {
		if (collector->has_row[i])
			summand[count++] = collector->row[i];
	}
	/* A slot that was summed needs those rows that it had, whatever came or went since. */
	expected = collector->has_row[0] ? count : books_count_summands_of(books, sum->device, &slot);
	if (!account_derive_total(summand, count, expected, &total))
		return; /* still incomplete: the rows that come will ask again */
	/* Else the rows' later revisions would wait for a slot that is never complete. */
	if (account_derive_forget(&sum->derived->rows, slot_start_s))
		books_want_recompute(books, sum, slot_start_s);
	if (!collector->has_row[0])
		books_book_interval(books, sum, NULL, &total);
	else if (account_derive_revision(&collector->row[0], &total, collector->total_rev, &revision))
		books_book_interval(books, sum, NULL, &revision);
}

/* Forgets the first `handed` items of an array. */
static void forget_first(void *items, size_t *count, size_t *handed, size_t item_bytes)
{
	if (*handed == 0)
		return;
	memmove(items, (char *)items + *handed * item_bytes, (*count - *handed) * item_bytes);
	*count -= *handed;
	*handed = 0;
}

void books_after_commit(struct books *books)
{
	struct row_collector *collector;

	revs_forget_handed(&books->revs); /* the ledger knows them now */
	for (size_t i = 0; i < books->options.plan->site_count; i++)
		site_totals_committed(&books->site[i].totals);
	books_forget_left(books, books->left_handed);
	if (books->recompute_handed == 0)
		return;
	collector = mem_new(sizeof(*collector));
	if (collector == NULL) {
		books->lost_count++;
		return;
	}
	/* What is asked for again meanwhile is noted again. */
	for (size_t i = 0; i < books->recompute_count; i++)
		books->recompute[i].meter->derived->want_to_s = 0;
	for (size_t i = 0; i < books->recompute_handed; i++) {
		ask_for(collector, books->recompute[i].meter);
		recompute(books, collector, books->recompute[i].slot_start_s);
	}
	for (size_t i = 0; i < books->recompute_handed; i++)
		books->recompute[i].meter->is_changed = true;
	forget_first(books->recompute, &books->recompute_count, &books->recompute_handed, sizeof(books->recompute[0]));
	for (size_t i = 0; i < books->recompute_count; i++)
		note(books->recompute[i].meter->derived, books->recompute[i].slot_start_s);
	mem_free(collector);
}

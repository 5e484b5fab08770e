/* SPDX-License-Identifier: Apache-2.0 */
#include "run/site_totals.h"

#include "wire/codec.h"

#include <string.h>

enum { SAVE_VERSION = 2, SAVE_VERSION_WITHOUT_REV = 1 };

static bool is_waiting(const struct site_total *total)
{
	return total->is_used && (!total->is_sent || total->row_count != 0);
}

/*
 * Sends an entry. The first point of a slot has rev 0. Later ones count through the whole site: seconds since the slot's start would come
 * again after a step of the wall clock.
 */
static void send_entry(struct site_totals *totals, struct site_total *total, site_totals_send *send, void *context)
{
	total->rev = 0;
	if (total->is_sent) {
		totals->last_rev = totals->last_rev == INT32_MAX ? 1 : totals->last_rev + 1;
		total->rev = totals->last_rev;
	}
	send(context, total);
	totals->is_changed = true;
	total->is_sent = true;
	total->energy_j = 0;
	total->covered_s = 0;
	total->expected_s = 0;
	total->location_mg = 0;
	total->row_count = 0;
}

/* Index of the slot's entry; SITE_TOTALS_OPEN_MAX: it has none. */
static size_t find_entry(const struct site_totals *totals, enum point point, int64_t slot_start_s)
{
	size_t i = 0;

	while (i < SITE_TOTALS_OPEN_MAX &&
	       !(totals->slot[i].is_used && totals->slot[i].slot_start_s == slot_start_s && totals->slot[i].point == point))
		i++;
	return i;
}

/* Rows that were added since are in one of the two batches that the ledger does not have yet. */
static bool is_recent(const struct site_totals *totals, uint32_t commit)
{
	return totals->commit_count - commit < 2;
}

/* What may go first: where nothing waits and the ledger has all, then where nothing waits, then any; of these the oldest slot. */
static int worth_of(const struct site_totals *totals, const struct site_total *total)
{
	return (is_waiting(total) ? 2 : 0) + (is_recent(totals, total->commit) ? 1 : 0);
}

static bool goes_before(const struct site_totals *totals, const struct site_total *a, const struct site_total *b)
{
	int worth_a = worth_of(totals, a);
	int worth_b = worth_of(totals, b);

	return worth_a != worth_b ? worth_a < worth_b : a->slot_start_s < b->slot_start_s;
}

/* A free entry, or another's, after what waits in it has gone out. */
static struct site_total *make_entry(struct site_totals *totals, site_totals_send *send, void *context)
{
	struct site_total *first = &totals->slot[0];

	for (size_t i = 0; i < SITE_TOTALS_OPEN_MAX; i++) {
		struct site_total *total = &totals->slot[i];

		if (!total->is_used)
			return total;
		if (goes_before(totals, total, first))
			first = total;
	}
	if (is_waiting(first))
		send_entry(totals, first, send, context);
	if (is_recent(totals, first->commit)) {
		bool is_newer = !totals->has_evicted || first->slot_start_s > totals->evicted_to_s;

		totals->evicted_to_s = is_newer ? first->slot_start_s : totals->evicted_to_s;
		totals->evicted_commit = totals->commit_count;
		totals->has_evicted = true;
	}
	memset(first, 0, sizeof(*first));
	return first;
}

/* A slot whose rows are on their way to the ledger, and whose entry is gone. */
static bool is_unsure(const struct site_totals *totals, int64_t slot_start_s)
{
	return totals->has_evicted && slot_start_s <= totals->evicted_to_s;
}

bool site_totals_knows(const struct site_totals *totals, enum point point, int64_t slot_start_s)
{
	return is_unsure(totals, slot_start_s) || find_entry(totals, point, slot_start_s) < SITE_TOTALS_OPEN_MAX;
}

void site_totals_committed(struct site_totals *totals)
{
	totals->commit_count++;
	if (!is_recent(totals, totals->evicted_commit))
		totals->has_evicted = false;
}

void site_totals_add(struct site_totals *totals, const struct site_total_row *row, uint32_t expected, site_totals_send *send, void *context)
{
	size_t at = find_entry(totals, row->point, row->slot_start_s);
	struct site_total *total = at < SITE_TOTALS_OPEN_MAX ? &totals->slot[at] : NULL;

	if (total == NULL) {
		bool is_first = row->is_first && !is_unsure(totals, row->slot_start_s);

		total = make_entry(totals, send, context);
		total->is_used = true;
		total->point = row->point;
		total->slot_start_s = row->slot_start_s;
		/* A slot that is not here any more: its first point went out long ago. */
		total->is_sent = !is_first;
	}
	total->commit = totals->commit_count;
	totals->is_changed = true;
	if (!total->is_sent)
		total->expected_s = (int64_t)expected * row->slot_s;
	total->energy_j += row->energy_j;
	total->covered_s += row->covered_s;
	total->location_mg += row->location_mg;
	total->has_location = total->has_location || row->has_location;
	total->row_count++;
	if (!total->is_sent && total->row_count >= expected)
		send_entry(totals, total, send, context);
}

void site_totals_flush(struct site_totals *totals, int64_t due_s, int64_t now_s, site_totals_send *send, void *context)
{
	for (size_t i = 0; i < SITE_TOTALS_OPEN_MAX; i++) {
		struct site_total *total = &totals->slot[i];

		/* Far ahead: its wall clock was wrong, and nobody waits for that time to come. */
		bool is_ahead = total->slot_start_s - now_s > now_s - due_s;

		if (is_waiting(total) && (total->is_sent || total->slot_start_s < due_s || is_ahead))
			send_entry(totals, total, send, context);
	}
}

size_t site_totals_save(const struct site_totals *totals, uint8_t bytes[static SITE_TOTALS_BYTES_MAX])
{
	struct wire_writer writer = {.bytes = bytes, .capacity = SITE_TOTALS_BYTES_MAX};
	size_t count = 0;

	wire_put_u8(&writer, SAVE_VERSION);
	wire_put_u32(&writer, (uint32_t)totals->last_rev);
	for (size_t i = 0; i < SITE_TOTALS_OPEN_MAX; i++) {
		const struct site_total *total = &totals->slot[i];

		if (!is_waiting(total))
			continue;
		count++;
		wire_put_i64(&writer, total->slot_start_s);
		wire_put_i64(&writer, total->energy_j);
		wire_put_i64(&writer, total->covered_s);
		wire_put_i64(&writer, total->expected_s);
		wire_put_i64(&writer, total->location_mg);
		wire_put_u32(&writer, total->row_count);
		wire_put_u8(&writer, (uint8_t)total->point);
		wire_put_bool(&writer, total->has_location);
		wire_put_bool(&writer, total->is_sent);
	}
	return (count == 0 && totals->last_rev == 0) || writer.is_full ? 0 : writer.length;
}

enum err site_totals_load(struct site_totals *totals, const uint8_t *bytes, size_t size, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = size};
	uint8_t version = wire_get_u8(&reader);
	bool is_known = version == SAVE_VERSION || version == SAVE_VERSION_WITHOUT_REV;
	size_t count = 0;

	memset(totals, 0, sizeof(*totals));
	if (version == SAVE_VERSION)
		totals->last_rev = (int32_t)(wire_get_u32(&reader) & INT32_MAX);
	while (is_known && reader.at < reader.length && !reader.is_bad && count < SITE_TOTALS_OPEN_MAX) {
		struct site_total *total = &totals->slot[count++];

		total->is_used = true;
		total->slot_start_s = wire_get_i64(&reader);
		total->energy_j = wire_get_i64(&reader);
		total->covered_s = wire_get_i64(&reader);
		total->expected_s = wire_get_i64(&reader);
		total->location_mg = wire_get_i64(&reader);
		total->row_count = wire_get_u32(&reader);
		total->point = (enum point)wire_get_enum(&reader, POINT_COUNT);
		total->has_location = wire_get_bool(&reader);
		total->is_sent = wire_get_bool(&reader);
	}
	if (is_known && wire_is_done(&reader))
		return ERR_NONE;
	memset(totals, 0, sizeof(*totals));
	return err_set(info, ERR_DATA, "%zu bytes of open site totals that cannot be read (version %u)", size, version);
}

void site_coverage_add(struct site_coverage *coverage, const struct site_total *total)
{
	if (total->rev != 0 || total->slot_start_s < coverage->slot_start_s)
		return;
	if (total->slot_start_s > coverage->slot_start_s)
		*coverage = (struct site_coverage){.slot_start_s = total->slot_start_s};
	coverage->covered_s += total->covered_s;
	coverage->expected_s += total->expected_s;
}

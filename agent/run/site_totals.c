/* SPDX-License-Identifier: Apache-2.0 */
#include "run/site_totals.h"

#include "wire/codec.h"

#include <string.h>

enum { SAVE_VERSION = 1 };

static bool is_waiting(const struct site_total *total)
{
	return total->is_used && (!total->is_sent || total->row_count != 0);
}

/*
 * Sends an entry. The first point of a slot has rev 0; later ones the seconds since the slot's start, which grow and are never used twice,
 * so that no number has to survive a restart.
 */
static void send_entry(struct site_total *total, int64_t now_s, site_totals_send *send, void *context)
{
	int64_t age_s = now_s - total->slot_start_s;

	total->rev = total->is_sent ? (int32_t)(age_s < 1 ? 1 : age_s > INT32_MAX ? INT32_MAX : age_s) : 0;
	send(context, total);
	total->is_sent = true;
	total->energy_j = 0;
	total->covered_s = 0;
	total->expected_s = 0;
	total->location_mg = 0;
	total->row_count = 0;
}

static struct site_total *find_entry(struct site_totals *totals, enum point point, int64_t slot_start_s)
{
	for (size_t i = 0; i < SITE_TOTALS_OPEN_MAX; i++) {
		struct site_total *total = &totals->slot[i];

		if (total->is_used && total->slot_start_s == slot_start_s && total->point == point)
			return total;
	}
	return NULL;
}

/* A free entry, or the oldest one: its place is taken after what waits in it has gone out. */
static struct site_total *make_entry(struct site_totals *totals, int64_t now_s, site_totals_send *send, void *context)
{
	struct site_total *oldest = &totals->slot[0];

	for (size_t i = 0; i < SITE_TOTALS_OPEN_MAX; i++) {
		struct site_total *total = &totals->slot[i];

		if (!total->is_used)
			return total;
		if (total->slot_start_s < oldest->slot_start_s)
			oldest = total;
	}
	if (is_waiting(oldest))
		send_entry(oldest, now_s, send, context);
	memset(oldest, 0, sizeof(*oldest));
	return oldest;
}

void site_totals_add(struct site_totals *totals, const struct site_total_row *row, uint32_t expected, int64_t now_s, site_totals_send *send,
		     void *context)
{
	struct site_total *total = find_entry(totals, row->point, row->slot_start_s);

	if (total == NULL) {
		total = make_entry(totals, now_s, send, context);
		total->is_used = true;
		total->point = row->point;
		total->slot_start_s = row->slot_start_s;
		/* A revision of a slot that is not here any more: its first point went out long ago. */
		total->is_sent = !row->is_first;
	}
	if (!total->is_sent)
		total->expected_s = (int64_t)expected * row->slot_s;
	total->energy_j += row->energy_j;
	total->covered_s += row->covered_s;
	total->location_mg += row->location_mg;
	total->has_location = total->has_location || row->has_location;
	total->row_count++;
	if (!total->is_sent && total->row_count >= expected)
		send_entry(total, now_s, send, context);
}

void site_totals_flush(struct site_totals *totals, int64_t due_s, int64_t now_s, site_totals_send *send, void *context)
{
	for (size_t i = 0; i < SITE_TOTALS_OPEN_MAX; i++) {
		struct site_total *total = &totals->slot[i];

		/* Far ahead: its wall clock was wrong, and nobody waits for that time to come. */
		bool is_ahead = total->slot_start_s - now_s > now_s - due_s;

		if (is_waiting(total) && (total->is_sent || total->slot_start_s < due_s || is_ahead))
			send_entry(total, now_s, send, context);
	}
}

size_t site_totals_save(const struct site_totals *totals, uint8_t bytes[static SITE_TOTALS_BYTES_MAX])
{
	struct wire_writer writer = {.bytes = bytes, .capacity = SITE_TOTALS_BYTES_MAX};
	size_t count = 0;

	wire_put_u8(&writer, SAVE_VERSION);
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
	return count == 0 || writer.is_full ? 0 : writer.length;
}

enum err site_totals_load(struct site_totals *totals, const uint8_t *bytes, size_t size, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = size};
	uint8_t version = wire_get_u8(&reader);
	size_t count = 0;

	memset(totals, 0, sizeof(*totals));
	while (version == SAVE_VERSION && reader.at < reader.length && !reader.is_bad && count < SITE_TOTALS_OPEN_MAX) {
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
	if (version == SAVE_VERSION && wire_is_done(&reader))
		return ERR_NONE;
	memset(totals, 0, sizeof(*totals));
	return err_set(info, ERR_DATA, "%zu bytes of open site totals that cannot be read (version %u)", size, version);
}

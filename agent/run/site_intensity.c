/* SPDX-License-Identifier: Apache-2.0 */
#include "run/site_intensity.h"

#include "model/units.h"
#include "wire/codec.h"

#include <string.h>

/* The first one kept no revision: its revisions were seconds since the slot began, which a clock that was set back repeated. */
enum { SAVE_VERSION_WITHOUT_REV = 1, SAVE_VERSION = 2, REV_AFTER_SECONDS = 1 << 20 };

/* Of a slot, what may be missing in all: a start, a restart, a lost answer. */
static const int64_t MISSING_SHARE = 100;

static struct site_intensity_slot *find_slot(struct site_intensity *intensity, int64_t slot_start_s)
{
	for (size_t i = 0; i < SITE_INTENSITY_OPEN_MAX; i++) {
		if (intensity->slot[i].is_used && intensity->slot[i].slot_start_s == slot_start_s)
			return &intensity->slot[i];
	}
	return NULL;
}

/* A free place, or that of the oldest slot; NULL: the slot is older than all that are kept. */
static struct site_intensity_slot *make_slot(struct site_intensity *intensity, int64_t slot_start_s)
{
	struct site_intensity_slot *oldest = &intensity->slot[0];

	for (size_t i = 0; i < SITE_INTENSITY_OPEN_MAX; i++) {
		struct site_intensity_slot *slot = &intensity->slot[i];

		if (!slot->is_used || (oldest->is_used && slot->slot_start_s < oldest->slot_start_s))
			oldest = slot;
	}
	if (oldest->is_used && oldest->slot_start_s > slot_start_s)
		return NULL;
	*oldest = (struct site_intensity_slot){.is_used = true, .slot_start_s = slot_start_s};
	return oldest;
}

void site_intensity_add(struct site_intensity *intensity, const struct site_intensity_row *row, const struct site_intensity_rules *rules)
{
	struct site_intensity_slot *slot = find_slot(intensity, row->slot_start_s);
	int64_t missing_ms = (row->is_first ? rules->slot_s * UNITS_MS_PER_S : 0) - row->covered_ms;

	if (slot == NULL && row->is_first)
		slot = make_slot(intensity, row->slot_start_s);
	if (slot == NULL)
		return;
	if (row->is_octets) {
		slot->sum.uni_bytes += row->amount;
		slot->octets_missing_ms += missing_ms;
		slot->octets_count += row->is_first ? 1 : 0;
	} else {
		slot->sum.energy_j += row->amount;
		slot->sum.location_mg += row->location_mg;
		slot->energy_missing_ms += missing_ms;
		slot->energy_count += row->is_first ? 1 : 0;
		slot->no_location_count += row->has_location ? 0 : 1;
	}
	slot->is_due = true;
	intensity->is_changed = true;
}

/* What the points of the slot should add up to now: zeros when it does not count. */
static struct site_intensity_figures figures_of(const struct site_intensity_slot *slot, const struct site_intensity_rules *rules)
{
	int64_t slot_ms = rules->slot_s * UNITS_MS_PER_S;
	int64_t missing_ms = slot->energy_missing_ms > slot->octets_missing_ms ? slot->energy_missing_ms : slot->octets_missing_ms;
	struct site_intensity_figures figures = slot->sum;

	if (slot->energy_count < rules->energy_count || slot->octets_count < rules->octets_count || slot->energy_count == 0 ||
	    slot->octets_count == 0 || missing_ms > slot_ms / MISSING_SHARE)
		return (struct site_intensity_figures){0};
	figures.valid_s = (slot_ms - (missing_ms > 0 ? missing_ms : 0)) / UNITS_MS_PER_S;
	return figures;
}

static void send_slot(struct site_intensity *intensity, struct site_intensity_slot *slot, const struct site_intensity_rules *rules,
		      site_intensity_send *send, void *context)
{
	struct site_intensity_figures now = figures_of(slot, rules);
	struct site_intensity_figures change = {
	    .energy_j = now.energy_j - slot->sent.energy_j,
	    .uni_bytes = now.uni_bytes - slot->sent.uni_bytes,
	    .location_mg = now.location_mg - slot->sent.location_mg,
	    .valid_s = now.valid_s - slot->sent.valid_s,
	};

	if (change.energy_j == 0 && change.uni_bytes == 0 && change.location_mg == 0 && change.valid_s == 0)
		return;
	if (slot->is_sent)
		intensity->last_rev = intensity->last_rev == INT32_MAX ? 1 : intensity->last_rev + 1;
	send(context, slot->slot_start_s, slot->is_sent ? intensity->last_rev : 0, &change, slot->no_location_count == 0);
	slot->sent = now;
	slot->is_sent = true;
}

void site_intensity_flush(struct site_intensity *intensity, const struct site_intensity_rules *rules, int64_t due_s,
			  site_intensity_send *send, void *context)
{
	for (size_t i = 0; i < SITE_INTENSITY_OPEN_MAX; i++) {
		struct site_intensity_slot *slot = &intensity->slot[i];
		bool is_complete = slot->energy_count >= rules->energy_count && slot->octets_count >= rules->octets_count;

		if (!slot->is_used || !slot->is_due || (!is_complete && !slot->is_sent && slot->slot_start_s >= due_s))
			continue;
		send_slot(intensity, slot, rules, send, context);
		slot->is_due = false;
		intensity->is_changed = true;
	}
}

/* ---- Over a restart ---- */

static void put_figures(struct wire_writer *writer, const struct site_intensity_figures *figures)
{
	wire_put_i64(writer, figures->energy_j);
	wire_put_i64(writer, figures->uni_bytes);
	wire_put_i64(writer, figures->location_mg);
	wire_put_i64(writer, figures->valid_s);
}

static void get_figures(struct wire_reader *reader, struct site_intensity_figures *figures)
{
	figures->energy_j = wire_get_i64(reader);
	figures->uni_bytes = wire_get_i64(reader);
	figures->location_mg = wire_get_i64(reader);
	figures->valid_s = wire_get_i64(reader);
}

struct site_intensity_figures site_intensity_newest(const struct site_intensity *intensity)
{
	struct site_intensity_figures sum = {0};
	bool has_location = true;

	for (size_t i = 0; i < SITE_INTENSITY_OPEN_MAX; i++) {
		const struct site_intensity_slot *slot = &intensity->slot[i];

		if (!slot->is_used || !slot->is_sent)
			continue;
		sum.energy_j += slot->sent.energy_j;
		sum.uni_bytes += slot->sent.uni_bytes;
		sum.location_mg += slot->sent.location_mg;
		sum.valid_s += slot->sent.valid_s;
		has_location = has_location && slot->no_location_count == 0;
	}
	sum.location_mg = has_location ? sum.location_mg : 0;
	return sum;
}

size_t site_intensity_save(const struct site_intensity *intensity, uint8_t bytes[static SITE_INTENSITY_BYTES_MAX])
{
	struct wire_writer writer = {.bytes = bytes, .capacity = SITE_INTENSITY_BYTES_MAX};
	size_t count = 0;

	wire_put_u8(&writer, SAVE_VERSION);
	wire_put_u32(&writer, (uint32_t)intensity->last_rev);
	for (size_t i = 0; i < SITE_INTENSITY_OPEN_MAX; i++) {
		const struct site_intensity_slot *slot = &intensity->slot[i];

		if (!slot->is_used)
			continue;
		count++;
		wire_put_i64(&writer, slot->slot_start_s);
		put_figures(&writer, &slot->sum);
		put_figures(&writer, &slot->sent);
		wire_put_i64(&writer, slot->energy_missing_ms);
		wire_put_i64(&writer, slot->octets_missing_ms);
		wire_put_u32(&writer, slot->energy_count);
		wire_put_u32(&writer, slot->octets_count);
		wire_put_u32(&writer, slot->no_location_count);
		wire_put_bool(&writer, slot->is_sent);
		wire_put_bool(&writer, slot->is_due);
	}
	return (count == 0 && intensity->last_rev == 0) || writer.is_full ? 0 : writer.length;
}

enum err site_intensity_load(struct site_intensity *intensity, const uint8_t *bytes, size_t size, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = size};
	uint8_t version = wire_get_u8(&reader);
	bool is_known = version == SAVE_VERSION || version == SAVE_VERSION_WITHOUT_REV;
	size_t count = 0;

	memset(intensity, 0, sizeof(*intensity));
	intensity->last_rev = version == SAVE_VERSION ? (int32_t)(wire_get_u32(&reader) & INT32_MAX) : REV_AFTER_SECONDS;
	while (is_known && reader.at < reader.length && !reader.is_bad && count < SITE_INTENSITY_OPEN_MAX) {
		struct site_intensity_slot *slot = &intensity->slot[count++];

		slot->is_used = true;
		slot->slot_start_s = wire_get_i64(&reader);
		get_figures(&reader, &slot->sum);
		get_figures(&reader, &slot->sent);
		slot->energy_missing_ms = wire_get_i64(&reader);
		slot->octets_missing_ms = wire_get_i64(&reader);
		slot->energy_count = wire_get_u32(&reader);
		slot->octets_count = wire_get_u32(&reader);
		slot->no_location_count = wire_get_u32(&reader);
		slot->is_sent = wire_get_bool(&reader);
		slot->is_due = wire_get_bool(&reader);
	}
	if (is_known && wire_is_done(&reader))
		return ERR_NONE;
	memset(intensity, 0, sizeof(*intensity));
	return err_set(info, ERR_DATA, "%zu bytes of open intensities that cannot be read (version %u)", size, version);
}

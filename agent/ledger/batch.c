/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/batch.h"

#include "base/text.h"
#include "ledger/encode_priv.h"
#include "model/units.h"
#include "wire/plan.h"

#include <string.h>

/* Most of one coverage of one slot, so that no sum of a day's slots leaves 64 bits: 2^50 mJ in 15 minutes are 1.2 GW. */
#define BATCH_MILLIJ_MAX (INT64_C(1) << 50)

/* What a stream keeps when it is emptied. More is needed for the moment of a commit only, and not again for seconds. */
enum { BATCH_KEEP_BYTES = 64 << 10 };

void ledger_batch_init(struct ledger_batch *batch, size_t max_bytes)
{
	*batch = (struct ledger_batch){0};
	buf_init(&batch->items, max_bytes);
	buf_init(&batch->open, max_bytes);
	buf_init(&batch->outbox, max_bytes);
	buf_init(&batch->after, max_bytes);
}

void ledger_batch_deinit(struct ledger_batch *batch)
{
	buf_deinit(&batch->items);
	buf_deinit(&batch->open);
	buf_deinit(&batch->outbox);
	buf_deinit(&batch->after);
}

void ledger_batch_clear(struct ledger_batch *batch)
{
	buf_clear_large(&batch->items, BATCH_KEEP_BYTES);
	buf_clear_large(&batch->open, BATCH_KEEP_BYTES);
	buf_clear_large(&batch->outbox, BATCH_KEEP_BYTES);
	buf_clear_large(&batch->after, BATCH_KEEP_BYTES);
	batch->commit_no = 0;
	batch->interval_count = 0;
	batch->outbox_count = 0;
	batch->outbox_high = 0;
	batch->boot_id[0] = '\0';
	batch->output[0] = '\0';
}

size_t ledger_batch_bytes(const struct ledger_batch *batch)
{
	return batch->items.bytes + batch->open.bytes + batch->outbox.bytes + batch->after.bytes;
}

bool ledger_batch_is_empty(const struct ledger_batch *batch)
{
	return ledger_batch_bytes(batch) == 0;
}

/* Makes sure that the boot has a number when later items ask for it; once for the boot that most items name. */
static enum err need_boot(struct ledger_batch *batch, const char *boot_id, struct err_info *info)
{
	struct encode item;
	enum err err;

	if (strcmp(batch->boot_id, boot_id) == 0)
		return ERR_NONE;
	encode_begin(&item, &batch->items, SQL_BOOT_PUT);
	encode_text(&item, boot_id);
	err = encode_end(&item, info);
	if (err == ERR_NONE && !text_copy(batch->boot_id, sizeof(batch->boot_id), boot_id))
		err = err_set(info, ERR_DATA, "a boot id of more than 36 characters");
	return err;
}

static enum err need_output(struct ledger_batch *batch, const char *output, struct err_info *info)
{
	struct encode item;
	enum err err;

	if (strcmp(batch->output, output) == 0)
		return ERR_NONE;
	encode_begin(&item, &batch->items, SQL_OUTPUT_PUT);
	encode_text(&item, output);
	err = encode_end(&item, info);
	if (err == ERR_NONE && !text_copy(batch->output, sizeof(batch->output), output))
		err = err_set(info, ERR_DATA, "the name of output %.32s... is too long", output);
	return err;
}

/* Raw readings use all 64 bits; SQLite keeps signed ones. query.c turns them back. */
static void encode_raw(struct encode *item, bool has_raw, uint64_t raw)
{
	if (has_raw)
		encode_int(item, (int64_t)raw);
	else
		encode_null(item);
}

enum err ledger_batch_add_open(struct ledger_batch *batch, const struct ledger_open_row *row, struct err_info *info)
{
	struct encode item;
	enum err err = need_boot(batch, row->boot_id, info);

	if (err != ERR_NONE)
		return err;
	if (row->meter_id == 0)
		return err_set(info, ERR_DATA, "an open row without a meter");
	if (row->state_bytes > LEDGER_STATE_BYTES_MAX)
		return err_set(info, ERR_LIMIT, "the state of meter %u has %zu bytes, more than %d", (unsigned)row->meter_id,
			       row->state_bytes, (int)LEDGER_STATE_BYTES_MAX);
	encode_begin(&item, &batch->open, SQL_OPEN_PUT);
	encode_int(&item, row->meter_id);
	encode_int(&item, row->utc_ms);
	encode_text(&item, row->boot_id);
	encode_int(&item, row->boot_ns);
	encode_int(&item, row->energy_millij);
	encode_raw(&item, row->has_raw, row->raw);
	encode_int(&item, row->uptime_ms);
	encode_blob(&item, row->state, row->state_bytes);
	return encode_end(&item, info);
}

static enum err check_interval(const struct interval *interval, struct err_info *info)
{
	if (interval->slot_s <= 0 || UNITS_S_PER_HOUR % interval->slot_s != 0 || interval->slot_start_s < 0 ||
	    interval->slot_start_s % interval->slot_s != 0)
		return err_set(info, ERR_DATA, "slot %lld of %d s does not fit into an hour", (long long)interval->slot_start_s,
			       (int)interval->slot_s);
	if (interval->rev < 0)
		return err_set(info, ERR_DATA, "slot %lld has revision %d", (long long)interval->slot_start_s, (int)interval->rev);
	for (int i = 0; i < COVERAGE_COUNT; i++)
		if (interval->millij[i] > BATCH_MILLIJ_MAX || interval->millij[i] < -BATCH_MILLIJ_MAX ||
		    interval->covered_ms[i] > interval->slot_s * UNITS_MS_PER_S ||
		    interval->covered_ms[i] < -interval->slot_s * UNITS_MS_PER_S)
			return err_set(info, ERR_DATA, "slot %lld: %lld mJ in %lld ms is beyond what a slot can hold",
				       (long long)interval->slot_start_s, (long long)interval->millij[i],
				       (long long)interval->covered_ms[i]);
	return ERR_NONE;
}

static void encode_sums(struct encode *item, const struct interval *interval)
{
	for (int i = 0; i < COVERAGE_COUNT; i++)
		encode_int(item, interval->millij[i]);
	for (int i = 0; i < COVERAGE_COUNT; i++)
		encode_int(item, interval->covered_ms[i]);
	encode_int(item, interval->status_bits);
}

/* Times of the evidence as distances from the slot's start: two or three bytes in place of six. */
static void encode_evidence(struct encode *item, const struct interval *interval)
{
	encode_raw(item, interval->has_raw, interval->raw_open);
	encode_raw(item, interval->has_raw, interval->raw_close);
	if (interval->has_raw) {
		encode_int(item, interval->open_utc_ms - interval->slot_start_s * UNITS_MS_PER_S);
		encode_int(item, interval->close_utc_ms - interval->slot_start_s * UNITS_MS_PER_S);
	} else {
		encode_null(item);
		encode_null(item);
	}
}

enum err ledger_batch_add_interval(struct ledger_batch *batch, uint32_t meter_id, const struct interval *interval,
				   const struct ledger_day *day, struct err_info *info)
{
	struct encode item;
	enum err err = check_interval(interval, info);

	if (err != ERR_NONE)
		return err;
	if (interval->slot_start_s < day->start_s || interval->slot_start_s >= day->end_s)
		return err_set(info, ERR_DATA, "slot %lld does not begin in the day %lld to %lld", (long long)interval->slot_start_s,
			       (long long)day->start_s, (long long)day->end_s);
	encode_begin(&item, &batch->items, SQL_INTERVAL_PUT);
	encode_int(&item, interval->slot_start_s);
	encode_int(&item, meter_id);
	encode_int(&item, interval->rev);
	encode_int(&item, interval->slot_s);
	encode_int(&item, interval->slot_start_s - day->start_s);
	encode_sums(&item, interval);
	encode_evidence(&item, interval);
	encode_int(&item, day->end_s); /* not of the row: for the day's roll-up */
	err = encode_end(&item, info);
	if (err == ERR_NONE)
		batch->interval_count++;
	return err;
}

enum err ledger_batch_add_unplaced(struct ledger_batch *batch, const char *boot_id, uint32_t meter_id, const struct interval *interval,
				   struct err_info *info)
{
	struct encode item;
	enum err err = check_interval(interval, info);

	if (err == ERR_NONE)
		err = need_boot(batch, boot_id, info);
	if (err != ERR_NONE)
		return err;
	encode_begin(&item, &batch->items, SQL_UNPLACED_ADD);
	encode_text(&item, boot_id);
	encode_int(&item, interval->slot_start_s);
	encode_int(&item, meter_id);
	encode_int(&item, interval->slot_s);
	encode_sums(&item, interval);
	encode_evidence(&item, interval);
	return encode_end(&item, info);
}

enum err ledger_batch_drop_unplaced(struct ledger_batch *batch, const char *boot_id, uint32_t meter_id, struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, SQL_UNPLACED_DROP);
	encode_text(&item, boot_id);
	encode_int(&item, meter_id);
	return encode_end(&item, info);
}

/* Text from anywhere as one clean line, cut at LEDGER_EVENT_TEXT_BYTES. */
static void encode_line(struct encode *item, const char *text)
{
	char line[LEDGER_EVENT_TEXT_BYTES];

	text_clean(line, sizeof(line), text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
	encode_text(item, line);
}

enum err ledger_batch_add_event(struct ledger_batch *batch, const struct ledger_event *event, struct err_info *info)
{
	const char *boot_id = event->boot_id == NULL ? "" : event->boot_id;
	struct encode item;
	enum err err = boot_id[0] == '\0' ? ERR_NONE : need_boot(batch, boot_id, info);

	if (err != ERR_NONE)
		return err;
	encode_begin(&item, &batch->items, SQL_EVENT_PUT);
	if (event->utc_ms != 0)
		encode_int(&item, event->utc_ms);
	else
		encode_null(&item);
	encode_text(&item, boot_id);
	encode_int(&item, event->boot_ns);
	encode_int(&item, event->level);
	encode_line(&item, event->code);
	encode_int(&item, event->site_id);
	encode_int(&item, event->device_id);
	encode_int(&item, event->meter_id);
	encode_line(&item, event->before);
	encode_line(&item, event->after);
	encode_int(&item, event->millij);
	encode_line(&item, event->text);
	return encode_end(&item, info);
}

enum err ledger_batch_place_events(struct ledger_batch *batch, const char *boot_id, int64_t utc_at_boot_ms, struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, SQL_EVENT_PLACE);
	encode_int(&item, utc_at_boot_ms);
	encode_text(&item, boot_id);
	return encode_end(&item, info);
}

enum err ledger_batch_add_config(struct ledger_batch *batch, int64_t from_utc_ms, const uint8_t sha256[32], struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, SQL_CONFIG_PUT);
	encode_int(&item, from_utc_ms);
	encode_blob(&item, sha256, 32);
	return encode_end(&item, info);
}

enum err ledger_batch_add_factor(struct ledger_batch *batch, const struct plan_factor *factor, struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, SQL_FACTOR_PUT);
	encode_text(&item, factor->zone);
	encode_int(&item, factor->year);
	encode_text(&item, factor->basis);
	encode_text(&item, factor->edition);
	encode_blob(&item, factor->table_sha256, sizeof(factor->table_sha256));
	encode_text(&item, factor->method);
	encode_text(&item, factor->publisher);
	encode_text(&item, factor->licence);
	encode_int(&item, factor->microg_per_kwh);
	return encode_end(&item, info);
}

/* The payload is deflated by the commit, in its own thread. */
enum err ledger_batch_add_outbox(struct ledger_batch *batch, const struct ledger_outbox_row *row, struct err_info *info)
{
	struct encode item;
	enum err err = need_output(batch, row->output, info);

	if (err != ERR_NONE)
		return err;
	if (row->id == 0 || row->id > INT64_MAX || row->payload_bytes > LEDGER_PAYLOAD_BYTES_MAX)
		return err_set(info, ERR_DATA, "outbox row %llu of %zu bytes", (unsigned long long)row->id, row->payload_bytes);
	encode_begin(&item, &batch->outbox, SQL_OUTBOX_PUT);
	encode_int(&item, (int64_t)row->id);
	encode_text(&item, row->output);
	encode_int(&item, row->kind);
	encode_int(&item, row->created_utc_ms);
	encode_int(&item, row->point_count);
	encode_blob(&item, row->payload, row->payload_bytes);
	err = encode_end(&item, info);
	if (err != ERR_NONE)
		return err;
	batch->outbox_count++;
	if (row->id > batch->outbox_high)
		batch->outbox_high = row->id;
	return ERR_NONE;
}

enum err ledger_batch_delete_outbox(struct ledger_batch *batch, uint64_t id, struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->after, SQL_OUTBOX_DELETE);
	encode_int(&item, (int64_t)id);
	return encode_end(&item, info);
}

enum err ledger_batch_add_parking(struct ledger_batch *batch, const struct ledger_parking *parking, struct err_info *info)
{
	struct encode item;
	enum err err = need_output(batch, parking->output, info);

	if (err != ERR_NONE)
		return err;
	if (parking->payload_bytes > LEDGER_PAYLOAD_BYTES_MAX)
		return err_set(info, ERR_DATA, "refused lines of %zu bytes", parking->payload_bytes);
	encode_begin(&item, &batch->after, SQL_PARKED_PUT);
	encode_int(&item, (int64_t)parking->outbox_id);
	encode_text(&item, parking->output);
	encode_int(&item, parking->created_utc_ms);
	encode_int(&item, parking->parked_utc_ms);
	encode_int(&item, parking->http_status);
	encode_line(&item, parking->reason);
	encode_int(&item, parking->point_count);
	encode_blob(&item, parking->payload, parking->payload_bytes);
	return encode_end(&item, info);
}

enum err ledger_batch_add_note(struct ledger_batch *batch, const char *key, const void *data, size_t bytes, struct err_info *info)
{
	struct encode item;

	if (bytes > LEDGER_NOTE_BYTES_MAX)
		return err_set(info, ERR_LIMIT, "note '%s' of %zu bytes", key, bytes);
	encode_begin(&item, &batch->items, SQL_NOTE_PUT);
	encode_text(&item, key);
	encode_blob(&item, data, bytes);
	return encode_end(&item, info);
}

enum err ledger_batch_move_outbox(struct ledger_batch *to, struct ledger_batch *from, struct err_info *info)
{
	struct encode_item parsed;
	size_t before = to->outbox.bytes;
	size_t items_before = to->items.bytes;
	size_t at = 0;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && encode_next(&from->outbox, &at, &parsed)) {
		char output[sizeof(to->output)];

		memcpy(output, parsed.value[1].data, parsed.value[1].bytes);
		output[parsed.value[1].bytes] = '\0';
		err = need_output(to, output, info);
	}
	if (err == ERR_NONE) {
		buf_add(&to->outbox, from->outbox.data == NULL ? "" : from->outbox.data, from->outbox.bytes);
		if (to->outbox.is_failed)
			err = err_set(info, ERR_LIMIT, "the batch for the ledger is full: the outbox rows that wait do not fit");
	}
	if (err != ERR_NONE) {
		encode_truncate(&to->outbox, before);
		encode_truncate(&to->items, items_before);
		to->output[0] = '\0';
		return err;
	}
	to->outbox_count += from->outbox_count;
	if (from->outbox_high > to->outbox_high)
		to->outbox_high = from->outbox_high;
	ledger_batch_clear(from);
	return ERR_NONE;
}

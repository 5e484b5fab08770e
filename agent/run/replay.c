/* SPDX-License-Identifier: Apache-2.0 */
#include "run/replay.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger.h"
#include "ledger/registry.h"
#include "ledger/resume.h"
#include "model/units.h"
#include "run/books.h"
#include "run/points.h"
#include "run/replay_meter.h"
#include "run/shipping.h"

#include <string.h>

enum { ENDED_BYTES_MAX = 1 << 20 };
enum { BATCH_BYTES_MAX = 256 << 20, BATCH_BYTES_COMMIT = 1 << 20, READ_ROWS_MAX = 4096, COLUMN_COUNT = 7, ROWS_PER_WORD = 256 };

/* A wall clock before 2020 is wrong in any trace: the first agents are younger. */
#define FLOOR_UTC_S INT64_C(1577836800)

#define COMMIT_S 60

enum column { COLUMN_BOOT_ID = 0, COLUMN_BOOT_S, COLUMN_UTC, COLUMN_DEVICE, COLUMN_METER, COLUMN_QUANTITY, COLUMN_VALUE };

static const char *const COLUMN_NAME[COLUMN_COUNT] = {"boot_id", "boot_s", "utc", "device", "meter", "quantity", "value"};

struct replay {
	const struct replay_source *source;
	struct replay_report report;
	struct ledger *ledger;
	struct ledger_registry *registry;
	struct ledger_batch batch;
	struct books *books;
	struct replay_meters *meters;
	struct points points; /* of the configuration's outputs, none unless they are wanted */
	int64_t started_utc_ms;
	uint64_t next_outbox_id;
	char boot_id[CLOCK_BOOT_ID_BYTES];
	struct buf ended; /* ids of the boots so far, each with a line's end */
	struct clock_reading now;
	int64_t committed_ns; /* boot time of the last commit */
	/* The read that is being collected. */
	struct sample *sample; /* READ_ROWS_MAX items */
	size_t sample_count;
	uint32_t device; /* index in the plan; UINT32_MAX none */
	bool has_serial;
	char serial[METER_IDENTITY_BYTES];
};

/* ---- Boots ---- */

/* What the outputs are to get waits in the ledger's outbox: an agent on it sends it. */
static enum err add_points(struct replay *replay, struct err_info *info)
{
	struct shipping shipping;
	enum err err;

	if (!replay->source->has_points)
		return ERR_NONE;
	err = shipping_init(&shipping, &replay->source->settings->core, replay->next_outbox_id, info);
	if (err != ERR_NONE)
		return err;
	shipping.is_flash = false; /* nobody accepts them before the next commit */
	err = shipping_collect(&shipping, &replay->points, &replay->batch, replay->started_utc_ms, info);
	replay->next_outbox_id = shipping.next_id;
	shipping_deinit(&shipping);
	return err;
}

static enum err commit(struct replay *replay, struct err_info *info)
{
	enum err err = books_add_open_rows(replay->books, info);

	if (err == ERR_NONE)
		err = add_points(replay, info);
	if (err != ERR_NONE)
		return err;
	books_use_batch(replay->books, &replay->batch);
	err = ledger_commit(replay->ledger, &replay->batch, NULL, info);
	if (err != ERR_NONE)
		return err;
	books_after_commit(replay->books);
	replay->committed_ns = replay->now.boot_ns;
	replay->report.commit_count++;
	return ERR_NONE;
}

static enum err begin_boot(struct replay *replay, const char *boot_id, int64_t boot_ns, struct err_info *info)
{
	struct ledger_resume resume;
	struct books_options options = {
	    .plan = &replay->source->settings->core,
	    .reader = replay->ledger,
	    .points = replay->source->has_points ? &replay->points : NULL,
	    .boot_id = replay->boot_id,
	    .build_utc_s = FLOOR_UTC_S,
	};
	enum err err = ERR_NONE;

	if (replay->books != NULL) {
		err = commit(replay, info);
		buf_add_text(&replay->ended, replay->boot_id);
		buf_add_char(&replay->ended, '\n');
	}
	replay->books = books_free(replay->books);
	replay->registry = ledger_registry_free(replay->registry);
	if (err == ERR_NONE)
		err = ledger_registry_load(&replay->registry, replay->ledger, info);
	if (err == ERR_NONE)
		err = ledger_resume_read(replay->ledger, &resume, info);
	if (err != ERR_NONE)
		return err;
	(void)text_copy(replay->boot_id, sizeof(replay->boot_id), boot_id);
	options.registry = replay->registry;
	options.newest_utc_ms = resume.newest_utc_ms;
	replay->next_outbox_id = resume.next_outbox_id;
	replay_meters_forget(replay->meters);
	replay->report.boot_count++;
	replay->now = (struct clock_reading){.boot_ns = INT64_MIN};
	replay->committed_ns = boot_ns;
	return books_new(&replay->books, &options, &replay->batch, info);
}

/* ---- Reads ---- */

static int64_t commit_ns(const struct replay *replay)
{
	return (replay->source->commit_s > 0 ? replay->source->commit_s : COMMIT_S) * UNITS_NS_PER_S;
}

/* Hands over what was collected: uptime first, then meter by meter. */
static enum err end_read(struct replay *replay, struct err_info *info)
{
	const struct plan_device *plan;
	enum err err = ERR_NONE;

	if (replay->device == UINT32_MAX)
		return ERR_NONE;
	plan = &replay->source->settings->core.device[replay->device];
	err = replay_meters_tell(replay->meters, replay->books, replay->device, replay->has_serial ? replay->serial : NULL, info);
	replay->device = UINT32_MAX;
	replay->report.read_count++;
	replay->has_serial = false;
	replay_sort_samples(replay->sample, replay->sample_count);
	if (err == ERR_NONE && replay->sample_count > 0)
		err = books_put_samples(replay->books, plan->source, replay->sample, replay->sample_count, replay->now.boot_ns, info);
	replay->sample_count = 0;
	if (err == ERR_NONE &&
	    (replay->now.boot_ns - replay->committed_ns >= commit_ns(replay) || ledger_batch_bytes(&replay->batch) > BATCH_BYTES_COMMIT))
		err = commit(replay, info);
	return err;
}

static enum err at_row(const struct replay *replay, const struct csv_row *row, enum column column, struct err_info *info, const char *what)
{
	return err_set(info, ERR_DATA, "%s:%zu:%zu: %s '%s': %s", replay->source->name, row->line, row->column[column], COLUMN_NAME[column],
		       row->cell[column], what);
}

static enum err parse_clocks(struct replay *replay, const struct csv_row *row, struct clock_reading *now, struct err_info *info)
{
	int64_t utc_ms = 0;

	if (!num_parse_fixed(row->cell[COLUMN_BOOT_S], 9, &now->boot_ns) || now->boot_ns < 0)
		return at_row(replay, row, COLUMN_BOOT_S, info, "seconds since boot are expected, with up to nine decimals");
	now->is_synced = row->cell[COLUMN_UTC][0] != '\0';
	if (now->is_synced && !clock_parse_utc(row->cell[COLUMN_UTC], &utc_ms))
		return at_row(replay, row, COLUMN_UTC, info, "an RFC 3339 time is expected, like 2026-10-05T12:00:00Z, or nothing");
	now->utc_ns = utc_ms * UNITS_NS_PER_MS;
	return ERR_NONE;
}

static enum err add_sample(struct replay *replay, const struct csv_row *row, struct err_info *info)
{
	const struct plan_device *plan = &replay->source->settings->core.device[replay->device];
	struct sample sample = {.device = plan->source_device, .caliber = CALIBER_ACTUAL, .boot_ns = replay->now.boot_ns};
	struct replay_cell cell = {
	    .meter = row->cell[COLUMN_METER], .quantity = row->cell[COLUMN_QUANTITY], .value = row->cell[COLUMN_VALUE]};
	enum err err;

	if (strcmp(cell.quantity, "serial") == 0) {
		text_clean(replay->serial, sizeof(replay->serial), cell.value, strlen(cell.value));
		replay->has_serial = true;
		return ERR_NONE;
	}
	if (replay->sample_count == READ_ROWS_MAX)
		return at_row(replay, row, COLUMN_DEVICE, info, "more than 4096 rows of one read");
	err = replay_meters_sample(replay->meters, replay->books, replay->device, &cell, &sample, info);
	if (err != ERR_NONE) {
		enum column wrong = cell.wrong == cell.meter ? COLUMN_METER : cell.wrong == cell.value ? COLUMN_VALUE : COLUMN_QUANTITY;

		return err_prefix(info, "%s:%zu:%zu", replay->source->name, row->line, row->column[wrong]);
	}
	replay->sample[replay->sample_count++] = sample;
	return ERR_NONE;
}

static bool has_ended(const struct replay *replay, const char *boot_id)
{
	const char *at = buf_text(&replay->ended);
	size_t bytes = strlen(boot_id);

	for (const char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		if ((size_t)(end - at) == bytes && memcmp(at, boot_id, bytes) == 0)
			return true;
	}
	return false;
}

static uint32_t find_device(const struct replay *replay, const char *id)
{
	const struct plan_core *plan = &replay->source->settings->core;

	for (size_t i = 0; i < plan->device_count; i++) {
		if (strcmp(plan->device[i].id, id) == 0)
			return (uint32_t)i;
	}
	return UINT32_MAX;
}

static enum err check_boot(const struct replay *replay, const struct csv_row *row, struct err_info *info)
{
	const char *boot_id = row->cell[COLUMN_BOOT_ID];

	if (boot_id[0] == '\0' || strlen(boot_id) >= CLOCK_BOOT_ID_BYTES)
		return at_row(replay, row, COLUMN_BOOT_ID, info, "1 to 36 characters are expected");
	if (has_ended(replay, boot_id))
		return at_row(replay, row, COLUMN_BOOT_ID, info, "this boot had ended; the rows of one boot stand together");
	return ERR_NONE;
}

static enum err take_row(struct replay *replay, const struct csv_row *row, struct err_info *info)
{
	struct clock_reading now = {0};
	uint32_t device = find_device(replay, row->cell[COLUMN_DEVICE]);
	bool is_new_boot = strcmp(replay->boot_id, row->cell[COLUMN_BOOT_ID]) != 0 || replay->books == NULL;
	enum err err = parse_clocks(replay, row, &now, info);

	if (err != ERR_NONE)
		return err;
	if (device == UINT32_MAX)
		return at_row(replay, row, COLUMN_DEVICE, info, "the configuration has no such device");
	if (is_new_boot)
		err = check_boot(replay, row, info);
	if (err != ERR_NONE)
		return err;
	if (is_new_boot || now.boot_ns != replay->now.boot_ns || device != replay->device)
		err = end_read(replay, info);
	if (err == ERR_NONE && is_new_boot)
		err = begin_boot(replay, row->cell[COLUMN_BOOT_ID], now.boot_ns, info);
	if (err != ERR_NONE)
		return err;
	if (now.boot_ns < replay->now.boot_ns)
		return at_row(replay, row, COLUMN_BOOT_S, info, "boot time falls within one boot; rows have to be in order");
	if (now.boot_ns != replay->now.boot_ns || now.utc_ns != replay->now.utc_ns)
		books_tick(replay->books, &now);
	replay->now = now;
	replay->device = device;
	replay->report.row_count++;
	return add_sample(replay, row, info);
}

/* ---- The whole ---- */

static enum err check_header(const struct replay *replay, const struct csv_row *row, struct err_info *info)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (i >= row->count || strcmp(row->cell[i], COLUMN_NAME[i]) != 0)
			return err_set(info, ERR_DATA, "%s:%zu:%zu: the header boot_id,boot_s,utc,device,meter,quantity,value is expected",
				       replay->source->name, row->line, i < row->count ? row->column[i] : 1);
	}
	return ERR_NONE;
}

static enum err take_rows(struct replay *replay, struct csv_reader *reader, struct err_info *info)
{
	struct csv_row row = {0};
	bool is_end = false;
	enum err err = csv_next(reader, &row, &is_end, info);

	if (err == ERR_NONE && is_end)
		return err_set(info, ERR_DATA,
			       "%s: the trace is empty: its first line has to be boot_id,boot_s,utc,device,meter,quantity,value",
			       replay->source->name);
	if (err == ERR_NONE)
		err = check_header(replay, &row, info);
	while (err == ERR_NONE) {
		err = csv_next(reader, &row, &is_end, info);
		if (err != ERR_NONE || is_end)
			return err;
		if (row.count != COLUMN_COUNT)
			return err_set(info, ERR_DATA, "%s:%zu:1: %zu cells, 7 are expected", replay->source->name, row.line, row.count);
		err = take_row(replay, &row, info);
		if (replay->report.row_count % ROWS_PER_WORD == 0)
			progress_tell(replay->source->progress, (double)csv_offset_bytes(reader) / (double)replay->source->bytes);
	}
	return err;
}

/* What is open at the end of the trace is closed: time passes without readings until every grace has run out. */
static enum err close_all(struct replay *replay, struct err_info *info)
{
	const struct plan_core *plan = &replay->source->settings->core;
	struct clock_reading now = replay->now;
	enum err err = end_read(replay, info);

	if (err != ERR_NONE || replay->books == NULL)
		return err;
	replay->report.last_utc_ms = books_utc_ms(replay->books, replay->now.boot_ns);
	for (int pass = 0; pass < 4; pass++) {
		int64_t step_ns = ((int64_t)plan->slot_s + 2 * (int64_t)plan->grace_s) * UNITS_NS_PER_S;

		now.boot_ns += step_ns;
		now.utc_ns += step_ns;
		books_tick(replay->books, &now);
	}
	/* Two more commits: sums whose rows were revised are computed after the first and written by the second. */
	for (int round = 0; round < 3 && err == ERR_NONE; round++)
		err = commit(replay, info);
	return err;
}

static void deinit(struct replay *replay)
{
	buf_deinit(&replay->ended);
	books_free(replay->books);
	if (replay->source->has_points)
		points_deinit(&replay->points);
	ledger_registry_free(replay->registry);
	ledger_close(replay->ledger);
	ledger_batch_deinit(&replay->batch);
	replay_meters_free(replay->meters);
	mem_free(replay->sample);
}

static enum err init(struct replay *replay, const struct replay_source *source, struct err_info *info)
{
	struct clock_reading now;
	struct ledger_options options = {.path = source->settings->core.ledger_path};

	memset(replay, 0, sizeof(*replay));
	replay->source = source;
	replay->device = UINT32_MAX;
	ledger_batch_init(&replay->batch, BATCH_BYTES_MAX);
	buf_init(&replay->ended, ENDED_BYTES_MAX);
	clock_read(&now);
	options.now_utc_ms = replay->started_utc_ms = now.utc_ns / UNITS_NS_PER_MS;
	replay->sample = mem_new_array(READ_ROWS_MAX, sizeof(replay->sample[0]));
	if (replay->sample == NULL || replay_meters_new(&replay->meters, source->settings) != ERR_NONE)
		return err_set(info, ERR_MEMORY, "no memory for a replay");
	if (source->has_points && points_init(&replay->points, &source->settings->core, info) != ERR_NONE)
		return ERR_MEMORY;
	return ledger_open(&replay->ledger, &options, NULL, info);
}

enum err replay_run(const struct replay_source *source, struct replay_report *report, struct err_info *info)
{
	struct csv_reader *reader = csv_new(source->name, source->data, source->bytes);
	struct err_info ignored = {0};
	struct replay replay;
	enum err err = init(&replay, source, info);

	if (err == ERR_NONE && reader == NULL)
		err = err_set(info, ERR_MEMORY, "no memory for a trace");
	if (err == ERR_NONE) {
		err = take_rows(&replay, reader, info);
		/* A bad row ends it; what stands before it is kept. */
		if (err == ERR_NONE)
			err = close_all(&replay, info);
		else if (replay.books != NULL)
			(void)!commit(&replay, &ignored);
	}
	*report = replay.report;
	deinit(&replay);
	csv_free(reader);
	return err;
}

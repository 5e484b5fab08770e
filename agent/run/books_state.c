/* SPDX-License-Identifier: Apache-2.0 */
/* books_state: what of a meter has to survive, as its row in the ledger; and back. */
#include "run/books_priv.h"

#include "base/log.h"
#include "ledger/resume.h"
#include "model/units.h"

#include <math.h>
#include <string.h>

/*
 * A state is what rounding left over (a byte of STATE_MARK and a bit for each rest that is not 0, then these, two bytes each), then the
 * account, which leaves out what the row's columns say.
 */
enum { STATE_RESTS = COVERAGE_COUNT + 1, STATE_MARK = 0x80, STATE_WANT = 0x40, STATE_RESTS_MASK = (1 << STATE_RESTS) - 1 };

static size_t save_running(const struct line_running *running, uint8_t bytes[static LEDGER_STATE_BYTES_MAX])
{
	struct wire_writer writer = {.bytes = bytes, .capacity = LEDGER_STATE_BYTES_MAX};
	unsigned mask = running->covered_ms != 0 ? 1U << COVERAGE_COUNT : 0;

	for (unsigned i = 0; i < COVERAGE_COUNT; i++)
		mask |= running->millij[i] != 0 ? 1U << i : 0;
	wire_put_u8(&writer, (uint8_t)(STATE_MARK | mask));
	for (unsigned i = 0; i < COVERAGE_COUNT; i++)
		if (running->millij[i] != 0)
			wire_put_u16(&writer, running->millij[i]);
	if (running->covered_ms != 0)
		wire_put_u16(&writer, running->covered_ms);
	return writer.length;
}

/* A sum of which slots wait to be computed again says so in the first byte, and which behind the rests. */
static size_t save_want(const struct books_derived *derived, uint8_t *bytes, size_t length)
{
	struct wire_writer writer = {.bytes = bytes, .capacity = LEDGER_STATE_BYTES_MAX, .length = length};

	if (derived->want_to_s == 0)
		return length;
	bytes[0] |= STATE_WANT;
	wire_put_i64(&writer, derived->want_from_s);
	wire_put_i64(&writer, derived->want_to_s);
	return writer.length;
}

static enum err load_want(struct books_derived *derived, const uint8_t *bytes, size_t size, size_t *used, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = size, .at = *used};

	if ((bytes[0] & STATE_WANT) == 0)
		return ERR_NONE;
	derived->want_from_s = wire_get_i64(&reader);
	derived->want_to_s = wire_get_i64(&reader);
	*used = reader.at;
	if (reader.is_bad || derived->want_from_s <= 0 || derived->want_to_s < derived->want_from_s)
		return err_set(info, ERR_DATA, "a saved sum of %zu bytes is damaged", size);
	return ERR_NONE;
}

/* *used: how many bytes it took. */
static enum err load_running(struct line_running *running, const uint8_t *bytes, size_t size, size_t *used, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = size};
	unsigned mask = wire_get_u8(&reader);
	struct line_running read = {0};
	bool is_sound = !reader.is_bad && (mask & ~(unsigned)(STATE_RESTS_MASK | STATE_WANT)) == STATE_MARK;

	for (unsigned i = 0; i < STATE_RESTS && is_sound; i++) {
		uint16_t *rest = i < COVERAGE_COUNT ? &read.millij[i] : &read.covered_ms;

		if ((mask & 1U << i) != 0)
			*rest = wire_get_u16(&reader);
		is_sound = !reader.is_bad && *rest < UNITS_MILLIJ_PER_J;
	}
	if (!is_sound)
		return err_set(info, ERR_DATA, "a saved state of %zu bytes is damaged or of another version", size);
	*running = read;
	*used = reader.at;
	return ERR_NONE;
}

static struct account_base base_of(const struct ledger_open_row *row)
{
	return (struct account_base){
	    .boot_ns = row->boot_ns,
	    .utc_ms = row->utc_ms,
	    .energy_millij = row->energy_millij,
	    .raw = row->raw,
	    .uptime_ms = row->uptime_ms,
	    .boot = account_identity(row->boot_id),
	};
}

/* Into `account` and the stream's rests. */
static enum err load_stream(struct books_stream *stream, struct account_book *account, const struct ledger_open_row *row,
			    struct err_info *info)
{
	struct account_base base = base_of(row);
	struct line_running running;
	size_t used = 0;
	enum err err = load_running(&running, row->state, row->state_bytes, &used, info);

	if (err == ERR_NONE)
		err = account_book_load(account, &base, (const uint8_t *)row->state + used, row->state_bytes - used, info);
	if (err == ERR_NONE)
		stream->running = running;
	return err;
}

enum err books_add_stream_row(struct books *books, struct books_stream *stream, struct err_info *info)
{
	const struct account_book *account = books_open_account(books, stream);
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	struct ledger_open_row row = {
	    .meter_id = stream->ledger_id,
	    .utc_ms = books_utc_ms(books, stream->boot_ns),
	    .boot_ns = stream->boot_ns,
	    .has_raw = stream->has_raw,
	    .raw = stream->raw,
	    .state = state,
	};
	struct account_base base;
	size_t account_bytes;
	double uptime_s;
	enum err err;

	if (account == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the account of meter %u", stream->ledger_id);
	uptime_s = account->meter.counter.uptime_s;
	row.energy_millij = account->meter.energy_millij;
	row.uptime_ms = uptime_s < 0 ? -1 : llround(uptime_s * (double)UNITS_MS_PER_S);
	memcpy(row.boot_id, books->options.boot_id, sizeof(row.boot_id));
	base = base_of(&row);
	row.state_bytes = save_running(&stream->running, state);
	account_bytes = account_book_save(account, &base, state + row.state_bytes, sizeof(state) - row.state_bytes);
	row.state_bytes += account_bytes;
	if (account_bytes == 0)
		return err_set(info, ERR_LIMIT, "the state of meter %u does not fit %d bytes", stream->ledger_id, LEDGER_STATE_BYTES_MAX);
	err = ledger_batch_add_open(books->batch, &row, info);
	if (err == ERR_NONE)
		stream->is_changed = false;
	return err;
}

/* Picks the account up where the ledger has it; a state that cannot be read starts anew with an event, the row stays until the next commit. */
enum err books_resume_stream(struct books *books, struct books_meter *meter, struct books_stream *stream, struct err_info *info)
{
	struct account_rules rules = books_rules(books, meter, stream->quantity);
	struct account_now now = {.boot = books->boot, .boot_ns = books->now.boot_ns};
	struct account_book *account = books_open_account(books, stream);
	struct account_book before;
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	struct ledger_open_row row;
	struct err_info failure = {0};
	struct books_context context;
	struct account_sink sink = books_sink(books, meter, stream, &context);
	bool is_found = false;
	bool is_scale_new;
	enum err err;

	if (account == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the account of meter %u", stream->ledger_id);
	err = ledger_resume_open_one(books->options.reader, stream->ledger_id, &row, state, &is_found, &failure);
	if (err == ERR_NONE && is_found)
		err = load_stream(stream, account, &row, &failure);
	if (err != ERR_NONE) {
		log_error("device '%s', meter '%s': its baseline cannot be read (%s): it starts a new one", meter->device->plan->id,
			  meter->info->key, failure.text);
		books_add_event(books, LOG_LEVEL_ERROR, "baseline_lost", failure.text);
		account_book_init(account, (int32_t)books->options.plan->slot_s);
	} else if (is_found) {
		stream->has_raw = row.has_raw;
		stream->raw = row.raw;
		books_tell_reboot(books, &row);
	}
	now.utc_ns = books->place.is_trusted ? books->now.utc_ns : 0;
	/* What waits in the account is in the scale that it was read in. */
	is_scale_new = books_former_rules(books, stream, account, &rules);
	memcpy(&before, account, sizeof(before));
	account_book_resume(account, &rules, &books->place, &now, &sink);
	/* What was decided just now is in the next commit, so the state has to be as well: else another start would decide it again. */
	stream->is_changed |= is_found && memcmp(&before, account, sizeof(before)) != 0;
	books_close_account(books, stream);
	if (!is_found)
		return ERR_NONE;
	if (is_scale_new)
		books_end_former_segment(books, meter, stream, &rules);
	/* It comes back, or is found again, after another driver has taken over. */
	if (meter->device->former_driver != NULL)
		books_end_segment(books, meter, stream, ACCOUNT_EVENT_DRIVER);
	return ERR_NONE;
}

/* ---- Sums of devices ---- */

enum err books_add_derived_row(struct books *books, struct books_meter *meter, struct err_info *info)
{
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	const struct books_derived *derived = meter->derived;
	struct ledger_open_row row = {
	    .meter_id = meter->ledger_id,
	    .utc_ms = books_utc_ms(books, meter->read_boot_ns),
	    .boot_ns = meter->read_boot_ns,
	    .energy_millij = derived->energy_millij,
	    .uptime_ms = -1,
	    .state = state,
	};
	size_t rows_bytes;
	enum err err;

	memcpy(row.boot_id, books->options.boot_id, sizeof(row.boot_id));
	row.state_bytes = save_want(derived, state, save_running(&derived->running, state));
	rows_bytes = account_derive_save(&derived->rows, state + row.state_bytes, sizeof(state) - row.state_bytes);
	row.state_bytes += rows_bytes;
	if (rows_bytes == 0)
		return err_set(info, ERR_LIMIT, "the state of a sum does not fit %d bytes", LEDGER_STATE_BYTES_MAX);
	err = ledger_batch_add_open(books->batch, &row, info);
	if (err == ERR_NONE)
		meter->is_changed = false;
	return err;
}

void books_resume_derived(struct books *books, struct books_meter *meter)
{
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	struct books_derived read = {0};
	struct ledger_open_row row;
	struct err_info info = {0};
	bool is_found = false;
	size_t used = 0;
	enum err err = ledger_resume_open_one(books->options.reader, meter->ledger_id, &row, state, &is_found, &info);

	if (err == ERR_NONE && !is_found)
		return;
	if (err == ERR_NONE)
		err = load_running(&read.running, row.state, row.state_bytes, &used, &info);
	if (err == ERR_NONE)
		err = load_want(&read, row.state, row.state_bytes, &used, &info);
	if (err == ERR_NONE)
		err = account_derive_load(&read.rows, (const uint8_t *)row.state + used, row.state_bytes - used, &info);
	if (err != ERR_NONE) {
		log_error("device '%s', meter '%s': what was open of its sum cannot be read: %s", meter->device->plan->id,
			  meter->info->key, info.text);
		if (!is_found)
			return;
		read = (struct books_derived){0}; /* as of one that was no sum until now: its running total goes on */
	}
	read.energy_millij = row.energy_millij;
	*meter->derived = read;
}

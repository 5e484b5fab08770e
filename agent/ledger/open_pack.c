/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/open_pack_priv.h"

#include "model/units.h"

enum { VARINT_BYTES = 10, VARINT_BITS = 7, VARINT_MORE = 0x80, WORD_BITS = 64 };
enum { FLAG_RAW = 1, FLAG_UPTIME = 2, FLAG_BITS = 2 };

int64_t open_pack_number(uint32_t meter_id)
{
	return (int64_t)(meter_id / OPEN_PACK_METERS) + 1;
}

static void put(struct buf *out, uint64_t value)
{
	uint8_t bytes[VARINT_BYTES];
	size_t n = 0;

	for (; value >= VARINT_MORE; value >>= VARINT_BITS)
		bytes[n++] = (uint8_t)(value | VARINT_MORE);
	bytes[n++] = (uint8_t)value;
	buf_add(out, bytes, n);
}

/* Differences wrap: any two numbers have one. Small ones of either sign become small. */
static void put_difference(struct buf *out, uint64_t value, uint64_t before)
{
	uint64_t difference = value - before;

	put(out, difference << 1 ^ (difference >> (WORD_BITS - 1) != 0 ? UINT64_MAX : 0));
}

/* An instant in ms as it lies to the row's own boot time: nearly the same for all rows. */
static uint64_t beside_boot(int64_t ms, const struct open_pack_row *row)
{
	return (uint64_t)ms - (uint64_t)(row->boot_ns / UNITS_NS_PER_MS);
}

void open_pack_add(struct buf *out, const struct open_pack_row *before, const struct open_pack_row *row)
{
	bool has_uptime = row->uptime_ms >= 0;

	put(out,
	    (uint64_t)(row->meter_id - before->meter_id) << FLAG_BITS | (row->has_raw ? FLAG_RAW : 0) | (has_uptime ? FLAG_UPTIME : 0));
	put_difference(out, (uint64_t)row->boot, (uint64_t)before->boot);
	put_difference(out, (uint64_t)row->boot_ns, (uint64_t)before->boot_ns);
	put_difference(out, beside_boot(row->utc_ms, row), beside_boot(before->utc_ms, before));
	put_difference(out, (uint64_t)row->energy_millij, (uint64_t)before->energy_millij);
	if (row->has_raw)
		put_difference(out, row->raw, before->raw);
	if (has_uptime)
		put_difference(out, beside_boot(row->uptime_ms, row), beside_boot(before->uptime_ms, before));
	put(out, row->state_bytes);
	if (row->state_bytes > 0)
		buf_add(out, row->state, row->state_bytes);
}

/* One spelling each: a longer one is refused. */
static uint64_t get(struct open_pack_reader *reader)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < WORD_BITS && reader->at < reader->size; shift += VARINT_BITS) {
		uint8_t byte = reader->bytes[reader->at++];

		if ((byte == 0 && shift > 0) || (shift == WORD_BITS - 1 && byte > 1))
			break;
		value |= (uint64_t)(byte & (VARINT_MORE - 1)) << shift;
		if (byte < VARINT_MORE)
			return value;
	}
	reader->is_bad = true;
	return 0;
}

static uint64_t get_difference(struct open_pack_reader *reader, uint64_t before)
{
	uint64_t value = get(reader);

	return before + (value >> 1 ^ ((value & 1) != 0 ? UINT64_MAX : 0));
}

static int64_t get_beside_boot(struct open_pack_reader *reader, int64_t before_ms, const struct open_pack_row *before, int64_t boot_ns)
{
	return (int64_t)(get_difference(reader, beside_boot(before_ms, before)) + (uint64_t)(boot_ns / UNITS_NS_PER_MS));
}

static void get_state(struct open_pack_reader *reader, struct open_pack_row *row)
{
	uint64_t bytes = get(reader);

	if (reader->is_bad || bytes > LEDGER_STATE_BYTES_MAX || bytes > reader->size - reader->at) {
		reader->is_bad = true;
		return;
	}
	row->state = reader->bytes + reader->at;
	row->state_bytes = (size_t)bytes;
	reader->at += (size_t)bytes;
}

bool open_pack_next(struct open_pack_reader *reader)
{
	const struct open_pack_row *before = &reader->row;
	struct open_pack_row row = {.uptime_ms = -1};
	uint64_t head;
	uint64_t id;

	if (reader->is_bad || reader->at >= reader->size)
		return false;
	head = get(reader);
	id = before->meter_id + (head >> FLAG_BITS);
	reader->is_bad = reader->is_bad || id <= before->meter_id || id > UINT32_MAX;
	row.meter_id = (uint32_t)id;
	row.has_raw = (head & FLAG_RAW) != 0;
	row.boot = (int64_t)get_difference(reader, (uint64_t)before->boot);
	row.boot_ns = (int64_t)get_difference(reader, (uint64_t)before->boot_ns);
	row.utc_ms = get_beside_boot(reader, before->utc_ms, before, row.boot_ns);
	row.energy_millij = (int64_t)get_difference(reader, (uint64_t)before->energy_millij);
	if (row.has_raw)
		row.raw = get_difference(reader, before->raw);
	if ((head & FLAG_UPTIME) != 0) {
		row.uptime_ms = get_beside_boot(reader, before->uptime_ms, before, row.boot_ns);
		reader->is_bad = reader->is_bad || row.uptime_ms < 0;
	}
	get_state(reader, &row);
	if (reader->is_bad)
		return false;
	reader->row = row;
	return true;
}

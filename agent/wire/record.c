/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/record.h"

#include <string.h>

/*
 * Each fixed record is a table of its fields, so that the encoder and the decoder cannot disagree and a decoder can name the field
 * that is wrong.
 */
enum field_kind {
	FIELD_U8,             /* uint8_t below `limit` */
	FIELD_U32,            /* uint32_t */
	FIELD_U64,            /* uint64_t */
	FIELD_I64_POSITIVE,   /* int64_t, 0 or more */
	FIELD_F64_POSITIVE,   /* double, finite, 0 or more */
	FIELD_BOOL,           /* bool */
	FIELD_ENUM,           /* an enumeration below `limit`; one byte on the wire */
	FIELD_TEXT,           /* char[limit], clean text */
	FIELD_TEXT_NOT_EMPTY, /* the same with at least one character */
	FIELD_BYTES           /* uint8_t[limit], all of them */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	size_t limit;
};

#define FIELD(record, member, kind, limit)                            \
	{                                                             \
#member, kind, offsetof(struct record, member), limit \
	}
#define FIELD_TEXT_OF(record, member, kind) FIELD(record, member, kind, sizeof((struct record *)0)->member)
#define FIELD_COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { WIRE_REJECTED_MAX = 256, WIRE_HTTP_END = 1000 };

_Static_assert(sizeof(enum wire_kind) == sizeof(unsigned), "enumerations are copied as unsigned");

static const struct field hello_fields[] = {
    FIELD(wire_hello, kind, FIELD_ENUM, WIRE_KIND_COUNT),
    FIELD(wire_hello, pid, FIELD_U32, 0),
    FIELD(wire_hello, device_count, FIELD_U32, 0),
};

#define SPEC_FIELDS(spec)                                                                                                  \
	FIELD(wire_meter, spec.modulus, FIELD_U64, 0), FIELD(wire_meter, spec.unit_num, FIELD_I64_POSITIVE, 0),            \
	    FIELD(wire_meter, spec.unit_den, FIELD_I64_POSITIVE, 0), FIELD(wire_meter, spec.is_wrap_known, FIELD_BOOL, 0), \
	    FIELD(wire_meter, spec.is_resettable, FIELD_BOOL, 0), FIELD(wire_meter, spec.starts_at_zero, FIELD_BOOL, 0)

static const struct field meter_fields[] = {
    FIELD(wire_meter, device, FIELD_U32, 0),
    FIELD(wire_meter, meter, FIELD_U32, 0),
    FIELD_TEXT_OF(wire_meter, info.key, FIELD_TEXT_NOT_EMPTY),
    FIELD_TEXT_OF(wire_meter, info.name, FIELD_TEXT),
    FIELD_TEXT_OF(wire_meter, info.parent, FIELD_TEXT),
    FIELD(wire_meter, info.role, FIELD_ENUM, ROLE_COUNT),
    FIELD(wire_meter, info.point, FIELD_ENUM, POINT_COUNT),
    FIELD(wire_meter, info.supply, FIELD_ENUM, SUPPLY_COUNT),
    FIELD(wire_meter, info.caliber, FIELD_ENUM, CALIBER_COUNT),
    FIELD(wire_meter, info.is_summand, FIELD_BOOL, 0),
    FIELD(wire_meter, info.is_derived, FIELD_BOOL, 0),
    FIELD(wire_meter, info.is_component, FIELD_BOOL, 0),
    FIELD(wire_meter, info.phase, FIELD_U8, 4),
    FIELD(wire_meter, info.rated_w, FIELD_F64_POSITIVE, 0),
    SPEC_FIELDS(info.energy),
    SPEC_FIELDS(info.energy_out),
    FIELD(wire_meter, info.is_port, FIELD_BOOL, 0),
    FIELD(wire_meter, info.octet_modulus, FIELD_U64, 0),
    FIELD_TEXT_OF(wire_meter, info.was[0], FIELD_TEXT),
    FIELD_TEXT_OF(wire_meter, info.was[1], FIELD_TEXT),
    FIELD(wire_meter, info.is_product, FIELD_BOOL, 0),
};

static const struct field device_fields[] = {
    FIELD(wire_device, device, FIELD_U32, 0),
    FIELD(wire_device, state, FIELD_ENUM, DEVICE_STATE_COUNT),
    FIELD(wire_device, latency_us, FIELD_U32, 0),
    FIELD(wire_device, failed_count, FIELD_U32, 0),
    FIELD(wire_device, expected_count, FIELD_U32, 0),
    FIELD(wire_device, is_expected_learned, FIELD_BOOL, 0),
    FIELD_TEXT_OF(wire_device, reason, FIELD_TEXT),
    FIELD_TEXT_OF(wire_device, vendor, FIELD_TEXT),
    FIELD_TEXT_OF(wire_device, model, FIELD_TEXT),
    FIELD_TEXT_OF(wire_device, serial, FIELD_TEXT),
    FIELD_TEXT_OF(wire_device, firmware, FIELD_TEXT),
    FIELD_TEXT_OF(wire_device, driver, FIELD_TEXT),
    FIELD_TEXT_OF(wire_device, driver_sha256, FIELD_BYTES),
};

static const struct field lost_fields[] = {
    FIELD(wire_lost, sample_count, FIELD_U64, 0),
    FIELD(wire_lost, from_boot_ns, FIELD_I64_POSITIVE, 0),
    FIELD(wire_lost, to_boot_ns, FIELD_I64_POSITIVE, 0),
};

static const struct field stats_fields[] = {
    FIELD(wire_stats, cpu_us, FIELD_U64, 0),       FIELD(wire_stats, wake_count, FIELD_U64, 0),
    FIELD(wire_stats, poll_count, FIELD_U64, 0),   FIELD(wire_stats, missed_count, FIELD_U64, 0),
    FIELD(wire_stats, failed_count, FIELD_U64, 0), FIELD(wire_stats, latency_sum_us, FIELD_U64, 0),
    FIELD(wire_stats, rss_bytes, FIELD_U64, 0),
};

static const struct field batch_fields[] = {
    FIELD(wire_batch, batch_id, FIELD_U64, 0),      FIELD(wire_batch, output, FIELD_U32, 0),   FIELD(wire_batch, point_count, FIELD_U32, 0),
    FIELD(wire_batch, payload_bytes, FIELD_U32, 0), FIELD(wire_batch, is_live, FIELD_BOOL, 0),
};

/* rejected_line follows these: as many as there are, none when there are more than the record holds. */
static const struct field verdict_fields[] = {
    FIELD(wire_verdict, batch_id, FIELD_U64, 0),
    FIELD(wire_verdict, code, FIELD_ENUM, VERDICT_COUNT),
    FIELD(wire_verdict, http_status, FIELD_U32, WIRE_HTTP_END),
    FIELD(wire_verdict, retry_after_s, FIELD_U32, 0),
    FIELD_TEXT_OF(wire_verdict, text, FIELD_TEXT),
    FIELD(wire_verdict, rejected_count, FIELD_U32, 0),
};

const char *wire_kind_name(enum wire_kind kind)
{
	static const char *const names[WIRE_KIND_COUNT] = {
	    [WIRE_KIND_SNMP] = "snmp",       [WIRE_KIND_MODBUS] = "modbus",   [WIRE_KIND_RAPL] = "rapl",     [WIRE_KIND_IPMI] = "ipmi",
	    [WIRE_KIND_TRAFFIC] = "traffic", [WIRE_KIND_DELIVER] = "deliver", [WIRE_KIND_SERIES] = "series",
	};

	return kind < WIRE_KIND_COUNT ? names[kind] : "?";
}

const char *device_state_name(enum device_state state)
{
	static const char *const names[DEVICE_STATE_COUNT] = {
	    [DEVICE_STARTING] = "starting", [DEVICE_UP] = "up",       [DEVICE_PARTIAL] = "partial",       [DEVICE_SILENT] = "silent",
	    [DEVICE_REFUSED] = "refused",   [DEVICE_LYING] = "lying", [DEVICE_UNREADABLE] = "unreadable",
	};

	return state < DEVICE_STATE_COUNT ? names[state] : "?";
}

void wire_begin(struct wire_writer *writer, enum wire_type type)
{
	wire_put_u16(writer, WIRE_VERSION);
	wire_put_u16(writer, (uint16_t)type);
}

enum err wire_read_header(struct wire_reader *reader, enum wire_type *type, struct err_info *info)
{
	unsigned version = wire_get_u16(reader);
	unsigned number = wire_get_u16(reader);

	if (reader->is_bad)
		return err_set(info, ERR_DATA, "record of %zu bytes is too short for its header", reader->length);
	if (version != WIRE_VERSION)
		return err_set(info, ERR_DATA, "record has version %u, not %d: restart all programs of one installation", version,
			       WIRE_VERSION);
	if (number == 0 || number >= WIRE_TYPE_END)
		return err_set(info, ERR_DATA, "record has the unknown type %u", number);
	*type = (enum wire_type)number;
	return ERR_NONE;
}

/* Copies a member of any record; what is at `from` is told by the field's kind. */
static uint64_t load(const void *from, size_t bytes)
{
	uint64_t u64 = 0;
	uint32_t u32;
	uint8_t u8;

	if (bytes == sizeof u64) {
		memcpy(&u64, from, sizeof u64);
		return u64;
	}
	if (bytes == sizeof u32) {
		memcpy(&u32, from, sizeof u32);
		return u32;
	}
	memcpy(&u8, from, sizeof u8);
	return u8;
}

static void put_field(struct wire_writer *writer, const struct field *field, const void *record)
{
	const char *from = (const char *)record + field->offset;

	switch (field->kind) {
	case FIELD_U8:
	case FIELD_BOOL: wire_put_u8(writer, (uint8_t)load(from, sizeof(uint8_t))); break;
	case FIELD_ENUM: wire_put_u8(writer, (uint8_t)load(from, sizeof(unsigned))); break;
	case FIELD_U32: wire_put_u32(writer, (uint32_t)load(from, sizeof(uint32_t))); break;
	case FIELD_U64:
	case FIELD_I64_POSITIVE:
	case FIELD_F64_POSITIVE: wire_put_u64(writer, load(from, sizeof(uint64_t))); break;
	case FIELD_TEXT:
	case FIELD_TEXT_NOT_EMPTY: wire_put_text(writer, from); break;
	case FIELD_BYTES: wire_put_bytes(writer, from, field->limit); break;
	}
}

static void put_fields(struct wire_writer *writer, const struct field *fields, size_t count, const void *record)
{
	size_t i;

	for (i = 0; i < count; i++)
		put_field(writer, &fields[i], record);
}

static void get_u32(struct wire_reader *reader, size_t limit, void *to)
{
	uint32_t value = wire_get_u32(reader);

	if (limit != 0 && value >= limit)
		reader->is_bad = true;
	memcpy(to, &value, sizeof value);
}

static void get_i64_positive(struct wire_reader *reader, void *to)
{
	int64_t value = wire_get_i64(reader);

	if (value < 0)
		reader->is_bad = true;
	memcpy(to, &value, sizeof value);
}

static void get_f64_positive(struct wire_reader *reader, void *to)
{
	double value = wire_get_f64(reader);

	if (value < 0)
		reader->is_bad = true;
	memcpy(to, &value, sizeof value);
}

static void get_enum(struct wire_reader *reader, size_t limit, void *to)
{
	unsigned value = wire_get_enum(reader, (unsigned)limit);

	memcpy(to, &value, sizeof value);
}

static void get_field(struct wire_reader *reader, const struct field *field, void *record)
{
	char *to = (char *)record + field->offset;
	uint64_t u64;

	switch (field->kind) {
	case FIELD_U8: *(uint8_t *)to = wire_get_enum(reader, (unsigned)field->limit); break;
	case FIELD_BOOL: *(bool *)to = wire_get_bool(reader); break;
	case FIELD_ENUM: get_enum(reader, field->limit, to); break;
	case FIELD_U32: get_u32(reader, field->limit, to); break;
	case FIELD_U64:
		u64 = wire_get_u64(reader);
		memcpy(to, &u64, sizeof u64);
		break;
	case FIELD_I64_POSITIVE: get_i64_positive(reader, to); break;
	case FIELD_F64_POSITIVE: get_f64_positive(reader, to); break;
	case FIELD_TEXT:
	case FIELD_TEXT_NOT_EMPTY:
		wire_get_text(reader, to, field->limit);
		if (field->kind == FIELD_TEXT_NOT_EMPTY && *to == '\0')
			reader->is_bad = true;
		break;
	case FIELD_BYTES:
		if (wire_get_bytes(reader, to, field->limit) != field->limit)
			reader->is_bad = true;
		break;
	}
}

/* Reads the fields in order; stops at the first that is wrong and names it. */
static enum err get_fields(struct wire_reader *reader, const struct field *fields, size_t count, void *record, struct err_info *info)
{
	size_t i;

	for (i = 0; i < count; i++) {
		get_field(reader, &fields[i], record);
		if (reader->is_bad)
			return err_set(info, ERR_DATA, "field %s is missing or out of range", fields[i].name);
	}
	return ERR_NONE;
}

static enum err check_done(struct wire_reader *reader, struct err_info *info)
{
	if (wire_is_done(reader))
		return ERR_NONE;
	reader->is_bad = true;
	return err_set(info, ERR_DATA, "record has %zu bytes too many", reader->length - reader->at);
}

/* A record that is nothing but its fields. */
static enum err get_record(struct wire_reader *reader, const struct field *fields, size_t count, void *record, struct err_info *info)
{
	enum err err = get_fields(reader, fields, count, record, info);

	return err != ERR_NONE ? err : check_done(reader, info);
}

void wire_put_hello(struct wire_writer *writer, const struct wire_hello *hello)
{
	wire_begin(writer, WIRE_HELLO);
	put_fields(writer, hello_fields, FIELD_COUNT(hello_fields), hello);
}

void wire_put_meter(struct wire_writer *writer, const struct wire_meter *meter)
{
	wire_begin(writer, WIRE_METER);
	put_fields(writer, meter_fields, FIELD_COUNT(meter_fields), meter);
}

void wire_put_device(struct wire_writer *writer, const struct wire_device *device)
{
	wire_begin(writer, WIRE_DEVICE);
	put_fields(writer, device_fields, FIELD_COUNT(device_fields), device);
}

void wire_put_lost(struct wire_writer *writer, const struct wire_lost *lost)
{
	wire_begin(writer, WIRE_LOST);
	put_fields(writer, lost_fields, FIELD_COUNT(lost_fields), lost);
}

void wire_put_stats(struct wire_writer *writer, const struct wire_stats *stats)
{
	wire_begin(writer, WIRE_STATS);
	put_fields(writer, stats_fields, FIELD_COUNT(stats_fields), stats);
}

void wire_put_batch(struct wire_writer *writer, const struct wire_batch *batch)
{
	wire_begin(writer, WIRE_BATCH);
	put_fields(writer, batch_fields, FIELD_COUNT(batch_fields), batch);
}

/* How many line numbers a verdict carries. */
static uint32_t rejected_line_count(const struct wire_verdict *verdict)
{
	return verdict->rejected_count > WIRE_REJECTED_MAX ? 0 : verdict->rejected_count;
}

void wire_put_verdict(struct wire_writer *writer, const struct wire_verdict *verdict)
{
	uint32_t count = rejected_line_count(verdict);
	uint32_t i;

	wire_begin(writer, WIRE_VERDICT);
	put_fields(writer, verdict_fields, FIELD_COUNT(verdict_fields), verdict);
	for (i = 0; i < count; i++)
		wire_put_u32(writer, verdict->rejected_line[i]);
}

enum err wire_get_hello(struct wire_reader *reader, struct wire_hello *out, struct err_info *info)
{
	*out = (struct wire_hello){0};
	return get_record(reader, hello_fields, FIELD_COUNT(hello_fields), out, info);
}

static bool is_spec_valid(const struct counter_spec *spec)
{
	return spec->unit_num == 0 || spec->unit_den > 0;
}

enum err wire_get_meter(struct wire_reader *reader, struct wire_meter *out, struct err_info *info)
{
	enum err err;

	*out = (struct wire_meter){0};
	err = get_record(reader, meter_fields, FIELD_COUNT(meter_fields), out, info);
	if (err != ERR_NONE)
		return err;
	if (!is_spec_valid(&out->info.energy) || !is_spec_valid(&out->info.energy_out)) {
		reader->is_bad = true;
		return err_set(info, ERR_DATA, "field unit_den of a counter is 0");
	}
	return ERR_NONE;
}

enum err wire_get_device(struct wire_reader *reader, struct wire_device *out, struct err_info *info)
{
	*out = (struct wire_device){0};
	return get_record(reader, device_fields, FIELD_COUNT(device_fields), out, info);
}

enum err wire_get_lost(struct wire_reader *reader, struct wire_lost *out, struct err_info *info)
{
	enum err err;

	*out = (struct wire_lost){0};
	err = get_record(reader, lost_fields, FIELD_COUNT(lost_fields), out, info);
	if (err == ERR_NONE && out->to_boot_ns < out->from_boot_ns) {
		reader->is_bad = true;
		return err_set(info, ERR_DATA, "field to_boot_ns is before from_boot_ns");
	}
	return err;
}

enum err wire_get_stats(struct wire_reader *reader, struct wire_stats *out, struct err_info *info)
{
	*out = (struct wire_stats){0};
	return get_record(reader, stats_fields, FIELD_COUNT(stats_fields), out, info);
}

enum err wire_get_batch(struct wire_reader *reader, struct wire_batch *out, struct err_info *info)
{
	*out = (struct wire_batch){0};
	return get_record(reader, batch_fields, FIELD_COUNT(batch_fields), out, info);
}

enum err wire_get_verdict(struct wire_reader *reader, struct wire_verdict *out, struct err_info *info)
{
	enum err err;
	uint32_t count;
	uint32_t i;

	*out = (struct wire_verdict){0};
	err = get_fields(reader, verdict_fields, FIELD_COUNT(verdict_fields), out, info);
	if (err != ERR_NONE)
		return err;
	count = rejected_line_count(out);
	for (i = 0; i < count; i++)
		out->rejected_line[i] = wire_get_u32(reader);
	if (reader->is_bad)
		return err_set(info, ERR_DATA, "field rejected_line is missing");
	return check_done(reader, info);
}

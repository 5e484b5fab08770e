/* SPDX-License-Identifier: Apache-2.0 */
/* plan: the container, its names, and what all plans' codecs share. */
#include "wire/plan.h"

#include "base/mem.h"
#include "base/text.h"
#include "wire/plan_priv.h"

#include <string.h>

static const char plan_magic[6] = {'W', 'L', 'P', 'L', 'A', 'N'};

enum { PLAN_HEAD_BYTES = sizeof plan_magic + 2 + 1, PLAN_ITEM_HEAD_BYTES = 2 + 4 };

const char *plan_kind_name(enum plan_kind kind)
{
	static const char *const name[PLAN_KIND_COUNT] = {"core", "deliver", "snmp", "modbus", "rapl", "ipmi", "traffic", "page", "series"};

	return (unsigned)kind < PLAN_KIND_COUNT ? name[kind] : "unknown";
}

const char *output_kind_name(enum output_kind kind)
{
	static const char *const name[OUTPUT_KIND_COUNT] = {"influxdb_v1", "influxdb_v2", "victoriametrics", "file", "stdout"};

	return (unsigned)kind < OUTPUT_KIND_COUNT ? name[kind] : "unknown";
}

const char *output_send_name(enum output_send send)
{
	static const char *const name[OUTPUT_SEND_COUNT] = {"all", "minute", "slots"};

	return (unsigned)send < OUTPUT_SEND_COUNT ? name[send] : "unknown";
}

bool output_kind_is_network(enum output_kind kind)
{
	return kind == OUTPUT_INFLUXDB_V1 || kind == OUTPUT_INFLUXDB_V2 || kind == OUTPUT_VICTORIAMETRICS;
}

enum err plan_begin(struct plan_writer *writer, struct buf *out, enum plan_kind kind, struct err_info *info)
{
	uint8_t head[PLAN_HEAD_BYTES];
	struct wire_writer head_writer = {.bytes = head, .capacity = sizeof head};

	*writer = (struct plan_writer){.out = out};
	writer->scratch = mem_new(PLAN_ITEM_BYTES_MAX);
	if (writer->scratch == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for the plan of %s", plan_kind_name(kind));
	for (size_t i = 0; i < sizeof plan_magic; i++)
		wire_put_u8(&head_writer, (uint8_t)plan_magic[i]);
	wire_put_u16(&head_writer, PLAN_VERSION);
	wire_put_u8(&head_writer, (uint8_t)kind);
	buf_add(out, head, head_writer.length);
	return ERR_NONE;
}

struct wire_writer *plan_item_begin(struct plan_writer *writer, uint16_t type)
{
	writer->type = type;
	writer->body = (struct wire_writer){.bytes = writer->scratch, .capacity = PLAN_ITEM_BYTES_MAX};
	return &writer->body;
}

void plan_item_end(struct plan_writer *writer)
{
	uint8_t head[PLAN_ITEM_HEAD_BYTES];
	struct wire_writer head_writer = {.bytes = head, .capacity = sizeof head};

	if (writer->body.length > writer->used_bytes)
		writer->used_bytes = writer->body.length;
	if (writer->body.is_full) {
		writer->is_failed = true;
		return;
	}
	wire_put_u16(&head_writer, writer->type);
	wire_put_u32(&head_writer, (uint32_t)writer->body.length);
	buf_add(writer->out, head, head_writer.length);
	buf_add(writer->out, writer->scratch, writer->body.length);
}

enum err plan_end(struct plan_writer *writer, struct err_info *info)
{
	/* What was used of the scratch area has held secrets. */
	writer->scratch = mem_free_secret(writer->scratch, writer->used_bytes);
	if (writer->is_failed || writer->out->is_failed)
		return err_set(info, ERR_LIMIT, "the plan does not fit: more than %zu bytes, or an item of more than %d",
			       writer->out->max_bytes, PLAN_ITEM_BYTES_MAX);
	return ERR_NONE;
}

enum err plan_open(struct plan_reader *reader, const void *data, size_t bytes, enum plan_kind kind, struct err_info *info)
{
	struct wire_reader head = {.bytes = data, .length = bytes};
	bool is_plan = true;

	for (size_t i = 0; i < sizeof plan_magic; i++)
		is_plan = wire_get_u8(&head) == (uint8_t)plan_magic[i] && is_plan;
	if (head.is_bad || !is_plan)
		return err_set(info, ERR_DATA, "this is not a plan: it does not begin with WLPLAN");
	uint16_t version = wire_get_u16(&head);
	uint8_t found = wire_get_u8(&head);
	if (head.is_bad)
		return err_set(info, ERR_DATA, "the plan is torn in its head");
	if (version != PLAN_VERSION)
		return err_set(info, ERR_DATA, "the plan has version %u, this program reads %d: all programs must be of one build",
			       (unsigned)version, PLAN_VERSION);
	if (found != (uint8_t)kind)
		return err_set(info, ERR_DATA, "the plan is for %s, not for %s", plan_kind_name((enum plan_kind)found),
			       plan_kind_name(kind));
	*reader = (struct plan_reader){.bytes = data, .length = bytes, .at = head.at};
	return ERR_NONE;
}

enum err plan_next(struct plan_reader *reader, uint16_t *type, struct wire_reader *body, bool *is_end, struct err_info *info)
{
	struct wire_reader head = {.bytes = reader->bytes, .length = reader->length, .at = reader->at};

	if (reader->at >= reader->length) {
		*is_end = true;
		return ERR_NONE;
	}
	uint16_t found = wire_get_u16(&head);
	uint32_t bytes = wire_get_u32(&head);
	if (head.is_bad || bytes > PLAN_ITEM_BYTES_MAX || bytes > reader->length - head.at)
		return err_set(info, ERR_DATA, "the plan is torn at byte %zu", reader->at);
	*type = found;
	*body = (struct wire_reader){.bytes = reader->bytes + head.at, .length = bytes};
	*is_end = false;
	reader->at = head.at + bytes;
	return ERR_NONE;
}

enum err plan_take_item(struct plan_reader *reader, uint16_t type, struct wire_reader *body, struct err_info *info)
{
	size_t at = reader->at;
	uint16_t found = 0;
	bool is_end = false;
	enum err err = plan_next(reader, &found, body, &is_end, info);

	if (err != ERR_NONE)
		return err;
	if (is_end)
		return err_set(info, ERR_DATA, "the plan ends where an item of type %u belongs", (unsigned)type);
	if (found != type)
		return err_set(info, ERR_DATA, "the plan has an item of type %u at byte %zu where type %u belongs", (unsigned)found, at,
			       (unsigned)type);
	return ERR_NONE;
}

enum err plan_check_item(const struct wire_reader *body, const char *what, size_t index, struct err_info *info)
{
	if (!wire_is_done(body))
		return err_set(info, ERR_DATA, "%s %zu of the plan is malformed (near byte %zu of %zu)", what, index, body->at,
			       body->length);
	return ERR_NONE;
}

enum err plan_check_end(const struct plan_reader *reader, struct err_info *info)
{
	if (reader->at != reader->length)
		return err_set(info, ERR_DATA, "%zu bytes follow the plan's last item", reader->length - reader->at);
	return ERR_NONE;
}

enum err plan_take_list(struct plan_reader *reader, const struct plan_list *list, void **out, struct err_info *info)
{
	*out = NULL;
	if (list->count > list->count_max)
		return err_set(info, ERR_LIMIT, "the plan has %zu %ss, %zu are allowed", list->count, list->what, list->count_max);
	if (list->count > (reader->length - reader->at) / PLAN_ITEM_HEAD_BYTES)
		return err_set(info, ERR_DATA, "the plan is too short for the %zu %ss it announces", list->count, list->what);
	if (list->count == 0)
		return ERR_NONE;
	uint8_t *items = mem_new_array(list->count, list->item_bytes);
	if (items == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for %zu %ss", list->count, list->what);
	*out = items;
	for (size_t i = 0; i < list->count; i++) {
		struct wire_reader body = {0};
		enum err err = plan_take_item(reader, list->type, &body, info);
		if (err != ERR_NONE)
			return err;
		list->get(&body, items + i * list->item_bytes, list->context);
		err = plan_check_item(&body, list->what, i, info);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

void plan_put_raw(struct wire_writer *writer, const char *text)
{
	wire_put_bytes(writer, text, strlen(text));
}

void plan_get_raw(struct wire_reader *reader, char *out, size_t out_bytes)
{
	size_t bytes = wire_get_bytes(reader, out, out_bytes - 1);

	out[bytes] = '\0';
	if (memchr(out, '\0', bytes) != NULL)
		reader->is_bad = true;
}

void plan_put_digest(struct wire_writer *writer, const uint8_t digest[static 32])
{
	wire_put_bytes(writer, digest, 32);
}

void plan_get_digest(struct wire_reader *reader, uint8_t digest[static 32])
{
	if (wire_get_bytes(reader, digest, 32) != 32)
		reader->is_bad = true;
}

void plan_get_optional_id(struct wire_reader *reader, char *out, size_t out_bytes)
{
	wire_get_text(reader, out, out_bytes);
	if (out[0] != '\0' && !text_is_id(out))
		reader->is_bad = true;
}

void plan_get_id(struct wire_reader *reader, char *out, size_t out_bytes)
{
	plan_get_optional_id(reader, out, out_bytes);
	if (out[0] == '\0')
		reader->is_bad = true;
}

uint32_t plan_get_u32_of(struct wire_reader *reader, uint32_t min, uint32_t max)
{
	uint32_t value = wire_get_u32(reader);

	if (value < min || value > max) {
		reader->is_bad = true;
		return min;
	}
	return value;
}

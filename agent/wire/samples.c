/* SPDX-License-Identifier: Apache-2.0 */
/* The SAMPLES record: the one that is sent all the time, so it is packed by hand and not through a table of fields. */
#include "wire/record.h"

#include <endian.h>
#include <string.h>

enum { WIRE_SAMPLE_BYTES = 4 + 4 + 1 + 1 + 8 + 8, WIRE_SAMPLES_HEAD_BYTES = 2 + 2 + 4 };

_Static_assert(WIRE_SAMPLES_HEAD_BYTES + WIRE_SAMPLES_MAX * WIRE_SAMPLE_BYTES <= WIRE_RECORD_BYTES_MAX, "all samples fit one record");

static uint8_t *put_32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof value);
	return at + sizeof value;
}

static uint8_t *put_64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof value);
	return at + sizeof value;
}

/* WIRE_SAMPLE_BYTES bytes. */
static uint8_t *put_sample(uint8_t *at, const struct sample *sample)
{
	uint64_t value;

	if (quantity_is_counter(sample->quantity))
		value = sample->raw;
	else
		memcpy(&value, &sample->value, sizeof value);
	at = put_32(at, sample->device);
	at = put_32(at, sample->meter);
	*at++ = (uint8_t)sample->quantity;
	*at++ = (uint8_t)sample->caliber;
	at = put_64(at, (uint64_t)sample->boot_ns);
	return put_64(at, value);
}

void wire_put_samples(struct wire_writer *writer, const struct sample *samples, size_t count)
{
	uint8_t *at;
	size_t i;

	if (count > WIRE_SAMPLES_MAX) {
		writer->is_full = true;
		return;
	}
	wire_begin(writer, WIRE_SAMPLES);
	wire_put_u32(writer, (uint32_t)count);
	at = wire_put_room(writer, count * WIRE_SAMPLE_BYTES);
	for (i = 0; at != NULL && i < count; i++)
		at = put_sample(at, &samples[i]);
}

/* The name of the first field that is out of range, NULL when all are within. */
static const char *get_sample(struct wire_reader *reader, struct sample *out)
{
	*out = (struct sample){0};
	out->device = wire_get_u32(reader);
	out->meter = wire_get_u32(reader);
	out->quantity = (enum quantity)wire_get_enum(reader, QUANTITY_COUNT);
	if (reader->is_bad || out->quantity == QUANTITY_NONE)
		return "quantity";
	out->caliber = (enum caliber)wire_get_enum(reader, CALIBER_COUNT);
	if (reader->is_bad)
		return "caliber";
	out->boot_ns = wire_get_i64(reader);
	if (out->boot_ns < 0)
		return "boot_ns";
	if (quantity_is_counter(out->quantity))
		out->raw = wire_get_u64(reader);
	else
		out->value = wire_get_f64(reader);
	return reader->is_bad ? "value" : NULL;
}

enum err wire_get_samples(struct wire_reader *reader, struct wire_samples *out, struct err_info *info)
{
	uint32_t count = wire_get_u32(reader);
	uint32_t i;

	out->count = 0;
	if (reader->is_bad || count > WIRE_SAMPLES_MAX) {
		reader->is_bad = true;
		return err_set(info, ERR_DATA, "field count is missing or above %d", WIRE_SAMPLES_MAX);
	}
	for (i = 0; i < count; i++) {
		const char *wrong = get_sample(reader, &out->sample[i]);

		if (wrong == NULL)
			continue;
		reader->is_bad = true;
		return err_set(info, ERR_DATA, "sample %u: field %s is missing or out of range", (unsigned)i, wrong);
	}
	if (!wire_is_done(reader)) {
		reader->is_bad = true;
		return err_set(info, ERR_DATA, "record has %zu bytes too many", reader->length - reader->at);
	}
	out->count = count;
	return ERR_NONE;
}

size_t wire_sample_bytes(void)
{
	return WIRE_SAMPLE_BYTES;
}

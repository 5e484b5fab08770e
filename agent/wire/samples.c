/* SPDX-License-Identifier: Apache-2.0 */
/* The SAMPLES record: the one that is sent all the time, so it is packed by hand and not through a table of fields. */
#include "wire/record.h"

enum { WIRE_SAMPLE_BYTES = 4 + 4 + 1 + 1 + 8 + 8, WIRE_SAMPLES_HEAD_BYTES = 2 + 2 + 4 };

_Static_assert(WIRE_SAMPLES_HEAD_BYTES + WIRE_SAMPLES_MAX * WIRE_SAMPLE_BYTES <= WIRE_RECORD_BYTES_MAX, "all samples fit one record");

static void put_sample(struct wire_writer *writer, const struct sample *sample)
{
	wire_put_u32(writer, sample->device);
	wire_put_u32(writer, sample->meter);
	wire_put_u8(writer, (uint8_t)sample->quantity);
	wire_put_u8(writer, (uint8_t)sample->caliber);
	wire_put_i64(writer, sample->boot_ns);
	if (quantity_is_counter(sample->quantity))
		wire_put_u64(writer, sample->raw);
	else
		wire_put_f64(writer, sample->value);
}

void wire_put_samples(struct wire_writer *writer, const struct sample *samples, size_t count)
{
	size_t i;

	if (count > WIRE_SAMPLES_MAX) {
		writer->is_full = true;
		return;
	}
	wire_begin(writer, WIRE_SAMPLES);
	wire_put_u32(writer, (uint32_t)count);
	for (i = 0; i < count; i++)
		put_sample(writer, &samples[i]);
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

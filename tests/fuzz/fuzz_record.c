/* SPDX-License-Identifier: Apache-2.0 */
/* All record decoders; what one accepts must come out of its encoder as the same bytes. */
#include "wire/latencies.h"
#include "wire/note.h"
#include "wire/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct wire_samples samples;

/* The decoded record, big enough for each but SAMPLES. */
static union {
	struct wire_hello hello;
	struct wire_meter meter;
	struct wire_device device;
	struct wire_lost lost;
	struct wire_stats stats;
	struct wire_latencies latencies;
	struct wire_batch batch;
	struct wire_verdict verdict;
	struct wire_note note;
} record;

/* Decodes and, when accepted, encodes again; false when it was refused or has no body. */
static bool round_trip(enum wire_type type, struct wire_reader *reader, struct wire_writer *writer, struct err_info *info)
{
	switch (type) {
	case WIRE_HELLO:
		if (wire_get_hello(reader, &record.hello, info) != ERR_NONE)
			return false;
		wire_put_hello(writer, &record.hello);
		return true;
	case WIRE_METER:
		if (wire_get_meter(reader, &record.meter, info) != ERR_NONE)
			return false;
		wire_put_meter(writer, &record.meter);
		return true;
	case WIRE_DEVICE:
		if (wire_get_device(reader, &record.device, info) != ERR_NONE)
			return false;
		wire_put_device(writer, &record.device);
		return true;
	case WIRE_SAMPLES:
		if (wire_get_samples(reader, &samples, info) != ERR_NONE)
			return false;
		wire_put_samples(writer, samples.sample, samples.count);
		return true;
	case WIRE_LOST:
		if (wire_get_lost(reader, &record.lost, info) != ERR_NONE)
			return false;
		wire_put_lost(writer, &record.lost);
		return true;
	case WIRE_NOTE:
		if (wire_get_note(reader, &record.note, info) != ERR_NONE)
			return false;
		wire_put_note(writer, &record.note);
		return true;
	case WIRE_STATS:
		if (wire_get_stats(reader, &record.stats, info) != ERR_NONE)
			return false;
		wire_put_stats(writer, &record.stats);
		return true;
	case WIRE_LATENCIES:
		if (wire_get_latencies(reader, &record.latencies, info) != ERR_NONE)
			return false;
		wire_put_latencies(writer, &record.latencies);
		return true;
	case WIRE_BATCH:
		if (wire_get_batch(reader, &record.batch, info) != ERR_NONE)
			return false;
		wire_put_batch(writer, &record.batch);
		return true;
	case WIRE_VERDICT:
		if (wire_get_verdict(reader, &record.verdict, info) != ERR_NONE)
			return false;
		wire_put_verdict(writer, &record.verdict);
		return true;
	default: return false;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t again[WIRE_RECORD_BYTES_MAX];
	struct wire_reader reader = {.bytes = data, .length = bytes};
	struct wire_writer writer = {.bytes = again, .capacity = sizeof again};
	struct err_info info = {0};
	enum wire_type type;

	if (bytes > WIRE_RECORD_BYTES_MAX || wire_read_header(&reader, &type, &info) != ERR_NONE)
		return 0;
	if (!round_trip(type, &reader, &writer, &info))
		return 0;
	if (writer.is_full || writer.length != bytes || memcmp(again, data, bytes) != 0)
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/latencies.h"

#include "wire/record.h"

#include <string.h>

void wire_put_latencies(struct wire_writer *writer, const struct wire_latencies *latencies)
{
	wire_begin(writer, WIRE_LATENCIES);
	wire_put_u32(writer, latencies->count);
	for (uint32_t i = 0; i < latencies->count; i++) {
		wire_put_u32(writer, latencies->item[i].device);
		wire_put_u32(writer, latencies->item[i].latency_us);
	}
}

enum err wire_get_latencies(struct wire_reader *reader, struct wire_latencies *out, struct err_info *info)
{
	out->count = 0;
	memset(out->item, 0, sizeof out->item);
	out->count = wire_get_u32(reader);
	if (out->count > WIRE_LATENCIES_MAX) {
		reader->is_bad = true;
		return err_set(info, ERR_DATA, "field count is %u, above %d", out->count, WIRE_LATENCIES_MAX);
	}
	for (uint32_t i = 0; i < out->count; i++) {
		out->item[i].device = wire_get_u32(reader);
		out->item[i].latency_us = wire_get_u32(reader);
	}
	if (reader->is_bad || !wire_is_done(reader)) {
		reader->is_bad = true;
		return err_set(info, ERR_DATA, "the record has not the length that its count says");
	}
	return ERR_NONE;
}

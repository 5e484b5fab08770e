/* SPDX-License-Identifier: Apache-2.0 */
/* latencies: the record that says how long many devices took to answer; see wire/record.h for what records are. */
#ifndef WATTLEDGER_WIRE_LATENCIES_H
#define WATTLEDGER_WIRE_LATENCIES_H

#include "base/err.h"
#include "wire/codec.h"

#include <stdint.h>

enum { WIRE_LATENCIES_MAX = 1024 };

/* How long each of these devices took to answer last; sent with STATS, of those alone for which it has changed since it was told. */
struct wire_latencies {
	uint32_t count;
	struct {
		uint32_t device;
		uint32_t latency_us;
	} item[WIRE_LATENCIES_MAX];
};

/* Writes header and body. */
void wire_put_latencies(struct wire_writer *writer, const struct wire_latencies *latencies);

/* Reads the body behind the header. ERR_DATA: more than fit, or another length than their count says. */
enum err wire_get_latencies(struct wire_reader *reader, struct wire_latencies *out, struct err_info *info) MUST_CHECK;

#endif

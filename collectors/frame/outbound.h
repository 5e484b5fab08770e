/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbound: records on their way to core. It never blocks: what the socket does not take now is kept, in order, up to 60 s and a number of
 * bytes; beyond that the oldest samples are given up and told as one LOST record. Meters and devices are never given up.
 */
#ifndef WATTLEDGER_FRAME_OUTBOUND_H
#define WATTLEDGER_FRAME_OUTBOUND_H

#include "base/err.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOUND_AGE_MAX_NS INT64_C(60000000000)

struct outbound;

/* `fd`: a SOCK_SEQPACKET socket (borrowed). `max_bytes`: the most that is kept. NULL when out of memory. */
struct outbound *outbound_new(int fd, size_t max_bytes) MUST_CHECK;
struct outbound *outbound_free(struct outbound *outbound);

/* Sends or keeps one finished record that holds no samples. */
void outbound_put_record(struct outbound *outbound, const struct wire_writer *record, int64_t now_boot_ns);

/* Sends or keeps one SAMPLES record of `count` samples, encoded here. */
void outbound_put_samples(struct outbound *outbound, const struct sample *samples, size_t count, int64_t now_boot_ns);

/* Tries what is kept again, and gives up what is too old. */
void outbound_flush(struct outbound *outbound, int64_t now_boot_ns);

/* true while something is kept: then wait for the socket to become writable too. */
bool outbound_is_waiting(const struct outbound *outbound) MUST_CHECK;

/* The other end is closed: nothing will ever leave again. */
bool outbound_is_gone(const struct outbound *outbound) MUST_CHECK;

/* Samples given up since the start. */
uint64_t outbound_lost_count(const struct outbound *outbound) MUST_CHECK;

#endif

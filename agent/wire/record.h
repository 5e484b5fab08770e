/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: what the processes say to each other, over SOCK_SEQPACKET, one record a packet.
 *
 *   collector -> core    HELLO once, METER for each meter before its first sample, then DEVICE, SAMPLES, LOST, STATS, LATENCIES
 *   core -> deliver      BATCH (with a sealed memfd that holds the payload as SCM_RIGHTS)
 *   deliver -> core      HELLO, VERDICT, STATS;  series -> core: HELLO, NOTE, STATS
 *   supervisor -> core   RELOAD (with the new plan as SCM_RIGHTS), FLUSH
 *
 * A record is a header (u16 version, u16 type) and the fields of its struct in order, through codec.h. Decoders accept nothing that
 * is out of range, and a record must be read to its last byte. The receiver treats every record as hostile.
 */
#ifndef WATTLEDGER_WIRE_RECORD_H
#define WATTLEDGER_WIRE_RECORD_H

#include "base/err.h"
#include "model/meter.h"
#include "model/sample.h"
#include "wire/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_VERSION = 1, WIRE_RECORD_BYTES_MAX = 16384, WIRE_TEXT_BYTES = 256, WIRE_SAMPLES_MAX = 512 };

enum wire_type {
	WIRE_HELLO = 1,
	WIRE_METER,
	WIRE_DEVICE,
	WIRE_SAMPLES,
	WIRE_LOST,
	WIRE_STATS,
	WIRE_BATCH,
	WIRE_VERDICT,
	WIRE_RELOAD,
	WIRE_FLUSH,
	WIRE_LATENCIES, /* wire/latencies.h */
	WIRE_NOTE,      /* wire/note.h */
	WIRE_TYPE_END
};

/* Who is at the other end. */
enum wire_kind {
	WIRE_KIND_SNMP = 0,
	WIRE_KIND_MODBUS,
	WIRE_KIND_RAPL,
	WIRE_KIND_IPMI,
	WIRE_KIND_TRAFFIC,
	WIRE_KIND_DELIVER, /* it and what follows have no devices */
	WIRE_KIND_SERIES,
	WIRE_KIND_COUNT
};

/* "snmp", "modbus", ... */
const char *wire_kind_name(enum wire_kind kind) MUST_CHECK;

/* First record of every child. */
struct wire_hello {
	enum wire_kind kind;
	uint32_t pid;
	uint32_t device_count; /* of its plan: must equal what core expects */
};

/* Announces a meter, or its changed description. `meter` counts from 0 within the device, in order of appearance. */
struct wire_meter {
	uint32_t device;
	uint32_t meter;
	struct meter_info info;
};

enum device_state {
	DEVICE_STARTING = 0, /* nothing heard yet */
	DEVICE_UP,           /* the last read gave all that was expected */
	DEVICE_PARTIAL,      /* the last read gave some of it */
	DEVICE_SILENT,       /* no answer in time */
	DEVICE_REFUSED,      /* it answered with a refusal (authentication, access, no such object) */
	DEVICE_LYING,        /* its answers break the protocol */
	DEVICE_UNREADABLE,   /* local source: a right or a file is missing */
	DEVICE_STATE_COUNT
};

/* "starting", "up", ... */
const char *device_state_name(enum device_state state) MUST_CHECK;

/* State and identity of a device; sent when something changed, and at least every ten minutes. Identity comes before the samples it goes with. */
struct wire_device {
	uint32_t device;
	enum device_state state;
	uint32_t latency_us;          /* of the last answer */
	uint32_t failed_count;        /* reads without success since the last success */
	uint32_t expected_count;      /* summand rows known, for a total that is a sum; 0 otherwise */
	bool is_expected_learned;     /* the walk that found the rows was complete */
	char reason[WIRE_TEXT_BYTES]; /* what, and what to do; "" when up */
	char vendor[METER_IDENTITY_BYTES];
	char model[METER_IDENTITY_BYTES];
	char serial[METER_IDENTITY_BYTES];
	char firmware[METER_IDENTITY_BYTES];
	char driver[METER_IDENTITY_BYTES]; /* the driver that reads it, "" while none is found */
	uint8_t driver_sha256[32];         /* of the driver's file; zeros while none is found */
};

/* All samples of a tick that fit; samples of one read of one device stand together and are not torn over two records. */
struct wire_samples {
	uint32_t count;
	struct sample sample[WIRE_SAMPLES_MAX];
};

/* Samples that the sender's bounded queue had no room for. */
struct wire_lost {
	uint64_t sample_count;
	int64_t from_boot_ns;
	int64_t to_boot_ns;
};

/* The sender's own figures since it started. */
struct wire_stats {
	uint64_t cpu_us;
	uint64_t wake_count;
	uint64_t poll_count;   /* device reads begun */
	uint64_t missed_count; /* device reads that were due and were not begun */
	uint64_t failed_count; /* device reads without any value */
	uint64_t latency_sum_us;
	uint64_t rss_bytes;
};

/* One request body for one output. The memfd holds payload_bytes of line protocol (not compressed). */
struct wire_batch {
	uint64_t batch_id; /* of the outbox; answers carry it */
	uint32_t output;   /* index in the deliver plan */
	uint32_t point_count;
	uint32_t payload_bytes;
	bool is_live; /* false: backlog, goes behind live ones and is rate-limited */
};

enum wire_verdict_code { VERDICT_OK = 0, VERDICT_RETRY, VERDICT_REJECTED, VERDICT_COUNT };

/* What became of a batch. REJECTED parks what `rejected` names: the lines are told by their 0-based number in the batch. */
struct wire_verdict {
	uint64_t batch_id;
	enum wire_verdict_code code;
	uint32_t http_status;        /* 0: no HTTP answer */
	uint32_t retry_after_s;      /* RETRY: when the store or the back-off wants it again */
	uint32_t rejected_count;     /* REJECTED: lines refused, the rest of the batch is stored */
	uint32_t rejected_line[256]; /* their numbers; rejected_count > 256 or == point_count: all of them */
	char text[WIRE_TEXT_BYTES];  /* the store's words */
};

/* Begins a record of a type in `writer` (header only). */
void wire_begin(struct wire_writer *writer, enum wire_type type);
/* Reads the header. ERR_DATA: too short, other version, unknown type. */
enum err wire_read_header(struct wire_reader *reader, enum wire_type *type, struct err_info *info) MUST_CHECK;

/* Encoders write header and body; writer->is_full tells when it did not fit (never for the fixed-size ones in a full-size buffer). */
void wire_put_hello(struct wire_writer *writer, const struct wire_hello *hello);
void wire_put_meter(struct wire_writer *writer, const struct wire_meter *meter);
void wire_put_device(struct wire_writer *writer, const struct wire_device *device);
void wire_put_samples(struct wire_writer *writer, const struct sample *samples, size_t count);
void wire_put_lost(struct wire_writer *writer, const struct wire_lost *lost);
void wire_put_stats(struct wire_writer *writer, const struct wire_stats *stats);
void wire_put_batch(struct wire_writer *writer, const struct wire_batch *batch);
void wire_put_verdict(struct wire_writer *writer, const struct wire_verdict *verdict);

/* Decoders read the body behind the header. ERR_DATA with the field that is wrong; out is then undefined but initialised. */
enum err wire_get_hello(struct wire_reader *reader, struct wire_hello *out, struct err_info *info) MUST_CHECK;
enum err wire_get_meter(struct wire_reader *reader, struct wire_meter *out, struct err_info *info) MUST_CHECK;
enum err wire_get_device(struct wire_reader *reader, struct wire_device *out, struct err_info *info) MUST_CHECK;
enum err wire_get_samples(struct wire_reader *reader, struct wire_samples *out, struct err_info *info) MUST_CHECK;
enum err wire_get_lost(struct wire_reader *reader, struct wire_lost *out, struct err_info *info) MUST_CHECK;
enum err wire_get_stats(struct wire_reader *reader, struct wire_stats *out, struct err_info *info) MUST_CHECK;
enum err wire_get_batch(struct wire_reader *reader, struct wire_batch *out, struct err_info *info) MUST_CHECK;
enum err wire_get_verdict(struct wire_reader *reader, struct wire_verdict *out, struct err_info *info) MUST_CHECK;
/* How many bytes a sample takes in a SAMPLES record, and the record's overhead. */
size_t wire_sample_bytes(void) MUST_CHECK;
#endif

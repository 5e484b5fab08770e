/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ber: the part of BER that SNMP uses (RFC 3417 section 8, ITU-T X.690), written by hand so that the simulated devices are an
 * independent counterpart of the agent's SNMP library. Reading never leaves its bytes; writing never passes its buffer.
 */
#ifndef WATTLEDGER_SIM_BER_H
#define WATTLEDGER_SIM_BER_H

#include "oid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tags of RFC 1155, 2578 and 3416. */
enum ber_tag {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_NULL = 0x05,
	BER_OID = 0x06,
	BER_SEQUENCE = 0x30,
	BER_IP_ADDRESS = 0x40,
	BER_COUNTER32 = 0x41,
	BER_GAUGE32 = 0x42,
	BER_TIMETICKS = 0x43,
	BER_COUNTER64 = 0x46,
	BER_NO_SUCH_OBJECT = 0x80,
	BER_NO_SUCH_INSTANCE = 0x81,
	BER_END_OF_MIB_VIEW = 0x82,
	BER_PDU_GET = 0xa0,
	BER_PDU_GETNEXT = 0xa1,
	BER_PDU_RESPONSE = 0xa2,
	BER_PDU_SET = 0xa3,
	BER_PDU_GETBULK = 0xa5,
};

/* Bytes still to be read: [at, end). */
struct ber_in {
	const uint8_t *at;
	const uint8_t *end;
};

/* Takes one element: its tag and its content; `in` then stands behind it. false on short, indefinite or over-long lengths. */
bool ber_read(struct ber_in *in, uint8_t *tag, struct ber_in *content) __attribute__((warn_unused_result));

/* The same, and the tag has to be `tag`. */
bool ber_read_tag(struct ber_in *in, uint8_t tag, struct ber_in *content) __attribute__((warn_unused_result));

/* An INTEGER of 1 to 8 bytes. */
bool ber_read_int(struct ber_in *in, int64_t *value) __attribute__((warn_unused_result));

/* An OBJECT IDENTIFIER of at most OID_ARCS_MAX arcs, each at most 2^32 - 1. */
bool ber_read_oid(struct ber_in *in, struct oid *oid) __attribute__((warn_unused_result));

/* A buffer that is written front to back. is_full is set when something did not fit; nothing more is added then. */
struct ber_out {
	uint8_t *data;
	size_t bytes;
	size_t capacity_bytes;
	bool is_full;
};

/* One element with content as it is. `content` may be NULL when bytes is 0. */
void ber_add(struct ber_out *out, uint8_t tag, const void *content, size_t bytes);

/* A two's complement number in the fewest bytes. */
void ber_add_int(struct ber_out *out, uint8_t tag, int64_t value);

/* A number without sign in the fewest bytes (a leading zero byte keeps the sign bit clear). */
void ber_add_unsigned(struct ber_out *out, uint8_t tag, uint64_t value);

/* An OBJECT IDENTIFIER; one with fewer than two arcs is written as 0.0. */
void ber_add_oid(struct ber_out *out, const uint32_t *arcs, size_t arc_count);

/* Makes all bytes from `start` on the content of one element with `tag`: the header is put before them. */
void ber_wrap(struct ber_out *out, size_t start, uint8_t tag);

#endif

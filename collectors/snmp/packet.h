/* SPDX-License-Identifier: Apache-2.0 */
/* packet: SNMP messages in and out, built and parsed by net-snmp on sessions that no socket belongs to. */
#ifndef WATTLEDGER_SNMP_PACKET_H
#define WATTLEDGER_SNMP_PACKET_H

#include "base/err.h"
#include "snmp/raw.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	C_SNMP_REQUEST_BYTES_MAX = 1400, /* of what we send: no fragments on any path */
	C_SNMP_OIDS_MAX = 64,            /* of one request */
	C_SNMP_VARBINDS_MAX = 128,       /* of one reply, twice what is ever asked for; more are not looked at */
	C_SNMP_OBJECTS_MAX = 8,          /* values of one reply that are OIDs; more are not looked at */
};

/* Request ids have four bytes in BER, so that one can be put over another: 0x40000000 .. 0x7fffffff. */
#define C_SNMP_ID_FIRST UINT32_C(0x40000000)

enum c_snmp_command { C_SNMP_GET = 0, C_SNMP_GETNEXT, C_SNMP_GETBULK };

/* A request. Borrowed pointers. */
struct c_snmp_request {
	enum c_snmp_command command;
	uint32_t repetitions; /* GETBULK; there are no non-repeaters */
	const struct plan_oid *oid;
	size_t oid_count; /* 0 .. C_SNMP_OIDS_MAX */
};

/* Error status of a reply, RFC 3416 section 3. */
enum {
	C_SNMP_NO_ERROR = 0,
	C_SNMP_TOO_BIG = 1,
	C_SNMP_NO_SUCH_NAME = 2,
	C_SNMP_GEN_ERR = 5,
	C_SNMP_NO_ACCESS = 6,
	C_SNMP_AUTHORIZATION_ERROR = 16,
};

/* "tooBig", "genErr", ...; "error N" is not made: unknown numbers give "unknown error". Static. */
const char *c_snmp_error_name(int64_t status) MUST_CHECK;

struct c_snmp_reply {
	uint32_t id;    /* request id */
	bool is_report; /* v3 REPORT; otherwise it is a RESPONSE */
	int64_t error_status;
	int64_t error_index; /* 1-based; 0 none */
	size_t varbind_count;
	bool is_cut;      /* it had more than C_SNMP_VARBINDS_MAX */
	bool is_as_asked; /* of c_snmp_expect_take(): names are those of the request, and not here */
	struct c_snmp_varbind varbind[C_SNMP_VARBINDS_MAX];
	size_t object_count;
	struct plan_oid object[C_SNMP_OBJECTS_MAX]; /* the values that are OIDs */
	void *pdu;                                  /* net-snmp's; owns the texts; NULL with is_as_asked */
};

/* Once a process, before all else: the library reads no files, writes none, loads no MIBs. Errors: ERR_MEMORY. */
enum err c_snmp_packet_init(struct err_info *info) MUST_CHECK;
void c_snmp_packet_deinit(void);

/*
 * Builds a v1 or v2c message into out. *id_offset is where the four bytes of its request id stand. Errors: ERR_LIMIT when it does not fit
 * out_bytes, ERR_DATA when net-snmp refuses it (a community that is empty, a GETBULK in v1).
 */
enum err c_snmp_packet_build(enum snmp_version version, const char *community, const struct c_snmp_request *request, uint8_t *out,
			     size_t out_bytes, size_t *length, size_t *id_offset, struct err_info *info) MUST_CHECK;

/* Puts another request id into a built message. */
void c_snmp_packet_set_id(uint8_t *message, size_t id_offset, uint32_t id);

/*
 * The number by which a message is told: request id of v1 and v2c, message id of v3. Looks at the first bytes alone. false when they are
 * no SNMP message.
 */
bool c_snmp_packet_peek_id(const uint8_t *message, size_t bytes, uint32_t *id) MUST_CHECK;

/* Parses a v1 or v2c reply. false when it is not one whole, well-formed RESPONSE. After true: c_snmp_packet_release(). */
bool c_snmp_packet_parse(const uint8_t *message, size_t bytes, struct c_snmp_reply *out) MUST_CHECK;
void c_snmp_packet_release(struct c_snmp_reply *reply);

#endif

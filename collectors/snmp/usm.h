/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usm: SNMPv3 with the user-based security model (RFC 3414), built and parsed by net-snmp. Each device has its own state, whatever its
 * engine id: two devices with one id do not disturb each other. net-snmp's list of users holds one user, dressed as the device's before each
 * message, and its table of engine times is set to the device's own before each message, so both stay small.
 */
#ifndef WATTLEDGER_SNMP_USM_H
#define WATTLEDGER_SNMP_USM_H

#include "base/err.h"
#include "snmp/packet.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a v3 message turns out to be. */
enum c_snmp_report {
	C_SNMP_REPORT_NONE = 0,   /* no report, but an authentic answer */
	C_SNMP_REPORT_BAD,        /* malformed, not authentic, or of a lower security level than ours: as if it had not come */
	C_SNMP_REPORT_STALE,      /* authentic, but from before the device's last start as far as we know: start with a discovery again */
	C_SNMP_REPORT_LEVEL,      /* usmStatsUnsupportedSecLevels (RFC 3414) */
	C_SNMP_REPORT_TIME,       /* usmStatsNotInTimeWindows: its time is learnt now */
	C_SNMP_REPORT_USER,       /* usmStatsUnknownUserNames */
	C_SNMP_REPORT_ENGINE,     /* usmStatsUnknownEngineIDs: its engine id is learnt now */
	C_SNMP_REPORT_DIGEST,     /* usmStatsWrongDigests */
	C_SNMP_REPORT_DECRYPTION, /* usmStatsDecryptionErrors */
	C_SNMP_REPORT_OTHER,
};

/* A sentence for the operator. Static. */
const char *c_snmp_report_reason(enum c_snmp_report report) MUST_CHECK;

struct c_snmp_usm;      /* what all devices share: net-snmp's user, and hashed passphrases */
struct c_snmp_usm_peer; /* one device */

/* After c_snmp_packet_init(). NULL when out of memory. */
struct c_snmp_usm *c_snmp_usm_new(void) MUST_CHECK;
struct c_snmp_usm *c_snmp_usm_free(struct c_snmp_usm *usm);

/*
 * A device's user and passphrases (hashed here, once for each different one). Errors: ERR_CONFIG (a passphrase shorter than 8 characters, an
 * algorithm that net-snmp was built without), ERR_MEMORY.
 */
enum err c_snmp_usm_add(struct c_snmp_usm *usm, const struct plan_snmp_device *plan, struct c_snmp_usm_peer **out,
			struct err_info *info) MUST_CHECK;
struct c_snmp_usm_peer *c_snmp_usm_peer_free(struct c_snmp_usm_peer *peer);

/* false: its engine id has to be discovered first, by a message from c_snmp_usm_build_discovery(). */
bool c_snmp_usm_is_ready(const struct c_snmp_usm_peer *peer) MUST_CHECK;

/* Forgets engine id and time: the next message has to be a discovery. */
void c_snmp_usm_forget(struct c_snmp_usm_peer *peer);

/* The empty question to which every engine answers with its id. Errors: ERR_DATA, ERR_LIMIT. */
enum err c_snmp_usm_build_discovery(struct c_snmp_usm *usm, uint32_t id, uint8_t *out, size_t out_bytes, size_t *length,
				    struct err_info *info) MUST_CHECK;

/* A request at the device's security level; message id and request id are `id`. now_s: boot time in s. Errors: ERR_DATA, ERR_LIMIT. */
enum err c_snmp_usm_build(struct c_snmp_usm *usm, struct c_snmp_usm_peer *peer, const struct c_snmp_request *request, uint32_t id,
			  int64_t now_s, uint8_t *out, size_t out_bytes, size_t *length, struct err_info *info) MUST_CHECK;

/*
 * Parses an answer or a report, checks its digest and decrypts it; learns engine id, boots and time. Only after C_SNMP_REPORT_NONE is *out
 * filled: then c_snmp_packet_release().
 */
enum c_snmp_report c_snmp_usm_parse(struct c_snmp_usm *usm, struct c_snmp_usm_peer *peer, const uint8_t *message, size_t bytes,
				    int64_t now_s, struct c_snmp_reply *out) MUST_CHECK;

#endif

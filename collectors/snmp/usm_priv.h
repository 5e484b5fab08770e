/* SPDX-License-Identifier: Apache-2.0 */
/* usm_priv: what usm.c and usm_keys.c share. */
#ifndef WATTLEDGER_SNMP_USM_PRIV_H
#define WATTLEDGER_SNMP_USM_PRIV_H

#include "snmp/usm.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

enum { C_SNMP_ENGINE_ID_BYTES_MAX = 32, C_SNMP_KEY_BYTES = 64 };

/* A passphrase made a key (RFC 3414, A.2): half a million hashed bytes, so once for each. */
struct c_snmp_usm_master {
	struct c_snmp_usm_master *next;
	uint8_t auth; /* enum snmp_auth */
	char passphrase[PLAN_NAME_BYTES];
	u_char key[C_SNMP_KEY_BYTES];
	size_t key_bytes;
};

struct c_snmp_usm {
	struct c_snmp_usm_master *master;
	struct usmUser *user; /* the one in net-snmp's list */
};

/* Localised keys belong to the engine id; both are empty before the discovery. */
struct c_snmp_usm_peer {
	char *user;
	char *context;
	const struct c_snmp_usm_master *auth_master; /* NULL: none */
	const struct c_snmp_usm_master *priv_master;
	uint8_t auth;
	uint8_t priv;
	u_char engine_id[C_SNMP_ENGINE_ID_BYTES_MAX];
	size_t engine_id_bytes;
	u_char auth_key[C_SNMP_KEY_BYTES];
	size_t auth_key_bytes;
	u_char priv_key[C_SNMP_KEY_BYTES];
	size_t priv_key_bytes;
	uint32_t boots;
	uint32_t time_s; /* of the engine, at known_s */
	int64_t known_s; /* boot time */
};

/* net-snmp's name of an algorithm, NULL when there is none. */
oid *c_snmp_usm_auth_oid(uint8_t auth, size_t *length) MUST_CHECK;
oid *c_snmp_usm_priv_oid(uint8_t priv, size_t *length) MUST_CHECK;

/* net-snmp's number of a privacy algorithm, -1 when there is none. */
int c_snmp_usm_priv_type(uint8_t priv) MUST_CHECK;

/* SNMP_SEC_LEVEL_... of a device's messages. */
int c_snmp_usm_level(const struct c_snmp_usm_peer *peer) MUST_CHECK;

/* The key of a passphrase, hashed now when it is new. Errors: ERR_CONFIG, ERR_MEMORY. */
enum err c_snmp_usm_find_master(struct c_snmp_usm *usm, uint8_t auth, const char *passphrase, const struct c_snmp_usm_master **out,
				struct err_info *info) MUST_CHECK;

/* Makes the keys for the peer's engine id; the privacy key is stretched where its algorithm needs more than the hash gives. */
bool c_snmp_usm_localise(struct c_snmp_usm_peer *peer) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* usm_keys: from passphrases to keys (RFC 3414, appendix A). */
#include "base/mem.h"
#include "snmp/usm_priv.h"

#include <net-snmp/library/keytools.h>
#include <net-snmp/library/scapi.h>
#include <net-snmp/library/snmpusm.h>
#include <net-snmp/library/transform_oids.h>
#include <string.h>

enum { PASSPHRASE_BYTES_MIN = 8 };

/* An algorithm's name, as net-snmp keeps it. */
struct algorithm {
	oid *id;
	size_t length;
};

#define ALGORITHM(name)                         \
	{                                       \
		name, sizeof name / sizeof(oid) \
	}

oid *c_snmp_usm_auth_oid(uint8_t auth, size_t *length)
{
	static const struct algorithm known[SNMP_AUTH_COUNT] = {
	    [SNMP_AUTH_NONE] = ALGORITHM(usmNoAuthProtocol),
	    [SNMP_AUTH_MD5] = ALGORITHM(usmHMACMD5AuthProtocol),
	    [SNMP_AUTH_SHA] = ALGORITHM(usmHMACSHA1AuthProtocol),
	    [SNMP_AUTH_SHA224] = ALGORITHM(usmHMAC128SHA224AuthProtocol),
	    [SNMP_AUTH_SHA256] = ALGORITHM(usmHMAC192SHA256AuthProtocol),
	    [SNMP_AUTH_SHA384] = ALGORITHM(usmHMAC256SHA384AuthProtocol),
	    [SNMP_AUTH_SHA512] = ALGORITHM(usmHMAC384SHA512AuthProtocol),
	};

	if (auth >= SNMP_AUTH_COUNT)
		return NULL;
	*length = known[auth].length;
	return known[auth].id;
}

oid *c_snmp_usm_priv_oid(uint8_t priv, size_t *length)
{
	static const struct algorithm known[SNMP_PRIV_COUNT] = {
	    [SNMP_PRIV_NONE] = ALGORITHM(usmNoPrivProtocol),       [SNMP_PRIV_DES] = ALGORITHM(usmDESPrivProtocol),
	    [SNMP_PRIV_AES128] = ALGORITHM(usmAESPrivProtocol),    [SNMP_PRIV_AES192] = ALGORITHM(usmAES192PrivProtocol),
	    [SNMP_PRIV_AES256] = ALGORITHM(usmAES256PrivProtocol),
	};

	if (priv >= SNMP_PRIV_COUNT)
		return NULL;
	*length = known[priv].length;
	return known[priv].id;
}

int c_snmp_usm_priv_type(uint8_t priv)
{
	static const int types[SNMP_PRIV_COUNT] = {[SNMP_PRIV_NONE] = USM_CREATE_USER_PRIV_NONE,
						   [SNMP_PRIV_DES] = USM_CREATE_USER_PRIV_DES,
						   [SNMP_PRIV_AES128] = USM_CREATE_USER_PRIV_AES,
						   [SNMP_PRIV_AES192] = USM_CREATE_USER_PRIV_AES192,
						   [SNMP_PRIV_AES256] = USM_CREATE_USER_PRIV_AES256};

	return priv < SNMP_PRIV_COUNT ? types[priv] : -1;
}

int c_snmp_usm_level(const struct c_snmp_usm_peer *peer)
{
	if (peer->auth == SNMP_AUTH_NONE)
		return SNMP_SEC_LEVEL_NOAUTH;
	return peer->priv == SNMP_PRIV_NONE ? SNMP_SEC_LEVEL_AUTHNOPRIV : SNMP_SEC_LEVEL_AUTHPRIV;
}

enum err c_snmp_usm_find_master(struct c_snmp_usm *usm, uint8_t auth, const char *passphrase, const struct c_snmp_usm_master **out,
				struct err_info *info)
{
	size_t oid_length = 0;
	oid *algorithm = c_snmp_usm_auth_oid(auth, &oid_length);
	struct c_snmp_usm_master *master;

	for (master = usm->master; master != NULL; master = master->next) {
		*out = master;
		if (master->auth == auth && strcmp(master->passphrase, passphrase) == 0)
			return ERR_NONE;
	}
	if (strlen(passphrase) < PASSPHRASE_BYTES_MIN)
		return err_set(
		    info, ERR_CONFIG,
		    "an SNMPv3 password has at least 8 characters (RFC 3414): the device takes no shorter one, so this is not its password");
	master = mem_new(sizeof *master);
	if (master == NULL)
		return err_set(info, ERR_MEMORY, "out of memory");
	master->key_bytes = sizeof master->key;
	if (algorithm == NULL || generate_Ku(algorithm, (u_int)oid_length, (const u_char *)passphrase, strlen(passphrase), master->key,
					     &master->key_bytes) != SNMPERR_SUCCESS) {
		mem_free_secret(master, sizeof *master);
		return err_set(info, ERR_CONFIG, "this build of net-snmp does not know the authentication algorithm");
	}
	master->auth = auth;
	memcpy(master->passphrase, passphrase, strlen(passphrase) + 1);
	master->next = usm->master;
	usm->master = master;
	*out = master;
	return ERR_NONE;
}

/* The keys for an engine id. The privacy key is stretched where its algorithm needs more than the hash gives. */
bool c_snmp_usm_localise(struct c_snmp_usm_peer *peer)
{
	size_t oid_length = 0;
	oid *algorithm = c_snmp_usm_auth_oid(peer->auth, &oid_length);
	u_char *key = peer->priv_key;
	int needed;

	if (peer->auth_master == NULL)
		return true;
	peer->auth_key_bytes = sizeof peer->auth_key;
	if (generate_kul(algorithm, (u_int)oid_length, peer->engine_id, peer->engine_id_bytes, peer->auth_master->key,
			 peer->auth_master->key_bytes, peer->auth_key, &peer->auth_key_bytes) != SNMPERR_SUCCESS)
		return false;
	if (peer->priv_master == NULL)
		return true;
	peer->priv_key_bytes = sizeof peer->priv_key;
	/* DES: 8 bytes of key and 8 from which the initial vector is made (RFC 3414, 8.1.1.1); net-snmp counts the key alone. */
	needed = peer->priv == SNMP_PRIV_DES ? 16 : sc_get_proper_priv_length_bytype(c_snmp_usm_priv_type(peer->priv));
	if (needed <= 0 || generate_kul(algorithm, (u_int)oid_length, peer->engine_id, peer->engine_id_bytes, peer->priv_master->key,
					peer->priv_master->key_bytes, peer->priv_key, &peer->priv_key_bytes) != SNMPERR_SUCCESS)
		return false;
	if (peer->priv_key_bytes < (size_t)needed &&
	    netsnmp_extend_kul((u_int)needed, algorithm, (u_int)oid_length, c_snmp_usm_priv_type(peer->priv), peer->engine_id,
			       (u_int)peer->engine_id_bytes, &key, &peer->priv_key_bytes, sizeof peer->priv_key) != SNMPERR_SUCCESS)
		return false;
	if (peer->priv_key_bytes > (size_t)needed)
		peer->priv_key_bytes = (size_t)needed;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/usm.h"

#include "base/mem.h"
#include "snmp/packet_priv.h"
#include "snmp/usm_priv.h"

#include <net-snmp/library/lcd_time.h>
#include <net-snmp/library/scapi.h>
#include <net-snmp/library/snmpusm.h>
#include <string.h>

enum { FLAG_AUTH = 1, STATS_PREFIX_LENGTH = 9 };

const char *c_snmp_report_reason(enum c_snmp_report report)
{
	switch (report) {
	case C_SNMP_REPORT_LEVEL:
		return "the device does not allow this user at this security level: set auth and priv as the device has them";
	case C_SNMP_REPORT_USER: return "the device does not know this user";
	case C_SNMP_REPORT_DIGEST: return "wrong authentication password or algorithm";
	case C_SNMP_REPORT_DECRYPTION: return "wrong privacy password or algorithm";
	case C_SNMP_REPORT_TIME: return "the device's clock of SNMPv3 cannot be followed";
	case C_SNMP_REPORT_ENGINE: return "the device's engine id keeps changing";
	case C_SNMP_REPORT_STALE: return "the device answers with the clock of an earlier start";
	case C_SNMP_REPORT_BAD: return "the device's answers are not authentic: wrong password, or somebody else answers";
	default: return "the device refuses the request with a report";
	}
}

/* ---- The shared user ---------------------------------------------------------------------------------------------------------------- */

struct c_snmp_usm *c_snmp_usm_new(void)
{
	struct c_snmp_usm *usm = mem_new(sizeof *usm);

	if (usm == NULL)
		return NULL;
	usm->user = usm_create_user();
	if (usm->user == NULL)
		return mem_free(usm);
	/* Its protocols are set before each use to net-snmp's own constants. */
	SNMP_FREE(usm->user->authProtocol);
	SNMP_FREE(usm->user->privProtocol);
	usm->user->userStatus = 1; /* active (RFC 2579) */
	return usm;
}

/* Takes all that is ours out of net-snmp's user, so that net-snmp may free it. */
static void undress(struct usmUser *user)
{
	user->engineID = NULL;
	user->engineIDLen = 0;
	user->name = user->secName = NULL;
	user->authProtocol = user->privProtocol = NULL;
	user->authProtocolLen = user->privProtocolLen = 0;
	user->authKey = user->privKey = NULL;
	user->authKeyLen = user->privKeyLen = 0;
}

/* net-snmp's list holds the user only while it is dressed, for the list is sorted by what it wears. */
static void dress(struct c_snmp_usm *usm, struct c_snmp_usm_peer *peer, int64_t now_s)
{
	struct usmUser *user = usm->user;
	int64_t passed_s = now_s - peer->known_s;

	user->engineID = peer->engine_id;
	user->engineIDLen = peer->engine_id_bytes;
	user->name = user->secName = peer->user;
	user->authProtocol = c_snmp_usm_auth_oid(peer->auth, &user->authProtocolLen);
	user->privProtocol = c_snmp_usm_priv_oid(peer->priv, &user->privProtocolLen);
	user->authKey = peer->auth_key;
	user->authKeyLen = peer->auth_key_bytes;
	user->privKey = peer->priv_key;
	user->privKeyLen = peer->priv_key_bytes;
	(void)usm_add_user(user);
	if (peer->engine_id_bytes > 0)
		(void)set_enginetime(peer->engine_id, (u_int)peer->engine_id_bytes, peer->boots,
				     peer->time_s + (u_int)(passed_s > 0 ? passed_s : 0), TRUE);
}

static void put_away(struct c_snmp_usm *usm, struct c_snmp_usm_peer *peer)
{
	(void)usm_remove_user(usm->user);
	undress(usm->user);
	if (peer->engine_id_bytes > 0)
		free_enginetime(peer->engine_id, peer->engine_id_bytes);
}

struct c_snmp_usm *c_snmp_usm_free(struct c_snmp_usm *usm)
{
	if (usm == NULL)
		return NULL;
	while (usm->master != NULL) {
		struct c_snmp_usm_master *master = usm->master;

		usm->master = master->next;
		mem_free_secret(master, sizeof *master);
	}
	undress(usm->user);
	(void)usm_free_user(usm->user);
	return mem_free(usm);
}

/* ---- Peers -------------------------------------------------------------------------------------------------------------------------- */

enum err c_snmp_usm_add(struct c_snmp_usm *usm, const struct plan_snmp_device *plan, struct c_snmp_usm_peer **out, struct err_info *info)
{
	struct c_snmp_usm_peer *peer = mem_new(sizeof *peer);
	enum err err = ERR_NONE;

	if (peer == NULL)
		return err_set(info, ERR_MEMORY, "out of memory");
	peer->user = mem_dup(plan->user);
	peer->context = mem_dup(plan->context);
	peer->auth = plan->auth;
	peer->priv = plan->auth == SNMP_AUTH_NONE ? (uint8_t)SNMP_PRIV_NONE : plan->priv;
	if (peer->user == NULL || peer->context == NULL)
		err = err_set(info, ERR_MEMORY, "out of memory");
	if (err == ERR_NONE && peer->auth != SNMP_AUTH_NONE)
		err = c_snmp_usm_find_master(usm, peer->auth, plan->auth_password, &peer->auth_master, info);
	if (err == ERR_NONE && peer->priv != SNMP_PRIV_NONE)
		err = c_snmp_usm_find_master(usm, peer->auth, plan->priv_password, &peer->priv_master, info);
	if (err == ERR_NONE && sc_get_proper_priv_length_bytype(c_snmp_usm_priv_type(peer->priv)) < 0)
		err = err_set(info, ERR_CONFIG, "this build of net-snmp does not know the privacy algorithm");
	if (err != ERR_NONE) {
		c_snmp_usm_peer_free(peer);
		return err;
	}
	*out = peer;
	return ERR_NONE;
}

struct c_snmp_usm_peer *c_snmp_usm_peer_free(struct c_snmp_usm_peer *peer)
{
	if (peer == NULL)
		return NULL;
	mem_free(peer->user);
	mem_free(peer->context);
	return mem_free_secret(peer, sizeof *peer);
}

bool c_snmp_usm_is_ready(const struct c_snmp_usm_peer *peer)
{
	return peer->engine_id_bytes > 0;
}

void c_snmp_usm_forget(struct c_snmp_usm_peer *peer)
{
	peer->engine_id_bytes = 0;
	peer->boots = peer->time_s = 0;
}

/* ---- Out ---------------------------------------------------------------------------------------------------------------------------- */

static void init_session(netsnmp_session *session)
{
	snmp_sess_init(session);
	session->version = SNMP_VERSION_3;
	session->securityModel = SNMP_SEC_MODEL_USM;
}

static enum err build(netsnmp_session *session, const struct c_snmp_request *request, uint32_t id, uint8_t *out, size_t out_bytes,
		      size_t *length, struct err_info *info)
{
	netsnmp_pdu *pdu = c_snmp_packet_pdu_new(request);
	enum err err;

	if (pdu == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for a request");
	pdu->version = SNMP_VERSION_3;
	pdu->msgid = pdu->reqid = (long)id;
	pdu->securityModel = SNMP_SEC_MODEL_USM;
	pdu->securityLevel = session->securityLevel;
	if (session->securityNameLen == 0)
		pdu->securityName = netsnmp_memdup("", 1); /* freed with the pdu */
	err = c_snmp_packet_pdu_build(session, pdu, out, out_bytes, length, info);
	snmp_free_pdu(pdu);
	return err;
}

enum err c_snmp_usm_build_discovery(struct c_snmp_usm *usm, uint32_t id, uint8_t *out, size_t out_bytes, size_t *length,
				    struct err_info *info)
{
	struct c_snmp_request request = {.command = C_SNMP_GET};
	netsnmp_session session;
	char nothing[1] = "";

	(void)usm;
	init_session(&session);
	session.securityLevel = SNMP_SEC_LEVEL_NOAUTH;
	session.contextName = nothing;
	return build(&session, &request, id, out, out_bytes, length, info);
}

enum err c_snmp_usm_build(struct c_snmp_usm *usm, struct c_snmp_usm_peer *peer, const struct c_snmp_request *request, uint32_t id,
			  int64_t now_s, uint8_t *out, size_t out_bytes, size_t *length, struct err_info *info)
{
	netsnmp_session session;
	enum err err;

	init_session(&session);
	session.securityLevel = c_snmp_usm_level(peer);
	session.securityName = peer->user;
	session.securityNameLen = strlen(peer->user);
	session.contextName = peer->context;
	session.contextNameLen = strlen(peer->context);
	session.securityEngineID = peer->engine_id;
	session.securityEngineIDLen = peer->engine_id_bytes;
	session.contextEngineID = peer->engine_id;
	session.contextEngineIDLen = peer->engine_id_bytes;
	dress(usm, peer, now_s);
	err = build(&session, request, id, out, out_bytes, length, info);
	put_away(usm, peer);
	return err;
}

/* ---- In ----------------------------------------------------------------------------------------------------------------------------- */

/* What the outside of a message says: read before net-snmp is let loose on it. */
struct outside {
	uint8_t flags;
	const uint8_t *engine_id;
	size_t engine_id_bytes;
	uint32_t boots;
	uint32_t time_s;
};

static bool skip_header(const uint8_t *message, size_t bytes, size_t *at, uint8_t wanted, size_t *length)
{
	uint8_t tag;

	return c_snmp_ber_header(message, bytes, at, &tag, length) && tag == wanted && *length <= bytes - *at;
}

/* SEQUENCE { version, SEQUENCE { id, max size, flags, model }, OCTET STRING { SEQUENCE { engine id, boots, time, ... } }, ... } */
static bool read_outside(const uint8_t *message, size_t bytes, struct outside *out)
{
	size_t at = 0;
	size_t length;
	uint32_t number;

	if (!skip_header(message, bytes, &at, 0x30, &length) || !c_snmp_ber_integer(message, bytes, &at, &number) || number != SNMP_V3)
		return false;
	if (!skip_header(message, bytes, &at, 0x30, &length) || !c_snmp_ber_integer(message, bytes, &at, &number) ||
	    !c_snmp_ber_integer(message, bytes, &at, &number) || !skip_header(message, bytes, &at, 0x04, &length) || length != 1)
		return false;
	out->flags = message[at++];
	if (!c_snmp_ber_integer(message, bytes, &at, &number) || number != SNMP_SEC_MODEL_USM ||
	    !skip_header(message, bytes, &at, 0x04, &length) || !skip_header(message, bytes, &at, 0x30, &length) ||
	    !skip_header(message, bytes, &at, 0x04, &length))
		return false;
	out->engine_id = message + at;
	out->engine_id_bytes = length;
	at += length;
	return c_snmp_ber_integer(message, bytes, &at, &out->boots) && c_snmp_ber_integer(message, bytes, &at, &out->time_s);
}

static enum c_snmp_report kind_of_report(const netsnmp_pdu *pdu)
{
	static const oid stats[STATS_PREFIX_LENGTH] = {1, 3, 6, 1, 6, 3, 15, 1, 1}; /* usmStats, RFC 3414 */
	static const enum c_snmp_report kinds[] = {C_SNMP_REPORT_OTHER,  C_SNMP_REPORT_LEVEL,  C_SNMP_REPORT_TIME,      C_SNMP_REPORT_USER,
						   C_SNMP_REPORT_ENGINE, C_SNMP_REPORT_DIGEST, C_SNMP_REPORT_DECRYPTION};
	const netsnmp_variable_list *variable = pdu->variables;

	if (variable == NULL || variable->name_length < STATS_PREFIX_LENGTH + 1 || memcmp(variable->name, stats, sizeof stats) != 0)
		return C_SNMP_REPORT_OTHER;
	if (variable->name[STATS_PREFIX_LENGTH] >= sizeof kinds / sizeof kinds[0])
		return C_SNMP_REPORT_OTHER;
	return kinds[variable->name[STATS_PREFIX_LENGTH]];
}

/* Takes over an engine id and makes the keys for it. */
static bool learn_engine(struct c_snmp_usm_peer *peer, const struct outside *outside)
{
	if (outside->engine_id_bytes < 1 || outside->engine_id_bytes > C_SNMP_ENGINE_ID_BYTES_MAX)
		return false;
	memcpy(peer->engine_id, outside->engine_id, outside->engine_id_bytes);
	peer->engine_id_bytes = outside->engine_id_bytes;
	if (c_snmp_usm_localise(peer))
		return true;
	c_snmp_usm_forget(peer);
	return false;
}

static void learn_time(struct c_snmp_usm_peer *peer, const struct outside *outside, int64_t now_s)
{
	peer->boots = outside->boots;
	peer->time_s = outside->time_s;
	peer->known_s = now_s;
}

/* Decides what a parsed pdu is, and learns from it. */
static enum c_snmp_report judge(struct c_snmp_usm_peer *peer, const netsnmp_pdu *pdu, const struct outside *outside, bool is_same_engine,
				int64_t now_s)
{
	enum c_snmp_report report;

	if (pdu->command == SNMP_MSG_RESPONSE) {
		if (!is_same_engine || pdu->securityLevel < c_snmp_usm_level(peer))
			return C_SNMP_REPORT_BAD;
		if ((outside->flags & FLAG_AUTH) != 0)
			learn_time(peer, outside, now_s);
		return C_SNMP_REPORT_NONE;
	}
	if (pdu->command != SNMP_MSG_REPORT)
		return C_SNMP_REPORT_BAD;
	report = kind_of_report(pdu);
	if (report == C_SNMP_REPORT_ENGINE) {
		if (!learn_engine(peer, outside))
			return C_SNMP_REPORT_BAD;
		learn_time(peer, outside, now_s);
	}
	if (report == C_SNMP_REPORT_TIME) {
		/* Unauthenticated, anybody could set our clock by it. */
		if ((outside->flags & FLAG_AUTH) == 0 || !is_same_engine)
			return C_SNMP_REPORT_BAD;
		learn_time(peer, outside, now_s);
	}
	return report;
}

enum c_snmp_report c_snmp_usm_parse(struct c_snmp_usm *usm, struct c_snmp_usm_peer *peer, const uint8_t *message, size_t bytes,
				    int64_t now_s, struct c_snmp_reply *out)
{
	enum c_snmp_report report = C_SNMP_REPORT_BAD;
	struct outside outside;
	netsnmp_session session;
	netsnmp_pdu *pdu;
	bool is_same_engine;
	int status;

	if (!read_outside(message, bytes, &outside) || outside.engine_id_bytes > C_SNMP_ENGINE_ID_BYTES_MAX)
		return C_SNMP_REPORT_BAD;
	is_same_engine =
	    outside.engine_id_bytes == peer->engine_id_bytes && memcmp(outside.engine_id, peer->engine_id, peer->engine_id_bytes) == 0;
	if (!is_same_engine && (outside.flags & FLAG_AUTH) != 0)
		return C_SNMP_REPORT_BAD;
	pdu = snmp_pdu_create(SNMP_MSG_RESPONSE);
	if (pdu == NULL)
		return C_SNMP_REPORT_BAD;
	init_session(&session);
	dress(usm, peer, now_s);
	if (!is_same_engine)
		usm->user->engineID = (u_char *)(uintptr_t)outside.engine_id, usm->user->engineIDLen = outside.engine_id_bytes;
	status = snmp_parse(NULL, &session, pdu, (u_char *)(uintptr_t)message, bytes);
	put_away(usm, peer);
	if (!is_same_engine && outside.engine_id_bytes > 0)
		free_enginetime((u_char *)(uintptr_t)outside.engine_id, outside.engine_id_bytes);
	if (status == 0)
		report = judge(peer, pdu, &outside, is_same_engine, now_s);
	else if (session.s_snmp_errno == SNMPERR_USM_NOTINTIMEWINDOW || session.s_snmp_errno == SNMPERR_NOT_IN_TIME_WINDOW)
		report = C_SNMP_REPORT_STALE;
	if (report == C_SNMP_REPORT_NONE)
		c_snmp_packet_pdu_take(pdu, out);
	else
		snmp_free_pdu(pdu);
	return report;
}

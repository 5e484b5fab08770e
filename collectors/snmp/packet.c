/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/packet.h"

#include "base/mem.h"
#include "snmp/packet_priv.h"

#include <errno.h>
#include <net-snmp/library/snmp_api.h>
#include <stdlib.h>
#include <string.h>

enum { BER_SEQUENCE = 0x30, BER_INTEGER = 0x02, BER_STRING = 0x04, BUILD_BYTES = 4096 };

const char *c_snmp_error_name(int64_t status)
{
	static const char *const names[] = {
	    "noError",
	    "tooBig",
	    "noSuchName",
	    "badValue",
	    "readOnly",
	    "genErr",
	    "noAccess",
	    "wrongType",
	    "wrongLength",
	    "wrongEncoding",
	    "wrongValue",
	    "noCreation",
	    "inconsistentValue",
	    "resourceUnavailable",
	    "commitFailed",
	    "undoFailed",
	    "authorizationError",
	    "notWritable",
	    "inconsistentName",
	};

	return status >= 0 && status < (int64_t)(sizeof names / sizeof names[0]) ? names[status] : "unknown error";
}

enum err c_snmp_packet_init(struct err_info *info)
{
	/* It looks for certificates at start, and makes a folder for what it finds: below a file there is none and can be none. */
	if (setenv("MIBS", "", 1) != 0 || setenv("MIBDIRS", "", 1) != 0 || setenv("SNMPCONFPATH", "/dev/null", 1) != 0 ||
	    setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1) != 0)
		return err_set_errno(info, ERR_MEMORY, errno, "cannot set MIBS");
	(void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	(void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	(void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
	(void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	snmp_disable_log(); /* hostile packets must not write to our log */
	init_snmp("wattledger");
	return ERR_NONE;
}

void c_snmp_packet_deinit(void)
{
	snmp_shutdown("wattledger");
}

/* ---- Out -------------------------------------------------------------------------------------------------------------------------- */

netsnmp_pdu *c_snmp_packet_pdu_new(const struct c_snmp_request *request)
{
	static const int commands[] = {
	    [C_SNMP_GET] = SNMP_MSG_GET, [C_SNMP_GETNEXT] = SNMP_MSG_GETNEXT, [C_SNMP_GETBULK] = SNMP_MSG_GETBULK};
	netsnmp_pdu *pdu = snmp_pdu_create(commands[request->command]);

	if (pdu == NULL)
		return NULL;
	if (request->command == C_SNMP_GETBULK) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = (long)request->repetitions;
	}
	for (size_t i = 0; i < request->oid_count; i++) {
		oid name[PLAN_OID_MAX];

		for (size_t k = 0; k < request->oid[i].length; k++)
			name[k] = request->oid[i].id[k];
		if (snmp_add_null_var(pdu, name, request->oid[i].length) == NULL) {
			snmp_free_pdu(pdu);
			return NULL;
		}
	}
	return pdu;
}

enum err c_snmp_packet_pdu_build(netsnmp_session *session, netsnmp_pdu *pdu, uint8_t *out, size_t out_bytes, size_t *length,
				 struct err_info *info)
{
	/* net-snmp may move the buffer when it is too small, so it has to be malloc's own. */
	u_char *buffer = mem_new(BUILD_BYTES);
	size_t buffer_bytes = BUILD_BYTES;
	size_t offset = 0;
	enum err err = ERR_NONE;

	if (buffer == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for a request");
	if (snmp_build(&buffer, &buffer_bytes, &offset, session, pdu) < 0)
		err = err_set(info, ERR_DATA, "cannot build the request: %s", snmp_api_errstring(session->s_snmp_errno));
	else if (offset > out_bytes)
		err = err_set(info, ERR_LIMIT, "the request does not fit %zu bytes", out_bytes);
	if (err == ERR_NONE) {
		memcpy(out, buffer + buffer_bytes - offset, offset); /* it is built from the end backwards */
		*length = offset;
	}
	mem_free(buffer);
	return err;
}

/* Where the request id stands in a v1 or v2c message. */
static bool find_id(const uint8_t *message, size_t bytes, size_t *id_offset)
{
	size_t at = 0;
	size_t length;
	uint32_t version;
	uint8_t tag;

	if (!c_snmp_ber_header(message, bytes, &at, &tag, &length) || tag != BER_SEQUENCE ||
	    !c_snmp_ber_integer(message, bytes, &at, &version))
		return false;
	if (!c_snmp_ber_header(message, bytes, &at, &tag, &length) || tag != BER_STRING || length > bytes - at)
		return false;
	at += length;
	if (!c_snmp_ber_header(message, bytes, &at, &tag, &length) || !c_snmp_ber_header(message, bytes, &at, &tag, &length))
		return false;
	*id_offset = at;
	return tag == BER_INTEGER && length == sizeof(uint32_t) && length <= bytes - at;
}

enum err c_snmp_packet_build(enum snmp_version version, const char *community, const struct c_snmp_request *request, uint8_t *out,
			     size_t out_bytes, size_t *length, size_t *id_offset, struct err_info *info)
{
	netsnmp_session session;
	netsnmp_pdu *pdu = c_snmp_packet_pdu_new(request);
	enum err err;

	if (pdu == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for a request");
	snmp_sess_init(&session);
	session.version = version == SNMP_V1 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
	session.community = (u_char *)(uintptr_t)community; /* not written to */
	session.community_len = strlen(community);
	pdu->version = session.version;
	pdu->reqid = C_SNMP_ID_FIRST;
	err = c_snmp_packet_pdu_build(&session, pdu, out, out_bytes, length, info);
	snmp_free_pdu(pdu);
	if (err == ERR_NONE && !find_id(out, *length, id_offset))
		err = err_set(info, ERR_DATA, "the built request has no request id");
	return err;
}

void c_snmp_packet_set_id(uint8_t *message, size_t id_offset, uint32_t id)
{
	for (size_t i = 0; i < sizeof id; i++)
		message[id_offset + i] = (uint8_t)(id >> (24 - 8 * i));
}

/* ---- In --------------------------------------------------------------------------------------------------------------------------- */

bool c_snmp_ber_header(const uint8_t *data, size_t bytes, size_t *at, uint8_t *tag, size_t *length)
{
	size_t position = *at;
	size_t octets;

	if (position > bytes || bytes - position < 2)
		return false;
	*tag = data[position++];
	*length = data[position++];
	if (*length >= 0x80) {
		octets = *length & 0x7f;
		if (octets == 0 || octets > 4 || octets > bytes - position)
			return false;
		for (*length = 0; octets > 0; octets--)
			*length = *length << 8 | data[position++];
	}
	*at = position;
	return true;
}

bool c_snmp_ber_integer(const uint8_t *data, size_t bytes, size_t *at, uint32_t *value)
{
	size_t position = *at;
	size_t length;
	uint64_t number = 0;
	uint8_t tag;

	if (!c_snmp_ber_header(data, bytes, &position, &tag, &length) || tag != BER_INTEGER || length == 0 || length > 5 ||
	    length > bytes - position)
		return false;
	for (; length > 0; length--)
		number = number << 8 | data[position++];
	if (number > UINT32_MAX)
		return false;
	*value = (uint32_t)number;
	*at = position;
	return true;
}

bool c_snmp_packet_peek_id(const uint8_t *message, size_t bytes, uint32_t *id)
{
	size_t at = 0;
	size_t length;
	uint32_t version;
	uint8_t tag;

	if (!c_snmp_ber_header(message, bytes, &at, &tag, &length) || tag != BER_SEQUENCE ||
	    !c_snmp_ber_integer(message, bytes, &at, &version))
		return false;
	if (version != SNMP_V3) {
		if (!find_id(message, bytes, &at))
			return false;
		at -= 2; /* back on its header */
		return c_snmp_ber_integer(message, bytes, &at, id);
	}
	return c_snmp_ber_header(message, bytes, &at, &tag, &length) && tag == BER_SEQUENCE && c_snmp_ber_integer(message, bytes, &at, id);
}

static void take_object(const netsnmp_variable_list *variable, struct c_snmp_reply *out, struct c_snmp_raw *raw)
{
	struct plan_oid *object;

	raw->kind = C_SNMP_OBJECT;
	if (out->object_count == C_SNMP_OBJECTS_MAX)
		return;
	object = &out->object[out->object_count++];
	object->length = 0;
	for (size_t i = 0; i < variable->val_len / sizeof(oid) && i < PLAN_OID_MAX; i++)
		object->id[object->length++] = (uint32_t)variable->val.objid[i];
	raw->object = object;
}

static void take_value(const netsnmp_variable_list *variable, struct c_snmp_reply *out, struct c_snmp_raw *raw)
{
	*raw = (struct c_snmp_raw){.kind = C_SNMP_ABSENT};
	switch (variable->type) {
	case ASN_INTEGER: *raw = (struct c_snmp_raw){.kind = C_SNMP_SIGNED, .number = *variable->val.integer}; break;
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_TIMETICKS:
	case ASN_UINTEGER: *raw = (struct c_snmp_raw){.kind = C_SNMP_UNSIGNED, .count = (uint32_t)*variable->val.integer}; break;
	case ASN_COUNTER64:
		*raw = (struct c_snmp_raw){.kind = C_SNMP_UNSIGNED};
		raw->count = (uint64_t)(variable->val.counter64->high & UINT32_MAX) << 32 | (variable->val.counter64->low & UINT32_MAX);
		break;
	case ASN_OPAQUE_FLOAT: *raw = (struct c_snmp_raw){.kind = C_SNMP_REAL, .value = (double)*variable->val.floatVal}; break;
	case ASN_OPAQUE_DOUBLE: *raw = (struct c_snmp_raw){.kind = C_SNMP_REAL, .value = *variable->val.doubleVal}; break;
	case ASN_OBJECT_ID: take_object(variable, out, raw); break;
	case ASN_OCTET_STR:
	case ASN_IPADDRESS:
	case ASN_OPAQUE:
		*raw = (struct c_snmp_raw){.kind = C_SNMP_TEXT, .text = variable->val.string, .text_bytes = variable->val_len};
		break;
	default: break;
	}
}

void c_snmp_packet_pdu_take(netsnmp_pdu *pdu, struct c_snmp_reply *out)
{
	out->pdu = pdu;
	out->id = (uint32_t)pdu->reqid;
	out->is_report = pdu->command == SNMP_MSG_REPORT;
	out->error_status = pdu->errstat;
	out->error_index = pdu->errindex;
	out->varbind_count = 0;
	out->object_count = 0;
	out->is_cut = out->is_as_asked = false;
	for (const netsnmp_variable_list *variable = pdu->variables; variable != NULL; variable = variable->next_variable) {
		struct c_snmp_varbind *varbind = &out->varbind[out->varbind_count];

		if (out->varbind_count == C_SNMP_VARBINDS_MAX) {
			out->is_cut = true;
			return;
		}
		out->varbind_count++;
		varbind->is_name_cut = variable->name_length > PLAN_OID_MAX;
		varbind->name_length = (uint8_t)(varbind->is_name_cut ? PLAN_OID_MAX : variable->name_length);
		for (size_t i = 0; i < varbind->name_length; i++)
			varbind->name[i] = (uint32_t)variable->name[i];
		varbind->is_end = variable->type == SNMP_ENDOFMIBVIEW;
		take_value(variable, out, &varbind->raw);
	}
}

bool c_snmp_packet_parse(const uint8_t *message, size_t bytes, struct c_snmp_reply *out)
{
	netsnmp_session session;
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_RESPONSE);
	bool is_good;

	if (pdu == NULL)
		return false;
	snmp_sess_init(&session);
	session.version = SNMP_DEFAULT_VERSION;
	is_good = message[0] == BER_SEQUENCE && snmp_parse(NULL, &session, pdu, (u_char *)(uintptr_t)message, bytes) == 0 &&
		  pdu->version != SNMP_VERSION_3 && pdu->command == SNMP_MSG_RESPONSE;
	if (is_good)
		c_snmp_packet_pdu_take(pdu, out);
	else
		snmp_free_pdu(pdu);
	return is_good;
}

void c_snmp_packet_release(struct c_snmp_reply *reply)
{
	snmp_free_pdu(reply->pdu);
	reply->pdu = NULL;
}

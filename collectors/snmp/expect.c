/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/expect.h"

#include <string.h>

/* BER tags, RFC 3416 and RFC 2578. */
enum tag {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_NULL = 0x05,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_COUNTER32 = 0x41,
	TAG_GAUGE32 = 0x42,
	TAG_TIMETICKS = 0x43,
	TAG_COUNTER64 = 0x46,
	TAG_UINTEGER32 = 0x47,
	TAG_NO_SUCH_OBJECT = 0x80,
	TAG_NO_SUCH_INSTANCE = 0x81,
	TAG_GET = 0xa0,
	TAG_RESPONSE = 0xa2,
};

/* Bytes that are not read yet. */
struct span {
	const uint8_t *at;
	const uint8_t *end;
};

static size_t left(const struct span *span)
{
	return (size_t)(span->end - span->at);
}

/* Takes one element off the front: its tag, and its contents as a span of their own. Lengths of at most two octets. */
static inline bool take(struct span *in, uint8_t *tag, struct span *out)
{
	size_t length;

	if (left(in) < 2)
		return false;
	*tag = in->at[0];
	length = in->at[1];
	in->at += 2;
	if (length == 0x81 && left(in) >= 1) {
		length = in->at[0];
		in->at += 1;
	} else if (length == 0x82 && left(in) >= 2) {
		length = (size_t)in->at[0] << 8 | in->at[1];
		in->at += 2;
	} else if (length >= 0x80) {
		return false;
	}
	if (left(in) < length)
		return false;
	*out = (struct span){.at = in->at, .end = in->at + length};
	in->at += length;
	return true;
}

static inline bool take_tag(struct span *in, uint8_t wanted, struct span *out)
{
	uint8_t tag;

	return take(in, &tag, out) && tag == wanted;
}

/* The same, and nothing may follow. */
static inline bool take_last(struct span *in, uint8_t wanted, struct span *out)
{
	return take_tag(in, wanted, out) && in->at == in->end;
}

static inline bool is_same(const struct span *a, const struct span *b)
{
	return left(a) == left(b) && memcmp(a->at, b->at, left(a)) == 0;
}

/* A number without sign of at most `octets_max` octets, one more when the first is zero. Shorter ones with the sign bit are left alone. */
static inline bool read_unsigned(struct span in, size_t octets_max, uint64_t *out)
{
	uint64_t number = 0;
	size_t octets = left(&in);

	if (octets == 0 || octets > octets_max + 1 || (octets == octets_max + 1 && in.at[0] != 0) ||
	    (octets < octets_max && (in.at[0] & 0x80) != 0))
		return false;
	while (in.at < in.end)
		number = number << 8 | *in.at++;
	*out = number;
	return true;
}

static inline bool read_signed(struct span in, int64_t *out)
{
	uint32_t number;
	size_t octets = left(&in);

	if (octets == 0 || octets > sizeof number)
		return false;
	number = (in.at[0] & 0x80) != 0 ? UINT32_MAX : 0;
	while (in.at < in.end)
		number = number << 8 | *in.at++;
	*out = (int32_t)number;
	return true;
}

static inline bool read_value(uint8_t tag, struct span in, struct c_snmp_raw *out)
{
	out->text = NULL;
	out->text_bytes = 0;
	out->object = NULL;
	switch (tag) {
	case TAG_INTEGER: out->kind = C_SNMP_SIGNED; return read_signed(in, &out->number);
	case TAG_COUNTER32:
	case TAG_GAUGE32:
	case TAG_TIMETICKS:
	case TAG_UINTEGER32: out->kind = C_SNMP_UNSIGNED; return read_unsigned(in, sizeof(uint32_t), &out->count);
	case TAG_COUNTER64: out->kind = C_SNMP_UNSIGNED; return read_unsigned(in, sizeof(uint64_t), &out->count);
	case TAG_OCTETS:
		out->kind = C_SNMP_TEXT;
		out->count = 0;
		out->text = in.at;
		out->text_bytes = left(&in);
		return true;
	case TAG_NULL:
	case TAG_NO_SUCH_OBJECT:
	case TAG_NO_SUCH_INSTANCE:
		out->kind = C_SNMP_ABSENT;
		out->count = 0;
		return left(&in) == 0;
	default: return false; /* Opaque, addresses, OIDs, endOfMibView: rare */
	}
}

/* Opens a message as far as its PDU, whose contents are then in *pdu. */
static inline bool open_message(struct span message, uint8_t wanted, struct span *version, struct span *community, struct span *pdu)
{
	struct span body;

	return take_last(&message, TAG_SEQUENCE, &body) && take_tag(&body, TAG_INTEGER, version) &&
	       take_tag(&body, TAG_OCTETS, community) && take_last(&body, wanted, pdu);
}

/* Request id, error status, error index, and the list, whose contents are then in *list. */
static inline bool open_pdu(struct span *pdu, uint32_t *id, struct span *list)
{
	static const uint8_t no_error[] = {TAG_INTEGER, 1, 0, TAG_INTEGER, 1, 0};
	struct span number;
	uint64_t value;

	if (!take_tag(pdu, TAG_INTEGER, &number) || !read_unsigned(number, sizeof *id, &value) || left(pdu) < sizeof no_error ||
	    memcmp(pdu->at, no_error, sizeof no_error) != 0)
		return false;
	pdu->at += sizeof no_error;
	*id = (uint32_t)value;
	return take_last(pdu, TAG_SEQUENCE, list);
}

/* Where the contents of a SEQUENCE begin, its end in *end; NULL: it is none, or does not fit. Nearly always its length is one octet. */
static inline const uint8_t *open_binding(const struct span *in, const uint8_t **end)
{
	struct span rest = *in;
	struct span contents;

	if (left(in) >= 2 && in->at[0] == TAG_SEQUENCE && in->at[1] < 0x80 && left(in) - 2 >= in->at[1]) {
		*end = in->at + 2 + in->at[1];
		return in->at + 2;
	}
	if (!take_tag(&rest, TAG_SEQUENCE, &contents))
		return NULL;
	*end = contents.end;
	return contents.at;
}

/* One binding of each list: the same name, header and all, and a value that is one of ours. */
static inline bool take_binding(struct span *asked, struct span *told, struct c_snmp_raw *out)
{
	const uint8_t *asked_end = NULL, *told_end = NULL;
	const uint8_t *name = open_binding(asked, &asked_end);
	const uint8_t *answer = open_binding(told, &told_end);
	struct span value;
	size_t name_bytes, value_bytes;

	if (name == NULL || answer == NULL || asked_end - name < 2 || name[0] != TAG_OID || name[1] >= 0x80)
		return false;
	name_bytes = (size_t)name[1] + 2;
	if ((size_t)(asked_end - name) < name_bytes || (size_t)(told_end - answer) < name_bytes + 2 ||
	    memcmp(name, answer, name_bytes) != 0)
		return false;
	answer += name_bytes;
	value = (struct span){.at = answer + 2, .end = told_end};
	value_bytes = answer[1];
	if (value_bytes == 0x81 && told_end - value.at >= 1)
		value_bytes = *value.at++; /* a text of 128 to 255 octets, or an agent that writes lengths so */
	else if (value_bytes >= 0x80)
		return false;
	asked->at = asked_end;
	told->at = told_end;
	return left(&value) == value_bytes && read_value(answer[0], value, out);
}

bool c_snmp_expect_take(const uint8_t *request, size_t request_bytes, const uint8_t *message, size_t bytes, struct c_snmp_reply *out)
{
	struct span asked = {.at = request, .end = request + request_bytes};
	struct span told = {.at = message, .end = message + bytes};
	struct span asked_version, asked_community, told_version, told_community, pdu;
	uint32_t asked_id;

	if (!open_message(asked, TAG_GET, &asked_version, &asked_community, &pdu) || !open_pdu(&pdu, &asked_id, &asked) ||
	    !open_message(told, TAG_RESPONSE, &told_version, &told_community, &pdu) || !open_pdu(&pdu, &out->id, &told) ||
	    !is_same(&asked_version, &told_version) || !is_same(&asked_community, &told_community))
		return false;
	out->varbind_count = 0;
	while (asked.at < asked.end && out->varbind_count < C_SNMP_VARBINDS_MAX)
		if (!take_binding(&asked, &told, &out->varbind[out->varbind_count++].raw))
			return false;
	if (asked.at < asked.end || told.at < told.end)
		return false;
	out->is_as_asked = true;
	out->is_report = out->is_cut = false;
	out->error_status = C_SNMP_NO_ERROR;
	out->error_index = 0;
	out->object_count = 0;
	out->pdu = NULL;
	return true;
}

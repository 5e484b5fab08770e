/* SPDX-License-Identifier: Apache-2.0 */
/* plan_oid: object identifiers in and out of text and of plans. */
#include "wire/plan_oid.h"

#include "base/num.h"

#include <string.h>

/* Reads one sub-identifier at *text (no sign, no leading zero but "0") and moves *text behind it. */
static bool parse_part(const char **text, uint32_t *value)
{
	const char *at = *text;
	uint64_t sum = 0;

	if (*at < '0' || *at > '9' || (at[0] == '0' && at[1] >= '0' && at[1] <= '9'))
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		sum = sum * 10 + (uint64_t)(*at - '0');
		if (sum > UINT32_MAX)
			return false;
	}
	*value = (uint32_t)sum;
	*text = at;
	return true;
}

bool plan_oid_parse(struct plan_oid *out, const char *text)
{
	struct plan_oid oid = {0};
	const char *at = text;

	if (*at == '.')
		at++;
	for (;;) {
		if (oid.length == PLAN_OID_MAX || !parse_part(&at, &oid.id[oid.length]))
			return false;
		oid.length++;
		if (*at == '\0')
			break;
		if (*at++ != '.')
			return false;
	}
	*out = oid;
	return true;
}

void plan_oid_print(const struct plan_oid *oid, char *out, size_t out_bytes)
{
	size_t at = 0;

	if (out_bytes == 0)
		return;
	out[0] = '\0';
	for (size_t i = 0; i < oid->length; i++) {
		char part[NUM_TEXT_BYTES];
		size_t bytes = num_print_u64(part, oid->id[i]);
		size_t dot = i > 0 ? 1 : 0;
		if (at + dot + bytes >= out_bytes)
			return;
		if (dot != 0)
			out[at++] = '.';
		memcpy(out + at, part, bytes);
		at += bytes;
		out[at] = '\0';
	}
}

void plan_put_oid(struct wire_writer *writer, const struct plan_oid *oid)
{
	wire_put_u8(writer, oid->length);
	for (size_t i = 0; i < oid->length; i++)
		wire_put_u32(writer, oid->id[i]);
}

void plan_get_oid(struct wire_reader *reader, struct plan_oid *oid)
{
	oid->length = wire_get_enum(reader, PLAN_OID_MAX + 1);
	for (size_t i = 0; i < oid->length; i++)
		oid->id[i] = wire_get_u32(reader);
}

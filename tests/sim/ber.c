/* SPDX-License-Identifier: Apache-2.0 */
#include "ber.h"

#include <string.h>

enum {
	LONG_FORM = 0x80, /* X.690 8.1.3.5: the low bits of the first length byte count the length bytes */
	LENGTH_BYTES_MAX = 4,
	INT_BYTES_MAX = 8,
	HEADER_BYTES_MAX = 6,
	ARC_BYTES_MAX = 5,
	ARC_MORE = 0x80, /* X.690 8.19.2: set in all bytes of an arc but the last */
	ARC_BITS = 7,
	SECOND_ARCS = 40, /* X.690 8.19.4: the first two arcs are sent as 40 * first + second */
};

static bool read_length(struct ber_in *in, size_t *bytes)
{
	if (in->at == in->end)
		return false;
	size_t length = *in->at++;
	if (length >= LONG_FORM) {
		size_t count = length & (LONG_FORM - 1);

		if (count == 0 || count > LENGTH_BYTES_MAX || (size_t)(in->end - in->at) < count)
			return false;
		for (length = 0; count > 0; count--)
			length = length << 8 | *in->at++;
	}
	*bytes = length;
	return length <= (size_t)(in->end - in->at);
}

bool ber_read(struct ber_in *in, uint8_t *tag, struct ber_in *content)
{
	size_t bytes;

	if (in->at == in->end)
		return false;
	*tag = *in->at++;
	if (!read_length(in, &bytes))
		return false;
	content->at = in->at;
	content->end = in->at + bytes;
	in->at = content->end;
	return true;
}

bool ber_read_tag(struct ber_in *in, uint8_t tag, struct ber_in *content)
{
	uint8_t found;

	return ber_read(in, &found, content) && found == tag;
}

bool ber_read_int(struct ber_in *in, int64_t *value)
{
	struct ber_in content;

	if (!ber_read_tag(in, BER_INTEGER, &content))
		return false;
	if (content.at == content.end || content.end - content.at > INT_BYTES_MAX)
		return false;
	uint64_t bits = (*content.at & 0x80) != 0 ? UINT64_MAX : 0;
	while (content.at < content.end)
		bits = bits << 8 | *content.at++;
	*value = (int64_t)bits;
	return true;
}

static bool read_arc(struct ber_in *in, uint32_t *arc)
{
	uint64_t value = 0;

	while (in->at < in->end) {
		uint8_t byte = *in->at++;

		value = value << ARC_BITS | (byte & (ARC_MORE - 1));
		if (value > UINT32_MAX)
			return false;
		if ((byte & ARC_MORE) == 0) {
			*arc = (uint32_t)value;
			return true;
		}
	}
	return false;
}

bool ber_read_oid(struct ber_in *in, struct oid *oid)
{
	struct ber_in content;
	uint32_t first;

	if (!ber_read_tag(in, BER_OID, &content) || !read_arc(&content, &first))
		return false;
	oid->arcs[0] = first < 2 * SECOND_ARCS ? first / SECOND_ARCS : 2;
	oid->arcs[1] = first - oid->arcs[0] * SECOND_ARCS;
	for (oid->count = 2; content.at < content.end; oid->count++)
		if (oid->count == OID_ARCS_MAX || !read_arc(&content, &oid->arcs[oid->count]))
			return false;
	return true;
}

/* Tag and length in their shortest form; returns the bytes used. */
static size_t print_header(uint8_t header[HEADER_BYTES_MAX], uint8_t tag, size_t bytes)
{
	size_t count = 0;

	header[0] = tag;
	if (bytes < LONG_FORM) {
		header[1] = (uint8_t)bytes;
		return 2;
	}
	for (size_t rest = bytes; rest > 0; rest >>= 8)
		count++;
	header[1] = (uint8_t)(LONG_FORM | count);
	for (size_t i = 0; i < count; i++)
		header[2 + i] = (uint8_t)(bytes >> (8 * (count - 1 - i)));
	return 2 + count;
}

/* Makes room for `bytes` more; false, and is_full for good, when there is none. */
static bool has_room(struct ber_out *out, size_t bytes)
{
	if (out->is_full || out->capacity_bytes - out->bytes < bytes)
		out->is_full = true;
	return !out->is_full;
}

void ber_add(struct ber_out *out, uint8_t tag, const void *content, size_t bytes)
{
	uint8_t header[HEADER_BYTES_MAX];
	size_t header_bytes = print_header(header, tag, bytes);

	if (!has_room(out, header_bytes + bytes))
		return;
	memcpy(out->data + out->bytes, header, header_bytes);
	if (bytes > 0)
		memcpy(out->data + out->bytes + header_bytes, content, bytes);
	out->bytes += header_bytes + bytes;
}

void ber_add_int(struct ber_out *out, uint8_t tag, int64_t value)
{
	uint8_t content[INT_BYTES_MAX];
	size_t count = INT_BYTES_MAX;

	for (size_t i = 0; i < INT_BYTES_MAX; i++)
		content[i] = (uint8_t)((uint64_t)value >> (8 * (INT_BYTES_MAX - 1 - i)));
	/* X.690 8.3.2: the first nine bits are never all the same */
	const uint8_t *first = content;
	while (count > 1 && ((first[0] == 0 && first[1] < 0x80) || (first[0] == 0xff && first[1] >= 0x80))) {
		first++;
		count--;
	}
	ber_add(out, tag, first, count);
}

void ber_add_unsigned(struct ber_out *out, uint8_t tag, uint64_t value)
{
	uint8_t content[INT_BYTES_MAX + 1] = {0};

	if (value <= INT64_MAX) {
		ber_add_int(out, tag, (int64_t)value);
		return;
	}
	for (size_t i = 0; i < INT_BYTES_MAX; i++)
		content[1 + i] = (uint8_t)(value >> (8 * (INT_BYTES_MAX - 1 - i)));
	ber_add(out, tag, content, sizeof content);
}

static size_t print_arc(uint8_t *at, uint64_t arc)
{
	size_t count = 1;

	for (uint64_t rest = arc >> ARC_BITS; rest > 0; rest >>= ARC_BITS)
		count++;
	for (size_t i = 0; i < count; i++) {
		uint8_t bits = (uint8_t)(arc >> (ARC_BITS * (count - 1 - i)) & (ARC_MORE - 1));

		at[i] = i + 1 < count ? (uint8_t)(bits | ARC_MORE) : bits;
	}
	return count;
}

void ber_add_oid(struct ber_out *out, const uint32_t *arcs, size_t arc_count)
{
	uint8_t content[OID_ARCS_MAX * ARC_BYTES_MAX] = {0};
	size_t bytes = 1;

	if (arc_count > OID_ARCS_MAX)
		arc_count = OID_ARCS_MAX;
	if (arc_count >= 2)
		bytes = print_arc(content, (uint64_t)arcs[0] * SECOND_ARCS + arcs[1]);
	for (size_t i = 2; i < arc_count; i++)
		bytes += print_arc(content + bytes, arcs[i]);
	ber_add(out, BER_OID, content, bytes);
}

void ber_wrap(struct ber_out *out, size_t start, uint8_t tag)
{
	uint8_t header[HEADER_BYTES_MAX];
	size_t bytes = out->bytes - start;
	size_t header_bytes = print_header(header, tag, bytes);

	if (!has_room(out, header_bytes))
		return;
	memmove(out->data + start + header_bytes, out->data + start, bytes);
	memcpy(out->data + start, header, header_bytes);
	out->bytes += header_bytes;
}

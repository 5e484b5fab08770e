/* SPDX-License-Identifier: Apache-2.0 */
#include "base/inflate.h"

#include <zlib.h>

/* zlib.h, inflateInit2(): 32 more than the window's bits take either head. */
enum { INFLATE_ANY_HEAD = MAX_WBITS + 32, INFLATE_CHUNK_BYTES = 8192 };

/* RFC 1952, section 2.2: a gzip file is a series of members; each begins so. */
static bool is_member(const z_stream *stream)
{
	return stream->avail_in >= 2 && stream->next_in[0] == 0x1f && stream->next_in[1] == 0x8b;
}

enum err inflate_add(struct buf *out, const void *data, size_t bytes, size_t limit_bytes, struct err_info *info)
{
	Bytef chunk[INFLATE_CHUNK_BYTES];
	z_stream stream = {.next_in = (z_const Bytef *)data, .avail_in = (uInt)bytes};
	size_t before = out->bytes;
	int rc;

	if (inflateInit2(&stream, INFLATE_ANY_HEAD) != Z_OK)
		return err_set(info, ERR_MEMORY, "no memory to inflate %zu bytes", bytes);
	do {
		stream.next_out = chunk;
		stream.avail_out = sizeof(chunk);
		rc = inflate(&stream, Z_NO_FLUSH);
		buf_add(out, chunk, sizeof(chunk) - stream.avail_out);
		if (rc == Z_STREAM_END && is_member(&stream))
			rc = inflateReset(&stream);
	} while (rc == Z_OK && !out->is_failed && out->bytes - before <= limit_bytes);
	inflateEnd(&stream);
	if (out->is_failed || out->bytes - before > limit_bytes)
		return err_set(info, ERR_LIMIT, "is larger, inflated, than the %zu bytes that are allowed",
			       out->max_bytes - before < limit_bytes ? out->max_bytes - before : limit_bytes);
	return rc == Z_STREAM_END ? ERR_NONE : err_set(info, ERR_DATA, "is damaged or cut short (zlib %d)", rc);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/pack_priv.h"

#include "base/inflate.h"
#include "ledger/encode_priv.h"

#include <zlib.h>

/*
 * Level 3 halves the time of level 6 for a few per cent more bytes. A window of 16 KiB and the smaller hash need 128 KiB while they work,
 * and lines repeat each other at distances far below that window.
 */
enum { PACK_LEVEL = 3, PACK_WINDOW_BITS = 14, PACK_MEMORY_LEVEL = 7, PACK_CHUNK_BYTES = 8192 };

enum err pack_deflate(struct buf *out, const void *data, size_t bytes, struct err_info *info)
{
	Bytef chunk[PACK_CHUNK_BYTES];
	z_stream stream = {0};
	size_t before = out->bytes;
	int rc;

	if (deflateInit2(&stream, PACK_LEVEL, Z_DEFLATED, PACK_WINDOW_BITS, PACK_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(info, ERR_MEMORY, "no memory to deflate %zu bytes", bytes);
	stream.next_in = (z_const Bytef *)data;
	stream.avail_in = (uInt)bytes;
	do {
		stream.next_out = chunk;
		stream.avail_out = sizeof(chunk);
		rc = deflate(&stream, Z_FINISH);
		buf_add(out, chunk, sizeof(chunk) - stream.avail_out);
	} while (rc == Z_OK);
	deflateEnd(&stream);
	if (rc == Z_STREAM_END && !out->is_failed)
		return ERR_NONE;
	encode_truncate(out, before);
	return err_set(info, ERR_LIMIT, "no room for %zu bytes, deflated", bytes);
}

enum err pack_inflate(struct buf *out, const void *data, size_t bytes, size_t raw_bytes, struct err_info *info)
{
	size_t before = out->bytes;
	enum err err = inflate_add(out, data, bytes, raw_bytes, info);

	if (err == ERR_NONE && out->bytes - before == raw_bytes)
		return ERR_NONE;
	/* More than were told is damage; more than `out` takes is not. */
	if (err == ERR_NONE || (err == ERR_LIMIT && !out->is_failed))
		err = err_set(info, ERR_DATA, "holds another number of bytes than %zu", raw_bytes);
	if (info != NULL)
		err_prefix(info, "what is stored, deflated");
	encode_truncate(out, before);
	return err;
}

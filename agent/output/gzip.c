/* SPDX-License-Identifier: Apache-2.0 */
#include "output/gzip.h"

#include "base/mem.h"

#include <zlib.h>

/* RFC 1952 form: zlib's window bits + 16. */
enum { WINDOW_BITS = 15 + 16, MEMORY_LEVEL = 8, CHUNK_BYTES = 16384, INPUT_BYTES_MAX = 1 << 30 };

struct gzip {
	z_stream stream;
};

enum err gzip_new(struct gzip **out, struct err_info *info)
{
	struct gzip *gzip = mem_new(sizeof *gzip);

	if (gzip == NULL || deflateInit2(&gzip->stream, GZIP_LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		mem_free(gzip);
		return err_set(info, ERR_MEMORY, "no memory for a compressor");
	}
	*out = gzip;
	return ERR_NONE;
}

struct gzip *gzip_free(struct gzip *gzip)
{
	if (gzip == NULL)
		return NULL;
	deflateEnd(&gzip->stream);
	return mem_free(gzip);
}

enum err gzip_add(struct gzip *gzip, struct buf *out, const void *data, size_t bytes, struct err_info *info)
{
	unsigned char chunk[CHUNK_BYTES];
	z_stream *stream = &gzip->stream;
	int code;

	if (bytes > INPUT_BYTES_MAX)
		return err_set(info, ERR_LIMIT, "too much to compress at once");
	if (deflateReset(stream) != Z_OK)
		return err_set(info, ERR_MEMORY, "the compressor cannot be used again");
	stream->next_in = (z_const Bytef *)data;
	stream->avail_in = (uInt)bytes;
	do {
		stream->next_out = chunk;
		stream->avail_out = sizeof chunk;
		code = deflate(stream, Z_FINISH);
		buf_add(out, chunk, sizeof chunk - stream->avail_out);
	} while (code == Z_OK && !out->is_failed);
	if (code != Z_STREAM_END || out->is_failed)
		return err_set(info, ERR_LIMIT, "a compressed batch is too big");
	return ERR_NONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A pack of open rows; what is accepted must come out of the encoder as the same bytes. */
#include "ledger/open_pack_priv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct open_pack_reader reader = {.bytes = data, .size = bytes};
	struct open_pack_row last = {0};
	struct buf out;

	if (bytes > OPEN_PACK_BYTES_MAX)
		return 0;
	buf_init(&out, OPEN_PACK_BYTES_MAX);
	while (open_pack_next(&reader)) {
		open_pack_add(&out, &last, &reader.row);
		last = reader.row;
	}
	if (!reader.is_bad && (out.is_failed || out.bytes != bytes || (bytes > 0 && memcmp(out.data, data, bytes) != 0)))
		abort();
	buf_deinit(&out);
	return 0;
}

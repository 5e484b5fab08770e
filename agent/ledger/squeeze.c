/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/squeeze_priv.h"

#include <string.h>

enum { SQUEEZE_RUN_MAX = 255 };

static bool is_run_byte(uint8_t byte)
{
	return byte == 0x00 || byte == 0xff;
}

size_t squeeze_pack(uint8_t *out, const void *data, size_t bytes)
{
	const uint8_t *in = data;
	size_t n = 0;

	for (size_t at = 0; at < bytes;) {
		size_t run = 1;

		out[n++] = in[at];
		if (is_run_byte(in[at])) {
			while (run < SQUEEZE_RUN_MAX && at + run < bytes && in[at + run] == in[at])
				run++;
			out[n++] = (uint8_t)run;
		}
		at += run;
	}
	return n;
}

bool squeeze_unpack(uint8_t *out, size_t capacity, const void *data, size_t bytes, size_t *out_bytes)
{
	const uint8_t *in = data;
	size_t n = 0;

	for (size_t at = 0; at < bytes; at++) {
		uint8_t byte = in[at];
		size_t run = 1;

		if (is_run_byte(byte)) {
			if (++at == bytes || in[at] == 0)
				return false;
			run = in[at];
		}
		if (run > capacity - n)
			return false;
		memset(out + n, byte, run);
		n += run;
	}
	*out_bytes = n;
	return true;
}

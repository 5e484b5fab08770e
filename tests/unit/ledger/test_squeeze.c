/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/squeeze_priv.h"

#include <criterion/criterion.h>
#include <string.h>

Test(squeeze, runs_become_the_byte_and_their_length)
{
	static const uint8_t IN[] = {7, 0, 0, 0, 0xff, 0xff, 1};
	static const uint8_t EXPECTED[] = {7, 0, 3, 0xff, 2, 1};
	uint8_t packed[2 * sizeof(IN)];

	cr_assert_eq(squeeze_pack(packed, IN, sizeof(IN)), sizeof(EXPECTED));
	cr_assert_eq(memcmp(packed, EXPECTED, sizeof(EXPECTED)), 0);
}

Test(squeeze, what_was_packed_comes_back)
{
	static uint8_t in[1024];
	static uint8_t packed[2048];
	static uint8_t out[1024];
	uint32_t state = 12345;

	for (size_t bytes = 0; bytes <= sizeof(in); bytes += 31) {
		size_t packed_bytes;
		size_t out_bytes = 1;

		for (size_t i = 0; i < bytes; i++) {
			state = state * 1664525u + 1013904223u;
			in[i] = (state >> 28) < 7 ? 0 : (state >> 28) < 9 ? 0xff : (uint8_t)(state >> 16);
		}
		/* And a run longer than one length can tell. */
		if (bytes > 700)
			memset(in + 100, 0, 600);
		packed_bytes = squeeze_pack(packed, in, bytes);
		cr_assert(squeeze_unpack(out, sizeof(out), packed, packed_bytes, &out_bytes));
		cr_assert_eq(out_bytes, bytes);
		cr_assert_eq(memcmp(in, out, bytes), 0);
	}
}

Test(squeeze, torn_and_oversized_bytes_are_refused)
{
	static const uint8_t TORN[] = {1, 0};
	static const uint8_t EMPTY_RUN[] = {0, 0};
	static const uint8_t LONG[] = {0, 255};
	uint8_t out[16];
	size_t bytes;

	cr_assert(!squeeze_unpack(out, sizeof(out), TORN, sizeof(TORN), &bytes));
	cr_assert(!squeeze_unpack(out, sizeof(out), EMPTY_RUN, sizeof(EMPTY_RUN), &bytes));
	cr_assert(!squeeze_unpack(out, sizeof(out), LONG, sizeof(LONG), &bytes));
}

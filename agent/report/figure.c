/* SPDX-License-Identifier: Apache-2.0 */
#include "report/figure.h"

#include "base/clock.h"
#include "base/num.h"
#include "model/units.h"

#include <string.h>

enum { MICRO_DECIMALS = 6, PCT_DECIMALS = 2 };

/* A millionth of a kilowatt-hour, in millijoules. */
#define MILLIJ_PER_MICROKWH (UNITS_MILLIJ_PER_KWH / INT64_C(1000000))

/* Ten thousandths of the whole are hundredths of a per cent. */
#define PCT_STEPS INT64_C(10000)

void figure_add_kwh(struct buf *out, int64_t millij, int decimals)
{
	char text[NUM_TEXT_BYTES];
	int64_t unit = MILLIJ_PER_MICROKWH;

	/* One division to the last digit printed: rounding twice would not be half to even. */
	for (int i = decimals; i < MICRO_DECIMALS; i++)
		unit *= 10;
	num_print_fixed(text, num_muldiv_half_even(millij, 1, unit), decimals, decimals);
	buf_add_text(out, text);
}

void figure_add_kg(struct buf *out, int64_t mg, int decimals)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, mg, MICRO_DECIMALS, decimals);
	buf_add_text(out, text);
}

void figure_add_pct(struct buf *out, int64_t part, int64_t whole)
{
	char text[NUM_TEXT_BYTES];

	if (whole <= 0) {
		buf_add_text(out, FIGURE_NONE);
		return;
	}
	num_print_fixed(text, num_muldiv_half_even(part, PCT_STEPS, whole), PCT_DECIMALS, PCT_DECIMALS);
	buf_add_text(out, text);
}

void figure_add_change(struct buf *out, int64_t before, int64_t after)
{
	int64_t span = after - before;

	buf_add_text(out, span < 0 ? "-" : "+");
	figure_add_pct(out, span < 0 ? -span : span, before);
	buf_add_text(out, " %");
}

void figure_add_g_per_kwh(struct buf *out, int64_t microg)
{
	char text[NUM_TEXT_BYTES];
	size_t length = num_print_fixed(text, microg, MICRO_DECIMALS, MICRO_DECIMALS);

	while (length > 0 && text[length - 1] == '0')
		length--;
	if (length > 0 && text[length - 1] == '.')
		length--;
	buf_add(out, text, length);
}

void figure_add_utc(struct buf *out, int64_t utc_ms)
{
	char text[CLOCK_TEXT_BYTES];

	clock_print_utc(text, utc_ms);
	buf_add_text(out, text);
}

void figure_add_sha256(struct buf *out, const uint8_t sha256[static 32])
{
	static const uint8_t UNKNOWN[32];
	static const char DIGITS[] = "0123456789abcdef";
	char text[64];

	if (memcmp(sha256, UNKNOWN, sizeof(UNKNOWN)) == 0) {
		buf_add_text(out, FIGURE_NONE);
		return;
	}
	for (size_t i = 0; i < 32; i++) {
		text[2 * i] = DIGITS[sha256[i] >> 4];
		text[2 * i + 1] = DIGITS[sha256[i] & 15];
	}
	buf_add(out, text, sizeof(text));
}

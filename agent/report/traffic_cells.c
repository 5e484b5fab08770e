/* SPDX-License-Identifier: Apache-2.0 */
/* traffic_cells: intensities as text. Ratios for people and for files: of the integers beside them, rounded half to even. */
#include "report/traffic.h"

#include "base/num.h"
#include "model/units.h"
#include "report/figure.h"

enum { MICRO_DIGITS = 6 };

#define FEMTO_PER_MILLI INT64_C(1000000000000)

/* Of a unit that is `per_unit` x 10^`scale` / `over`; `scale` digits behind the dot. */
static void add_ratio(struct buf *out, int64_t amount, int64_t times, int64_t over, int scale)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, num_muldiv_half_even(amount, times, over), scale, scale);
	buf_add_text(out, text);
}

static bool has_none(struct buf *out, bool is_missing)
{
	if (is_missing)
		buf_add_text(out, FIGURE_NONE);
	return is_missing;
}

/* mJ / 3.6e6 are Wh, octets / 1e9 GB: mJ x 1e9 / (3.6e6 x octets), in millionths. */
void report_traffic_add_wh_per_gb(struct buf *out, const struct report_intensity *intensity)
{
	if (!has_none(out, intensity->missing != NULL))
		add_ratio(out, num_muldiv_half_even(intensity->energy_millij, INT64_C(1000000000), INT64_C(3600000)), INT64_C(1000000),
			  intensity->octets, MICRO_DIGITS);
}

/* mJ / 1000 are J, octets x 8 bits. Some 1e-7, so with fifteen digits. */
void report_traffic_add_j_per_bit(struct buf *out, const struct report_intensity *intensity)
{
	int64_t femto;

	if (has_none(out, intensity->missing != NULL))
		return;
	femto = num_muldiv_half_even(intensity->energy_millij, FEMTO_PER_MILLI, 8 * intensity->octets);
	buf_add_format(out, "%lld.%015lld", (long long)(femto / (1000 * FEMTO_PER_MILLI)), (long long)(femto % (1000 * FEMTO_PER_MILLI)));
}

/* mg / 1000 are g: mg x 1e9 / (1000 x octets), in millionths. */
static void add_g_per_gb(struct buf *out, const struct report_intensity *intensity)
{
	add_ratio(out, intensity->location_mg, INT64_C(1000000000) * 1000, intensity->octets, MICRO_DIGITS);
}

void report_traffic_add_g_per_gb(struct buf *out, const struct report_intensity *intensity)
{
	if (!has_none(out, intensity->missing != NULL || !intensity->has_location))
		add_g_per_gb(out, intensity);
}

void report_traffic_add_ncie(struct buf *out, const struct report_intensity *intensity)
{
	if (!has_none(out, intensity->missing != NULL || !intensity->has_location || !intensity->has_all_sources))
		add_g_per_gb(out, intensity);
}

/* In millionths: octets x 8 x 1000 x 1e6 / mJ. */
void report_traffic_add_bit_per_j(struct buf *out, const struct report_intensity *intensity)
{
	if (!has_none(out, intensity->missing != NULL || intensity->energy_millij <= 0))
		add_ratio(out, intensity->octets, INT64_C(8) * 1000 * 1000000, intensity->energy_millij, MICRO_DIGITS);
}

void report_traffic_add_capture_pct(struct buf *out, const struct report_traffic *row)
{
	figure_add_pct(out, row->captured_octets, row->has_capture ? row->interface_octets : 0);
}

void report_traffic_add_dropped_pct(struct buf *out, const struct report_traffic *row)
{
	figure_add_pct(out, row->dropped_packets, row->has_capture ? row->captured_packets + row->dropped_packets : 0);
}

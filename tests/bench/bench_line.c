/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_line: what encoding one `energy` point of six fields costs with its series prepared, beside one snprintf of the same line.
 * Prints nanoseconds a point, best of several rounds. Usage: bench_line [POINTS A ROUND]
 */
#include "base/clock.h"
#include "base/num.h"
#include "output/line.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 7, SERIES_COUNT = 64, BUFFER_BYTES = 1 << 20, LINE_ROOM_BYTES = 512, TICK_COUNT = 1000 };

static struct line_energy reading_of(int64_t i)
{
	return (struct line_energy){.power_w = 100.0 + (double)(i % 1000) * 0.1,
				    .energy_millij = INT64_C(1000000000) + i * 1234,
				    .voltage_v = 229.5 + (double)(i % 20) * 0.1,
				    .current_a = 0.5 + (double)(i % 500) * 0.01,
				    .power_factor = 0.9 + (double)(i % 10) * 0.01,
				    .frequency_hz = 49.95 + (double)(i % 10) * 0.01};
}

static void encode_ours(struct buf *out, const struct line_series *series, int64_t count)
{
	int64_t i;

	for (i = 0; i < count; i++) {
		struct line_energy reading = reading_of(i);

		if (out->bytes > BUFFER_BYTES - LINE_ROOM_BYTES)
			buf_clear(out);
		line_add_energy(out, &series[i % SERIES_COUNT], &reading, INT64_C(1795637700000000000) + i);
	}
}

static void encode_snprintf(struct buf *out, const struct line_series *series, int64_t count)
{
	char line[LINE_ROOM_BYTES];
	int64_t i;

	for (i = 0; i < count; i++) {
		struct line_energy reading = reading_of(i);
		int bytes =
		    snprintf(line, sizeof line,
			     "energy%s power_w=%.15g,energy_j=%lldi,voltage_v=%.15g,current_a=%.15g,power_factor=%.15g,"
			     "frequency_hz=%.15g %lld\n",
			     series[i % SERIES_COUNT].text, reading.power_w, (long long)(reading.energy_millij / 1000), reading.voltage_v,
			     reading.current_a, reading.power_factor, reading.frequency_hz, (long long)(INT64_C(1795637700000000000) + i));

		if (out->bytes > BUFFER_BYTES - LINE_ROOM_BYTES)
			buf_clear(out);
		buf_add(out, line, (size_t)bytes);
	}
}

static double best_ns(void (*encode)(struct buf *, const struct line_series *, int64_t), const struct line_series *series, int64_t count)
{
	struct buf out;
	int64_t best = INT64_MAX;
	int round;

	buf_init(&out, BUFFER_BYTES);
	for (round = 0; round < ROUNDS; round++) {
		int64_t begin_ns = clock_boot_ns();

		encode(&out, series, count);
		if (clock_boot_ns() - begin_ns < best)
			best = clock_boot_ns() - begin_ns;
	}
	buf_deinit(&out);
	return (double)best / (double)count;
}

int main(int argc, char **argv)
{
	struct line_series series[SERIES_COUNT];
	int64_t count = 200000;
	double ours_ns;
	double printf_ns;
	int i;

	if (argc > 1 && (!num_parse_i64(argv[1], &count) || count <= 0))
		return 64;
	for (i = 0; i < SERIES_COUNT; i++) {
		char meter[16];
		struct line_tags tags = {.site = "oslo-1",
					 .rack = "r17",
					 .device = "pdu-a",
					 .meter = meter,
					 .role = "part",
					 .in_total = "no",
					 .point = "pdu_out",
					 .supply = "grid"};

		snprintf(meter, sizeof meter, "outlet/%d", i);
		if (line_series_init(&series[i], LINE_TAGS_METER, &tags, NULL) != ERR_NONE)
			return 69;
	}
	ours_ns = best_ns(encode_ours, series, count);
	printf_ns = best_ns(encode_snprintf, series, count);
	printf("line_encode %.1f ns/point\nline_snprintf %.1f ns/point\nratio %.1f\n", ours_ns, printf_ns, printf_ns / ours_ns);
	for (i = 0; i < SERIES_COUNT; i++)
		line_series_deinit(&series[i]);
	return 0;
}

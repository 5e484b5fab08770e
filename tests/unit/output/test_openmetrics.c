/* SPDX-License-Identifier: Apache-2.0 */
#include "output/openmetrics.h"

#include <criterion/criterion.h>

static const struct openmetrics_family energy = {"wattledger_energy_joules", "joules", "Energy.", OPENMETRICS_COUNTER};
static const struct openmetrics_family build = {"wattledger_build", NULL, "The program.", OPENMETRICS_INFO};

static void write_all(struct buf *out, bool is_open)
{
	struct openmetrics metrics;

	buf_init(out, 4096);
	openmetrics_init(&metrics, out, is_open);
	openmetrics_family(&metrics, &energy);
	openmetrics_begin(&metrics);
	openmetrics_label(&metrics, "site", "oslo");
	openmetrics_label(&metrics, "rack", "");
	openmetrics_end_thousandths(&metrics, INT64_C(1234567));
	openmetrics_family(&metrics, &build);
	openmetrics_begin(&metrics);
	openmetrics_label(&metrics, "version", "1");
	openmetrics_end_i64(&metrics, 1);
	openmetrics_finish(&metrics);
}

Test(openmetrics, families_are_named_as_openmetrics_wants_them)
{
	struct buf out;

	write_all(&out, true);
	cr_assert_str_eq(buf_text(&out), "# TYPE wattledger_energy_joules counter\n# UNIT wattledger_energy_joules joules\n"
					 "# HELP wattledger_energy_joules Energy.\n"
					 "wattledger_energy_joules_total{site=\"oslo\",rack=\"none\"} 1234.567\n"
					 "# TYPE wattledger_build info\n# HELP wattledger_build The program.\n"
					 "wattledger_build_info{version=\"1\"} 1\n# EOF\n");
	buf_deinit(&out);
}

Test(openmetrics, the_text_format_names_families_as_their_samples_and_has_no_end)
{
	struct buf out;

	write_all(&out, false);
	cr_assert_str_eq(buf_text(&out), "# TYPE wattledger_energy_joules_total counter\n# HELP wattledger_energy_joules_total Energy.\n"
					 "wattledger_energy_joules_total{site=\"oslo\",rack=\"none\"} 1234.567\n"
					 "# TYPE wattledger_build_info gauge\n# HELP wattledger_build_info The program.\n"
					 "wattledger_build_info{version=\"1\"} 1\n");
	buf_deinit(&out);
}

Test(openmetrics, hostile_label_values_stay_inside_their_quotes)
{
	static const struct openmetrics_family gauge = {"x", NULL, "X.", OPENMETRICS_GAUGE};
	struct openmetrics metrics;
	struct buf out;

	buf_init(&out, 4096);
	openmetrics_init(&metrics, &out, true);
	metrics.family = &gauge;
	openmetrics_begin(&metrics);
	openmetrics_label(&metrics, "a", "x\"} 1\nevil{b=\"\\");
	openmetrics_end_double(&metrics, 2.5, 3);
	cr_assert_str_eq(buf_text(&out), "x{a=\"x\\\"} 1 evil{b=\\\"\\\\\"} 2.5\n");
	buf_deinit(&out);
}

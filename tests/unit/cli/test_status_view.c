/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/status_view.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char STATUS[] =
    "{\"schema\":\"wattledger.status/1\",\"verdict\":\"warning\",\"reasons\":[\"1 of 2 snmp sources give nothing | \\u001b[31m\"],"
    "\"utc\":\"2026-10-05T10:00:00Z\",\"clock\":{\"trusted\":true},"
    "\"ledger\":{\"path\":\"/x/ledger.db\",\"last_commit_utc\":null,\"slot_s\":900,\"lost\":0},"
    "\"sites\":[{\"site\":\"oslo\",\"zone\":\"NO\",\"time_zone\":\"Europe/Oslo\",\"power_w\":1234.56,\"metered\":1,\"unknown\":0,"
    "\"intensity_g_per_kwh\":28.11}],"
    "\"sources\":[{\"device\":\"pdu-a\",\"site\":\"oslo\",\"kind\":\"snmp\",\"state\":\"up\",\"reason\":\"\",\"driver\":\"apc\",\"meters\":3,"
    "\"latency_ms\":1.5,\"in_total\":true,\"power_w\":1234.56,\"energy_millij\":\"9007199254740993000\"},"
    "{\"device\":\"pdu-b\",\"site\":\"oslo\",\"kind\":\"snmp\",\"state\":\"silent\",\"reason\":\"no answer\",\"driver\":null,\"meters\":0,"
    "\"latency_ms\":null,\"in_total\":false,\"power_w\":null,\"energy_millij\":0}],\"outputs\":[]}";

static char *print_all(const char *text)
{
	struct err_info info = {0};
	char *out = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&out, &bytes);
	enum err err = status_view_print(file, text, strlen(text), &info);

	fclose(file);
	cr_assert_eq(err, ERR_NONE, "%s", info.text);
	return out;
}

Test(status_view, verdict_is_the_first_line)
{
	char *out = print_all(STATUS);

	cr_expect_eq(strncmp(out, "warning\n", 8), 0, "%s", out);
	free(out);
}

Test(status_view, unknown_is_not_shown_as_zero)
{
	char *out = print_all(STATUS);
	const char *line = strstr(out, "pdu-b");

	cr_assert_not_null(line);
	cr_expect_not_null(strstr(line, "n/a"));
	cr_expect_null(strstr(line, "0.000000"));
	free(out);
}

/* 9007199254740993000 mJ is beyond 2^53: x / 3.6e9 = 2501999792.983609166... kWh */
Test(status_view, energies_beyond_doubles_are_exact)
{
	char *out = print_all(STATUS);

	cr_expect_not_null(strstr(out, "2501999792.983609"), "%s", out);
	free(out);
}

/* A bar would begin performance data, an escape would colour the monitoring's page. */
Test(status_view, line_for_monitoring_is_one_clean_line)
{
	enum status_verdict verdict;
	struct err_info info = {0};
	struct buf line;

	buf_init(&line, 4096);
	cr_assert_eq(status_view_line(&line, &verdict, STATUS, strlen(STATUS), &info), ERR_NONE, "%s", info.text);
	cr_expect_eq(verdict, STATUS_WARNING);
	cr_expect_str_eq(buf_text(&line), "WATTLEDGER WARNING - 1 of 2 sources up; 1 of 2 snmp sources give nothing /  [31m | "
					  "sources_up=1;;;0;2\n");
	buf_deinit(&line);
}

Test(status_view, other_documents_are_refused)
{
	static const char *const BAD[] = {"", "[]", "{}", "{\"schema\":\"wattledger.status/2\"}", "{\"schema\":1}"};

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		enum status_verdict verdict;
		struct err_info info = {0};
		struct buf line;

		buf_init(&line, 4096);
		cr_expect_eq(status_view_line(&line, &verdict, BAD[i], strlen(BAD[i]), &info), ERR_DATA, "%s", BAD[i]);
		buf_deinit(&line);
	}
}

Test(status_view, wrong_types_are_shown_as_unknown)
{
	static const char ODD[] =
	    "{\"schema\":\"wattledger.status/1\",\"verdict\":3,\"reasons\":{},\"sites\":[3],\"sources\":[{},[]],\"outputs\":[null]}";
	char *out = print_all(ODD);

	cr_expect_not_null(strstr(out, "n/a"));
	free(out);
}

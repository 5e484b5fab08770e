/* SPDX-License-Identifier: Apache-2.0 */
/* verify: a package computed again. */
#include "report/verify.h"
#include "cli/command.h"
#include "cli/options.h"

#include <stdio.h>

enum { FINDINGS_BYTES_MAX = 1 << 20 };

static void print_summary(const char *dir, const struct verify_summary *summary, bool is_good)
{
	printf("%s: %s: %llu files, %llu intervals, %llu totals computed again\n", dir, is_good ? "OK" : "DIFFERS",
	       (unsigned long long)summary->file_count, (unsigned long long)summary->interval_count,
	       (unsigned long long)summary->total_count);
	if (!summary->has_meters)
		puts("emissions NOT computed again: the package was exported without its meters (--level)");
	puts(summary->has_signature ? "signature NOT checked: this version knows no signatures"
				    : "signature NOT checked: the package has none");
}

int command_verify(int argc, char **argv)
{
	struct cli_options options;
	struct verify_summary summary = {0};
	struct err_info info = {0};
	struct buf findings;
	enum err err = cli_options_parse(&options, argc, argv, 0, &info);

	if (err == ERR_NONE && options.operand_count != 1)
		err = err_set(&info, ERR_USAGE, "one folder is expected");
	if (err != ERR_NONE)
		return cli_fail("verify", &info);
	buf_init(&findings, FINDINGS_BYTES_MAX);
	err = verify_package(options.operand[0], &summary, &findings, &info);
	fputs(buf_text(&findings), stdout);
	buf_deinit(&findings);
	if (err == ERR_NONE || (err == ERR_DATA && summary.finding_count > 0))
		print_summary(options.operand[0], &summary, err == ERR_NONE);
	return err == ERR_NONE ? 0 : cli_fail("verify", &info);
}

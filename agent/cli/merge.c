/* SPDX-License-Identifier: Apache-2.0 */
/* merge: packages of many agents as the totals of a fleet. */
#include "report/merge.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "cli/sources.h"
#include "report/signature.h"

#include <stdio.h>

static void tell(const struct cli_options *options, const struct merge_summary *summary)
{
	printf("%s: %zu package%s read, %zu site%s added up, %zu left out, %zu missing, %zu remark%s\n", options->out_dir,
	       summary->package_count, summary->package_count == 1 ? "" : "s", summary->site_count, summary->site_count == 1 ? "" : "s",
	       summary->left_out_count, summary->missing_count, summary->remark_count, summary->remark_count == 1 ? "" : "s");
	if (options->key_path == NULL && options->expected_path == NULL)
		puts(
		    "signatures NOT checked against keys you trust: --expected FILE names the sites and their keys, --key FILE one key of all");
}

static enum err run(const struct cli_options *options, struct err_info *info)
{
	uint8_t trusted[SIGNATURE_PUBLIC_BYTES];
	struct merge_summary summary = {0};
	struct merge_request request = {.dir = (const char *const *)options->operand,
					.dir_count = options->operand_count,
					.out_dir = options->out_dir,
					.expected_path = options->expected_path,
					.trusted_key = options->key_path == NULL ? NULL : trusted,
					.software_version = WATTLEDGER_VERSION,
					.now_utc_ms = sources_now_utc_ms()};
	struct progress_bar bar;
	struct buf words;
	enum err err = ERR_NONE;

	if (options->key_path != NULL)
		err = signature_public_load(options->key_path, trusted, info);
	if (err != ERR_NONE)
		return err;
	buf_init(&words, MERGE_WORDS_BYTES_MAX);
	progress_bar_begin(&bar, "merge");
	request.progress = &bar.progress;
	err = merge_packages(&request, &summary, &words, info);
	progress_bar_end(&bar);
	fputs(buf_text(&words), stdout);
	buf_deinit(&words);
	if (err == ERR_NONE || (err == ERR_DATA && summary.package_count > 0))
		tell(options, &summary);
	return err;
}

int command_merge(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_OUT | CLI_KEY | CLI_EXPECTED | CLI_OPERANDS, &info);

	if (err == ERR_NONE && (options.operand_count == 0 || options.out_dir == NULL))
		err = err_set(&info, ERR_USAGE, "folders of packages and --out DIR are needed");
	if (err == ERR_NONE)
		err = run(&options, &info);
	return err == ERR_NONE ? 0 : cli_fail("merge", &info);
}

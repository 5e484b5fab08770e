/* SPDX-License-Identifier: Apache-2.0 */
/* verify: a package computed again. */
#include "report/verify.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "report/signature.h"

#include <sodium.h>
#include <stdio.h>

enum { FINDINGS_BYTES_MAX = 1 << 20 };

/* What the signature is worth, in words that promise no more than that. */
static void print_signature(const struct verify_summary *summary)
{
	char who[2 * sizeof(summary->signer) + 1];

	sodium_bin2hex(who, sizeof(who), summary->signer, sizeof(summary->signer));
	switch (summary->signature) {
	case VERIFY_SIGNATURE_NONE: puts("signature NOT checked against a key you trust: the package has none"); break;
	case VERIFY_SIGNATURE_BAD: puts("signature BAD"); break;
	case VERIFY_SIGNATURE_SELF:
		printf("signature NOT checked against a key you trust: it fits the key in the package, %s, which whoever made the package\n"
		       "put there; get the signer's key by another way and say --key FILE\n",
		       who);
		break;
	case VERIFY_SIGNATURE_TRUSTED: printf("signature good: made with your key %s\n", who); break;
	}
}

static void print_summary(const char *dir, const struct verify_summary *summary, bool is_good)
{
	printf("%s: %s: %llu files, %llu intervals, %llu totals computed again\n", dir, is_good ? "OK" : "DIFFERS",
	       (unsigned long long)summary->file_count, (unsigned long long)summary->interval_count,
	       (unsigned long long)summary->total_count);
	if (summary->statement_count > 0)
		printf("%llu statements of sealed periods, in one chain a site\n", (unsigned long long)summary->statement_count);
	if (!summary->has_meters)
		puts("emissions NOT computed again: the package was exported without its meters (--level)");
	print_signature(summary);
}

static enum err run(const struct cli_options *options, struct verify_summary *summary, struct err_info *info)
{
	uint8_t trusted[SIGNATURE_PUBLIC_BYTES];
	struct verify_request request;
	struct progress_bar bar;
	struct buf findings;
	enum err err = ERR_NONE;

	if (options->key_path != NULL)
		err = signature_public_load(options->key_path, trusted, info);
	if (err != ERR_NONE)
		return err;
	buf_init(&findings, FINDINGS_BYTES_MAX);
	progress_bar_begin(&bar, "verify");
	request = (struct verify_request){
	    .dir = options->operand[0], .trusted_key = options->key_path == NULL ? NULL : trusted, .progress = &bar.progress};
	err = verify_package(&request, summary, &findings, info);
	progress_bar_end(&bar);
	fputs(buf_text(&findings), stdout);
	buf_deinit(&findings);
	if (err == ERR_NONE || (err == ERR_DATA && summary->finding_count > 0))
		print_summary(options->operand[0], summary, err == ERR_NONE);
	return err;
}

int command_verify(int argc, char **argv)
{
	struct cli_options options;
	struct verify_summary summary = {0};
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_KEY, &info);

	if (err == ERR_NONE && options.operand_count != 1)
		err = err_set(&info, ERR_USAGE, "one folder is expected");
	if (err == ERR_NONE)
		err = run(&options, &summary, &info);
	return err == ERR_NONE ? 0 : cli_fail("verify", &info);
}

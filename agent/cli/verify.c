/* SPDX-License-Identifier: Apache-2.0 */
/* verify: a package computed again. */
#include "report/verify.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "report/signature.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_BYTES_MAX = 1 << 20, HEAD_BYTES = 32, HEAD_WORDS = 8 };

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
	if (summary->head_of[0] != '\0')
		printf("chain head found: it is that of %s; that statement and all before it are what they were when the head was sent\n",
		       summary->head_of);
	if (!summary->has_meters)
		puts("emissions NOT computed again: the package was exported without its meters (--level)");
	print_signature(summary);
}

/* 64 hexadecimal digits, or the fields head_0 .. head_7 of a `chain` point with commas between. */
static enum err parse_head(uint8_t out[static HEAD_BYTES], const char *text, struct err_info *info)
{
	const char *at = text;
	char *end;
	size_t bytes;

	if (strchr(text, ',') == NULL) {
		if (strlen(text) == 2 * HEAD_BYTES && sodium_hex2bin(out, HEAD_BYTES, text, 2 * HEAD_BYTES, NULL, &bytes, NULL) == 0 &&
		    bytes == HEAD_BYTES)
			return ERR_NONE;
		return err_set(info, ERR_USAGE,
			       "--head: 64 hexadecimal digits, or head_0 to head_7 of a chain point with commas between, are expected");
	}
	for (size_t i = 0; i < HEAD_WORDS; i++) {
		unsigned long long word = strtoull(at, &end, 10);

		if (end == at || *at < '0' || *at > '9' || word > UINT32_MAX || *end != (i + 1 < HEAD_WORDS ? ',' : '\0'))
			return err_set(info, ERR_USAGE, "--head: eight numbers of 32 bits with commas between are expected");
		for (size_t k = 0; k < 4; k++)
			out[4 * i + k] = (uint8_t)(word >> (24 - 8 * k));
		at = end + 1;
	}
	return ERR_NONE;
}

static enum err run(const struct cli_options *options, struct verify_summary *summary, struct err_info *info)
{
	uint8_t trusted[SIGNATURE_PUBLIC_BYTES];
	uint8_t head[HEAD_BYTES];
	struct verify_request request;
	struct progress_bar bar;
	struct buf findings;
	enum err err = ERR_NONE;

	if (options->key_path != NULL)
		err = signature_public_load(options->key_path, trusted, info);
	if (err == ERR_NONE && options->head != NULL)
		err = parse_head(head, options->head, info);
	if (err == ERR_NONE && options->head != NULL && sodium_is_zero(head, sizeof(head)))
		err = err_set(
		    info, ERR_USAGE,
		    "--head: that is the head of a chain without statements, which every package fits: it shows that nothing was sealed "
		    "when it was sent, so hold the days of sealed_at in statements.csv against it; or take the head of a later day");
	if (err != ERR_NONE)
		return err;
	buf_init(&findings, FINDINGS_BYTES_MAX);
	progress_bar_begin(&bar, "verify");
	request = (struct verify_request){.dir = options->operand[0],
					  .trusted_key = options->key_path == NULL ? NULL : trusted,
					  .head = options->head == NULL ? NULL : head,
					  .progress = &bar.progress};
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
	enum err err = cli_options_parse(&options, argc, argv, CLI_KEY | CLI_HEAD | CLI_OPERANDS, &info);

	if (err == ERR_NONE && options.operand_count != 1)
		err = err_set(&info, ERR_USAGE, "one folder is expected");
	if (err == ERR_NONE)
		err = run(&options, &summary, &info);
	return err == ERR_NONE ? 0 : cli_fail("verify", &info);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* export: the auditor's package. */
#include "report/export.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "cli/sources.h"
#include "ledger/ledger.h"
#include "report/signature.h"

#include <limits.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

/* A random UUID (RFC 9562, version 4). */
static void make_id(char out[static EXPORT_ID_BYTES])
{
	uint8_t r[16];

	randombytes_buf(r, sizeof(r));
	r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
	r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
	snprintf(out, EXPORT_ID_BYTES, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3], r[4],
		 r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15]);
}

/* *is_there: a key to sign with. A key that is there and cannot be read is an error: nobody shall get an unsigned package unawares. */
static enum err load_key(struct signature_key *key, bool *is_there, const struct cli_options *options, struct err_info *info)
{
	char path[PATH_MAX];
	enum err err;

	*is_there = false;
	if (options->is_unsigned)
		return ERR_NONE;
	err = sources_key_path(path, sizeof(path), options, info);
	if (err == ERR_NONE)
		err = signature_key_load(path, key, info);
	*is_there = err == ERR_NONE;
	if (err == ERR_UNAVAILABLE && options->key_path == NULL)
		return ERR_NONE;
	return err == ERR_PERMISSION ? err_prefix(info, "cannot sign (--unsigned does without)") : err;
}

static void tell(const struct cli_options *options, const struct export_result *result, bool is_signed)
{
	fprintf(stderr, "%s: %zu totals of %zu site%s, %llu intervals, %s; `wattledger verify %s` computes them again\n", options->out_dir,
		result->total_count, result->site_count, result->site_count == 1 ? "" : "s", (unsigned long long)result->interval_count,
		is_signed ? "signed" : "NOT signed (`wattledger key new` makes a key)", options->out_dir);
}

static enum err run(const struct cli_options *options, struct export_request *request, struct err_info *info)
{
	const struct passwd *user = getpwuid(getuid());
	struct export_result result;
	struct signature_key key;
	struct ledger *ledger = NULL;
	struct progress_bar bar;
	bool is_signed;
	enum err err;

	request->report.period = options->period;
	request->report.site = options->site;
	request->report.now_utc_ms = sources_now_utc_ms();
	request->out_dir = options->out_dir;
	request->software_version = WATTLEDGER_VERSION;
	request->generated_by = user == NULL ? "unknown" : user->pw_name;
	make_id(request->export_id);
	err = load_key(&key, &is_signed, options, info);
	request->key = is_signed ? &key : NULL;
	if (err == ERR_NONE)
		err = sources_open_ledger(&ledger, options, info);
	progress_bar_begin(&bar, "export");
	request->progress = &bar.progress;
	if (err == ERR_NONE)
		err = export_write(ledger, request, &result, info);
	progress_bar_end(&bar);
	ledger_close(ledger);
	signature_key_clear(&key);
	if (err == ERR_NONE)
		tell(options, &result, is_signed);
	return err;
}

int command_export(int argc, char **argv)
{
	struct cli_options options;
	struct export_request request = {.level = REPORT_METER};
	struct err_info info = {0};
	enum err err = cli_options_parse(
	    &options, argc, argv, CLI_PERIOD | CLI_SITE | CLI_LEVEL | CLI_OUT | CLI_LEDGER | CLI_STATE | CLI_KEY | CLI_UNSIGNED, &info);

	if (err == ERR_NONE && (options.period == NULL || options.out_dir == NULL))
		err = err_set(&info, ERR_USAGE, "--period P and --out DIR are needed");
	if (err == ERR_NONE && options.level != NULL && (!report_level_find(options.level, &request.level) || request.level > REPORT_METER))
		err = err_set(&info, ERR_USAGE, "--level '%s' is not one of total, site, device, meter", options.level);
	if (err == ERR_NONE)
		err = run(&options, &request, &info);
	return err == ERR_NONE ? 0 : cli_fail("export", &info);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sources.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "settings/problems.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef WATTLEDGER_SYSCONFDIR
#define WATTLEDGER_SYSCONFDIR "/etc"
#endif

enum { PROBLEM_BYTES_MAX = 8 << 20 };

const char *sources_config_path(const struct cli_options *options)
{
	return options->config_path != NULL ? options->config_path : WATTLEDGER_SYSCONFDIR "/wattledger/wattledger.yaml";
}

enum err sources_open_ledger(struct ledger **out, const struct cli_options *options, struct err_info *info)
{
	char path[PATH_MAX];
	const char *ledger = options->ledger_path;
	enum err err;

	if (ledger == NULL) {
		err = file_join(path, sizeof(path), cli_state_dir(options), "ledger.db", info);
		if (err != ERR_NONE)
			return err;
		ledger = path;
	}
	err = ledger_open_readonly(out, ledger, info);
	if (err == ERR_UNAVAILABLE && options->ledger_path == NULL && options->state_dir == NULL)
		return err_set(info, err, "there is no ledger at %s; --ledger FILE or --state DIR tells where it is", path);
	return err;
}

enum err sources_key_path(char *out, size_t out_bytes, const struct cli_options *options, struct err_info *info)
{
	if (options->key_path == NULL)
		return file_join(out, out_bytes, cli_state_dir(options), "signing.key", info);
	return text_copy(out, out_bytes, options->key_path)
		   ? ERR_NONE
		   : err_set(info, ERR_LIMIT, "--key: the path is too long: name it from a folder nearer to it");
}

enum err sources_find(struct search *out, const struct sources_data *data, struct err_info *info)
{
	char exe_dir[PLAN_PATH_BYTES];
	char folder[PLAN_PATH_BYTES];
	char plain[PATH_MAX];
	bool is_installed = false;
	enum err err = ERR_NONE;

	search_exe_dir(exe_dir);
	if (search_find_base(folder, exe_dir, data->name, data->source, &is_installed))
		err = search_add_folder(out, realpath(folder, plain) != NULL ? plain : folder, data->suffix, false, info);
	if (err == ERR_NONE && is_installed) {
		snprintf(folder, sizeof(folder), WATTLEDGER_SYSCONFDIR "/wattledger/%s", data->name);
		err = search_add_folder(out, folder, data->suffix, true, info);
	}
	if (err == ERR_NONE && data->further_dir != NULL)
		err = search_add_folder(out, data->further_dir, data->suffix, false, info);
	if (err == ERR_NONE && out->layer_count == 0)
		err = err_set(
		    info, ERR_IO,
		    "the folder '%s' that comes with the program is not found: install the program whole (make install, or the package)",
		    data->name);
	return err;
}

void sources_print_problems(struct problems *problems)
{
	struct buf text;

	problems_sort(problems);
	buf_init(&text, PROBLEM_BYTES_MAX);
	problems_print(problems, &text);
	fputs(buf_text(&text), stderr);
	buf_deinit(&text);
}

int64_t sources_now_utc_ms(void)
{
	struct clock_reading now;

	clock_read(&now);
	return now.utc_ns / CLOCK_NS_PER_MS;
}

enum err sources_write(const struct buf *out, struct err_info *info)
{
	if (out->is_failed)
		return err_set(info, ERR_MEMORY, "no memory for the answer");
	if (fwrite(buf_text(out), 1, out->bytes, stdout) != out->bytes)
		return err_set_errno(info, ERR_IO, errno, "cannot write to standard output");
	return ERR_NONE;
}

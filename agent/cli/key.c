/* SPDX-License-Identifier: Apache-2.0 */
/* key: the operator's signing key. */
#include "base/buf.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "report/signature.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static enum err print_public(const struct signature_key *key, struct err_info *info)
{
	struct buf text;
	enum err err;

	buf_init(&text, SIGNATURE_TEXT_BYTES_MAX);
	signature_add_public(&text, key->public_key);
	err = sources_write(&text, info);
	buf_deinit(&text);
	return err;
}

static enum err run(const struct cli_options *options, struct err_info *info)
{
	bool is_new = strcmp(options->operand[0], "new") == 0;
	struct signature_key key;
	char path[PATH_MAX];
	enum err err = sources_key_path(path, sizeof(path), options, info);

	if (err == ERR_NONE)
		err = is_new ? signature_key_make(path, &key, info) : signature_key_load(path, &key, info);
	if (err == ERR_NONE)
		err = print_public(&key, info);
	signature_key_clear(&key);
	if (err == ERR_NONE && is_new)
		fprintf(stderr,
			"%s signs the packages from now on: keep a copy where nobody else reads it. Whoever checks them needs %s.pub,\n"
			"by another way than the packages.\n",
			path, path);
	return err;
}

int command_key(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_KEY | CLI_STATE | CLI_OPERANDS, &info);

	if (err == ERR_NONE &&
	    (options.operand_count != 1 || (strcmp(options.operand[0], "new") != 0 && strcmp(options.operand[0], "show") != 0)))
		err = err_set(&info, ERR_USAGE, "new or show is expected");
	if (err == ERR_NONE)
		err = run(&options, &info);
	return err == ERR_NONE ? 0 : cli_fail("key", &info);
}

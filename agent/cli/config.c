/* SPDX-License-Identifier: Apache-2.0 */
/* config: a configuration to begin with, the one that is in force, and one of an earlier version. */
#include "base/buf.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "settings/effective.h"
#include "settings/settings.h"

#include <stdio.h>
#include <string.h>

enum { SAMPLE_BYTES_MAX = 1 << 20 };

static enum err read_reference(struct buf *out, struct err_info *info)
{
	static const char name[] = "/wattledger.yaml";
	const struct sources_data data = {.name = "config", .source = "config", .suffix = "yaml"};
	struct search search = {0};
	const char *path = NULL;
	enum err err = sources_find(&search, &data, info);

	for (size_t i = 0; i < search.count; i++) {
		size_t bytes = strlen(search.file[i].path);
		if (bytes >= sizeof name && strcmp(search.file[i].path + bytes - (sizeof name - 1), name) == 0)
			path = search.file[i].path;
	}
	if (err == ERR_NONE && path == NULL)
		err = err_set(info, ERR_UNAVAILABLE, "share/wattledger/config%s is not installed", name);
	if (err == ERR_NONE)
		err = file_read(path, out, info);
	search_deinit(&search);
	return err;
}

/* A section begins with such a line: "# ---- Sites: places ... ----". */
static bool is_heading(const char *line)
{
	return strncmp(line, "# ---- ", 7) == 0;
}

/* A line that has the key at its top, commented out or not. */
static bool has_key(const char *line, const char *key)
{
	size_t bytes = strlen(key);

	if (strncmp(line, "# ", 2) == 0)
		line += 2;
	return strncmp(line, key, bytes) == 0 && line[bytes] == ':';
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end == NULL ? line + strlen(line) : end + 1;
}

/* Adds the section in which `key` stands; false when there is none. */
static bool add_section(struct buf *out, const char *text, const char *key)
{
	const char *begin = text;
	bool is_found = false;

	for (const char *line = text; *line != '\0'; line = next_line(line)) {
		if (is_heading(line) && is_found) {
			buf_add(out, begin, (size_t)(line - begin));
			return true;
		}
		if (is_heading(line))
			begin = line;
		is_found |= has_key(line, key);
	}
	if (is_found)
		buf_add_text(out, begin);
	return is_found;
}

static enum err add_sample(struct buf *out, const struct cli_options *options, struct err_info *info)
{
	struct buf text;
	enum err err;

	buf_init(&text, SAMPLE_BYTES_MAX);
	err = read_reference(&text, info);
	if (err == ERR_NONE && options->operand_count == 1)
		buf_add_text(out, buf_text(&text));
	for (size_t i = 1; err == ERR_NONE && i < options->operand_count; i++) {
		if (!add_section(out, buf_text(&text), options->operand[i]))
			err = err_set(info, ERR_USAGE,
				      "no section has the key '%s': sites, defaults, devices, outputs, series, ledger, agent, page, ...",
				      options->operand[i]);
	}
	buf_deinit(&text);
	return err;
}

/*
 * No key has another name or meaning than in the first version: what reads without an error is left as it is. The first key that changes
 * brings its table of old and new names with it.
 */
static enum err add_migration(struct buf *out, const struct cli_options *options, struct err_info *info)
{
	const struct settings_options given = {
	    .state_dir = options->state_dir, .drivers_dir = options->drivers_dir, .grid_dir = options->grid_dir};
	const char *path = sources_config_path(options);
	struct settings *settings = NULL;
	struct problems problems = {0};
	enum err err = settings_load(&settings, path, &given, &problems);

	sources_print_problems(&problems);
	if (err == ERR_CONFIG)
		err = err_set(info, err, "%s has errors that are of no earlier version: mend them first", path);
	else if (err != ERR_NONE)
		err = err_set(info, err, "out of memory");
	else
		buf_add_format(out, "%s: nothing to migrate: every key is of this version (%s) and of all before it\n", path,
			       WATTLEDGER_VERSION);
	settings_free(settings);
	problems_deinit(&problems);
	return err;
}

/* What is wrong is told beside what was understood. */
static enum err add_effective(struct buf *out, const struct cli_options *options, struct err_info *info)
{
	const struct settings_options given = {
	    .state_dir = options->state_dir, .drivers_dir = options->drivers_dir, .grid_dir = options->grid_dir};
	struct settings *settings = NULL;
	struct problems problems = {0};
	struct effective effective;
	enum err err;

	effective_init(&effective, &problems, options->is_effective);
	err = settings_load(&settings, sources_config_path(options), &given, &problems);
	effective_print(&effective, out);
	sources_print_problems(&problems);
	if (err == ERR_CONFIG)
		err = err_set(info, err, "the configuration has errors: what is shown is not in force");
	else if (err != ERR_NONE)
		err = err_set(info, err, "out of memory");
	effective_deinit(&effective, &problems);
	settings_free(settings);
	problems_deinit(&problems);
	return err;
}

int command_config(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	struct buf out;
	enum err err =
	    cli_options_parse(&options, argc, argv, CLI_CONFIG | CLI_STATE | CLI_DRIVERS | CLI_GRID | CLI_EFFECTIVE | CLI_OPERANDS, &info);
	bool is_sample = err == ERR_NONE && options.operand_count > 0 && strcmp(options.operand[0], "sample") == 0;
	bool is_show = err == ERR_NONE && options.operand_count == 1 && strcmp(options.operand[0], "show") == 0;
	bool is_migrate = err == ERR_NONE && options.operand_count == 1 && strcmp(options.operand[0], "migrate") == 0;
	enum err written;

	buf_init(&out, EFFECTIVE_BYTES_MAX);
	if (is_sample)
		err = add_sample(&out, &options, &info);
	else if (is_show)
		err = add_effective(&out, &options, &info);
	else if (is_migrate)
		err = add_migration(&out, &options, &info);
	else if (err == ERR_NONE)
		err = err_set(&info, ERR_USAGE, "sample [KEY...], show or migrate is expected");
	if (err == ERR_NONE || err == ERR_CONFIG) {
		written = sources_write(&out, &info);
		(void)fflush(stdout);
		err = written != ERR_NONE ? written : err;
	}
	buf_deinit(&out);
	return err == ERR_NONE ? 0 : cli_fail("config", &info);
}

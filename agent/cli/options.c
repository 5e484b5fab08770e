/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "base/num.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum value_kind { VALUE_TEXT, VALUE_DURATION, VALUE_FORMAT, VALUE_FLAG };

struct option_row {
	const char *name;
	char letter; /* '\0' none */
	uint64_t bit;
	enum value_kind kind;
	size_t offset; /* of the member */
};

#define MEMBER(name) offsetof(struct cli_options, name)

static const struct option_row option_table[] = {
    {"config", 'c', CLI_CONFIG, VALUE_TEXT, MEMBER(config_path)},
    {"state", '\0', CLI_STATE, VALUE_TEXT, MEMBER(state_dir)},
    {"drivers", '\0', CLI_DRIVERS, VALUE_TEXT, MEMBER(drivers_dir)},
    {"grid", '\0', CLI_GRID, VALUE_TEXT, MEMBER(grid_dir)},
    {"format", '\0', CLI_FORMAT, VALUE_FORMAT, MEMBER(format)},
    {"ledger", '\0', CLI_LEDGER, VALUE_TEXT, MEMBER(ledger_path)},
    {"period", 'p', CLI_PERIOD, VALUE_TEXT, MEMBER(period)},
    {"site", '\0', CLI_SITE, VALUE_TEXT, MEMBER(site)},
    {"level", '\0', CLI_LEVEL, VALUE_TEXT, MEMBER(level)},
    {"out", 'o', CLI_OUT, VALUE_TEXT, MEMBER(out_dir)},
    {"for", '\0', CLI_FOR, VALUE_DURATION, MEMBER(for_ms)},
    {"check", '\0', CLI_CHECK, VALUE_FLAG, MEMBER(is_check)},
    {"trace", '\0', CLI_TRACE, VALUE_TEXT, MEMBER(trace_path)},
    {"recording", '\0', CLI_RECORDING, VALUE_TEXT, MEMBER(recording_path)},
    {"community-file", '\0', CLI_COMMUNITY_FILE, VALUE_TEXT, MEMBER(community_path)},
    {"secrets", '\0', CLI_SECRETS, VALUE_TEXT, MEMBER(secrets_path)},
    {"timeout", '\0', CLI_TIMEOUT, VALUE_DURATION, MEMBER(timeout_ms)},
    {"key", '\0', CLI_KEY, VALUE_TEXT, MEMBER(key_path)},
    {"unsigned", '\0', CLI_UNSIGNED, VALUE_FLAG, MEMBER(is_unsigned)},
    {"author", '\0', CLI_AUTHOR, VALUE_TEXT, MEMBER(author)},
    {"accept", '\0', CLI_ACCEPT, VALUE_TEXT, MEMBER(accept)},
    {"reason", '\0', CLI_REASON, VALUE_TEXT, MEMBER(reason)},
    {"note", '\0', CLI_NOTE, VALUE_TEXT, MEMBER(note)},
    {"factors", '\0', CLI_EDITION, VALUE_TEXT, MEMBER(edition)},
    {"correct", '\0', CLI_CORRECT, VALUE_TEXT, MEMBER(correct_path)},
    {"csv", '\0', CLI_CSV_FILE, VALUE_TEXT, MEMBER(csv_path)},
    {"ascii", '\0', CLI_ASCII, VALUE_FLAG, MEMBER(is_ascii)},
    {"head", '\0', CLI_HEAD, VALUE_TEXT, MEMBER(head)},
    {"expected", '\0', CLI_EXPECTED, VALUE_TEXT, MEMBER(expected_path)},
    {"effective", '\0', CLI_EFFECTIVE, VALUE_FLAG, MEMBER(is_effective)},
    {"zone", '\0', CLI_IMPORT, VALUE_TEXT, MEMBER(zone)},
    {"source", '\0', CLI_IMPORT, VALUE_TEXT, MEMBER(source)},
    {"year", '\0', CLI_IMPORT, VALUE_TEXT, MEMBER(year)},
    {"basis", '\0', CLI_IMPORT, VALUE_TEXT, MEMBER(basis)},
    {"publisher", '\0', CLI_IMPORT, VALUE_TEXT, MEMBER(publisher)},
    {"edition", '\0', CLI_IMPORT, VALUE_TEXT, MEMBER(import_edition)},
    {"licence", '\0', CLI_IMPORT, VALUE_TEXT, MEMBER(licence)},
    {"uncertainty", '\0', CLI_IMPORT, VALUE_TEXT, MEMBER(uncertainty)},
    {"points", '\0', CLI_POINTS, VALUE_FLAG, MEMBER(has_points)},
    {"store", '\0', CLI_STORE, VALUE_TEXT, MEMBER(store)},
    {"help", 'h', UINT64_MAX, VALUE_FLAG, MEMBER(is_help)},
};

enum { OPTION_COUNT = sizeof(option_table) / sizeof(option_table[0]), OPTION_NAME_MAX = 64 };

static const struct {
	const char *name;
	enum cli_format format;
} format_table[] = {{"table", CLI_TABLE}, {"json", CLI_JSON}, {"csv", CLI_CSV}, {"yaml", CLI_YAML}, {"lp", CLI_LINE_PROTOCOL}};

static const struct option_row *find_option(const char *name, size_t length)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strlen(option_table[i].name) == length && strncmp(option_table[i].name, name, length) == 0)
			return &option_table[i];
	}
	return NULL;
}

static const struct option_row *find_letter(char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (letter != '\0' && option_table[i].letter == letter)
			return &option_table[i];
	}
	return NULL;
}

static enum err unknown_option(const char *argument, uint64_t accepted, struct err_info *info)
{
	const char *names[OPTION_COUNT + 1];
	char word[OPTION_NAME_MAX];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if ((option_table[i].bit & accepted) != 0)
			names[count++] = option_table[i].name;
	}
	names[count] = NULL;
	snprintf(word, sizeof(word), "%s", argument + strspn(argument, "-"));
	word[strcspn(word, "=")] = '\0';
	nearest = text_nearest(word, names);
	if (nearest == NULL)
		return err_set(info, ERR_USAGE, "unknown option '%s'; see --help", argument);
	return err_set(info, ERR_USAGE, "unknown option '%s'; did you mean --%s?", argument, nearest);
}

static enum err set_format(enum cli_format *out, const char *value, struct err_info *info)
{
	for (size_t i = 0; i < sizeof(format_table) / sizeof(format_table[0]); i++) {
		if (strcmp(format_table[i].name, value) == 0) {
			*out = format_table[i].format;
			return ERR_NONE;
		}
	}
	return err_set(info, ERR_USAGE, "--format '%s' is not one of table, json, csv, yaml, lp", value);
}

static enum err set_value(struct cli_options *out, const struct option_row *row, const char *value, struct err_info *info)
{
	char *member = (char *)out + row->offset;

	switch (row->kind) {
	case VALUE_FLAG: *(bool *)(void *)member = true; return ERR_NONE;
	case VALUE_FORMAT: return set_format((enum cli_format *)(void *)member, value, info);
	case VALUE_DURATION:
		if (num_parse_duration_ms(value, (int64_t *)(void *)member) && *(int64_t *)(void *)member > 0)
			return ERR_NONE;
		return err_set(info, ERR_USAGE, "--%s '%s' is no duration: a number with its unit is expected, like 30s, 5min or 2h",
			       row->name, value);
	case VALUE_TEXT: *(const char **)(void *)member = value; return ERR_NONE;
	}
	return ERR_NONE;
}

/* Takes the option at argv[*at] and its value, which may stand behind '=' or in the next argument. */
static enum err take_option(struct cli_options *out, char **argv, int argc, int *at, uint64_t accepted, struct err_info *info)
{
	const char *argument = argv[*at];
	bool is_long = argument[1] == '-';
	const char *name = argument + (is_long ? 2 : 1);
	size_t length = strcspn(name, "=");
	const struct option_row *row = is_long ? find_option(name, length) : name[1] == '\0' ? find_letter(name[0]) : NULL;
	const char *value = is_long && name[length] == '=' ? name + length + 1 : NULL;

	if (row == NULL || (row->bit & accepted) == 0)
		return unknown_option(argument, accepted, info);
	if (row->kind == VALUE_FLAG && value != NULL)
		return err_set(info, ERR_USAGE, "--%s takes no value", row->name);
	if (row->kind != VALUE_FLAG && value == NULL) {
		if (*at + 1 >= argc)
			return err_set(info, ERR_USAGE, "--%s needs a value", row->name);
		value = argv[++*at];
	}
	return set_value(out, row, value, info);
}

static enum err unexpected_operand(const char *operand, uint64_t accepted, struct err_info *info)
{
	const char *hint = "options alone are expected";

	if ((accepted & CLI_PERIOD) != 0)
		hint = "a period is given as --period P";
	else if ((accepted & CLI_TRACE) != 0)
		hint = "the trace is named by --trace FILE";
	else if ((accepted & CLI_CONFIG) != 0)
		hint = "the configuration is named by -c FILE";
	return err_set(info, ERR_USAGE, "'%s' is not understood; %s", operand, hint);
}

enum err cli_options_parse(struct cli_options *out, int argc, char **argv, uint64_t accepted, struct err_info *info)
{
	struct cli_options options = {0};
	bool is_operand = false;
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		if (!is_operand && strcmp(argv[i], "--") == 0) {
			is_operand = true;
			continue;
		}
		if (is_operand || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[kept++] = argv[i]; /* operands move to the front */
			continue;
		}
		enum err err = take_option(&options, argv, argc, &i, accepted, info);

		if (err != ERR_NONE)
			return err;
	}
	options.operand = argv + 1;
	options.operand_count = (size_t)(kept - 1);
	if (options.operand_count > 0 && !options.is_help && (accepted & CLI_OPERANDS) == 0)
		return unexpected_operand(options.operand[0], accepted, info);
	*out = options;
	return ERR_NONE;
}

int cli_fail(const char *command, const struct err_info *info)
{
	fprintf(stderr, "wattledger %s: %s\n", command, info->text);
	if (info->code == ERR_USAGE)
		fprintf(stderr, "`wattledger help %s` tells what it takes\n", command);
	return err_exit_code(info->code);
}

const char *cli_state_dir(const struct cli_options *options)
{
	return options->state_dir != NULL ? options->state_dir : "/var/lib/wattledger";
}

bool cli_has_color(void)
{
	const char *no_color = getenv("NO_COLOR");

	return (no_color == NULL || no_color[0] == '\0') && isatty(STDOUT_FILENO) == 1;
}

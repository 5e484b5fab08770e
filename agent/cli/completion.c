/* SPDX-License-Identifier: Apache-2.0 */
/* completion: reads the table of commands, prints what a shell or man(1) wants of it. */
#include "cli/completion.h"

#include "base/text.h"
#include "cli/completion_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_word(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (islower((unsigned char)text[i]) == 0 && isdigit((unsigned char)text[i]) == 0 && text[i] != '-')
			return false;
	}
	return bytes > 0;
}

/* Copies `bytes` of text without what shells and their completion take for their own. */
static void copy_plain(char *out, size_t out_bytes, const char *text, size_t bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes && n + 1 < out_bytes; i++) {
		if (strchr("'\"`[]:$\\", text[i]) == NULL)
			out[n++] = text[i];
	}
	while (n > 0 && (out[n - 1] == ',' || out[n - 1] == ' '))
		n--;
	out[n] = '\0';
}

/* Appends one word; false when there is no room. */
static bool add_word(char out[static COMPLETION_WORDS_BYTES], const char *word, size_t bytes)
{
	size_t used = strlen(out);

	if (used + bytes + 2 > COMPLETION_WORDS_BYTES)
		return false;
	if (used > 0)
		out[used++] = ' ';
	memcpy(out + used, word, bytes);
	out[used + bytes] = '\0';
	return true;
}

/*
 * "table (default), json, csv: more" as "table,json,csv": without what is in brackets and behind the colon. A space stays where two words
 * stand side by side, which is a sentence then.
 */
static void copy_list(char out[static COMPLETION_TEXT_BYTES], const char *text, size_t bytes)
{
	size_t n = 0;
	int depth = 0;
	bool is_apart = false;

	for (size_t i = 0; i < bytes && text[i] != ':' && n + 2 < COMPLETION_TEXT_BYTES; i++) {
		char c = text[i];

		if (c == '(' || c == ')') {
			depth += c == '(' ? 1 : -1;
			continue;
		}
		if (depth > 0 || c == ' ') {
			is_apart = true;
			continue;
		}
		if (is_apart && n > 0 && c != ',' && out[n - 1] != ',')
			out[n++] = ' ';
		is_apart = false;
		out[n++] = c;
	}
	out[n] = '\0';
}

/* The words of such a list; "" when it is anything else than two words and more. */
static void read_choices(char out[static COMPLETION_WORDS_BYTES], const char *text, size_t bytes)
{
	char list[COMPLETION_TEXT_BYTES];

	out[0] = '\0';
	copy_list(list, text, bytes);
	for (const char *word = list; *word != '\0';) {
		size_t length = strcspn(word, ",");

		if (!is_word(word, length) || !add_word(out, word, length)) {
			out[0] = '\0';
			return;
		}
		word += length + (word[length] == ',' ? 1 : 0);
	}
	if (strchr(out, ' ') == NULL)
		out[0] = '\0';
}

/* "-c, --config" and what follows; NULL when the line begins otherwise. Returns what stands behind the name. */
static const char *read_name(struct completion_option *out, const char *line)
{
	size_t length;

	line += strspn(line, " ");
	if (line[0] == '-' && line[1] != '-' && line[1] != '\0' && line[2] == ',' && line[3] == ' ') {
		out->letter = line[1];
		line += 4;
	}
	if (strncmp(line, "--", 2) != 0)
		return NULL;
	line += 2;
	length = strspn(line, "abcdefghijklmnopqrstuvwxyz-");
	if (length == 0 || length >= sizeof(out->name))
		return NULL;
	memcpy(out->name, line, length);
	return line + length;
}

/* The line of the details at `line`; false when it tells of no option. */
static bool read_option(struct completion_option *out, const char *line)
{
	size_t length;

	memset(out, 0, sizeof(*out));
	line = read_name(out, line);
	if (line == NULL)
		return false;
	if (line[0] == ' ' && isupper((unsigned char)line[1]) != 0) {
		length = strspn(line + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (length < sizeof(out->argument))
			memcpy(out->argument, line + 1, length);
		line += 1 + length;
	}
	line += strspn(line, " ");
	length = strcspn(line, "\n");
	if (out->argument[0] != '\0')
		read_choices(out->choices, line, length);
	copy_plain(out->text, sizeof(out->text), line, length);
	return true;
}

size_t completion_options(const struct command *command, struct completion_option out[static COMPLETION_OPTIONS_MAX])
{
	size_t count = 0;

	for (const char *line = command->details; *line != '\0' && count < COMPLETION_OPTIONS_MAX;) {
		size_t bytes = strcspn(line, "\n");

		if (line[0] == ' ' && read_option(&out[count], line))
			count++;
		line += bytes + (line[bytes] == '\n' ? 1 : 0);
	}
	return count;
}

void completion_verbs(const struct command *command, char out[static COMPLETION_WORDS_BYTES])
{
	out[0] = '\0';
	if (strchr(command->arguments, '|') == NULL || command->arguments[0] == '[' || isupper((unsigned char)command->arguments[0]) != 0)
		return;
	for (const char *part = command->arguments; *part != '\0';) {
		size_t length = strcspn(part, " |");

		if (is_word(part, length) && part[0] != '-')
			(void)add_word(out, part, length);
		part += strcspn(part, "|");
		part += strspn(part, "| ");
	}
}

int completion_run(const struct command *commands, size_t count, int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(const struct command *commands, size_t count);
	} KINDS[] = {
	    {"bash", completion_print_bash}, {"zsh", completion_print_zsh}, {"fish", completion_print_fish}, {"man", completion_print_man}};

	for (size_t i = 0; argc == 2 && i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		if (strcmp(argv[1], KINDS[i].name) == 0) {
			KINDS[i].print(commands, count);
			return 0;
		}
	}
	fputs("usage: wattledger completion bash|zsh|fish|man\n", stderr);
	return err_exit_code(ERR_USAGE);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* completion_shells: the three shells' own ways to say the same. */
#include "cli/completion.h"
#include "cli/completion_priv.h"

#include <stdio.h>
#include <string.h>

/* What a value is when it is none of some words. */
static bool is_path(const struct completion_option *option)
{
	return option->choices[0] == '\0' && strchr("FD", option->argument[0]) != NULL && option->argument[0] != '\0' &&
	       strcmp(option->argument, "DURATION") != 0 && strcmp(option->argument, "D") != 0;
}

static void print_names(const struct command *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%s ", commands[i].name);
	fputs("help", stdout);
}

/* ---- bash ---- */

static void print_bash_values(const struct command *command, const struct completion_option *option)
{
	if (option->argument[0] == '\0')
		return;
	printf("\t%s:--%s", command->name, option->name);
	if (option->letter != '\0')
		printf("|%s:-%c", command->name, option->letter);
	if (is_path(option))
		puts(") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;");
	else
		printf(") COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return ;;\n", option->choices);
}

static void print_bash_words(const struct command *command)
{
	struct completion_option options[COMPLETION_OPTIONS_MAX];
	size_t count = completion_options(command, options);
	char verbs[COMPLETION_WORDS_BYTES];

	completion_verbs(command, verbs);
	printf("\t%s) verbs=\"%s\" words=\"", command->name, verbs);
	for (size_t i = 0; i < count; i++)
		printf("--%s ", options[i].name);
	puts("--help\" ;;");
}

void completion_print_bash(const struct command *commands, size_t count)
{
	struct completion_option options[COMPLETION_OPTIONS_MAX];

	puts("# bash completion for wattledger, made by `wattledger completion bash`\n"
	     "_wattledger() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} verbs='' words=''\n"
	     "\tCOMPREPLY=()\n"
	     "\tif ((COMP_CWORD == 1)) || { ((COMP_CWORD == 2)) && [[ $command == help ]]; }; then");
	fputs("\t\tCOMPREPLY=($(compgen -W \"", stdout);
	print_names(commands, count);
	puts(" --version\" -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase $command:$prev in");
	for (size_t i = 0; i < count; i++) {
		size_t n = completion_options(&commands[i], options);

		for (size_t j = 0; j < n; j++)
			print_bash_values(&commands[i], &options[j]);
	}
	puts("\tesac\n\tcase $command in");
	for (size_t i = 0; i < count; i++)
		print_bash_words(&commands[i]);
	puts("\tesac\n"
	     "\tif [[ $cur == -* ]]; then\n"
	     "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	     "\telif ((COMP_CWORD == 2)) && [[ -n $verbs ]]; then\n"
	     "\t\tCOMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))\n"
	     "\telse\n"
	     "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	     "\tfi\n"
	     "}\n"
	     "complete -o filenames -F _wattledger wattledger");
}

/* ---- zsh ---- */

/* In single quotes, which a text of the table may hold itself. */
static void print_quoted(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	}
}

static void print_zsh_option(const struct completion_option *option)
{
	if (option->letter != '\0')
		printf(" '(-%c --%s)'{-%c,--%s}'[%s]", option->letter, option->name, option->letter, option->name, option->text);
	else
		printf(" '--%s[%s]", option->name, option->text);
	if (option->argument[0] != '\0' && option->choices[0] != '\0')
		printf(":%s:(%s)", option->argument, option->choices);
	else if (option->argument[0] != '\0')
		printf(":%s:%s", option->argument, is_path(option) ? "_files" : " ");
	putchar('\'');
}

static void print_zsh_command(const struct command *command)
{
	struct completion_option options[COMPLETION_OPTIONS_MAX];
	size_t count = completion_options(command, options);
	char verbs[COMPLETION_WORDS_BYTES];

	completion_verbs(command, verbs);
	printf("\t%s) _arguments", command->name);
	for (size_t i = 0; i < count; i++)
		print_zsh_option(&options[i]);
	fputs(" '--help[explain it]'", stdout);
	if (verbs[0] != '\0')
		printf(" '2:what:(%s)'", verbs);
	puts(" '*:file:_files' ;;");
}

void completion_print_zsh(const struct command *commands, size_t count)
{
	puts("#compdef wattledger\n# zsh completion for wattledger, made by `wattledger completion zsh`\n_wattledger() {\n\tlocal -a "
	     "commands\n\tcommands=(");
	for (size_t i = 0; i < count; i++) {
		printf("\t\t'%s:", commands[i].name);
		print_quoted(commands[i].summary);
		puts("'");
	}
	puts("\t\t'help:explain a command'\n\t)\n"
	     "\tif ((CURRENT == 2)) || [[ CURRENT -eq 3 && $words[2] == help ]]; then\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	     "\tcase $words[2] in");
	for (size_t i = 0; i < count; i++)
		print_zsh_command(&commands[i]);
	puts("\tesac\n}\n_wattledger \"$@\"");
}

/* ---- fish ---- */

static void print_fish_text(const char *text)
{
	fputs(" -d '", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	puts("'");
}

static void print_fish_option(const struct command *command, const struct completion_option *option)
{
	printf("complete -c wattledger -n '__fish_seen_subcommand_from %s' -l %s", command->name, option->name);
	if (option->letter != '\0')
		printf(" -s %c", option->letter);
	if (option->argument[0] != '\0' && option->choices[0] != '\0')
		printf(" -x -a '%s'", option->choices);
	else if (option->argument[0] != '\0')
		fputs(is_path(option) ? " -r -F" : " -x", stdout);
	print_fish_text(option->text);
}

void completion_print_fish(const struct command *commands, size_t count)
{
	struct completion_option options[COMPLETION_OPTIONS_MAX];
	char verbs[COMPLETION_WORDS_BYTES];

	puts("# fish completion for wattledger, made by `wattledger completion fish`\n"
	     "complete -c wattledger -n __fish_use_subcommand -f\n"
	     "complete -c wattledger -n __fish_use_subcommand -a help -d 'explain a command'");
	for (size_t i = 0; i < count; i++) {
		size_t n = completion_options(&commands[i], options);

		printf("complete -c wattledger -n __fish_use_subcommand -a %s", commands[i].name);
		print_fish_text(commands[i].summary);
		completion_verbs(&commands[i], verbs);
		if (verbs[0] != '\0')
			printf("complete -c wattledger -n '__fish_seen_subcommand_from %s' -a '%s'\n", commands[i].name, verbs);
		for (size_t j = 0; j < n; j++)
			print_fish_option(&commands[i], &options[j]);
	}
}

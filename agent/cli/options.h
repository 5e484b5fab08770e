/* SPDX-License-Identifier: Apache-2.0 */
/* options: what the subcommands' command lines have in common. */
#ifndef WATTLEDGER_CLI_OPTIONS_H
#define WATTLEDGER_CLI_OPTIONS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_format { CLI_TABLE = 0, CLI_JSON, CLI_CSV, CLI_YAML, CLI_LINE_PROTOCOL };

/* Which options a subcommand takes, one bit each; any other is a usage error. */
#define CLI_OPTION(number) (UINT64_C(1) << (number))
#define CLI_CONFIG CLI_OPTION(0)          /* -c, --config FILE */
#define CLI_STATE CLI_OPTION(1)           /* --state DIR */
#define CLI_DRIVERS CLI_OPTION(2)         /* --drivers DIR */
#define CLI_GRID CLI_OPTION(3)            /* --grid DIR */
#define CLI_FORMAT CLI_OPTION(4)          /* --format F */
#define CLI_LEDGER CLI_OPTION(5)          /* --ledger FILE */
#define CLI_PERIOD CLI_OPTION(6)          /* -p, --period P */
#define CLI_SITE CLI_OPTION(7)            /* --site ID */
#define CLI_LEVEL CLI_OPTION(8)           /* --level total|site|device|meter */
#define CLI_OUT CLI_OPTION(9)             /* --out DIR */
#define CLI_FOR CLI_OPTION(10)            /* --for DURATION */
#define CLI_CHECK CLI_OPTION(11)          /* --check */
#define CLI_TRACE CLI_OPTION(12)          /* --trace FILE */
#define CLI_RECORDING CLI_OPTION(13)      /* --recording FILE */
#define CLI_COMMUNITY_FILE CLI_OPTION(14) /* --community-file FILE */
#define CLI_SECRETS CLI_OPTION(15)        /* --secrets FILE */
#define CLI_TIMEOUT CLI_OPTION(16)        /* --timeout DURATION */
#define CLI_KEY CLI_OPTION(17)            /* --key FILE */
#define CLI_UNSIGNED CLI_OPTION(18)       /* --unsigned */
#define CLI_AUTHOR CLI_OPTION(19)         /* --author A */
#define CLI_ACCEPT CLI_OPTION(20)         /* --accept REASON */
#define CLI_REASON CLI_OPTION(21)         /* --reason CODE */
#define CLI_NOTE CLI_OPTION(22)           /* --note TEXT */
#define CLI_EDITION CLI_OPTION(23)        /* --factors EDITION */
#define CLI_CSV_FILE CLI_OPTION(24)       /* --csv FILE */
#define CLI_ASCII CLI_OPTION(25)          /* --ascii */
#define CLI_EFFECTIVE CLI_OPTION(26)      /* --effective */
#define CLI_IMPORT CLI_OPTION(27)         /* --zone Z --source S --year Y --basis B --publisher P --edition E --licence L --uncertainty U */
#define CLI_POINTS CLI_OPTION(28)         /* --points */
#define CLI_EXPECTED CLI_OPTION(29)       /* --expected FILE */
#define CLI_HEAD CLI_OPTION(30)           /* --head HEX */
#define CLI_STORE CLI_OPTION(31)          /* --store TYPE=URL */
#define CLI_CORRECT CLI_OPTION(32)        /* --correct FILE */
#define CLI_OPERANDS CLI_OPTION(63)       /* what is no option: a command, a target, a file */

/* The values; strings are argv's, NULL when not given. Operands (what is no option) stay in argv: operand[0..operand_count). */
struct cli_options {
	const char *config_path;
	const char *state_dir;
	const char *drivers_dir;
	const char *grid_dir;
	enum cli_format format;
	const char *ledger_path;
	const char *period;
	const char *site;
	const char *level;
	const char *out_dir;
	int64_t for_ms; /* 0: not given */
	bool is_check;
	const char *trace_path;
	const char *recording_path;
	const char *community_path;
	const char *secrets_path;
	int64_t timeout_ms; /* 0: not given */
	const char *key_path;
	bool is_unsigned;
	const char *author;
	const char *accept;
	const char *reason;
	const char *note;
	const char *edition;
	const char *csv_path;
	const char *correct_path;
	bool is_ascii;
	bool is_effective;
	const char *zone;
	const char *source;
	const char *year;
	const char *basis;
	const char *publisher;
	const char *import_edition;
	const char *licence;
	const char *uncertainty;
	bool has_points;
	const char *expected_path;
	const char *head;
	const char *store;
	bool is_help;
	char **operand;
	size_t operand_count;
};

/*
 * Parses argv[1..argc). `accepted` are CLI_... bits. Errors: ERR_USAGE, what is wrong and what would be right. With --help only is_help is
 * set.
 */
enum err cli_options_parse(struct cli_options *out, int argc, char **argv, uint64_t accepted, struct err_info *info) MUST_CHECK;

/* Prints "wattledger NAME: text" on standard error, where help is for a usage error, and returns the exit code of it. */
int cli_fail(const char *command, const struct err_info *info);

/* Folder of the ledger when nothing else is said: --state, else the service's /var/lib/wattledger. */
const char *cli_state_dir(const struct cli_options *options);

/* true when standard output (error) is a terminal and NO_COLOR does not forbid colour there. */
bool cli_has_color(void);

#endif

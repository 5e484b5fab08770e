/* SPDX-License-Identifier: Apache-2.0 */
/* options: what the subcommands' command lines have in common. */
#ifndef WATTLEDGER_CLI_OPTIONS_H
#define WATTLEDGER_CLI_OPTIONS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_format { CLI_TABLE = 0, CLI_JSON, CLI_CSV, CLI_YAML, CLI_LINE_PROTOCOL };

/* Which options a subcommand takes; any other is a usage error. */
enum cli_option {
	CLI_CONFIG = 1 << 0,          /* -c, --config FILE */
	CLI_STATE = 1 << 1,           /* --state DIR */
	CLI_DRIVERS = 1 << 2,         /* --drivers DIR */
	CLI_GRID = 1 << 3,            /* --grid DIR */
	CLI_FORMAT = 1 << 4,          /* --format F */
	CLI_LEDGER = 1 << 5,          /* --ledger FILE */
	CLI_PERIOD = 1 << 6,          /* -p, --period P */
	CLI_SITE = 1 << 7,            /* --site ID */
	CLI_LEVEL = 1 << 8,           /* --level total|site|device|meter */
	CLI_OUT = 1 << 9,             /* --out DIR */
	CLI_FOR = 1 << 10,            /* --for DURATION */
	CLI_CHECK = 1 << 11,          /* --check */
	CLI_TRACE = 1 << 12,          /* --trace FILE */
	CLI_RECORDING = 1 << 13,      /* --recording FILE */
	CLI_COMMUNITY_FILE = 1 << 14, /* --community-file FILE */
	CLI_SECRETS = 1 << 15,        /* --secrets FILE */
	CLI_TIMEOUT = 1 << 16,        /* --timeout DURATION */
	CLI_KEY = 1 << 17,            /* --key FILE */
	CLI_UNSIGNED = 1 << 18,       /* --unsigned */
	CLI_AUTHOR = 1 << 19,         /* --author A */
	CLI_ACCEPT = 1 << 20,         /* --accept REASON */
	CLI_REASON = 1 << 21,         /* --reason CODE */
	CLI_NOTE = 1 << 22,           /* --note TEXT */
	CLI_EDITION = 1 << 23,        /* --factors EDITION */
	CLI_CSV_FILE = 1 << 24,       /* --csv FILE */
	CLI_ASCII = 1 << 25,          /* --ascii */
	CLI_EFFECTIVE = 1 << 26,      /* --effective */
	CLI_IMPORT = 1 << 27,         /* --zone Z --source S --year Y --basis B --publisher P --edition E --licence L */
	CLI_POINTS = 1 << 28,         /* --points */
	CLI_EXPECTED = 1 << 29,       /* --expected FILE */
	CLI_HEAD = 1 << 30,           /* --head HEX */
};

/* --store TYPE=URL; members of an enumeration end with bit 30. */
#define CLI_STORE (UINT32_C(1) << 31)

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
	bool is_ascii;
	bool is_effective;
	const char *zone;
	const char *source;
	const char *year;
	const char *basis;
	const char *publisher;
	const char *import_edition;
	const char *licence;
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
enum err cli_options_parse(struct cli_options *out, int argc, char **argv, uint32_t accepted, struct err_info *info) MUST_CHECK;

/* Prints "wattledger NAME: text" on standard error, where help is for a usage error, and returns the exit code of it. */
int cli_fail(const char *command, const struct err_info *info);

/* Folder of the ledger when nothing else is said: --state, else the service's /var/lib/wattledger. */
const char *cli_state_dir(const struct cli_options *options);

/* true when standard output (error) is a terminal and NO_COLOR does not forbid colour there. */
bool cli_has_color(void);

#endif

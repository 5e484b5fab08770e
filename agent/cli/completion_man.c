/* SPDX-License-Identifier: Apache-2.0 */
/* completion_man: wattledger(1), as roff. */
#include "cli/completion_priv.h"

#include <stdio.h>

/* Text with roff's own characters escaped: the backslash, a dash (a hyphen otherwise), and a dot or quote where a line begins. */
static void print_roff(const char *text)
{
	bool is_line_start = true;

	for (; *text != '\0'; text++) {
		if (is_line_start && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
		is_line_start = *text == '\n';
	}
}

static void print_command(const struct command *command)
{
	fputs(".SS ", stdout);
	print_roff(command->name);
	putchar(' ');
	print_roff(command->arguments);
	putchar('\n');
	print_roff(command->summary);
	fputs(".\n.PP\n.nf\n", stdout);
	print_roff(command->details);
	puts(".fi");
}

void completion_print_man(const struct command *commands, size_t count)
{
	puts(
	    ".TH WATTLEDGER 1 \"\" \"wattledger " WATTLEDGER_VERSION "\" \"wattledger\"\n"
	    ".SH NAME\nwattledger \\- energy and carbon of data\\-centre and network hardware, as a ledger\n"
	    ".SH SYNOPSIS\n.B wattledger\n.I COMMAND\n.RI [ OPTION ...]\n.br\n.B wattledger help\n.RI [ COMMAND ]\n"
	    ".SH DESCRIPTION\nAsks the agent and its ledger, tries configurations and devices, writes and verifies packages for auditors. Data\n"
	    "goes to standard output, talk to standard error.\n.SH COMMANDS");
	for (size_t i = 0; i < count; i++)
		print_command(&commands[i]);
	puts(".SH EXIT STATUS\n0 good, 64 usage, 65 bad data or a failed verification, 69 unavailable or a source failed, 74 input or "
	     "output,\n77 permission, 78 configuration. \\fBstatus \\-\\-check\\fR: 0 ok, 1 warning, 2 critical, 3 unknown.\n"
	     ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nset to anything: no colours\n"
	     ".SH FILES\n.TP\n.I /etc/wattledger/wattledger.yaml\nthe configuration, with\n.I conf.d/*.yaml\nbeside it\n"
	     ".TP\n.I /var/lib/wattledger\nthe service's ledger and its control socket\n"
	     ".SH SEE ALSO\n.BR wattledgerd (8),\n.BR wattledger.yaml (5),\n.BR wattledger\\-drivers (5),\n.BR wattledger (7)");
}

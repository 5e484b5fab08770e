/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger: the command line. The table below is all there is to dispatch and to help. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/completion.h"

#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { NAME_COLUMN = 9 };

static const char RUN_DETAILS[] =
    "The agent in the foreground, with a private state folder unless --state DIR says where. Shows what it reads while it runs; ends after\n"
    "--for DURATION or on Ctrl-C, then prints the totals and where the ledger is.\n"
    "\n"
    "  -c, --config FILE   the configuration; without it: this host alone\n"
    "      --state DIR     keep the ledger there\n"
    "      --drivers DIR   further driver files\n"
    "      --grid DIR      further tables of grid factors\n"
    "      --for DURATION  end by itself (60s, 10min)\n"
    "\n"
    "  wattledger run -c rack.yaml --for 60s\n";

static const char REPORT_DETAILS[] =
    "Energy by class, coverage and location-based emissions, each site in its own time zone.\n"
    "\n"
    "  -p, --period P      today (default), yesterday, this-month, last-month, 2026, 2026-Q3, 2026-10, 2026-W40, 2026-10-05, A..B, FY2026\n"
    "      --site ID       one site alone\n"
    "      --level L       total, site, device (default), meter: how far down\n"
    "      --ledger FILE   another ledger than STATE/ledger.db\n"
    "      --state DIR     state folder (/var/lib/wattledger)\n"
    "      --format F      table (default), json, csv\n"
    "\n"
    "  wattledger report --period last-month --level site\n";

static const char SEAL_DETAILS[] =
    "States the period's totals, each site in its own zone: what comes in later is not in them; `restate` makes the next revision. Refused\n"
    "when the period is not over, the clock is not trusted, or a meter that counts was not covered for the whole period. Done by the agent\n"
    "that runs in the state folder, else here.\n"
    "\n"
    "  -p, --period P      as for `report`\n"
    "      --site ID       one site alone\n"
    "      --accept REASON seal in spite of undecided gaps; the reason is part of the statement\n"
    "      --author A      who answers for it (the user's name)\n"
    "      --state DIR     state folder (/var/lib/wattledger)\n"
    "\n"
    "  wattledger seal --period last-month --accept 'PDU B was out of service on the 12th'\n";

static const char RESTATE_DETAILS[] =
    "Computes a sealed period anew and states it as the next revision. The one before stays, and both are in the export.\n"
    "\n"
    "  -p, --period P      the period that is sealed\n"
    "      --reason CODE   FACTOR_EDITION, METHOD, BOUNDARY, ERROR, LATE_DATA\n"
    "      --note TEXT     why, in words\n"
    "      --factors E     take the factors from this edition (`wattledger factors show ZONE` lists them)\n"
    "      --correct FILE  CSV meter,from,to,what,value,author,note: ct_ratio or scale (what booked energy is multiplied by: 2, 150/100;\n"
    "                      -1 was turned round), role (total, part), in_total (yes, no), phase; stored intervals stay as they are\n"
    "      --site ID       one site alone\n"
    "      --author A      who answers for it (the user's name)\n"
    "      --grid DIR      further tables of grid factors\n"
    "      --state DIR     state folder (/var/lib/wattledger)\n"
    "\n"
    "  wattledger restate --period 2023 --reason FACTOR_EDITION --factors 2026 --note 'yearly update'\n"
    "  wattledger restate --period 2026-10 --reason ERROR --correct wrong-ct.csv --note 'transformers are 200/5, not 100/5'\n";

static const char FACTORS_DETAILS[] =
    "  list                one line a zone: the newest factor\n"
    "  show ZONE           all years, with publisher, edition and licence\n"
    "  import FILE         a national annual factor (year, kgco2e_per_kwh or gco2e_per_kwh), or an hourly series:\n"
    "                      Electricity Maps' export, NESO's, ENTSO-E's MTU column, or start,end,value\n"
    "\n"
    "      --grid DIR      further tables, over the installed ones\n"
    "      --state DIR     state folder, in whose grid/ imported tables lie (/var/lib/wattledger)\n"
    "      --format F      table (default), json, csv\n"
    "      --zone Z        import: the grid zone that it is of\n"
    "      --source S      import: where it comes from, for an auditor will ask\n"
    "      --basis B       direct, lifecycle; import of an annual factor: residual or upstream, too\n"
    "      --year Y        import: of an annual file without that column\n"
    "      --publisher P   import: who says so (default: the source)\n"
    "      --edition E     import: which edition (default: the instant of the import)\n"
    "      --licence L     import: under which terms (default: not stated)\n"
    "      --uncertainty U import: of an annual factor, per cent at 95 % (default: 10 of a direct one, 15 of others)\n";

static const char ENTER_DETAILS[] =
    "FILE is CSV with the header node,from_utc,to_utc,what,value,unit,note; /dev/stdin reads what is piped in. node is SITE, SITE/DEVICE or\n"
    "SITE/DEVICE/METER; to_utc stays empty where something is of an instant. All rows of a file are taken, or none. Entries stand in\n"
    "entries.csv of the export; an invoice for exactly the exported period is compared with the meters. None is added to measured energy.\n"
    "\n"
    "  fuel        delivered l, level l (a dip; at most a day from the ends of a period it makes the amount: opening + delivered - closing;\n"
    "              of several tanks each has its own, with tank=NAME in the note; what a flow meter of the set counted goes before it);\n"
    "              from, to: used l, rate l/kWh, rated kW, run_time h, load ratio; factor kg/l, upstream kg/l instead of diesel's CO2e\n"
    "  reading     counter kWh\n"
    "  invoice     energy kWh (from, to)\n"
    "  instrument  certificate MWh, ppa MWh (from, to: the vintage), supplier_rate g/kWh (from, to); note: id=GO-4711; zone=NO; g_per_kwh=0;\n"
    "              retired=2026-02-01 and, for people, registry=, technology=, beneficiary=, document=; a certificate needs the first four, a ppa\n"
    "              three, a rate id and zone; nothing is taken twice; what lies in one hour is\n"
    "              matched with that hour too (cfe_score_pct): granular certificates, a ppa's deliveries\n"
    "  asset       commissioned_mass kg, disposed_mass kg; from, to: embodied kg (CO2e of making it, spread over its life in a straight line);\n"
    "              note: serial=5A1; route=recycler (assets.csv of the export has them)\n"
    "  utility     of a SITE, from, to: water l (that came in), reused kWh (that left it, as heat, and was used again): WUE and ERF, where\n"
    "              entries cover the exported period without a gap or an overlap, and none reaches beyond it\n"
    "  void ID     that entry counts no longer; it stays, and so does the reason\n"
    "\n"
    "      --csv FILE      the entries\n"
    "      --reason R      why they are entered, or voided\n"
    "      --author A      who answers for it (the user's name)\n"
    "      --state DIR     state folder (/var/lib/wattledger)\n";

static const struct command COMMANDS[] = {
    {"check", "[-c FILE]", "find all errors of a configuration in one run",
     "Prints every problem as FILE:LINE:COLUMN: text, and exits with 78 when there is an error. Nothing is sent or looked up.\n"
     "\n"
     "  -c, --config FILE   (/etc/wattledger/wattledger.yaml)\n"
     "      --drivers DIR   further driver files\n"
     "      --grid DIR      further tables of grid factors\n",
     command_check},
    {"doctor", "[-c FILE] [--format table|json]", "what is missing, why, and the exact command that mends it",
     "Looks at the configuration, the programs that it needs, the state folder, the running agent and its sources, the clock, and what this\n"
     "machine could tell of itself. Reads only, and sends nothing. Exit 69 when there is something to mend.\n"
     "\n"
     "  -c, --config FILE   (/etc/wattledger/wattledger.yaml)\n"
     "      --state DIR     state folder (the configuration's)\n"
     "      --drivers DIR   further driver files\n"
     "      --grid DIR      further tables of grid factors\n"
     "      --format F      table (default), json\n",
     command_doctor},
    {"run", "[-c FILE] [--for DURATION]", "the agent in the foreground", RUN_DETAILS, command_run},
    {"config", "sample [KEY...] | show [--effective] | migrate",
     "a configuration to begin with; the one in force; one of an earlier version",
     "sample prints the commented configuration with every key, or its sections that have the KEYs (sites, devices, outputs, ...).\n"
     "show prints all files of a configuration as one, each value with the file and line that it comes from. Passwords are not shown.\n"
     "migrate says what is of an earlier version; no key has had another name so far. Exit 78 when the configuration has errors.\n"
     "\n"
     "  -c, --config FILE   the configuration (the installed one)\n"
     "      --effective     values that are written nowhere too, as defaults\n"
     "      --state DIR     state folder instead of the configuration's\n"
     "      --drivers DIR   further drivers\n"
     "      --grid DIR      further factor tables\n"
     "\n"
     "  wattledger config sample outputs\n"
     "  wattledger config show --effective -c wattledger.yaml\n",
     command_config},
    {"test", "[-c FILE] [--format table|json|csv|lp]", "poll every source twice and show what would be recorded",
     "Writes nothing. Exit 69 when a source fails.\n"
     "\n"
     "  -c, --config FILE   (/etc/wattledger/wattledger.yaml)\n"
     "      --drivers DIR   further driver files\n"
     "      --timeout D     wait no longer than that (30s)\n"
     "      --format F      table (default), json, csv\n",
     command_test},
    {"scan", "TARGET... [--format yaml|json|table]", "recognise devices and read them once; prints configuration to paste",
     "TARGET is snmp://[COMMUNITY@]HOST[:PORT] (v2c; snmp1:// for v1), snmp3://USER@HOST[:PORT], ipmi://USER@HOST[:PORT] for a\n"
     "server's BMC, ipmi:local for this machine's own, or local, what this machine's kernel shows: counters, sensors, batteries,\n"
     "GPUs (local:/host/sys where a container has the host's /sys); modbus://HOST[:PORT]/UNIT, modbus+rtu://HOST:PORT/UNIT for serial\n"
     "frames over TCP, \"modbus:/dev/ttyX?baud=9600&parity=E/UNIT\" for a line, with UNIT-UNIT for several, one after the other.\n"
     "HOST is a name, an address ([2001:db8::7] for IPv6) or, for SNMP, a range as in 192.0.2.0/24, /16 at most, 500 a second. Nothing\n"
     "else is asked than what is named, and nothing is written. Exit 69 when nothing answers, or a target that was named does not.\n"
     "\n"
     "      --community-file F  the community, from a private file; without it and without COMMUNITY@: public\n"
     "      --secrets F         for snmp3://, a private file with lines auth: sha256, auth_password: ..., priv: aes128,\n"
     "                          priv_password: ..., context: ...; for ipmi://, with password: ..., privilege: user (operator, admin)\n"
     "      --drivers DIR       further driver files\n"
     "      --timeout D         of one try (1s; 500ms for several units); an address is tried twice\n"
     "      --format F          yaml (default), json (one object a line, as they come), table, csv\n"
     "\n"
     "  wattledger scan snmp://192.0.2.10 local >conf.d/rack.yaml\n",
     command_scan},
#ifndef WATTLEDGER_MINIMAL
    {"demo", "[--for DURATION] [--period P] [--state DIR] [--store TYPE=URL]", "a simulated site on loopback, and the agent on it",
     "Two PDUs behind a UPS, a switch, a meter and a server, all simulated; then as `run`. Nothing leaves the machine but what --store sends.\n"
     "\n"
     "      --for DURATION    end by itself (else at Ctrl-C)\n"
     "      --period P        it has metered since P began: a simulated past (last-month, this-month, 2026-10-05) goes first\n"
     "                        through the same accounting, in five-minute reads and slots; then it goes on live\n"
     "      --state DIR       keep its ledger and its configuration (demo.yaml) there\n"
     "      --store TYPE=URL  send its points to database `energy` of a store: influxdb_v1=http://127.0.0.1:8086 or\n"
     "                        victoriametrics=http://127.0.0.1:8428\n"
     "\n"
     "  wattledger demo --period last-month --state /tmp/demo\n"
     "  wattledger export --period last-month --ledger /tmp/demo/ledger.db --out /tmp/demo-month\n",
     command_demo},
#endif
    {"status", "[--check] [--format table|json]", "the verdict first, then sources, outputs, sites",
     "Asks the agent that runs in the state folder. When none runs, tells what the ledger there says.\n"
     "\n"
     "      --check         one line for monitoring: exit 0 ok, 1 warning, 2 critical, 3 unknown\n"
     "      --state DIR     state folder (/var/lib/wattledger)\n"
     "      --format F      table (default), json\n",
     command_status},
#ifndef WATTLEDGER_MINIMAL
    {"top", "[--for DURATION] [--ascii]", "the running agent on the whole terminal: power, today, trend of each source",
     "Asks the agent that runs in the state folder every 2 seconds. `h` lists the keys. Today's energy and emissions are those of the slots that\n"
     "are closed.\n"
     "\n"
     "      --for DURATION  end by itself (60s)\n"
     "      --ascii         plain characters in the curves; by itself where the terminal has no others\n"
     "      --state DIR     state folder (/var/lib/wattledger)\n",
     command_top},
#endif
    {"report", "[--period P] [--site ID] [--level L]", "totals of a period", REPORT_DETAILS, command_report},
    {"feeds", "[--period P] [--site ID]", "which outlets feed which device, and how much of what they carried it explains",
     "By fed_by of each device: an outlet against the server on it, the server's BMC against its processors' counters, a UPS against all that\n"
     "hangs on it. Compared is mean power; a mismatch is named.\n"
     "\n"
     "      --period P      as for report (today)\n"
     "      --site ID       one site alone\n"
     "      --ledger FILE   another ledger than STATE/ledger.db\n"
     "      --state DIR     state folder (/var/lib/wattledger)\n"
     "      --format F      table (default), json, csv\n",
     command_feeds},
    {"events", "[--period P]", "what happened: restarts, gaps, resets, swaps",
     "      --period P      as for report; default: all events\n"
     "      --site ID       one site alone\n"
     "      --ledger FILE   another ledger than STATE/ledger.db\n"
     "      --state DIR     state folder (/var/lib/wattledger)\n"
     "      --format F      table (default), json, csv\n",
     command_events},
    {"export", "--period P --out DIR", "the auditor's package of a period",
     "A new folder with totals.csv, traffic.csv, feeds.csv, intervals.csv, factors.csv, events.csv, register.csv, entries.csv, manifest.json,\n"
     "and report.html, all of it for people on one page that prints.\n"
     "\n"
     "  -p, --period P      as for report\n"
     "  -o, --out DIR       must not be there yet, or be empty\n"
     "      --site ID       one site alone\n"
     "      --level L       total, site, device, meter (default): how far down totals.csv goes\n"
     "      --ledger FILE   another ledger than STATE/ledger.db\n"
     "      --state DIR     state folder (/var/lib/wattledger)\n"
     "      --key FILE      sign with this key (STATE/signing.key, when it is there)\n"
     "      --unsigned      do not sign\n"
     "\n"
     "  wattledger export --period 2026-Q3 --out 2026-Q3\n",
     command_export},
    {"verify", "DIR [--key FILE] [--head HEAD]", "compute a package's figures again from its rows",
     "Digests, row counts, every total from the rows of intervals.csv, every emission from factors.csv, and the chain of rows. Needs no\n"
     "agent and no ledger. Exit 65 when anything differs.\n"
     "\n"
     "      --key FILE      the signer's public key, which you got by another way than the package: it must be signed with that one\n"
     "      --head HEAD     a chain head that you read elsewhere: 64 hexadecimal digits, or head_0 to head_7 of a `chain` point, with commas;\n"
     "                      a statement of the package must have it\n",
     command_verify},
    {"merge", "DIR... --out DIR [--expected FILE] [--key FILE]", "add up the packages of many agents, and name what does not fit",
     "Each DIR is a package or a folder of packages. Each package is verified; forged, damaged and unreadable ones, two of one site and\n"
     "period, and those of another period than most, are left out and named. Sites that are not sealed, of another factor edition or of\n"
     "another version count and are named. Writes totals.csv (the fleet, then its sites) and merge.json. Exit 65 when something was left\n"
     "out or is missing: the totals are then those of the sites that count.\n"
     "\n"
     "  -o, --out DIR       must not be there yet, or be empty\n"
     "      --expected FILE CSV with the column site, and public_key where a site's package must be signed with that key: who has no\n"
     "                      package is named, who is not on it is left out\n"
     "      --key FILE      one public key that all must be signed with\n"
     "\n"
     "  wattledger merge october/ --expected sites.csv --out october-fleet\n",
     command_merge},
    {"seal", "--period P [--site ID] [--accept REASON]", "close a period: its totals are stated, chained and never edited again",
     SEAL_DETAILS, command_seal},
    {"restate", "--period P --reason CODE --note TEXT [--factors EDITION | --correct FILE]",
     "supersede a sealed period, old and new side by side", RESTATE_DETAILS, command_restate},
    {"enter", "fuel|reading|invoice|instrument|asset|correction --csv FILE --reason R | void ID --reason R",
     "what no meter says: added with author and reason, voided and not edited", ENTER_DETAILS, command_enter},
    {"key", "new | show", "the key that packages are signed with",
     "Ed25519. The public key is printed, and lies beside the key as FILE.pub.\n"
     "\n"
     "  new                 make one; a key is never written over\n"
     "  show                print the public key\n"
     "\n"
     "      --key FILE      another place than STATE/signing.key\n"
     "      --state DIR     state folder (/var/lib/wattledger)\n",
     command_key},
    {"factors", "list | show ZONE | import FILE --zone Z --source S [--basis B]", "tables of grid emission factors", FACTORS_DETAILS,
     command_factors},
    {"drivers", "list | show NAME | lint FILE... | test FILE --recording FILE", "what is known of devices",
     "  list                the driver files\n"
     "  show NAME           what it recognises and reads\n"
     "  lint FILE...        all errors of driver files\n"
     "\n"
     "      --drivers DIR   further drivers, over the installed ones\n"
     "      --recording F   a recorded device: .snmprec, or what snmpwalk -On wrote\n"
     "      --format F      table (default), json, csv\n",
     command_drivers},
    {"replay", "--trace FILE.csv -c FILE --state DIR [--points]", "a recorded trace through the same accounting, on the trace's clock",
     "      --trace FILE    boot_id,boot_s,utc,device,meter,quantity,value\n"
     "  -c, --config FILE   the configuration\n"
     "      --state DIR     where the ledger goes\n"
     "      --points        the outputs get the trace's points, too, once an agent runs on that ledger\n",
     command_replay},
};

enum { COMMAND_COUNT = sizeof(COMMANDS) / sizeof(COMMANDS[0]) };

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(COMMANDS[i].name, name) == 0)
			return &COMMANDS[i];
	}
	return NULL;
}

static int refuse_command(const char *name)
{
	const char *names[COMMAND_COUNT + 1];
	const char *nearest;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = COMMANDS[i].name;
	names[COMMAND_COUNT] = NULL;
	nearest = text_nearest(name, names);
	if (nearest != NULL)
		fprintf(stderr, "wattledger: there is no command '%s'; did you mean '%s'?\n", name, nearest);
	else
		fprintf(stderr, "wattledger: there is no command '%s'; `wattledger help` lists them\n", name);
	return err_exit_code(ERR_USAGE);
}

static int print_list(void)
{
	fputs("wattledger: energy and carbon of data-centre and network hardware, as a ledger\n\nusage: wattledger COMMAND [OPTION...]\n\n",
	      stdout);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-*s %s\n", NAME_COLUMN, COMMANDS[i].name, COMMANDS[i].summary);
	fputs("\n`wattledger help COMMAND` explains one. `wattledger --version` tells the version.\n"
	      "Exit codes: 0 good, 64 usage, 65 bad data, 69 unavailable, 74 input or output, 77 permission, 78 configuration.\n",
	      stdout);
	return 0;
}

static int print_command(const struct command *command)
{
	printf("usage: wattledger %s %s\n\n%s\n\n%s", command->name, command->arguments, command->summary, command->details);
	return 0;
}

static int run_help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return print_list();
	command = find_command(argv[1]);
	return command == NULL ? refuse_command(argv[1]) : print_command(command);
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return print_list();
	if (strcmp(argv[1], "--version") == 0) {
		puts("wattledger " WATTLEDGER_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "help") == 0)
		return run_help(argc - 1, argv + 1);
	if (strcmp(argv[1], "completion") == 0)
		return completion_run(COMMANDS, COMMAND_COUNT, argc - 1, argv + 1);
	command = find_command(argv[1]);
	if (command == NULL)
		return refuse_command(argv[1]);
	return wants_help(argc - 1, argv + 1) ? print_command(command) : command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int code;

	/* Texts are UTF-8 whatever the surroundings say; numbers and times never depend on a locale. */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (sodium_init() < 0) {
		fputs("wattledger: the cryptographic library does not start\n", stderr);
		return err_exit_code(ERR_IO);
	}
	code = dispatch(argc, argv);
	if ((fflush(stdout) != 0 || ferror(stdout) != 0) && code == 0) {
		fputs("wattledger: cannot write to standard output\n", stderr);
		return err_exit_code(ERR_IO);
	}
	return code;
}

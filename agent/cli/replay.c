/* SPDX-License-Identifier: Apache-2.0 */
#include "run/replay.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/progress_bar.h"

#include <inttypes.h>
#include <stdio.h>

enum { TRACE_BYTES_MAX = 1 << 30 };

static const char usage_text[] =
    "usage: wattledger replay --trace FILE.csv -c FILE --state DIR [--points] [--drivers DIR] [--grid DIR]\n"
    "\n"
    "Takes a trace (boot_id,boot_s,utc,device,meter,quantity,value) through the same accounting as the agent, on the\n"
    "trace's own clock, into DIR/ledger.db, which may be there already: then the trace goes on from it, under\n"
    "another configuration if you like. Afterwards: wattledger report --state DIR --period A..B, and events.\n"
    "\n"
    "A trace is CSV with that header and one number a row:\n"
    "  boot_id   any name of a start of the machine; rows of one stand together. Another name: it restarted\n"
    "  boot_s    seconds since then, up to nine decimals; they never fall within a boot. A jump is a silence, or a\n"
    "            machine that was suspended\n"
    "  utc       what its wall clock shows, like 2026-10-05T12:00:00Z; empty while nothing keeps that clock\n"
    "  device    an id of the configuration\n"
    "  meter     the key, like total or outlet/7; empty for uptime_s and serial\n"
    "  quantity  power_w: watts. raw_counter: steps of the driver's energy counter (of 1 J where it has none), whole.\n"
    "            energy_j, energy_out_j: counters in joules, up to three decimals. bytes, tx_bytes: counters of octets received\n"
    "            and sent. uptime_s: seconds since the device started. serial: its serial number, a text\n"
    "Rows of one device with the same boot_s are one read. Scale, width and rollover are the driver's (wattledger\n"
    "drivers show NAME), rated power the configuration's. A bad row ends the replay with FILE:LINE:COLUMN; what stands\n"
    "before it is kept.\n"
    "  --points  what the configuration's outputs are to get of it waits in the outbox of DIR/ledger.db: wattledgerd -c\n"
    "            FILE --state DIR sends it\n"
    "\n"
    "  boot_id,boot_s,utc,device,meter,quantity,value\n"
    "  b1,0,2026-10-05T12:00:00Z,pdu,total,raw_counter,5000\n"
    "  b1,10,2026-10-05T12:00:10Z,pdu,total,raw_counter,6000\n"
    "  b2,3.5,,pdu,total,raw_counter,9000\n";

static void print_report(const struct replay_report *report, const char *ledger_path)
{
	char first[CLOCK_TEXT_BYTES];

	printf("rows %" PRIu64 ", reads %" PRIu64 ", boots %" PRIu64 ", commits %" PRIu64 "\n", report->row_count, report->read_count,
	       report->boot_count, report->commit_count);
	if (report->last_utc_ms != 0) {
		clock_print_utc(first, report->last_utc_ms);
		printf("last instant %s\n", first);
	} else {
		puts("the trace's clock was never trusted at its end: what it measured then has no place in time yet");
	}
	printf("ledger %s\n", ledger_path);
}

static int replay_file(const struct cli_options *options, const struct settings *settings)
{
	struct replay_report report = {0};
	struct replay_source source = {.settings = settings, .name = options->trace_path, .has_points = options->has_points};
	struct err_info info = {0};
	struct progress_bar bar;
	struct buf trace;
	enum err err;

	/* That each device comes up is no news in a trace. */
	log_init("wattledger", LOG_LEVEL_NOTICE);
	buf_init(&trace, TRACE_BYTES_MAX);
	err = file_read(options->trace_path, &trace, &info);
	source.data = trace.data;
	source.bytes = trace.bytes;
	progress_bar_begin(&bar, "replay");
	source.progress = &bar.progress;
	if (err == ERR_NONE)
		err = replay_run(&source, &report, &info);
	progress_bar_end(&bar);
	buf_deinit(&trace);
	if (err != ERR_NONE)
		return cli_fail("replay", &info);
	print_report(&report, settings->core.ledger_path);
	return 0;
}

int command_replay(int argc, char **argv)
{
	struct cli_options options;
	struct settings *settings = NULL;
	struct err_info info = {0};
	int exit_code;

	if (cli_options_parse(&options, argc, argv, CLI_TRACE | CLI_CONFIG | CLI_STATE | CLI_DRIVERS | CLI_GRID | CLI_POINTS, &info) !=
	    ERR_NONE)
		return cli_fail("replay", &info);
	if (options.is_help) {
		fputs(usage_text, stdout);
		return 0;
	}
	if (options.trace_path == NULL || options.config_path == NULL || options.state_dir == NULL || options.operand_count != 0) {
		(void)err_set(&info, ERR_USAGE, "--trace FILE, -c FILE and --state DIR are needed, and nothing else");
		return cli_fail("replay", &info);
	}
	exit_code = cli_load_settings(&options, &settings);
	if (exit_code != 0)
		return exit_code;
	exit_code = replay_file(&options, settings);
	settings_free(settings);
	return exit_code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* status: the verdict first. Asks the running agent; without one, tells what the ledger says. */
#include "base/buf.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/status_view.h"
#include "ledger/ledger.h"
#include "ledger/outbox.h"
#include "ledger/resume.h"
#include "report/figure.h"
#include "report/totals.h"
#include "run/ask.h"

#include <stdio.h>
#include <string.h>

/* What monitoring plugins return (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
enum { CHECK_OK = 0, CHECK_WARNING = 1, CHECK_CRITICAL = 2, CHECK_UNKNOWN = 3 };

enum { ANSWER_BYTES_MAX = 1 << 20 };

/* ---- Without an agent: the ledger alone ---- */

struct offline {
	struct ledger_resume resume;
	struct ledger_outbox_figures outbox;
	struct report_totals today;
};

static enum err read_offline(struct offline *out, struct ledger *ledger, struct err_info *info)
{
	struct report_request request = {.period = "today", .now_utc_ms = sources_now_utc_ms()};
	enum err err = ledger_resume_read(ledger, &out->resume, info);

	if (err == ERR_NONE)
		err = ledger_outbox_measure(ledger, NULL, &out->outbox, info);
	return err == ERR_NONE ? report_totals_make(&out->today, ledger, &request, REPORT_SITE, info) : err;
}

static void add_newest(struct buf *out, const struct offline *offline)
{
	if (offline->resume.newest_utc_ms == 0)
		buf_add_text(out, "never");
	else
		figure_add_utc(out, offline->resume.newest_utc_ms);
}

static void print_offline(const struct offline *offline, const struct ledger *ledger, const char *why)
{
	struct buf text;

	buf_init(&text, ANSWER_BYTES_MAX);
	buf_add_format(&text, "critical\n  %s\nThis is from the ledger:\n", why);
	buf_add_format(&text, "ledger         %s (%llu bytes)\nnewest entry   ", ledger_path(ledger),
		       (unsigned long long)ledger_file_bytes(ledger));
	add_newest(&text, offline);
	buf_add_format(&text, "\nopen meters    %llu\nwaiting        %llu points, %llu bytes\nrefused        %llu points\n",
		       (unsigned long long)offline->resume.open_count, (unsigned long long)offline->outbox.point_count,
		       (unsigned long long)offline->outbox.stored_bytes, (unsigned long long)offline->outbox.parked_points);
	for (size_t i = 0; i < offline->today.count; i++) {
		const struct report_total *row = &offline->today.row[i];

		if (row->level != REPORT_SITE)
			continue;
		buf_add_format(&text, "today          %s: ", row->site->id);
		if (row->has_energy)
			figure_add_kwh(&text, row->energy_millij, 3);
		else
			buf_add_text(&text, FIGURE_NONE);
		buf_add_text(&text, " kWh, covered ");
		figure_add_pct(&text, report_total_covered_ms(row), row->expected_ms);
		buf_add_text(&text, " %\n");
	}
	fputs(buf_text(&text), stdout);
	buf_deinit(&text);
}

static void print_offline_json(const struct offline *offline, const struct ledger *ledger, const char *why)
{
	struct json json;
	struct buf text;
	struct buf newest;

	buf_init(&text, ANSWER_BYTES_MAX);
	buf_init(&newest, 64);
	add_newest(&newest, offline);
	json_init(&json, &text);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.status/1");
	json_add_text(&json, "verdict", "critical");
	json_open_array(&json, "reasons");
	json_add_text(&json, NULL, why);
	json_close_array(&json);
	json_add_null(&json, "agent");
	json_open_object(&json, "ledger");
	json_add_text(&json, "path", ledger_path(ledger));
	json_add_i64(&json, "bytes", (int64_t)ledger_file_bytes(ledger));
	json_add_text(&json, "newest_utc", offline->resume.newest_utc_ms == 0 ? NULL : buf_text(&newest));
	json_add_i64(&json, "open_meters", (int64_t)offline->resume.open_count);
	json_add_i64(&json, "waiting_points", (int64_t)offline->outbox.point_count);
	json_add_i64(&json, "waiting_bytes", (int64_t)offline->outbox.stored_bytes);
	json_add_i64(&json, "parked_points", (int64_t)offline->outbox.parked_points);
	json_close_object(&json);
	json_close_object(&json);
	buf_add_char(&text, '\n');
	fputs(buf_text(&text), stdout);
	buf_deinit(&newest);
	buf_deinit(&text);
}

/* The ledger's story when there is one; ERR_UNAVAILABLE either way, since no agent runs. */
static enum err tell_offline(const struct cli_options *options, struct err_info *info)
{
	struct offline offline = {0};
	struct err_info ledger_info = {0};
	struct ledger *ledger = NULL;
	enum err err = sources_open_ledger(&ledger, options, &ledger_info);

	if (err == ERR_NONE)
		err = read_offline(&offline, ledger, &ledger_info);
	if (err == ERR_NONE && options->format == CLI_JSON)
		print_offline_json(&offline, ledger, info->text);
	else if (err == ERR_NONE)
		print_offline(&offline, ledger, info->text);
	if (err == ERR_NONE)
		report_totals_deinit(&offline.today);
	else
		(void)err_set(info, ERR_UNAVAILABLE, "no agent runs, and the ledger tells nothing: %s", ledger_info.text);
	ledger_close(ledger);
	return err;
}

/* ---- The command ---- */

static int check_code(enum status_verdict verdict)
{
	return verdict == STATUS_OK ? CHECK_OK : verdict == STATUS_WARNING ? CHECK_WARNING : CHECK_CRITICAL;
}

/* One line and the plugin's code. No agent is critical; an answer that is not understood is unknown. */
static int check(const struct cli_options *options)
{
	struct err_info info = {0};
	enum status_verdict verdict;
	struct buf answer;
	struct buf line;
	int code = CHECK_UNKNOWN;
	enum err err;

	buf_init(&answer, ASK_ANSWER_BYTES_MAX);
	buf_init(&line, ANSWER_BYTES_MAX);
	err = ask_agent(cli_state_dir(options), "status", &answer, &info);
	if (err == ERR_NONE)
		err = status_view_line(&line, &verdict, buf_text(&answer), answer.bytes, &info);
	if (err == ERR_NONE) {
		fputs(buf_text(&line), stdout);
		code = check_code(verdict);
	} else if (err == ERR_UNAVAILABLE) {
		printf("WATTLEDGER CRITICAL - %s\n", info.text);
		code = CHECK_CRITICAL;
	} else {
		printf("WATTLEDGER UNKNOWN - %s\n", info.text);
	}
	buf_deinit(&line);
	buf_deinit(&answer);
	return code;
}

static int run(const struct cli_options *options)
{
	struct err_info info = {0};
	struct buf answer;
	enum err err;
	int code;

	buf_init(&answer, ASK_ANSWER_BYTES_MAX);
	err = ask_agent(cli_state_dir(options), "status", &answer, &info);
	if (err == ERR_UNAVAILABLE) {
		code = err_exit_code(err);
		if (tell_offline(options, &info) != ERR_NONE)
			code = cli_fail("status", &info);
		buf_deinit(&answer);
		return code;
	}
	if (err == ERR_NONE && options->format == CLI_JSON)
		err = sources_write(&answer, &info);
	else if (err == ERR_NONE)
		err = status_view_print(stdout, buf_text(&answer), answer.bytes, &info);
	buf_deinit(&answer);
	return err == ERR_NONE ? 0 : cli_fail("status", &info);
}

int command_status(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_STATE | CLI_LEDGER | CLI_CHECK | CLI_FORMAT, &info);

	if (err == ERR_NONE && options.format != CLI_TABLE && options.format != CLI_JSON)
		err = err_set(&info, ERR_USAGE, "--format is table or json here");
	if (err != ERR_NONE)
		return cli_fail("status", &info);
	return options.is_check ? check(&options) : run(&options);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: what is missing, why, and the exact command that mends it. */
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/doctor_priv.h"
#include "cli/options.h"
#include "cli/sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 1 << 20 };

static const char *const LEVEL_NAME[DOCTOR_LEVEL_COUNT] = {"ok", "note", "FIX"};
static const char *const LEVEL_ID[DOCTOR_LEVEL_COUNT] = {"ok", "note", "fix"};

/* ---- Findings ---- */

__attribute__((format(printf, 2, 0))) static void print_clean(char out[static DOCTOR_TEXT_BYTES], const char *fmt, va_list arguments)
{
	char text[DOCTOR_TEXT_BYTES];

	vsnprintf(text, sizeof(text), fmt, arguments);
	text_clean(out, DOCTOR_TEXT_BYTES, text, strlen(text));
}

void doctor_add(struct doctor *doctor, enum doctor_level level, const char *subject, const char *fmt, ...)
{
	struct doctor_finding *finding = &doctor->finding[doctor->count];
	va_list arguments;

	if (doctor->count == DOCTOR_FINDINGS_MAX) {
		doctor->left_out++;
		return;
	}
	doctor->count++;
	*finding = (struct doctor_finding){.level = level};
	text_copy(finding->subject, sizeof(finding->subject), subject);
	va_start(arguments, fmt);
	print_clean(finding->text, fmt, arguments);
	va_end(arguments);
}

void doctor_fix(struct doctor *doctor, const char *fmt, ...)
{
	va_list arguments;

	if (doctor->count == 0 || doctor->left_out > 0)
		return;
	va_start(arguments, fmt);
	print_clean(doctor->finding[doctor->count - 1].fix, fmt, arguments);
	va_end(arguments);
}

static size_t count_level(const struct doctor *doctor, enum doctor_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < doctor->count; i++)
		count += doctor->finding[i].level == level ? 1 : 0;
	return count;
}

/* ---- Showing ---- */

static void print_findings(const struct doctor *doctor)
{
	static const char *const COLOR[DOCTOR_LEVEL_COUNT] = {"\033[32m", "\033[33m", "\033[31m"};
	bool has_color = cli_has_color();
	size_t fixes = count_level(doctor, DOCTOR_FIX);

	for (size_t i = 0; i < doctor->count; i++) {
		const struct doctor_finding *finding = &doctor->finding[i];

		printf("%s%-5s%s %-14s %s\n", has_color ? COLOR[finding->level] : "", LEVEL_NAME[finding->level],
		       has_color ? "\033[0m" : "", finding->subject, finding->text);
		if (finding->fix[0] != '\0')
			printf("%-5s %-14s -> %s\n", "", "", finding->fix);
	}
	if (doctor->left_out > 0)
		printf("and %zu more findings\n", doctor->left_out);
	if (fixes == 0)
		puts("nothing to mend");
	else
		printf("%zu to mend\n", fixes);
}

static enum err print_json(const struct doctor *doctor, struct err_info *info)
{
	struct json json;
	struct buf text;
	enum err err;

	buf_init(&text, ANSWER_BYTES_MAX);
	json_init(&json, &text);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.doctor/1");
	json_open_array(&json, "findings");
	for (size_t i = 0; i < doctor->count; i++) {
		const struct doctor_finding *finding = &doctor->finding[i];

		json_open_object(&json, NULL);
		json_add_text(&json, "level", LEVEL_ID[finding->level]);
		json_add_text(&json, "subject", finding->subject);
		json_add_text(&json, "text", finding->text);
		json_add_text(&json, "fix", finding->fix[0] == '\0' ? NULL : finding->fix);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
	buf_add_char(&text, '\n');
	err = sources_write(&text, info);
	buf_deinit(&text);
	return err;
}

/* ---- The command ---- */

static void check_config(struct doctor *doctor, struct problems *problems, enum err err)
{
	struct buf text;

	if (err != ERR_NONE) {
		buf_init(&text, ANSWER_BYTES_MAX);
		problems_sort(problems);
		problems_print(problems, &text);
		doctor_add(doctor, DOCTOR_FIX, "configuration", "%zu error%s: %.*s", problems->error_count,
			   problems->error_count == 1 ? "" : "s", (int)strcspn(buf_text(&text), "\n"), buf_text(&text));
		doctor_fix(doctor, "wattledger check -c %s", doctor->config_path);
		buf_deinit(&text);
		return;
	}
	doctor_add(doctor, problems->warning_count > 0 ? DOCTOR_NOTE : DOCTOR_OK, "configuration",
		   "%s: sites %zu, devices %zu, outputs %zu, warnings %zu", doctor->config_path, doctor->settings->core.site_count,
		   doctor->settings->core.device_count, doctor->settings->core.output_count, problems->warning_count);
	if (problems->warning_count > 0)
		doctor_fix(doctor, "wattledger check -c %s", doctor->config_path);
}

static enum err examine(const struct cli_options *options, bool *has_fix, struct err_info *info)
{
	struct settings_options given = {
	    .state_dir = options->state_dir, .drivers_dir = options->drivers_dir, .grid_dir = options->grid_dir};
	struct doctor doctor = {.config_path = sources_config_path(options), .state_dir = cli_state_dir(options)};
	struct problems problems = {0};
	struct settings *settings = NULL;
	enum err err;

	doctor.finding = mem_new_array(DOCTOR_FINDINGS_MAX, sizeof(*doctor.finding));
	if (doctor.finding == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	err = settings_load(&settings, doctor.config_path, &given, &problems);
	if (err == ERR_NONE) {
		doctor.settings = settings;
		doctor.state_dir = settings->state_dir;
	}
	check_config(&doctor, &problems, err);
	problems_deinit(&problems);
	doctor_check_agent(&doctor);
	doctor_check_host(&doctor);
	err = ERR_NONE;
	if (options->format == CLI_JSON)
		err = print_json(&doctor, info);
	else
		print_findings(&doctor);
	*has_fix = count_level(&doctor, DOCTOR_FIX) > 0;
	settings_free(settings);
	mem_free(doctor.finding);
	return err;
}

int command_doctor(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	bool has_fix = false;
	enum err err = cli_options_parse(&options, argc, argv, CLI_CONFIG | CLI_STATE | CLI_DRIVERS | CLI_GRID | CLI_FORMAT, &info);

	if (err == ERR_NONE && options.format != CLI_TABLE && options.format != CLI_JSON)
		err = err_set(&info, ERR_USAGE, "--format is table or json here");
	if (err == ERR_NONE)
		err = examine(&options, &has_fix, &info);
	if (err != ERR_NONE)
		return cli_fail("doctor", &info);
	return has_fix ? err_exit_code(ERR_UNAVAILABLE) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-plan: the loader. Reads the configuration, tells all that is wrong in it, and writes the plan of each process that is needed
 * into the descriptor it was given; a plan that is not needed leaves its descriptor empty.
 *
 *   wattledger-plan -c FILE [--state DIR] [--drivers DIR] [--grid DIR] --fds core=N,deliver=N,snmp=N,...
 *   wattledger-plan -c FILE [...] --check [--resolve]
 */
#include "base/buf.h"
#include "base/file.h"
#include "base/num.h"
#include "settings/settings.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAIN_PLAN_BYTES_MAX = 512 << 20, MAIN_PROBLEM_BYTES_MAX = 8 << 20 };

struct arguments {
	const char *config_path;
	const char *fds;
	bool is_check;
	struct settings_options options;
};

static const char usage[] =
    "usage: wattledger-plan -c FILE [--state DIR] [--drivers DIR] [--grid DIR] (--fds core=N,... | --check [--resolve])\n";

static enum err parse_arguments(int argc, char **argv, struct arguments *out, struct err_info *info)
{
	static const struct option option[] = {
	    {"config", required_argument, NULL, 'c'},  {"state", required_argument, NULL, 's'},
	    {"drivers", required_argument, NULL, 'd'}, {"grid", required_argument, NULL, 'g'},
	    {"fds", required_argument, NULL, 'f'},     {"check", no_argument, NULL, 'k'},
	    {"resolve", no_argument, NULL, 'r'},       {NULL, 0, NULL, 0},
	};
	int c = 0;

	while ((c = getopt_long(argc, argv, "c:", option, NULL)) != -1) {
		switch (c) {
		case 'c': out->config_path = optarg; break;
		case 's': out->options.state_dir = optarg; break;
		case 'd': out->options.drivers_dir = optarg; break;
		case 'g': out->options.grid_dir = optarg; break;
		case 'f': out->fds = optarg; break;
		case 'k': out->is_check = true; break;
		case 'r': out->options.is_resolving = true; break;
		default: return err_set(info, ERR_USAGE, "%s", usage);
		}
	}
	if (optind != argc || out->config_path == NULL || (out->fds == NULL) == !out->is_check)
		return err_set(info, ERR_USAGE, "%s", usage);
	return ERR_NONE;
}

/* "core=5,snmp=7" into fd[kind], -1 where there is none. */
static enum err parse_fds(const char *text, int fd[static PLAN_KIND_COUNT], struct err_info *info)
{
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++)
		fd[kind] = -1;
	while (*text != '\0') {
		size_t bytes = strcspn(text, ",");
		size_t name_bytes = strcspn(text, "=,");
		char number[NUM_TEXT_BYTES] = "";
		int64_t value = -1;
		int kind = 0;
		while (kind < PLAN_KIND_COUNT && (strlen(plan_kind_name((enum plan_kind)kind)) != name_bytes ||
						  strncmp(plan_kind_name((enum plan_kind)kind), text, name_bytes) != 0))
			kind++;
		if (bytes > name_bytes && bytes - name_bytes - 1 < sizeof number)
			memcpy(number, text + name_bytes + 1, bytes - name_bytes - 1);
		if (kind == PLAN_KIND_COUNT || !num_parse_i64(number, &value) || value < 0 || value > 1 << 20)
			return err_set(info, ERR_USAGE, "--fds: \"%.*s\" is not understood: NAME=NUMBER, as in core=5", (int)bytes, text);
		fd[kind] = (int)value;
		text += bytes;
		text += *text == ',' ? 1 : 0;
	}
	if (fd[PLAN_CORE] < 0)
		return err_set(info, ERR_USAGE, "--fds: core is missing");
	return ERR_NONE;
}

/* Which plans are needed; each encoder appends to `out`. */
static enum err encode(const struct settings *settings, enum plan_kind kind, struct buf *out, struct err_info *info)
{
	switch (kind) {
	case PLAN_CORE: return plan_core_encode(&settings->core, out, info);
	case PLAN_DELIVER: return settings->deliver.target_count > 0 ? plan_deliver_encode(&settings->deliver, out, info) : ERR_NONE;
	case PLAN_SNMP: return settings->snmp.device_count > 0 ? plan_snmp_encode(&settings->snmp, out, info) : ERR_NONE;
	case PLAN_RAPL: return settings->rapl.device_count > 0 ? plan_rapl_encode(&settings->rapl, out, info) : ERR_NONE;
	case PLAN_IPMI: return settings->ipmi.device_count > 0 ? plan_ipmi_encode(&settings->ipmi, out, info) : ERR_NONE;
	case PLAN_PAGE: return settings->page.host[0] != '\0' ? plan_page_encode(&settings->page, out, info) : ERR_NONE;
	case PLAN_MODBUS: return settings->modbus.device_count > 0 ? plan_modbus_encode(&settings->modbus, out, info) : ERR_NONE;
	case PLAN_SERIES: return settings->series.source_count > 0 ? plan_series_encode(&settings->series, out, info) : ERR_NONE;
	case PLAN_TRAFFIC: return settings->traffic.device_count > 0 ? plan_traffic_encode(&settings->traffic, out, info) : ERR_NONE;
	default: return ERR_NONE;
	}
}

static enum err write_plan(const struct settings *settings, enum plan_kind kind, int fd, struct err_info *info)
{
	struct buf out;

	buf_init(&out, MAIN_PLAN_BYTES_MAX);
	enum err err = encode(settings, kind, &out, info);
	if (err == ERR_NONE && out.bytes > 0 && fd < 0)
		err = err_set(info, ERR_USAGE, "--fds: the configuration needs %s", plan_kind_name(kind));
	if (err == ERR_NONE && out.bytes > 0)
		err = file_write_all(fd, out.data, out.bytes, info);
	if (out.data != NULL)
		explicit_bzero(out.data, out.capacity_bytes);
	buf_deinit(&out);
	return err;
}

static void print_problems(const struct problems *problems)
{
	struct buf out;

	buf_init(&out, MAIN_PROBLEM_BYTES_MAX);
	problems_print(problems, &out);
	fputs(buf_text(&out), stderr);
	buf_deinit(&out);
}

static enum err run(struct arguments *arguments, struct err_info *info)
{
	struct problems problems = {0};
	struct settings *settings = NULL;
	int fd[PLAN_KIND_COUNT];
	enum err err = ERR_NONE;

	if (!arguments->is_check) {
		arguments->options.is_resolving = true;
		err = parse_fds(arguments->fds, fd, info);
		if (err != ERR_NONE)
			return err;
	}
	err = settings_load(&settings, arguments->config_path, &arguments->options, &problems);
	print_problems(&problems);
	if (err == ERR_MEMORY)
		err_set(info, err, "out of memory");
	for (int kind = 0; kind < PLAN_KIND_COUNT && err == ERR_NONE && !arguments->is_check; kind++)
		err = write_plan(settings, (enum plan_kind)kind, fd[kind], info);
	settings_free(settings);
	problems_deinit(&problems);
	return err;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {.config_path = NULL};
	struct err_info info = {0};

	arguments.options.credentials_dir = getenv("CREDENTIALS_DIRECTORY");
	enum err err = parse_arguments(argc, argv, &arguments, &info);
	if (err == ERR_NONE)
		err = run(&arguments, &info);
	if (info.text[0] != '\0')
		fprintf(stderr, "wattledger-plan: %s%s", info.text, info.text[strlen(info.text) - 1] == '\n' ? "" : "\n");
	return err_exit_code(err);
}

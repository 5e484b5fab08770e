/* SPDX-License-Identifier: Apache-2.0 */
/* demo: a simulated site on loopback, and an agent on it. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/demo_more.h"
#include "cli/demo_past.h"
#include "cli/foreground.h"
#include "cli/options.h"
#include "cli/simulator.h"
#include "model/units.h"
#include "run/spawn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONFIG_BYTES_MAX = 1 << 16, SIMULATOR_COUNT = 2 };

/* The simulators outlive a demo without --for; they end with it anyway. */
#define SIMULATOR_FOR "366d"

static const char BANNER[] =
    "SIMULATED: two PDUs behind a UPS, a switch, a meter and a server, all on loopback. Nothing of them is measured.\n";

/* Further devices take the next addresses, in this order of models. */
static const char MODELS[] = "ups-mib,apc-rpdu2,raritan-px2,if-mib";

struct demo {
	char folder[FOREGROUND_PATH_BYTES];
	char config_path[FOREGROUND_PATH_BYTES];
	char tree_path[FOREGROUND_PATH_BYTES];
	pid_t simulator[SIMULATOR_COUNT]; /* 0: not started */
	struct demo_more more;
	uint16_t port;
	uint16_t page_port; /* 0: this build has no status page */
	bool has_past;
	struct demo_past past;
	char since[CLOCK_TEXT_BYTES]; /* when the simulators' time began, of a past */
};

/* With a past the devices go on where it ends, with the curve of a day; without one a minute shows what they can do. */
static const char *since(const struct demo *demo)
{
	return demo->has_past ? demo->since : NULL;
}

static enum err start_devices(struct demo *demo, struct err_info *info)
{
	const char *arguments[] = {"--devices",
				   "4",
				   "--model",
				   MODELS,
				   "--for",
				   SIMULATOR_FOR,
				   "--curve",
				   demo->has_past ? "day" : "fast",
				   demo->has_past ? "--since" : NULL,
				   since(demo)};
	struct simulator_ready ready = {0};
	struct spawn_request request;
	enum err err;

	spawn_request_init(&request, "wattledger-sim-snmp");
	memcpy(request.argument, arguments, sizeof(arguments));
	err = simulator_start(&demo->simulator[0], &request, &ready, info);
	demo->port = ready.port;
	return err;
}

static enum err start_server(struct demo *demo, struct err_info *info)
{
	const char *arguments[] = {"--root", demo->tree_path, "--layout", "server", "--curve", "fast", "--for", SIMULATOR_FOR};
	struct spawn_request request;
	enum err err = file_join(demo->tree_path, sizeof(demo->tree_path), demo->folder, "sys", info);

	if (err == ERR_NONE)
		err = file_make_dirs(demo->tree_path, 0700, info);
	if (err != ERR_NONE)
		return err;
	spawn_request_init(&request, "wattledger-sim-powercap");
	memcpy(request.argument, arguments, sizeof(arguments));
	return simulator_start(&demo->simulator[1], &request, NULL, info);
}

/* This machine's own counters are shown beside the simulated site when they can be read; they never count in it. */
static bool has_own_counters(void)
{
	return access("/sys/class/powercap/intel-rapl:0/energy_uj", R_OK) == 0;
}

/* A port that is free now, so that its number can be told before the page listens there. */
static uint16_t find_free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_bound =
	    fd >= 0 && bind(fd, (const struct sockaddr *)&address, bytes) == 0 && getsockname(fd, (struct sockaddr *)&address, &bytes) == 0;

	if (fd >= 0)
		close(fd);
	return is_bound ? ntohs(address.sin_port) : 0;
}

static bool has_page(void)
{
	char path[FOREGROUND_PATH_BYTES];

	return spawn_find("wattledger-page", path, sizeof path, NULL) == ERR_NONE;
}

/* The stores that need no more than their address. The InfluxDB has to have the database: CREATE DATABASE energy. */
static const char *const STORE_TYPES[] = {"influxdb_v1", "victoriametrics"};

/* TYPE=URL into a line of the configuration; no URL has a quote or a character below the space. */
static enum err add_store(struct buf *text, const char *store, struct err_info *info)
{
	for (size_t i = 0; i < sizeof(STORE_TYPES) / sizeof(STORE_TYPES[0]); i++) {
		size_t bytes = strlen(STORE_TYPES[i]);
		const char *url = store + bytes + 1;

		if (strncmp(store, STORE_TYPES[i], bytes) != 0 || store[bytes] != '=')
			continue;
		for (const char *at = url; *at != '\0'; at++) {
			if (*at == '\'' || (unsigned char)*at <= ' ')
				return err_set(info, ERR_USAGE, "--store '%s': that is no URL", store);
		}
		buf_add_format(text, "outputs: [{type: %s, urls: ['%s'], database: energy}]\n", STORE_TYPES[i], url);
		return ERR_NONE;
	}
	return err_set(info, ERR_USAGE, "--store '%s' is neither influxdb_v1=URL nor victoriametrics=URL", store);
}

/* Device `number` of MODELS. A past is read before anything could be recognised: it names the driver. */
static void add_device(struct buf *text, const struct demo *demo, int number, const char *head, const char *driver)
{
	buf_add_format(text, "  - {%s, community: public, ", head);
	if (demo->has_past && driver != NULL)
		buf_add_format(text, "driver: %s, ", driver);
	buf_add_format(text, "address: 'snmp://127.9.0.%d:%d'}\n", number, demo->port);
}

static enum err write_config(struct demo *demo, const char *store, struct err_info *info)
{
	struct buf text;
	enum err err = file_join(demo->config_path, sizeof(demo->config_path), demo->folder, "demo.yaml", info);

	if (err != ERR_NONE)
		return err;
	buf_init(&text, CONFIG_BYTES_MAX);
	buf_add_text(&text, "# A simulated site.\n"
			    "sites: [{id: demo, name: Simulated site, zone: DE, time_zone: UTC}]\n"
			    "agent: {clock: assumed}\n"
			    "local: no\n");
	buf_add_format(&text, "defaults: {interval: 2s, timeout: 500ms, retries: 1%s}\n", demo->has_past ? ", max_gap: 10min" : "");
	buf_add_format(&text, "ledger: {slot: %s, commit: 2s, grace: 5s}\n", demo->has_past ? "5min" : "1min");
	demo->page_port = has_page() ? find_free_port() : 0;
	if (demo->page_port != 0)
		buf_add_format(&text, "page: {listen: '127.0.0.1:%u'}\n", (unsigned)demo->page_port);
	if (store != NULL)
		err = add_store(&text, store, info);
	if (err != ERR_NONE) {
		buf_deinit(&text);
		return err;
	}
	buf_add_text(&text, "devices:\n");
	add_device(&text, demo, 1, "id: ups, name: UPS", "ups_mib");
	add_device(&text, demo, 2, "id: pdu-a, name: PDU feed A, fed_by: ups", "apc_rpdu2");
	add_device(&text, demo, 3, "id: pdu-b, name: PDU feed B, fed_by: ups", "raritan_px2");
	add_device(&text, demo, 4, "id: switch, name: Switch, in_total: no, ref: uni", "power_ethernet");
	buf_add_format(&text, "  - {id: server, name: Server, fed_by: pdu-a, address: rapl, sysfs: '%s'}\n", demo->tree_path);
	err = demo_more_start(&demo->more, demo->folder, since(demo), &text, info);
	if (has_own_counters())
		buf_add_text(&text, "  - {id: this-host, name: This machine (real), in_total: no, address: rapl}\n");
	if (err == ERR_NONE)
		err = text.is_failed ? err_set(info, ERR_MEMORY, "no memory")
				     : file_replace(demo->config_path, buf_text(&text), text.bytes, 0600, info);
	buf_deinit(&text);
	return err;
}

static enum err prepare(struct demo *demo, const struct cli_options *options, struct err_info *info)
{
	enum err err = foreground_make_folder(demo->folder, options->state_dir, "demo", info);

	if (err == ERR_NONE && demo->has_past)
		err = demo_past_check(demo->folder, info);
	if (err == ERR_NONE)
		err = start_devices(demo, info);
	if (err == ERR_NONE)
		err = start_server(demo, info);
	return err == ERR_NONE ? write_config(demo, options->store, info) : err;
}

static const char *drivers_dir(const struct demo *demo)
{
	return demo->more.drivers_dir[0] == '\0' ? NULL : demo->more.drivers_dir;
}

static enum err make_past(struct demo *demo, const struct cli_options *options, struct err_info *info)
{
	demo->past.folder = demo->folder;
	demo->past.config_path = demo->config_path;
	demo->past.drivers_dir = drivers_dir(demo);
	demo->past.has_meter = demo_more_has_meter(&demo->more);
	demo->past.has_points = options->store != NULL;
	return demo->has_past ? demo_past_make(&demo->past, info) : ERR_NONE;
}

static void stop_simulators(const struct demo *demo)
{
	for (size_t i = 0; i < SIMULATOR_COUNT; i++)
		simulator_stop(demo->simulator[i]);
	demo_more_stop(&demo->more);
}

int command_demo(int argc, char **argv)
{
	struct foreground_options foreground = {0};
	struct demo demo = {0};
	struct cli_options options;
	struct err_info info = {0};
	int code;
	enum err err = cli_options_parse(&options, argc, argv, CLI_FOR | CLI_STATE | CLI_STORE | CLI_PERIOD, &info);

	demo.has_past = options.period != NULL;
	if (err == ERR_NONE && demo.has_past)
		err = demo_past_from(&demo.past, options.period, &info);
	if (err != ERR_NONE)
		return cli_fail("demo", &info);
	clock_print_utc(demo.since, demo.past.since_s * UNITS_MS_PER_S);
	foreground_catch_signals();
	fputs(BANNER, stderr);
	err = prepare(&demo, &options, &info);
	if (err == ERR_NONE)
		err = make_past(&demo, &options, &info);
	if (err == ERR_NONE) {
		fprintf(stderr, "state: %s\n", demo.folder);
		if (demo.page_port != 0)
			fprintf(stderr, "status page: http://127.0.0.1:%u/\n", (unsigned)demo.page_port);
		foreground.is_fresh = options.state_dir == NULL;
		foreground.config_path = demo.config_path;
		foreground.drivers_dir = drivers_dir(&demo);
		foreground.state_dir = demo.folder;
		foreground.for_ms = options.for_ms;
		code = foreground_run(&foreground);
		fputs(BANNER, stderr);
	} else {
		code = cli_fail("demo", &info);
	}
	stop_simulators(&demo);
	return code;
}

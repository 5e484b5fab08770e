/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_more.h"

#include "base/file.h"
#include "cli/simulator.h"
#include "run/spawn.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATH_BYTES = DEMO_MORE_PATH_BYTES, TEXT_BYTES_MAX = 1 << 14, MODBUS = 0, BMC = 1 };

/* How the simulator's meter is read (tests/sim/modbus_meter.h). No device in the field is like it, so it is no driver of the product. */
static const char DRIVER[] = "# The meter of wattledger-sim-modbus.\n"
			     "schema: wattledger.driver/1\n"
			     "protocol: modbus\n"
			     "vendor: Simulation\n"
			     "family: SIM-METER\n"
			     "source: the demo's simulator\n"
			     "confidence: two_sources\n"
			     "priority: 50\n"
			     "caliber: actual\n"
			     "total: meter\n"
			     "registers: {function: 3, type: u16}\n"
			     "recognise: [{register: 0x1008, type: text, length: 8, matches: \"^SIM-METER\"}]\n"
			     "identity: {serial: {register: 0x1006, type: u32}, model: {register: 0x1008, type: text, length: 8}}\n"
			     "meters:\n"
			     "  - key: total\n"
			     "    name: Total\n"
			     "    points:\n"
			     "      - {quantity: energy_j, register: 0x1000, type: u64, unit: 0.001 J, resettable: yes}\n"
			     "      - {quantity: power_w, register: 0x1004, type: i32, order: little, unit: 0.1 W}\n";

static bool has_collector(const char *program)
{
	char path[PATH_BYTES];

	return spawn_find(program, path, sizeof(path), NULL) == ERR_NONE;
}

static enum err write_text(const char *folder, const char *name, const char *text, struct err_info *info)
{
	char path[PATH_BYTES];
	enum err err = file_join(path, sizeof(path), folder, name, info);

	return err == ERR_NONE ? file_replace(path, text, strlen(text), 0600, info) : err;
}

static enum err make_folder(char out[static PATH_BYTES], const char *folder, const char *name, struct err_info *info)
{
	enum err err = file_join(out, PATH_BYTES, folder, name, info);

	return err == ERR_NONE ? file_make_dirs(out, 0700, info) : err;
}

/* ---- A meter by Modbus ---- */

static enum err start_meter(struct demo_more *more, const char *folder, const char *since, struct buf *config, struct err_info *info)
{
	const char *arguments[] = {"--tcp", "--for", "366d", "--curve", since == NULL ? "fast" : "day", since == NULL ? NULL : "--since",
				   since};
	struct simulator_ready ready = {0};
	struct spawn_request request;
	enum err err;

	if (!has_collector("wattledger-modbus") || !has_collector("wattledger-sim-modbus")) {
		fputs("no Modbus meter: this build has no Modbus collector (libmodbus), or no simulator for it\n", stderr);
		return ERR_NONE;
	}
	err = make_folder(more->drivers_dir, folder, "drivers", info);
	if (err == ERR_NONE)
		err = write_text(more->drivers_dir, "sim_modbus.yaml", DRIVER, info);
	if (err != ERR_NONE)
		return err;
	spawn_request_init(&request, "wattledger-sim-modbus");
	memcpy(request.argument, arguments, sizeof(arguments));
	err = simulator_start(&more->pid[MODBUS], &request, &ready, info);
	if (err == ERR_NONE)
		buf_add_format(
		    config,
		    "  - {id: meter, name: Meter of the cooling, driver: sim_modbus, in_total: yes, address: 'modbus://127.0.0.1:%d/1'}\n",
		    ready.port);
	return err;
}

/* ---- A BMC by OpenIPMI's simulator ---- */

static const char *find_ipmi_sim(void)
{
	static const char *const PLACES[] = {"/usr/bin/ipmi_sim", "/usr/local/bin/ipmi_sim"};

	for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++) {
		if (access(PLACES[i], X_OK) == 0)
			return PLACES[i];
	}
	return NULL;
}

/* A UDP port of 127.9.1.1 that is free now. */
static uint16_t find_free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(UINT32_C(0x7f090101))};
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_bound =
	    fd >= 0 && bind(fd, (const struct sockaddr *)&address, bytes) == 0 && getsockname(fd, (struct sockaddr *)&address, &bytes) == 0;

	if (fd >= 0)
		close(fd);
	return is_bound ? ntohs(address.sin_port) : 0;
}

/*
 * One sensor "Pwr Consumption" in watts of the whole system (IPMI 2.0, table 43-1: full sensor record), of 4 W a step, at 55 steps: 220 W. What it
 * reads stands in a file, so that the reading is of the simulator and not of this program.
 */
static enum err write_bmc(const char *folder, uint16_t port, struct err_info *info)
{
	struct buf text;
	enum err err;

	buf_init(&text, TEXT_BYTES_MAX);
	buf_add_format(
	    &text,
	    "name \"demo\"\nset_working_mc 0x20\nstartlan 1\n  addr 127.9.1.1 %u\n  priv_limit admin\n"
	    "  allowed_auths_admin none md2 md5 straight\n  guid a123456789abcdefa123456789abcdef\nendlan\n"
	    "user 1 true \"\" \"\" user 10 none md2 md5 straight\nuser 2 true \"meter\" \"demo\" admin 10 none md2 md5 straight\n",
	    (unsigned)port);
	err = write_text(folder, "lan.conf", buf_text(&text), info);
	buf_clear(&text);
	buf_add_format(
	    &text,
	    "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nsel_enable 0x20 1000 0x0a\n"
	    "main_sdr_add 0x20 0x01 0x00 0x51 0x01 0x3a 0x20 0x00 0x01 0x07 0x01 0x67 0x48 0x0b 0x01 0x00 0x00 0x00 0x00 0x38 0x38 "
	    "0x00 0x06 0x00 0x00 0x04 0x00 0x00 0x00 0x00 0x00 0x00 0x64 0xc8 0x00 0xff 0x00 0xf0 0xe0 0xd0 0x00 0x00 0x00 0x02 0x02 "
	    "0x00 0x00 0x00 0xcf 0x50 0x77 0x72 0x20 0x43 0x6f 0x6e 0x73 0x75 0x6d 0x70 0x74 0x69 0x6f 0x6e\n"
	    "sensor_add 0x20 0 1 0x0b 1 poll 1000 file \"%s/watts\" div=4\n"
	    "sensor_set_event_support 0x20 0 1 enable scanning per-state 000000000000000 000000000000000 000000000000000 000000000000000\n"
	    "mc_enable 0x20\n",
	    folder);
	if (err == ERR_NONE)
		err = write_text(folder, "bmc.emu", buf_text(&text), info);
	if (err == ERR_NONE)
		err = write_text(folder, "watts", "220\n", info);
	if (err == ERR_NONE)
		err = write_text(folder, "password", "demo", info);
	buf_deinit(&text);
	return err;
}

static enum err spawn_bmc(struct demo_more *more, const char *program, const char *folder, struct err_info *info)
{
	struct spawn_request request;
	char conf[PATH_BYTES];
	char emu[PATH_BYTES];
	enum err err = file_join(conf, sizeof(conf), folder, "lan.conf", info);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (err == ERR_NONE)
		err = file_join(emu, sizeof(emu), folder, "bmc.emu", info);
	if (err == ERR_NONE) {
		const char *arguments[] = {"-n", "-p", "-c", conf, "-f", emu, "-s", folder};

		spawn_request_init(&request, program);
		memcpy(request.argument, arguments, sizeof(arguments));
		request.death_signal = SIGTERM;
		request.stdout_fd = null;
		request.stderr_fd = null;
		err = spawn_start(&request, &more->pid[BMC], info);
	}
	if (null >= 0)
		close(null);
	return err;
}

static enum err start_bmc(struct demo_more *more, const char *folder, struct buf *config, struct err_info *info)
{
	const char *program = find_ipmi_sim();
	char own[PATH_BYTES];
	uint16_t port;
	enum err err;

	if (program == NULL || !has_collector("wattledger-ipmi")) {
		fputs(program == NULL ? "no BMC: ipmi_sim is not installed (package openipmi)\n"
				      : "no BMC: this build has no IPMI collector (libfreeipmi)\n",
		      stderr);
		return ERR_NONE;
	}
	port = find_free_port();
	err = make_folder(own, folder, "bmc", info);
	if (err == ERR_NONE)
		err = write_bmc(own, port, info);
	if (err == ERR_NONE)
		err = spawn_bmc(more, program, own, info);
	if (err == ERR_NONE)
		buf_add_format(config,
			       "  - {id: server-bmc, name: BMC of the server, fed_by: pdu-b, interval: 10s, privilege: admin, address: "
			       "'ipmi://meter@127.9.1.1:%u', password: '@file:%s/password'}\n",
			       (unsigned)port, own);
	return err;
}

/* ---- All of it ---- */

enum err demo_more_start(struct demo_more *more, const char *folder, const char *since, struct buf *config, struct err_info *info)
{
	enum err err = start_meter(more, folder, since, config, info);

	if (err == ERR_NONE)
		err = start_bmc(more, folder, config, info);
	if (err == ERR_NONE && has_collector("wattledger-traffic"))
		buf_add_text(config, "  - {id: loopback, name: This machine's loopback (real), ref: mgmt, address: 'traffic:lo'}\n");
	else if (err == ERR_NONE)
		fputs("no traffic: this build has no traffic collector (libpcap)\n", stderr);
	return err;
}

bool demo_more_has_meter(const struct demo_more *more)
{
	return more->pid[MODBUS] != 0;
}

void demo_more_stop(const struct demo_more *more)
{
	for (size_t i = 0; i < DEMO_MORE_COUNT; i++)
		simulator_stop(more->pid[i]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-sim-snmp: simulated SNMP devices whose true energy is known. See snmp_options.c for what it can do. */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "control.h"
#include "shell.h"
#include "snmp_options.h"
#include "snmp_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

/* All parts of the running program. */
struct program {
	struct snmp_options options;
	struct sim_life life;
	struct sim_fleet fleet;
	struct sim_clockwork clock;
	struct snmp_server *server;
};

static void print_address(char *out, size_t out_bytes, uint32_t address)
{
	snprintf(out, out_bytes, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

static void print_ready(const struct program *program, uint16_t port)
{
	char address[INET_ADDRSTRLEN];
	struct buf line;
	struct json json;

	buf_init(&line, SIM_SHELL_LINE_BYTES_MAX);
	json_init(&json, &line);
	json_open_object(&json, NULL);
	json_add_i64(&json, "port", port);
	print_address(address, sizeof address, program->fleet.first_address);
	json_add_text(&json, "first_address", address);
	print_address(address, sizeof address, program->fleet.first_address + program->fleet.device_count - 1);
	json_add_text(&json, "last_address", address);
	json_add_i64(&json, "devices", program->fleet.device_count);
	json_add_text(&json, "models", program->options.fleet.models);
	json_add_text(&json, "community", program->options.agent.community);
	json_add_bool(&json, "ipv6", program->options.has_ipv6);
	json_add_i64(&json, "pid", getpid());
	json_close_object(&json);
	sim_shell_print(&line);
}

static enum err write_truth(struct program *program, struct err_info *info)
{
	struct sim_moment now;
	struct buf text;

	if (program->options.truth_path == NULL)
		return ERR_NONE;
	sim_moment_now(&program->clock, &now);
	buf_init(&text, SIM_TRUTH_BYTES_MAX);
	sim_fleet_add_truth(&program->fleet, &now, &text);
	return sim_shell_write_truth(program->options.truth_path, &text, info);
}

static void serve_truth(struct program *program)
{
	struct err_info info = {0};

	program->life.wants_truth = false;
	if (write_truth(program, &info) != ERR_NONE)
		log_error("%s", info.text);
}

static void run_commands(struct program *program)
{
	char line[SIM_LINE_BYTES];

	while (sim_life_next_line(&program->life, line)) {
		struct err_info info = {0};
		enum err err = sim_control_run(line, &program->fleet, &program->clock, &program->life, &info);

		/* the truth is on the disk before it is confirmed */
		if (err == ERR_NONE && program->life.wants_truth) {
			program->life.wants_truth = false;
			err = write_truth(program, &info);
		}
		sim_shell_print_outcome(err, &info);
	}
}

static void run(struct program *program)
{
	while (!program->life.is_over) {
		int wait_ms = snmp_server_send_late(program->server);
		uint32_t id = sim_life_wait(&program->life, wait_ms);

		if (id == SIM_LIFE_STDIN)
			run_commands(program);
		snmp_server_serve(program->server, id);
		if (program->life.wants_truth)
			serve_truth(program);
	}
}

static void set_first_faults(struct program *program)
{
	const struct sim_moment start = {0};

	for (size_t i = 0; i < program->options.fault_count; i++)
		(void)sim_fleet_set_fault(&program->fleet, &program->options.targets[i], &program->options.faults[i], &start);
}

/* Everything up to the ready line. */
static enum err start(struct program *program, struct err_info *info)
{
	uint16_t port = program->options.port;
	enum err err = sim_fleet_init(&program->fleet, &program->options.fleet, info);

	sim_life_start_clock(&program->clock, program->options.since_utc_ms, program->options.speed);
	if (err == ERR_NONE)
		err = snmp_server_open(&program->server, &program->fleet, &program->options.agent, &program->clock, info);
	if (err == ERR_NONE)
		err = snmp_server_listen(program->server, &program->life, &port, program->options.has_ipv6, info);
	if (err != ERR_NONE)
		return err;
	set_first_faults(program);
	print_ready(program, port);
	return ERR_NONE;
}

int main(int argc, char **argv)
{
	static struct program program;
	struct err_info info = {0};
	enum err err = snmp_options_parse(&program.options, argc, argv, &info);

	log_init("sim-snmp", LOG_LEVEL_INFO);
	if (err == ERR_NONE && program.options.wants_help)
		return fputs(snmp_options_help(), stdout) < 0 ? err_exit_code(ERR_IO) : 0;
	if (err == ERR_NONE)
		err = sim_life_open(&program.life, &program.options.life, &info);
	if (err != ERR_NONE) {
		log_error("%s", info.text);
		return err_exit_code(err);
	}
	err = start(&program, &info);
	if (err == ERR_NONE) {
		run(&program);
		err = write_truth(&program, &info);
	}
	if (err != ERR_NONE)
		log_error("%s", info.text);
	program.server = snmp_server_close(program.server);
	sim_fleet_deinit(&program.fleet);
	sim_life_close(&program.life);
	return err_exit_code(err);
}

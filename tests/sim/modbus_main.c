/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-modbus: simulated Modbus meters on TCP, in serial frames over TCP, and on a pseudo-terminal. Every honest answer is made by
 * libmodbus; what is done wrong to it is done on its way.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "clockwork.h"
#include "control.h"
#include "life.h"
#include "modbus_fault.h"
#include "modbus_honest.h"
#include "modbus_meter.h"
#include "modbus_port.h"
#include "modbus_recording.h"
#include "shell.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FOR_MS_DEFAULT = 600000, UNITS_MAX = 255 };

struct program {
	struct sim_life_options life_options;
	struct sim_life life;
	struct sim_clockwork clock;
	struct modbus_ports ports;
	const char *truth_path;
	const char *line_path;
	bool has_tcp;
	bool has_rtu;
	bool is_spread; /* unit N of address 127.a.b.c is a device of its own for each address */
	bool has_device_id;
	bool wants_help;
	uint16_t number[2];
	uint32_t unit_count;
	enum sim_shape shape;
	uint64_t seed;
	double speed;
	int64_t since_utc_ms; /* when simulated time began; 0: at its start */
	uint64_t chance;
	struct modbus_fault fault[UNITS_MAX + 1];
	uint64_t request_count;
	uint16_t stamp[UNITS_MAX + 1]; /* requests to each unit */
	struct modbus_honest honest;
	const char *recording_path;
	uint8_t refusal; /* exception for what a recording lacks */
	const char *requests_path;
	FILE *requests;
	struct modbus_recording recording;
	struct modbus_pending pending[MODBUS_PENDING_MAX];
};

static const char help[] =
    "usage: wattledger-sim-modbus [OPTION...]\n"
    "Modbus meters whose energy is exactly known; prints one JSON line when ready.\n"
    "\n"
    "  --tcp [PORT]            Modbus/TCP (any port)\n"
    "  --rtu-tcp [PORT]        serial frames over TCP\n"
    "  --line PATH             a serial line: PATH becomes a link to a pseudo-terminal\n"
    "  --units N               units 1 to N (1)\n"
    "  --spread                each loopback address that is connected to is a device of its own\n"
    "  --device-id             function 43/14 is answered; else with exception 1\n"
    "  --recording FILE        the registers of a file (modbus_recording.h) instead\n"
    "  --refuse-with CODE      the exception for registers that the file lacks (2)\n"
    "  --requests FILE         a line `UNIT FUNCTION ADDRESS COUNT` for each request\n"
    "  --fault [UNIT=]FAULT    see modbus_fault.h; UNIT-UNIT=: of several; also as a command\n"
    "  --curve day|fast|flat   power over time (flat)\n"
    "  --speed X  --seed N  --since UTC  --truth FILE  --for DURATION  --detached\n"
    "  --control               commands on standard input, each answered by one JSON line:\n"
    "                          fault [UNIT=]FAULT | drop | reload (the file again) | clock stop|go|set S|advance S | truth | quit\n";

static const struct option long_options[] = {
    {"control", no_argument, NULL, 'C'},
    {"curve", required_argument, NULL, 'c'},
    {"detached", no_argument, NULL, 'D'},
    {"device-id", no_argument, NULL, 'i'},
    {"fault", required_argument, NULL, 'F'},
    {"for", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"line", required_argument, NULL, 'l'},
    {"recording", required_argument, NULL, 'R'},
    {"refuse-with", required_argument, NULL, 'e'},
    {"requests", required_argument, NULL, 'q'},
    {"rtu-tcp", optional_argument, NULL, 'r'},
    {"seed", required_argument, NULL, 's'},
    {"since", required_argument, NULL, 'b'},
    {"speed", required_argument, NULL, 'x'},
    {"spread", no_argument, NULL, 'S'},
    {"tcp", optional_argument, NULL, 'p'},
    {"truth", required_argument, NULL, 't'},
    {"units", required_argument, NULL, 'u'},
    {0},
};

/* ---- Command line ---------------------------------------------------------------------------------------------------------- */

/* "7", "1-33". */
static bool parse_units(const char *text, size_t bytes, uint64_t *first, uint64_t *last)
{
	char number[2 * NUM_TEXT_BYTES] = "";
	char *dash;

	if (bytes >= sizeof number)
		return false;
	memcpy(number, text, bytes);
	dash = strchr(number, '-');
	if (dash != NULL)
		*dash = '\0';
	return num_parse_u64(number, first) && num_parse_u64(dash == NULL ? number : dash + 1, last) && *last <= UNITS_MAX;
}

/* "FAULT" for all units, "UNIT=FAULT" for one, "FIRST-LAST=FAULT". */
static enum err set_fault(struct program *program, const char *text, struct err_info *info)
{
	const char *equals = strchr(text, '=');
	struct modbus_fault fault;
	uint64_t first = 0;
	uint64_t last = UNITS_MAX;
	enum err err = modbus_fault_parse(equals == NULL ? text : equals + 1, &fault, info);

	if (err != ERR_NONE)
		return err;
	if (equals != NULL && !parse_units(text, (size_t)(equals - text), &first, &last))
		return err_set(info, ERR_USAGE, "\"%s\" names no unit", text);
	for (uint64_t i = first; i <= last; i++)
		program->fault[i] = fault;
	return ERR_NONE;
}

static bool take_port(const char *text, bool *has, uint16_t *number)
{
	uint64_t value = 0;

	*has = true;
	if (text != NULL && (!num_parse_u64(text, &value) || value > UINT16_MAX))
		return false;
	*number = (uint16_t)value;
	return true;
}

static bool take_curve(struct program *program, const char *text)
{
	static const char *const shapes[] = {[SIM_SHAPE_DAY] = "day", [SIM_SHAPE_FAST] = "fast", [SIM_SHAPE_FLAT] = "flat"};

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		if (strcmp(text, shapes[i]) == 0) {
			program->shape = (enum sim_shape)i;
			return true;
		}
	}
	return false;
}

static bool take_value(struct program *program, int id, const char *text)
{
	uint64_t value;

	switch (id) {
	case 'b': return clock_parse_utc(text, &program->since_utc_ms);
	case 'c': return take_curve(program, text);
	case 'f': return num_parse_duration_ms(text, &program->life_options.for_ms) && program->life_options.for_ms > 0;
	case 'l': program->line_path = text; return true;
	case 'e':
		if (!num_parse_u64(text, &value) || value < 1 || value > UINT8_MAX)
			return false;
		program->refusal = (uint8_t)value;
		return true;
	case 'p': return take_port(text, &program->has_tcp, &program->number[0]);
	case 'q': program->requests_path = text; return true;
	case 'r': return take_port(text, &program->has_rtu, &program->number[1]);
	case 'R': program->recording_path = text; return true;
	case 's': return num_parse_u64(text, &program->seed);
	case 't': program->truth_path = text; return true;
	case 'x': return num_parse_double(text, &program->speed) && program->speed > 0;
	case 'u':
		if (!num_parse_u64(text, &value) || value < 1 || value > UNITS_MAX)
			return false;
		program->unit_count = (uint32_t)value;
		return true;
	default: return false;
	}
}

static enum err take_option(struct program *program, int id, const char *text, struct err_info *info)
{
	switch (id) {
	case 'C': program->life_options.has_control = true; return ERR_NONE;
	case 'D': program->life_options.is_detached = true; return ERR_NONE;
	case 'F': return set_fault(program, text, info);
	case 'S': program->is_spread = true; return ERR_NONE;
	case 'h': program->wants_help = true; return ERR_NONE;
	case 'i': program->has_device_id = true; return ERR_NONE;
	default: break;
	}
	if (!take_value(program, id, text))
		return err_set(info, ERR_USAGE, "an option is unknown or its value does not fit; --help lists them");
	return ERR_NONE;
}

static enum err parse_options(struct program *program, int argc, char **argv, struct err_info *info)
{
	enum err err = ERR_NONE;
	int id;

	program->life_options.for_ms = FOR_MS_DEFAULT;
	program->shape = SIM_SHAPE_FLAT;
	program->refusal = 2;
	program->unit_count = 1;
	program->seed = 1;
	program->speed = 1;
	opterr = 0;
	while (err == ERR_NONE && (id = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		err = take_option(program, id, optarg, info);
	if (err == ERR_NONE && optind < argc)
		err = err_set(info, ERR_USAGE, "\"%s\" is no option; --help lists them", argv[optind]);
	if (err == ERR_NONE && !program->wants_help && !program->has_tcp && !program->has_rtu && program->line_path == NULL)
		err = err_set(info, ERR_USAGE, "--tcp, --rtu-tcp or --line is needed");
	program->chance = sim_mix(program->seed);
	return err;
}

/* ---- Answers ------------------------------------------------------------------------------------------------------------------ */

static uint32_t meter_of(const struct program *program, const struct modbus_port *port, uint8_t unit)
{
	return unit + (program->is_spread ? (port->address & 0xFFFFFF) * UINT32_C(256) : 0);
}

static bool is_there(const struct program *program, uint8_t unit)
{
	if (program->recording_path != NULL)
		return modbus_recording_has_unit(&program->recording, unit);
	return unit > 0 && unit <= program->unit_count;
}

static size_t answer_identity(const struct program *program, const struct modbus_asked *asked, uint8_t *out)
{
	const char *text[MODBUS_HONEST_OBJECTS] = {"Simulation", "SIM-METER", "1.0"};
	bool is_known = program->has_device_id;

	if (program->recording_path != NULL)
		is_known = modbus_recording_objects(&program->recording, modbus_honest_unit(asked), text) > 0;
	return is_known ? modbus_honest_identify(asked, text, out) : modbus_honest_refuse(asked, 1, out);
}

/* Fills the tables with what was recorded; false: some of it was not. */
static bool fill_recorded(struct program *program, const struct modbus_asked *asked)
{
	uint8_t function = modbus_honest_function(asked);
	uint16_t *table = function == 3 ? program->honest.holding_table : program->honest.input_table;
	uint16_t address = modbus_honest_address(asked);
	uint16_t count = modbus_honest_count(asked);

	/* What is no question for registers is libmodbus's to refuse. */
	if ((function != 3 && function != 4) || (uint32_t)address + count > MODBUS_HONEST_REGISTERS)
		return true;
	return modbus_recording_read(&program->recording, modbus_honest_unit(asked), function, address, count, table + address);
}

static size_t answer(struct program *program, uint32_t meter, const struct modbus_asked *asked, uint8_t *out)
{
	struct sim_curve curve = modbus_meter_curve(program->shape, program->seed, meter);

	if (modbus_honest_function(asked) == MODBUS_HONEST_ENCAPSULATED)
		return answer_identity(program, asked, out);
	for (uint16_t i = 0; i < MODBUS_METER_STAMP_COUNT; i++)
		program->honest.holding_table[MODBUS_METER_STAMPS + i] = program->stamp[modbus_honest_unit(asked)];
	if (program->recording_path == NULL)
		modbus_meter_fill(&curve, meter, sim_clockwork_t_s(&program->clock, clock_boot_ns()), program->honest.holding_table,
				  program->honest.input_table);
	else if (!fill_recorded(program, asked))
		return modbus_honest_refuse(asked, program->refusal, out);
	return modbus_honest_answer(&program->honest, asked, out);
}

static void take_request(void *context, uint32_t number, const uint8_t *frame, size_t bytes)
{
	struct program *program = context;
	const struct modbus_port *port = &program->ports.port[number];
	struct modbus_asked asked = {port->is_tcp, frame, bytes};
	uint8_t unit = modbus_honest_unit(&asked);
	struct modbus_fault fault = program->fault[unit];
	struct modbus_delivery delivery;
	uint8_t honest[MODBUS_HONEST_BYTES_MAX];
	size_t honest_bytes;

	program->request_count++;
	program->stamp[unit]++;
	if (program->requests != NULL)
		(void)fprintf(program->requests, "%u %u %u %u\n", (unsigned)unit, (unsigned)modbus_honest_function(&asked),
			      (unsigned)modbus_honest_address(&asked), (unsigned)modbus_honest_count(&asked));
	if (!is_there(program, unit))
		return;
	honest_bytes = answer(program, meter_of(program, port, unit), &asked, honest);
	if (honest_bytes == 0)
		return;
	if (fault.kind == MODBUS_FAULT_DEAF)
		fault.kind = modbus_honest_count(&asked) == fault.number ? MODBUS_FAULT_SILENT : MODBUS_FAULT_NONE;
	if (fault.kind == MODBUS_FAULT_MIX)
		fault = modbus_fault_draw(&fault, &program->chance);
	modbus_fault_apply(&fault, port->is_tcp, frame, bytes, honest, honest_bytes, &delivery);
	modbus_ports_send(&program->ports, number, &delivery, clock_boot_ns());
}

/* ---- Running --------------------------------------------------------------------------------------------------------------- */

static enum err write_truth(struct program *program, struct err_info *info)
{
	double t_s = sim_clockwork_t_s(&program->clock, clock_boot_ns());
	struct buf text;

	if (program->truth_path == NULL)
		return ERR_NONE;
	buf_init(&text, SIM_TRUTH_BYTES_MAX);
	for (uint32_t unit = 1; unit <= program->unit_count; unit++) {
		struct sim_curve curve = modbus_meter_curve(program->shape, program->seed, unit);
		struct json json;

		json_init(&json, &text);
		json_open_object(&json, NULL);
		json_add_i64(&json, "unit", unit);
		json_add_i64(&json, "energy_millij", (int64_t)modbus_meter_energy_millij(&curve, t_s));
		json_add_double(&json, "power_w", sim_curve_rate(&curve, t_s), 3);
		json_add_i64(&json, "requests", (int64_t)program->request_count);
		json_close_object(&json);
		buf_add_char(&text, '\n');
	}
	return sim_shell_write_truth(program->truth_path, &text, info);
}

/* The registers as the file has them now. */
static enum err reload(struct program *program, struct err_info *info)
{
	modbus_recording_deinit(&program->recording);
	return modbus_recording_load(&program->recording, program->recording_path, info);
}

static enum err run_command(struct program *program, char *words, struct err_info *info)
{
	const char *verb = strsep(&words, " ");

	if (strcmp(verb, "clock") == 0)
		return sim_control_run_clock(&program->clock, words, info);
	if (strcmp(verb, "fault") == 0 && words != NULL)
		return set_fault(program, words, info);
	if (strcmp(verb, "truth") == 0)
		return write_truth(program, info);
	if (strcmp(verb, "reload") == 0 && program->recording_path != NULL)
		return reload(program, info);
	if (strcmp(verb, "drop") == 0)
		modbus_ports_drop(&program->ports);
	else if (strcmp(verb, "quit") == 0)
		program->life.is_over = true;
	else
		return err_set(info, ERR_USAGE, "unknown command \"%s\"; there are fault, drop, clock, truth, reload and quit", verb);
	return ERR_NONE;
}

static void run_commands(struct program *program)
{
	char line[SIM_LINE_BYTES];

	while (sim_life_next_line(&program->life, line)) {
		struct err_info info = {0};
		enum err err = run_command(program, line, &info);

		sim_shell_print_outcome(err, &info);
	}
}

static enum err run(struct program *program, struct err_info *info)
{
	enum err err = ERR_NONE;

	while (!program->life.is_over && err == ERR_NONE) {
		int wait_ms = modbus_ports_flush(&program->ports, clock_boot_ns());
		uint32_t id = sim_life_wait(&program->life, wait_ms);

		if (id == SIM_LIFE_STDIN)
			run_commands(program);
		if (id >= SIM_LIFE_OWN)
			modbus_ports_work(&program->ports, id);
		if (program->life.wants_truth) {
			program->life.wants_truth = false;
			err = write_truth(program, info);
		}
	}
	return err;
}

static void print_ready(const struct program *program)
{
	struct buf line;
	struct json json;

	buf_init(&line, SIM_SHELL_LINE_BYTES_MAX);
	json_init(&json, &line);
	json_open_object(&json, NULL);
	json_add_i64(&json, "port", program->ports.number[0]);
	json_add_i64(&json, "rtu_port", program->ports.number[1]);
	json_add_text(&json, "line", program->line_path);
	json_add_i64(&json, "units", program->unit_count);
	json_add_i64(&json, "recorded_unit", program->recording.unit);
	json_add_i64(&json, "pid", getpid());
	json_close_object(&json);
	sim_shell_print(&line);
}

static enum err open_ports(struct program *program, struct err_info *info)
{
	enum err err = ERR_NONE;

	modbus_ports_init(&program->ports, &program->life, program->pending);
	program->ports.take = take_request;
	program->ports.context = program;
	if (program->has_tcp)
		err = modbus_ports_listen(&program->ports, true, program->number[0], info);
	if (err == ERR_NONE && program->has_rtu)
		err = modbus_ports_listen(&program->ports, false, program->number[1], info);
	if (err == ERR_NONE && program->line_path != NULL)
		err = modbus_ports_open_line(&program->ports, program->line_path, info);
	return err;
}

static enum err open_requests(struct program *program, struct err_info *info)
{
	program->requests = fopen(program->requests_path, "we");
	if (program->requests == NULL)
		return err_set_errno(info, ERR_IO, errno, "%s", program->requests_path);
	/* Each line is there when its answer is. */
	setvbuf(program->requests, NULL, _IOLBF, BUFSIZ);
	return ERR_NONE;
}

static enum err serve(struct program *program, struct err_info *info)
{
	enum err err = modbus_honest_open(&program->honest, info);

	sim_life_start_clock(&program->clock, program->since_utc_ms, program->speed);
	if (err == ERR_NONE && program->recording_path != NULL)
		err = modbus_recording_load(&program->recording, program->recording_path, info);
	if (err == ERR_NONE && program->requests_path != NULL)
		err = open_requests(program, info);
	if (err == ERR_NONE)
		err = open_ports(program, info);
	if (err == ERR_NONE) {
		print_ready(program);
		err = run(program, info);
	}
	if (err == ERR_NONE)
		err = write_truth(program, info);
	modbus_ports_close(&program->ports);
	modbus_honest_close(&program->honest);
	if (program->requests != NULL)
		(void)fclose(program->requests);
	modbus_recording_deinit(&program->recording);
	return err;
}

int main(int argc, char **argv)
{
	struct program *program = mem_new(sizeof *program);
	struct err_info info = {0};
	enum err err = program == NULL ? ERR_MEMORY : parse_options(program, argc, argv, &info);

	log_init("sim-modbus", LOG_LEVEL_INFO);
	if (err == ERR_NONE && program->wants_help) {
		mem_free(program);
		return fputs(help, stdout) < 0 ? err_exit_code(ERR_IO) : 0;
	}
	if (err == ERR_NONE)
		err = sim_life_open(&program->life, &program->life_options, &info);
	if (err == ERR_NONE) {
		err = serve(program, &info);
		sim_life_close(&program->life);
	}
	if (err != ERR_NONE)
		log_error("%s", info.text);
	mem_free(program);
	return err_exit_code(err);
}

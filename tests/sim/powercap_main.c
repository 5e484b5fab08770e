/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-sim-powercap: a powercap tree in a folder of its own, animated with counters whose true energy is known. */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/num.h"
#include "clockwork.h"
#include "control.h"
#include "life.h"
#include "powercap_tree.h"
#include "shell.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { FOR_MS_DEFAULT = 600000, STEP_MS_DEFAULT = 10, WATTS_DEFAULT = 65, WATTS_MAX = 10000 };

/* 2^32 energy units of 61.035 uJ, as most Intel processors show it */
#define RANGE_UJ_DEFAULT UINT64_C(262143328850)
#define RANGE_UJ_MAX UINT64_C(99999999999999) /* 14 digits: the fixed width of energy_uj has 15 */

struct program {
	struct powercap_options tree_options;
	struct sim_life_options life_options;
	const char *truth_path;
	int64_t step_ms;
	double speed;
	bool wants_help;
	struct sim_life life;
	struct sim_clockwork clock;
	struct powercap_tree tree;
	int step_fd;
};

static const char help[] =
    "usage: wattledger-sim-powercap --root FOLDER [OPTION...]\n"
    "A powercap (RAPL) tree below FOLDER, which stands for /sys; prints one JSON line when ready. The tree stays when it ends.\n"
    "\n"
    "  --layout client|server|amd  client: package with core, uncore, dram; psys; intel-rapl-mmio twin (client)\n"
    "                          server: package with dram. amd: package with core\n"
    "  --packages N            sockets (1)\n"
    "  --dies N                amd: package-P-die-D zones that all show the socket's counter (1)\n"
    "  --watts W               of a package (65); half to all of it when the curve is not flat\n"
    "  --curve day|fast|flat   power over time (flat)\n"
    "  --range UJ              max_energy_range_uj; counters go on at 0 behind it (262143328850)\n"
    "  --step DURATION         how often energy_uj changes (10ms)\n"
    "  --speed X               simulated time runs X times faster (1)\n"
    "  --seed N                same seed, same numbers (1)\n"
    "  --truth FILE            what is true, one JSON object per zone and one for the total, at SIGUSR1 and at the end\n"
    "  --for DURATION          ends by itself (10min)\n"
    "  --control               commands on standard input, each answered by one JSON line:\n"
    "                          clock stop|go|set S|advance S | reset | truth | quit\n"
    "  --until-stdin-closes    ends when standard input does (includes --control)\n"
    "  --detached              does not end with its parent\n";

static const struct option long_options[] = {
    {"control", no_argument, NULL, 'C'},
    {"curve", required_argument, NULL, 'c'},
    {"detached", no_argument, NULL, 'D'},
    {"dies", required_argument, NULL, 'd'},
    {"for", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"layout", required_argument, NULL, 'l'},
    {"packages", required_argument, NULL, 'p'},
    {"range", required_argument, NULL, 'r'},
    {"root", required_argument, NULL, 'R'},
    {"seed", required_argument, NULL, 's'},
    {"speed", required_argument, NULL, 'x'},
    {"step", required_argument, NULL, 'S'},
    {"truth", required_argument, NULL, 't'},
    {"until-stdin-closes", no_argument, NULL, 'u'},
    {"watts", required_argument, NULL, 'w'},
    {0},
};

/* ---- Command line ---------------------------------------------------------------------------------------------------------- */

static bool parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
	return num_parse_u64(text, value) && *value >= low && *value <= high;
}

static bool parse_name(const char *text, const char *const *names, size_t *index)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(text, names[i]) == 0) {
			*index = i;
			return true;
		}
	}
	return false;
}

/* Options that choose by name or take a path; false when the text does not fit. */
static bool take_text(struct program *program, int id, const char *text)
{
	static const char *const layouts[] = {[POWERCAP_CLIENT] = "client", [POWERCAP_SERVER] = "server", [POWERCAP_AMD] = "amd", NULL};
	static const char *const shapes[] = {[SIM_SHAPE_DAY] = "day", [SIM_SHAPE_FAST] = "fast", [SIM_SHAPE_FLAT] = "flat", NULL};
	size_t index = 0;
	bool is_known = true;

	switch (id) {
	case 'l':
		is_known = parse_name(text, layouts, &index);
		program->tree_options.layout = (enum powercap_layout)index;
		break;
	case 'c':
		is_known = parse_name(text, shapes, &index);
		program->tree_options.shape = (enum sim_shape)index;
		break;
	case 'R': program->tree_options.root = text; break;
	case 't': program->truth_path = text; break;
	default: is_known = false; break;
	}
	return is_known;
}

/* Options that are a number; false when the text does not fit. */
static bool take_number(struct program *program, int id, const char *text)
{
	struct powercap_options *tree = &program->tree_options;
	uint64_t value = 0;
	bool is_good;

	switch (id) {
	case 'd':
		is_good = parse_number(text, 1, POWERCAP_DIES_MAX, &value);
		tree->die_count = (uint32_t)value;
		return is_good;
	case 'p':
		is_good = parse_number(text, 1, POWERCAP_PACKAGES_MAX, &value);
		tree->package_count = (uint32_t)value;
		return is_good;
	case 'w':
		is_good = parse_number(text, 1, WATTS_MAX, &value);
		tree->package_w = (uint32_t)value;
		return is_good;
	case 'r': return parse_number(text, 1, RANGE_UJ_MAX, &tree->range_uj);
	case 's': return num_parse_u64(text, &tree->seed);
	case 'x': return num_parse_double(text, &program->speed) && program->speed > 0;
	case 'f': return num_parse_duration_ms(text, &program->life_options.for_ms) && program->life_options.for_ms > 0;
	case 'S': return num_parse_duration_ms(text, &program->step_ms) && program->step_ms > 0;
	default: return take_text(program, id, text);
	}
}

static enum err take_option(struct program *program, int id, const char *text, struct err_info *info)
{
	switch (id) {
	case 'C': program->life_options.has_control = true; return ERR_NONE;
	case 'D': program->life_options.is_detached = true; return ERR_NONE;
	case 'h': program->wants_help = true; return ERR_NONE;
	case 'u': program->life_options.is_bound_to_stdin = true; return ERR_NONE;
	case '?': return err_set(info, ERR_USAGE, "unknown option, or one without its value; --help lists them");
	default: break;
	}
	if (!take_number(program, id, text))
		return err_set(info, ERR_USAGE, "\"%s\" does not fit its option; --help lists what does", text);
	return ERR_NONE;
}

static enum err parse_options(struct program *program, int argc, char **argv, struct err_info *info)
{
	enum err err = ERR_NONE;
	int id;

	program->tree_options = (struct powercap_options){
	    .package_count = 1,
	    .die_count = 1,
	    .package_w = WATTS_DEFAULT,
	    .range_uj = RANGE_UJ_DEFAULT,
	    .shape = SIM_SHAPE_FLAT,
	    .seed = 1,
	};
	program->life_options.for_ms = FOR_MS_DEFAULT;
	program->step_ms = STEP_MS_DEFAULT;
	program->speed = 1;
	opterr = 0;
	while (err == ERR_NONE && (id = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		err = take_option(program, id, optarg, info);
	if (err != ERR_NONE || program->wants_help)
		return err;
	if (optind < argc)
		return err_set(info, ERR_USAGE, "\"%s\" is no option; --help lists them", argv[optind]);
	if (program->tree_options.root == NULL)
		return err_set(info, ERR_USAGE, "--root FOLDER is missing: where the tree is to be made");
	if (program->tree_options.die_count > 1 && program->tree_options.layout != POWERCAP_AMD)
		return err_set(info, ERR_USAGE, "--dies goes with --layout amd");
	return ERR_NONE;
}

/* ---- Running --------------------------------------------------------------------------------------------------------------- */

static double now_s(const struct program *program)
{
	return sim_clockwork_t_s(&program->clock, clock_boot_ns());
}

static enum err write_truth(struct program *program, struct err_info *info)
{
	struct buf text;

	if (program->truth_path == NULL)
		return ERR_NONE;
	buf_init(&text, SIM_TRUTH_BYTES_MAX);
	powercap_tree_add_truth(&program->tree, now_s(program), &text);
	return sim_shell_write_truth(program->truth_path, &text, info);
}

static enum err run_command(struct program *program, char *words, struct err_info *info)
{
	const char *verb = strsep(&words, " ");
	enum err err = ERR_NONE;

	if (strcmp(verb, "clock") == 0)
		err = sim_control_run_clock(&program->clock, words, info);
	else if (strcmp(verb, "reset") == 0)
		powercap_tree_reset(&program->tree, now_s(program));
	else if (strcmp(verb, "truth") == 0)
		err = write_truth(program, info);
	else if (strcmp(verb, "quit") == 0)
		program->life.is_over = true;
	else
		err = err_set(info, ERR_USAGE, "unknown command \"%s\"; there are clock, reset, truth and quit", verb);
	/* the files show what was asked for before it is confirmed */
	if (err == ERR_NONE)
		err = powercap_tree_update(&program->tree, now_s(program), info);
	return err;
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

static enum err step(struct program *program, struct err_info *info)
{
	uint64_t expired;

	if (read(program->step_fd, &expired, sizeof expired) != (ssize_t)sizeof expired)
		return ERR_NONE;
	return powercap_tree_update(&program->tree, now_s(program), info);
}

static enum err run(struct program *program, struct err_info *info)
{
	enum err err = ERR_NONE;

	while (!program->life.is_over && err == ERR_NONE) {
		uint32_t id = sim_life_wait(&program->life, -1);

		if (id == SIM_LIFE_STDIN)
			run_commands(program);
		if (id == SIM_LIFE_OWN)
			err = step(program, info);
		if (err == ERR_NONE && program->life.wants_truth) {
			program->life.wants_truth = false;
			err = write_truth(program, info);
		}
	}
	return err;
}

static enum err start_steps(struct program *program, struct err_info *info)
{
	struct timespec step = {.tv_sec = program->step_ms / CLOCK_MS_PER_S,
				.tv_nsec = (long)(program->step_ms % CLOCK_MS_PER_S * CLOCK_NS_PER_MS)};
	struct itimerspec timer = {.it_value = step, .it_interval = step};

	program->step_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (program->step_fd < 0 || timerfd_settime(program->step_fd, 0, &timer, NULL) != 0)
		return err_set_errno(info, ERR_IO, errno, "timerfd");
	return sim_life_watch(&program->life, program->step_fd, SIM_LIFE_OWN, info);
}

static void print_ready(const struct program *program)
{
	struct buf line;
	struct json json;

	buf_init(&line, SIM_SHELL_LINE_BYTES_MAX);
	json_init(&json, &line);
	json_open_object(&json, NULL);
	json_add_text(&json, "root", program->tree_options.root);
	json_add_i64(&json, "packages", program->tree_options.package_count);
	json_add_i64(&json, "zones", (int64_t)program->tree.zone_count);
	json_add_i64(&json, "range_uj", (int64_t)program->tree_options.range_uj);
	json_add_i64(&json, "pid", getpid());
	json_close_object(&json);
	sim_shell_print(&line);
}

/* Everything between the command line and the end. */
static enum err serve(struct program *program, struct err_info *info)
{
	enum err err;

	sim_clockwork_init(&program->clock, clock_boot_ns(), program->speed);
	err = powercap_tree_open(&program->tree, &program->tree_options, info);
	if (err != ERR_NONE)
		return err;
	err = start_steps(program, info);
	if (err == ERR_NONE) {
		print_ready(program);
		err = run(program, info);
	}
	if (err == ERR_NONE)
		err = write_truth(program, info);
	powercap_tree_close(&program->tree);
	return err;
}

int main(int argc, char **argv)
{
	static struct program program = {.step_fd = -1};
	struct err_info info = {0};
	enum err err = parse_options(&program, argc, argv, &info);

	log_init("sim-powercap", LOG_LEVEL_INFO);
	if (err == ERR_NONE && program.wants_help)
		return fputs(help, stdout) < 0 ? err_exit_code(ERR_IO) : 0;
	if (err == ERR_NONE)
		err = sim_life_open(&program.life, &program.life_options, &info);
	if (err == ERR_NONE) {
		err = serve(&program, &info);
		sim_life_close(&program.life);
	}
	if (program.step_fd >= 0)
		close(program.step_fd);
	if (err != ERR_NONE)
		log_error("%s", info.text);
	return err_exit_code(err);
}

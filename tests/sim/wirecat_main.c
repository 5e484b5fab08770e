/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-wirecat: starts one collector as the supervisor does and prints what it tells core, a line of JSON for each record or
 * sample, until the collector ends, a number of seconds has passed, or a line has matched a text so many times.
 *
 *	wattledger-sim-wirecat [--for S] [--until TEXT [--times N]] [--quiet] [--plan-kind text|raw] PROGRAM < PLAN
 *	wattledger-sim-wirecat [...] --rapl ROOT [--interval MS] PROGRAM
 *	wattledger-sim-wirecat [...] --ipmi FILE [--interval MS] PROGRAM
 *
 * The plan on standard input is text (wirecat_plan.h) or a plan file as the loader makes it (raw); --rapl makes one of a single
 * powercap tree, --ipmi one of the BMCs in a file (wirecat_ipmi.h).
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "wire/packet.h"
#include "wire/plan_rapl.h"
#include "wirecat_ipmi.h"
#include "wirecat_plan.h"
#include "wirecat_print.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLAN_FD = 3, CORE_FD = 4, PLAN_TEXT_BYTES_MAX = 64 << 20, SOCKET_BYTES = 1 << 20 };

struct options {
	double for_s;
	const char *until;
	int64_t times;
	bool is_quiet;
	bool is_raw;
	int64_t stall_s;       /* reads nothing for so long after the first record: a core that hangs */
	const char *rapl_root; /* no plan is read: this tree, every interval_ms */
	const char *ipmi_path; /* the same, of these BMCs */
	int64_t interval_ms;
	const char *program;
};

static enum err parse(int argc, char **argv, struct options *out, struct err_info *info)
{
	static const struct option known[] = {{"for", required_argument, NULL, 'f'},       {"until", required_argument, NULL, 'u'},
					      {"times", required_argument, NULL, 't'},     {"quiet", no_argument, NULL, 'q'},
					      {"plan-kind", required_argument, NULL, 'k'}, {"stall", required_argument, NULL, 's'},
					      {"rapl", required_argument, NULL, 'r'},      {"interval", required_argument, NULL, 'i'},
					      {"ipmi", required_argument, NULL, 'b'},      {0}};
	bool is_right = true;
	int choice;

	*out = (struct options){.for_s = 3600, .times = 1, .interval_ms = 1000};
	while (is_right && (choice = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (choice) {
		case 'f': is_right = num_parse_double(optarg, &out->for_s); break;
		case 'u': out->until = optarg; break;
		case 't': is_right = num_parse_i64(optarg, &out->times); break;
		case 's': is_right = num_parse_i64(optarg, &out->stall_s); break;
		case 'r': out->rapl_root = optarg; break;
		case 'i': is_right = num_parse_i64(optarg, &out->interval_ms); break;
		case 'b': out->ipmi_path = optarg; break;
		case 'q': out->is_quiet = true; break;
		case 'k': out->is_raw = strcmp(optarg, "raw") == 0; break;
		default: is_right = false; break;
		}
	}
	if (!is_right || optind + 1 != argc)
		return err_set(
		    info, ERR_USAGE,
		    "usage: %s [--for S] [--until TEXT [--times N]] [--stall S] [--quiet] [--plan-kind raw | --rapl ROOT | --ipmi FILE] [--interval MS] PROGRAM "
		    "< PLAN",
		    argv[0]);
	out->program = argv[optind];
	return ERR_NONE;
}

static enum err encode_text(char *text, struct buf *bytes, struct err_info *info)
{
	struct plan_snmp plan;
	enum err err = wirecat_plan_read(&plan, text, info);

	if (err != ERR_NONE)
		return err;
	err = plan_snmp_encode(&plan, bytes, info);
	plan_snmp_deinit(&plan);
	return err;
}

static enum err encode_rapl(const struct options *options, struct buf *bytes, struct err_info *info)
{
	struct plan_rapl_device device = {.id = "machine", .interval_ms = (uint32_t)options->interval_ms};

	if (!text_copy(device.sysfs_root, sizeof device.sysfs_root, options->rapl_root))
		return err_set(info, ERR_USAGE, "the path is too long");
	return plan_rapl_encode(&(struct plan_rapl){.device = &device, .device_count = 1}, bytes, info);
}

static enum err encode(const struct options *options, char *text, struct buf *bytes, struct err_info *info)
{
	if (options->rapl_root != NULL)
		return encode_rapl(options, bytes, info);
	if (options->ipmi_path != NULL)
		return wirecat_ipmi_encode(options->ipmi_path, (uint32_t)options->interval_ms, bytes, info);
	return encode_text(text, bytes, info);
}

/* The plan's bytes in a memfd. */
static enum err make_plan(const struct options *options, int *fd, struct err_info *info)
{
	struct buf text, bytes;
	enum err err = ERR_NONE;

	buf_init(&text, PLAN_TEXT_BYTES_MAX);
	buf_init(&bytes, (size_t)256 << 20);
	if (options->rapl_root == NULL && options->ipmi_path == NULL)
		err = file_read_fd(STDIN_FILENO, &text, info);
	if (err == ERR_NONE && !options->is_raw)
		err = encode(options, text.data == NULL ? (char[1]){""} : text.data, &bytes, info);
	*fd = err == ERR_NONE ? memfd_create("plan", 0) : -1;
	if (err == ERR_NONE && *fd < 0)
		err = err_set_errno(info, ERR_IO, errno, "memfd_create");
	if (err == ERR_NONE)
		err = file_write_all(*fd, options->is_raw ? text.data : bytes.data, options->is_raw ? text.bytes : bytes.bytes, info);
	buf_deinit(&text);
	buf_deinit(&bytes);
	return err;
}

static enum err start(const char *program, int plan_fd, int core_fd, pid_t *pid, struct err_info *info)
{
	char plan_text[] = "3", core_text[] = "4";
	char *arguments[] = {(char *)(uintptr_t)program, "--plan-fd", plan_text, "--core-fd", core_text, NULL};

	*pid = fork();
	if (*pid < 0)
		return err_set_errno(info, ERR_IO, errno, "fork");
	if (*pid > 0)
		return ERR_NONE;
	/* Both descriptors out of the way of 3 and 4 first. */
	plan_fd = dup3(plan_fd, 50, 0);
	core_fd = dup3(core_fd, 51, 0);
	if (dup2(plan_fd, PLAN_FD) < 0 || dup2(core_fd, CORE_FD) < 0)
		_exit(127);
	(void)close(plan_fd);
	(void)close(core_fd);
	(void)execv(program, arguments);
	perror(program);
	_exit(127);
}

/* Samples that nobody will see are not made text: at tens of thousands a second it would be this program that holds up the collector. */
static bool is_unseen(const struct options *options, const uint8_t *record, size_t bytes)
{
	struct wire_reader reader = {.bytes = record, .length = bytes};
	enum wire_type type;

	return options->is_quiet && options->until == NULL && wire_read_header(&reader, &type, NULL) == ERR_NONE && type == WIRE_SAMPLES;
}

/* Prints what is there. true: go on. */
static bool drain(int fd, const struct options *options, struct buf *out, int64_t *matches)
{
	static uint8_t record[WIRE_RECORD_BYTES_MAX];
	struct err_info info = {0};
	enum wire_type type;
	size_t bytes;
	int passed;
	enum err err;

	while ((err = packet_receive(fd, record, sizeof record, &bytes, &passed, &info)) == ERR_NONE) {
		buf_clear(out);
		if (is_unseen(options, record, bytes))
			continue;
		if (wirecat_print_record(out, record, bytes, &type, &info) != ERR_NONE) {
			(void)fprintf(stderr, "wirecat: %s\n", info.text);
			return false;
		}
		if (!options->is_quiet || type == WIRE_STATS)
			(void)fputs(buf_text(out), stdout);
		if (options->until != NULL && strstr(buf_text(out), options->until) != NULL && ++*matches >= options->times)
			return false;
	}
	(void)fflush(stdout);
	return err == ERR_BUSY;
}

static void follow(int fd, const struct options *options)
{
	int64_t end_ns = clock_boot_ns() + (int64_t)(options->for_s * 1e9);
	struct buf out;
	int64_t matches = 0;
	bool is_going = true;

	buf_init(&out, (size_t)4 << 20);
	if (options->stall_s > 0)
		(void)sleep((unsigned)options->stall_s);
	while (is_going) {
		int64_t left_ms = (end_ns - clock_boot_ns()) / CLOCK_NS_PER_MS;
		struct pollfd ready = {.fd = fd, .events = POLLIN};

		if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) < 0)
			break;
		if (ready.revents != 0)
			is_going = drain(fd, options, &out, &matches);
	}
	(void)fflush(stdout);
	buf_deinit(&out);
}

/* SIGTERM first, so that its last STATS come too. */
static int finish(int fd, pid_t pid, const struct options *options)
{
	struct options rest = *options;
	int status = 0;

	rest.until = NULL;
	rest.for_s = 2;
	rest.stall_s = 0;
	(void)kill(pid, SIGTERM);
	follow(fd, &rest);
	(void)close(fd);
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct options options;
	struct err_info info = {0};
	int pair[2] = {-1, -1};
	int plan_fd = -1;
	pid_t pid;
	enum err err = parse(argc, argv, &options, &info);

	if (err == ERR_NONE)
		err = make_plan(&options, &plan_fd, &info);
	if (err == ERR_NONE)
		err = packet_pair(pair, SOCKET_BYTES, &info);
	if (err == ERR_NONE)
		err = start(options.program, plan_fd, pair[1], &pid, &info);
	if (err != ERR_NONE) {
		(void)fprintf(stderr, "wirecat: %s\n", info.text);
		return err_exit_code(err);
	}
	(void)close(pair[1]);
	follow(pair[0], &options);
	return finish(pair[0], pid, &options);
}

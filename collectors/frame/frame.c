/* SPDX-License-Identifier: Apache-2.0 */
#include "frame/frame.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "frame/outbound.h"
#include "frame/schedule.h"
#include "model/units.h"
#include "wire/latencies.h"
#include "wire/plan.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define DEVICE_RECORD_NS (600 * UNITS_NS_PER_S)
#define STATS_NS (60 * UNITS_NS_PER_S)
#define STATS_FIRST_NS (10 * UNITS_NS_PER_S)
#define WATCH_GAP_NS (5 * UNITS_NS_PER_MS)
#define OUTBOUND_MIN_BYTES ((size_t)1 << 20)
#define OUTBOUND_BYTES_PER_DEVICE ((size_t)4096)
#define PLAN_BYTES_MAX ((size_t)256 << 20)

enum { WATCH_MAX = 64, TIMER_SLACK_NS = 1000000 };

/* What the frame knows of a device beside its place in the schedule. */
struct device {
	int64_t told_boot_ns; /* when its last record left; 0 never */
	uint32_t told_latency_us;
	uint32_t latency_us;
	uint8_t state; /* enum device_state */
	bool is_changed;
};

struct frame {
	const struct frame_collector *collector;
	void *state;
	int core_fd;
	uint64_t seed;
	struct schedule *schedule;
	struct outbound *outbound;
	struct device *device;
	size_t device_capacity;
	struct sample *pending; /* WIRE_SAMPLES_MAX samples that wait for the end of the tick */
	size_t pending_count;
	size_t pending_max; /* as many as one record holds */
	struct wire_latencies latencies;
	int64_t now_ns; /* of this wake */
	int64_t stats_due_ns;
	struct wire_stats stats;
};

/* Set by SIGTERM and SIGINT alone: the one thing a handler may touch. */
static volatile sig_atomic_t stop_signal;

static void on_stop(int number)
{
	stop_signal = number;
}

/* ---- What collectors call --------------------------------------------------------------------------------------------------------- */

enum err frame_add_device(struct frame *frame, const char *id, uint32_t interval_ms, struct err_info *info)
{
	size_t count = schedule_count(frame->schedule);

	if (mem_grow((void **)&frame->device, &frame->device_capacity, count, PLAN_DEVICES_MAX, sizeof *frame->device) != ERR_NONE)
		return err_set(info, ERR_LIMIT, "no room for device %s", id);
	return schedule_add(frame->schedule, id, interval_ms, info);
}

uint64_t frame_seed(const struct frame *frame)
{
	return frame->seed;
}

int64_t frame_now_ns(const struct frame *frame)
{
	return frame->now_ns;
}

int64_t frame_tick_ns(const struct frame *frame)
{
	return schedule_tick_ns(frame->schedule);
}

void frame_put_meter(struct frame *frame, uint32_t device, uint32_t meter, const struct meter_info *info)
{
	uint8_t bytes[1024];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_meter record = {.device = device, .meter = meter, .info = *info};

	wire_put_meter(&writer, &record);
	outbound_put_record(frame->outbound, &writer, frame->now_ns);
}

void frame_mark_changed(struct frame *frame, uint32_t device)
{
	frame->device[device].is_changed = true;
}

static void tell_device(struct frame *frame, uint32_t device)
{
	uint8_t bytes[2048];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct device *known = &frame->device[device];
	struct wire_device record = {0};

	frame->collector->describe(frame->state, device, &record);
	record.device = device;
	record.state = (enum device_state)known->state;
	record.latency_us = known->latency_us;
	record.failed_count = schedule_failed_count(frame->schedule, device);
	wire_put_device(&writer, &record);
	outbound_put_record(frame->outbound, &writer, frame->now_ns);
	known->told_boot_ns = frame->now_ns;
	known->told_latency_us = known->latency_us;
	known->is_changed = false;
}

static void send_pending(struct frame *frame)
{
	if (frame->pending_count > 0)
		outbound_put_samples(frame->outbound, frame->pending, frame->pending_count, frame->now_ns);
	frame->pending_count = 0;
}

static void add_pending(struct frame *frame, const struct sample *sample, size_t count)
{
	if (frame->pending_count + count > frame->pending_max)
		send_pending(frame);
	while (count > 0) {
		size_t part = count < frame->pending_max ? count : frame->pending_max;

		memcpy(frame->pending + frame->pending_count, sample, part * sizeof *sample);
		frame->pending_count += part;
		sample += part;
		count -= part;
		if (count > 0)
			send_pending(frame);
	}
}

static bool is_repetition_due(const struct frame *frame, const struct device *known)
{
	return frame->now_ns - known->told_boot_ns >= DEVICE_RECORD_NS;
}

void frame_end_read(struct frame *frame, uint32_t device, const struct frame_result *result)
{
	struct device *known = &frame->device[device];
	bool is_success = result->state == DEVICE_UP || result->state == DEVICE_PARTIAL;

	frame->stats.missed_count += schedule_end(frame->schedule, device, is_success, frame->now_ns);
	frame->stats.failed_count += !is_success;
	frame->stats.latency_sum_us += result->latency_us;
	known->latency_us = result->latency_us;
	known->is_changed |= known->state != result->state || known->told_boot_ns == 0;
	known->state = (uint8_t)result->state;
	/* While core does not keep up, repetitions can wait. */
	if (known->is_changed || (is_repetition_due(frame, known) && !outbound_is_waiting(frame->outbound)))
		tell_device(frame, device);
	add_pending(frame, result->sample, result->sample_count);
}

/* ---- The loop --------------------------------------------------------------------------------------------------------------------- */

static void put_hello(struct frame *frame)
{
	uint8_t bytes[64];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_hello hello = {
	    .kind = frame->collector->kind, .pid = (uint32_t)getpid(), .device_count = (uint32_t)schedule_count(frame->schedule)};

	wire_put_hello(&writer, &hello);
	outbound_put_record(frame->outbound, &writer, frame->now_ns);
}

/* Resident pages from /proc/self/statm; 0 when it cannot be read. */
static uint64_t read_rss_bytes(void)
{
	struct buf text;
	uint64_t rss_bytes = 0;
	char *space;

	buf_init(&text, 256);
	if (file_read("/proc/self/statm", &text, NULL) == ERR_NONE && (space = strchr(text.data, ' ')) != NULL) {
		char *end = strchr(space + 1, ' ');

		if (end != NULL)
			*end = '\0';
		if (!num_parse_u64(space + 1, &rss_bytes))
			rss_bytes = 0;
	}
	buf_deinit(&text);
	return rss_bytes * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void put_stats(struct frame *frame)
{
	uint8_t bytes[128];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == 0)
		frame->stats.cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
				      (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	frame->stats.rss_bytes = read_rss_bytes();
	wire_put_stats(&writer, &frame->stats);
	outbound_put_record(frame->outbound, &writer, frame->now_ns);
	frame->stats_due_ns = frame->now_ns + STATS_NS;
}

static void send_latencies(struct frame *frame)
{
	/* A header, the count, and two numbers for each device. */
	uint8_t bytes[16 + sizeof frame->latencies.item];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};

	if (frame->latencies.count == 0)
		return;
	wire_put_latencies(&writer, &frame->latencies);
	outbound_put_record(frame->outbound, &writer, frame->now_ns);
	frame->latencies.count = 0;
}

/* All that are new, in few records: one for each device and minute would be most of what is sent. While core does not keep up they wait. */
static void put_latencies(struct frame *frame)
{
	size_t count = schedule_count(frame->schedule);

	for (uint32_t i = 0; i < count && !outbound_is_waiting(frame->outbound); i++) {
		struct device *known = &frame->device[i];

		/* One that was not told yet comes with its whole record. */
		if (known->told_boot_ns == 0 || known->told_latency_us == known->latency_us)
			continue;
		known->told_latency_us = known->latency_us;
		frame->latencies.item[frame->latencies.count].device = i;
		frame->latencies.item[frame->latencies.count++].latency_us = known->latency_us;
		if (frame->latencies.count == WIRE_LATENCIES_MAX)
			send_latencies(frame);
	}
	send_latencies(frame);
}

static void begin_due(struct frame *frame)
{
	uint32_t device;

	while (schedule_take(frame->schedule, frame->now_ns, &device)) {
		frame->stats.poll_count++;
		frame->collector->read(frame->state, device, schedule_failed_count(frame->schedule, device));
	}
}

/* One wake's work. Returns when the next has to come at the latest. */
static int64_t work(struct frame *frame)
{
	int64_t next_ns = INT64_MAX;

	frame->now_ns = clock_boot_ns();
	frame->stats.wake_count++;
	begin_due(frame);
	if (frame->collector->service != NULL)
		next_ns = frame->collector->service(frame->state, frame->now_ns);
	send_pending(frame);
	if (frame->now_ns >= frame->stats_due_ns) {
		put_stats(frame);
		put_latencies(frame);
	}
	if (outbound_is_waiting(frame->outbound))
		outbound_flush(frame->outbound, frame->now_ns);
	next_ns = schedule_round_up_ns(frame->schedule, next_ns);
	return next_ns < schedule_next_ns(frame->schedule) ? next_ns : schedule_next_ns(frame->schedule);
}

/* Sleeps on `fds` until one is ready, a signal came, or the time. false: core is gone, or we are told to stop. */
static bool sleep_until(struct frame *frame, struct pollfd *fds, size_t count, int64_t until_ns)
{
	int64_t left_ns = until_ns - clock_boot_ns();
	struct timespec left;

	fds[0] = (struct pollfd){.fd = frame->core_fd, .events = outbound_is_waiting(frame->outbound) ? POLLIN | POLLOUT : POLLIN};
	if (left_ns < 0)
		left_ns = 0;
	left = (struct timespec){.tv_sec = left_ns / UNITS_NS_PER_S, .tv_nsec = (long)(left_ns % UNITS_NS_PER_S)};
	if (ppoll(fds, (nfds_t)count, &left, NULL) < 0 && errno != EINTR)
		return false;
	/* Core sends nothing: readable means that it is gone. */
	return stop_signal == 0 && (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0;
}

static bool wait_for_work(struct frame *frame, int64_t until_ns)
{
	struct pollfd fds[1 + WATCH_MAX];
	size_t count = frame->collector->watch == NULL ? 0 : frame->collector->watch(frame->state, fds + 1, WATCH_MAX);
	int64_t gap_end_ns = frame->now_ns + WATCH_GAP_NS;

	/* Answers that come within the gap are taken together. */
	if (count > 0 && gap_end_ns < until_ns && !sleep_until(frame, fds, 1, gap_end_ns))
		return false;
	if (outbound_is_waiting(frame->outbound) && until_ns > frame->now_ns + UNITS_NS_PER_S)
		until_ns = frame->now_ns + UNITS_NS_PER_S;
	return sleep_until(frame, fds, 1 + count, until_ns);
}

static void run(struct frame *frame)
{
	int64_t next_ns;

	do {
		next_ns = work(frame);
		if (outbound_is_gone(frame->outbound))
			return;
		if (frame->collector->is_done != NULL && frame->collector->is_done(frame->state) && !outbound_is_waiting(frame->outbound))
			break;
		if (next_ns > frame->stats_due_ns)
			next_ns = frame->stats_due_ns;
	} while (wait_for_work(frame, next_ns));
	frame->now_ns = clock_boot_ns();
	put_stats(frame);
}

/* ---- Start and end ---------------------------------------------------------------------------------------------------------------- */

struct options {
	int plan_fd;
	int core_fd;
	bool has_seed;
	uint64_t seed;
};

static bool parse_fd(const char *text, int *fd)
{
	uint64_t value;

	if (!num_parse_u64(text, &value) || value > 1000000)
		return false;
	*fd = (int)value;
	return true;
}

static enum err parse_options(int argc, char **argv, struct options *options, struct err_info *info)
{
	static const struct option known[] = {{"plan-fd", required_argument, NULL, 'p'},
					      {"core-fd", required_argument, NULL, 'c'},
					      {"seed", required_argument, NULL, 's'},
					      {0}};
	bool is_right = true;
	int choice;

	*options = (struct options){.plan_fd = -1, .core_fd = -1};
	while (is_right && (choice = getopt_long(argc, argv, "", known, NULL)) != -1) {
		is_right = (choice == 'p' && parse_fd(optarg, &options->plan_fd)) ||
			   (choice == 'c' && parse_fd(optarg, &options->core_fd)) ||
			   (choice == 's' && num_parse_u64(optarg, &options->seed));
		options->has_seed |= choice == 's';
	}
	if (!is_right || optind != argc || options->plan_fd < 0 || options->core_fd < 0)
		return err_set(info, ERR_USAGE, "usage: %s --plan-fd N --core-fd M [--seed S]; wattledgerd starts it", argv[0]);
	return ERR_NONE;
}

static enum err init(struct frame *frame, const struct options *options, struct err_info *info)
{
	struct sigaction action = {.sa_handler = on_stop};

	frame->core_fd = options->core_fd;
	frame->seed = options->seed;
	if (!options->has_seed && getrandom(&frame->seed, sizeof frame->seed, 0) != (ssize_t)sizeof frame->seed)
		return err_set_errno(info, ERR_IO, errno, "no random numbers");
	frame->schedule = schedule_new(options->has_seed ? options->seed : 0);
	frame->pending = mem_new_array(WIRE_SAMPLES_MAX, sizeof *frame->pending);
	if (frame->schedule == NULL || frame->pending == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	frame->pending_max = (WIRE_RECORD_BYTES_MAX - 64) / wire_sample_bytes();
	if (frame->pending_max > WIRE_SAMPLES_MAX)
		frame->pending_max = WIRE_SAMPLES_MAX;
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)prctl(PR_SET_TIMERSLACK, (unsigned long)TIMER_SLACK_NS);
	return ERR_NONE;
}

/* Reads the plan and lets the collector open it; what it read is wiped. */
static enum err open_plan(struct frame *frame, int plan_fd, struct err_info *info)
{
	struct buf plan;
	enum err err;

	buf_init(&plan, PLAN_BYTES_MAX);
	if (lseek(plan_fd, 0, SEEK_SET) < 0 && errno != ESPIPE)
		err = err_set_errno(info, ERR_IO, errno, "cannot read the plan");
	else
		err = file_read_fd(plan_fd, &plan, info);
	(void)close(plan_fd);
	if (err == ERR_NONE)
		err = frame->collector->open(frame, plan.data, plan.bytes, &frame->state, info);
	if (plan.data != NULL)
		explicit_bzero(plan.data, plan.bytes);
	buf_deinit(&plan);
	return err;
}

/* A connection is a descriptor, and the usual soft limit of 1,024 was made for select(). What cannot be raised is told by who needs it. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static enum err start(struct frame *frame, const struct options *options, struct err_info *info)
{
	enum err err = init(frame, options, info);
	bool is_filtered = true;

	raise_descriptors();
	if (err == ERR_NONE)
		err = open_plan(frame, options->plan_fd, info);
	if (err == ERR_NONE)
		err = guard_capabilities(frame->collector->capability, info);
	if (err == ERR_NONE)
		err = guard_system_calls(&is_filtered, info);
	if (err != ERR_NONE)
		return err;
	if (!is_filtered)
		log_warning(GUARD_UNFILTERED);
	frame->outbound = outbound_new(frame->core_fd, OUTBOUND_MIN_BYTES + OUTBOUND_BYTES_PER_DEVICE * schedule_count(frame->schedule));
	if (frame->outbound == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	frame->now_ns = clock_boot_ns();
	frame->stats_due_ns = frame->now_ns + STATS_FIRST_NS;
	return schedule_start(frame->schedule, frame->now_ns, info);
}

int frame_main(int argc, char **argv, const struct frame_collector *collector)
{
	struct frame frame = {.collector = collector};
	struct options options;
	struct err_info info = {0};
	enum err err = guard_process(getppid(), &info);

	log_init(collector->name, LOG_LEVEL_INFO);
	if (err == ERR_NONE)
		err = parse_options(argc, argv, &options, &info);
	if (err == ERR_NONE)
		err = start(&frame, &options, &info);
	if (err == ERR_NONE) {
		put_hello(&frame);
		run(&frame);
	} else {
		log_error("%s", info.text);
	}
	if (frame.state != NULL)
		collector->close(frame.state);
	outbound_free(frame.outbound);
	schedule_free(frame.schedule);
	mem_free(frame.device);
	mem_free(frame.pending);
	return err_exit_code(err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/child.h"

#include "base/file.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/num.h"
#include "wire/record.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { FD_MAX = 1 << 20 };

int child_find_fd(int argc, char **argv, const char *name)
{
	int64_t fd;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], name) == 0 && num_parse_i64(argv[i + 1], &fd) && fd >= 0 && fd < FD_MAX)
			return (int)fd;
	}
	return -1;
}

enum err child_guard(struct err_info *info)
{
	bool is_filtered = true;
	enum err err = guard_process(getppid(), info);

	if (err == ERR_NONE)
		err = guard_capabilities(-1, info);
	if (err == ERR_NONE)
		err = guard_system_calls(&is_filtered, info);
	if (!is_filtered)
		log_warning(GUARD_UNFILTERED);
	return err;
}

enum err child_open_signals(int *signal_fd, struct err_info *info)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_set(info, ERR_IO, "signals cannot be blocked");
	*signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *signal_fd >= 0 ? ERR_NONE : err_set(info, ERR_IO, "no descriptor for signals");
}

enum err child_read_plan(int plan_fd, struct buf *out, struct err_info *info)
{
	enum err err;

	(void)lseek(plan_fd, 0, SEEK_SET);
	err = file_read_fd(plan_fd, out, info);
	close(plan_fd);
	return err;
}

void child_wipe(struct buf *plan)
{
	if (plan->data != NULL)
		explicit_bzero(plan->data, plan->capacity_bytes);
	buf_deinit(plan);
}

static uint64_t read_rss_bytes(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file == NULL)
		return 0;
	if (fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	fclose(file);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t microseconds_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

void child_measure(struct wire_stats *stats)
{
	struct rusage usage;

	stats->rss_bytes = read_rss_bytes();
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		stats->cpu_us = microseconds_of(&usage.ru_utime) + microseconds_of(&usage.ru_stime);
}

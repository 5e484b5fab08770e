/* SPDX-License-Identifier: Apache-2.0 */
#include "life.h"

#include "base/clock.h"
#include "clockwork.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define MS_PER_S 1000
#define NS_PER_MS 1000000

void sim_life_start_clock(struct sim_clockwork *clock, int64_t since_utc_ms, double speed)
{
	struct clock_reading now;

	clock_read(&now);
	sim_clockwork_init(clock, since_utc_ms == 0 ? now.boot_ns : sim_clockwork_since_ns(&now, since_utc_ms), speed);
}

static enum err take_signals(struct sim_life *life, struct err_info *info)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return err_set_errno(info, ERR_IO, errno, "signals cannot be blocked");
	/* a reader of our output that went away must not end us without the truth being written */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_set_errno(info, ERR_IO, errno, "SIGPIPE cannot be ignored");
	life->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (life->signal_fd < 0)
		return err_set_errno(info, ERR_IO, errno, "signalfd");
	return sim_life_watch(life, life->signal_fd, SIM_LIFE_SIGNAL, info);
}

static enum err start_time(struct sim_life *life, int64_t for_ms, struct err_info *info)
{
	struct itimerspec end = {.it_value = {.tv_sec = for_ms / MS_PER_S, .tv_nsec = (long)(for_ms % MS_PER_S * NS_PER_MS)}};

	life->end_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (life->end_fd < 0 || timerfd_settime(life->end_fd, 0, &end, NULL) != 0)
		return err_set_errno(info, ERR_IO, errno, "timerfd");
	return sim_life_watch(life, life->end_fd, SIM_LIFE_END, info);
}

static enum err follow_parent(struct err_info *info)
{
	pid_t parent = getppid();

	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
		return err_set_errno(info, ERR_IO, errno, "PR_SET_PDEATHSIG");
	/* a parent that ended before the call above sends nothing any more */
	if (getppid() != parent)
		return err_set(info, ERR_UNAVAILABLE, "the parent process has ended already (--detached runs without it)");
	return ERR_NONE;
}

enum err sim_life_open(struct sim_life *life, const struct sim_life_options *options, struct err_info *info)
{
	enum err err;

	*life = (struct sim_life){.signal_fd = -1, .end_fd = -1, .is_bound_to_stdin = options->is_bound_to_stdin};
	life->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (life->epoll_fd < 0)
		return err_set_errno(info, ERR_IO, errno, "epoll");
	err = take_signals(life, info);
	if (err == ERR_NONE)
		err = start_time(life, options->for_ms, info);
	if (err == ERR_NONE && !options->is_detached)
		err = follow_parent(info);
	if (err == ERR_NONE && (options->has_control || options->is_bound_to_stdin)) {
		err = sim_life_watch(life, STDIN_FILENO, SIM_LIFE_STDIN, info);
		if (err != ERR_NONE)
			err = err_set(info, ERR_USAGE, "standard input has to be a pipe, a socket or a terminal for commands");
	}
	if (err != ERR_NONE)
		sim_life_close(life);
	return err;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void sim_life_close(struct sim_life *life)
{
	close_fd(&life->signal_fd);
	close_fd(&life->end_fd);
	close_fd(&life->epoll_fd);
}

enum err sim_life_watch(struct sim_life *life, int fd, uint32_t id, struct err_info *info)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = id};

	if (epoll_ctl(life->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		return err_set_errno(info, ERR_IO, errno, "descriptor %d cannot be watched", fd);
	return ERR_NONE;
}

static void read_signals(struct sim_life *life)
{
	struct signalfd_siginfo signal_info;

	while (read(life->signal_fd, &signal_info, sizeof signal_info) == (ssize_t)sizeof signal_info) {
		if (signal_info.ssi_signo == SIGUSR1)
			life->wants_truth = true;
		else
			life->is_over = true;
	}
}

static void read_stdin(struct sim_life *life)
{
	if (life->line_bytes == sizeof life->line)
		life->line_bytes = 0;
	ssize_t got = read(STDIN_FILENO, life->line + life->line_bytes, sizeof life->line - life->line_bytes);

	if (got > 0) {
		life->line_bytes += (size_t)got;
		return;
	}
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* closed: no further events, which else would come without end */
	(void)epoll_ctl(life->epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
	if (life->is_bound_to_stdin)
		life->is_over = true;
}

uint32_t sim_life_wait(struct sim_life *life, int timeout_ms)
{
	struct epoll_event event;
	int count = epoll_wait(life->epoll_fd, &event, 1, timeout_ms);

	if (count <= 0)
		return SIM_LIFE_TIMEOUT;
	switch (event.data.u32) {
	case SIM_LIFE_SIGNAL: read_signals(life); break;
	case SIM_LIFE_END: life->is_over = true; break;
	case SIM_LIFE_STDIN: read_stdin(life); break;
	default: break;
	}
	return event.data.u32;
}

bool sim_life_next_line(struct sim_life *life, char out[static SIM_LINE_BYTES])
{
	char *end = memchr(life->line, '\n', life->line_bytes);

	if (end == NULL)
		return false;
	size_t bytes = (size_t)(end - life->line);
	memcpy(out, life->line, bytes);
	out[bytes] = '\0';
	life->line_bytes -= bytes + 1;
	memmove(life->line, end + 1, life->line_bytes);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/child.h"

#include "base/num.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

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

/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-deliver: carries batches to time-series stores. Started by wattledgerd: --plan-fd N --core-fd M. */
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "run/deliver.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { PLAN_BYTES_MAX = 4 << 20, FD_MAX = 1 << 20 };

/* The number behind `name`; -1 when it is not there. */
static int find_fd(int argc, char **argv, const char *name)
{
	int64_t fd;
	int i;

	for (i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], name) == 0 && num_parse_i64(argv[i + 1], &fd) && fd >= 0 && fd < FD_MAX)
			return (int)fd;
	}
	return -1;
}

/* SIGTERM and SIGINT become readable on a descriptor; a peer that closes its socket must not end the process. */
static enum err open_signals(int *signal_fd, struct err_info *info)
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

static enum err read_plan(struct plan_deliver *plan, int plan_fd, struct err_info *info)
{
	struct buf bytes;
	enum err err;

	buf_init(&bytes, PLAN_BYTES_MAX);
	(void)lseek(plan_fd, 0, SEEK_SET);
	err = file_read_fd(plan_fd, &bytes, info);
	if (err == ERR_NONE)
		err = plan_deliver_decode(plan, bytes.data, bytes.bytes, info);
	if (bytes.data != NULL)
		explicit_bzero(bytes.data, bytes.capacity_bytes); /* it holds the secrets */
	buf_deinit(&bytes);
	close(plan_fd);
	return err;
}

static enum err run(const struct plan_deliver *plan, int core_fd, struct err_info *info)
{
	struct deliver *deliver = NULL;
	int signal_fd = -1;
	enum err err = open_signals(&signal_fd, info);

	if (err == ERR_NONE)
		err = deliver_new(&deliver, plan, core_fd, signal_fd, info);
	if (err == ERR_NONE)
		err = deliver_run(deliver, info);
	deliver_free(deliver);
	if (signal_fd >= 0)
		close(signal_fd);
	return err;
}

int main(int argc, char **argv)
{
	struct plan_deliver plan;
	struct err_info info = {0};
	int plan_fd = find_fd(argc, argv, "--plan-fd");
	int core_fd = find_fd(argc, argv, "--core-fd");
	enum err err;

	log_init("deliver", LOG_LEVEL_INFO);
	if (plan_fd < 0 || core_fd < 0) {
		fputs("wattledger-deliver is started by wattledgerd: --plan-fd N --core-fd M\n", stderr);
		return err_exit_code(ERR_USAGE);
	}
	/* Tokens must not reach a core file or a debugger of the same user. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	err = read_plan(&plan, plan_fd, &info);
	if (err == ERR_NONE) {
		err = run(&plan, core_fd, &info);
		plan_deliver_deinit(&plan);
	}
	if (err != ERR_NONE)
		log_error("%s", info.text);
	return err_exit_code(err);
}

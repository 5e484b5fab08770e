/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-deliver: carries batches to time-series stores. Started by wattledgerd: --plan-fd N --core-fd M. */
#include "base/log.h"
#include "run/child.h"
#include "run/deliver.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PLAN_BYTES_MAX = 4 << 20 };

static enum err read_plan(struct plan_deliver *plan, int plan_fd, struct err_info *info)
{
	struct buf bytes;
	enum err err;

	buf_init(&bytes, PLAN_BYTES_MAX);
	err = child_read_plan(plan_fd, &bytes, info);
	if (err == ERR_NONE)
		err = plan_deliver_decode(plan, bytes.data, bytes.bytes, info);
	child_wipe(&bytes); /* it holds the secrets */
	return err;
}

static enum err run(const struct plan_deliver *plan, int core_fd, struct err_info *info)
{
	struct deliver *deliver = NULL;
	int signal_fd = -1;
	enum err err = child_open_signals(&signal_fd, info);

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
	struct plan_deliver plan = {0};
	struct err_info info = {0};
	int plan_fd = child_find_fd(argc, argv, "--plan-fd");
	int core_fd = child_find_fd(argc, argv, "--core-fd");
	enum err err;

	log_init("deliver", LOG_LEVEL_INFO);
	if (plan_fd < 0 || core_fd < 0) {
		fputs("wattledger-deliver is started by wattledgerd: --plan-fd N --core-fd M\n", stderr);
		return err_exit_code(ERR_USAGE);
	}
	/* Tokens must not reach a core file or a debugger of the same user. */
	err = child_guard(&info);
	if (err == ERR_NONE)
		err = read_plan(&plan, plan_fd, &info);
	if (err == ERR_NONE) {
		err = run(&plan, core_fd, &info);
		plan_deliver_deinit(&plan);
	}
	if (err != ERR_NONE)
		log_error("%s", info.text);
	return err_exit_code(err);
}

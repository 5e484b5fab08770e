/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-series: takes hourly grid factors from folders and addresses. Started by wattledgerd: --plan-fd N --core-fd M. */
#include "base/log.h"
#include "run/child.h"
#include "run/series_feed.h"

#include <stdio.h>
#include <unistd.h>

enum { PLAN_BYTES_MAX = 4 << 20 };

static enum err read_plan(struct plan_series *plan, int plan_fd, struct err_info *info)
{
	struct buf bytes;
	enum err err;

	buf_init(&bytes, PLAN_BYTES_MAX);
	err = child_read_plan(plan_fd, &bytes, info);
	if (err == ERR_NONE)
		err = plan_series_decode(plan, bytes.data, bytes.bytes, info);
	child_wipe(&bytes);
	return err;
}

static enum err run(const struct plan_series *plan, struct series_worker *worker, int core_fd, struct err_info *info)
{
	struct series_feed_options options = {.plan = plan, .worker = worker, .core_fd = core_fd, .signal_fd = -1};
	struct series_feed *feed = NULL;
	enum err err = child_open_signals(&options.signal_fd, info);

	if (err == ERR_NONE)
		err = series_feed_new(&feed, &options, info);
	if (err == ERR_NONE)
		err = series_feed_run(feed, info);
	series_feed_free(feed);
	if (options.signal_fd >= 0)
		close(options.signal_fd);
	return err;
}

int main(int argc, char **argv)
{
	struct series_worker worker = {.fd = 0};
	struct plan_series plan;
	struct err_info info = {0};
	int plan_fd = child_find_fd(argc, argv, "--plan-fd");
	int core_fd = child_find_fd(argc, argv, "--core-fd");
	enum err err;

	log_init("series", LOG_LEVEL_INFO);
	if (plan_fd < 0 || core_fd < 0) {
		fputs("wattledger-series is started by wattledgerd: --plan-fd N --core-fd M\n", stderr);
		return err_exit_code(ERR_USAGE);
	}
	err = child_guard(&info);
	if (err == ERR_NONE)
		err = series_worker_start(&worker, &info); /* before the plan: tokens are not in its memory */
	if (err == ERR_NONE)
		err = read_plan(&plan, plan_fd, &info);
	if (err == ERR_NONE) {
		err = run(&plan, &worker, core_fd, &info);
		plan_series_deinit(&plan);
	}
	series_worker_stop(&worker);
	if (err != ERR_NONE)
		log_error("%s", info.text);
	return err_exit_code(err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-page: the status page and the scrape endpoint. Started by wattledgerd: --plan-fd N. */
#include "base/log.h"
#include "run/child.h"
#include "run/page.h"

#include <stdio.h>
#include <unistd.h>

enum { PLAN_BYTES_MAX = 64 << 10 };

static enum err read_plan(struct plan_page *plan, int plan_fd, struct err_info *info)
{
	struct buf bytes;
	enum err err;

	buf_init(&bytes, PLAN_BYTES_MAX);
	err = child_read_plan(plan_fd, &bytes, info);
	if (err == ERR_NONE)
		err = plan_page_decode(plan, bytes.data, bytes.bytes, info);
	buf_deinit(&bytes);
	return err;
}

int main(int argc, char **argv)
{
	struct err_info info = {0};
	struct plan_page plan;
	int plan_fd = child_find_fd(argc, argv, "--plan-fd");
	enum err err;

	log_init("page", LOG_LEVEL_INFO);
	if (plan_fd < 0) {
		fputs("wattledger-page is started by wattledgerd: --plan-fd N\n", stderr);
		return err_exit_code(ERR_USAGE);
	}
	err = child_guard(&info);
	if (err == ERR_NONE)
		err = read_plan(&plan, plan_fd, &info);
	if (err == ERR_NONE)
		err = page_run(&plan, &info);
	if (err != ERR_NONE)
		log_error("%s", info.text);
	return err_exit_code(err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-core: started by wattledgerd, never by hand. */
#include "base/log.h"
#include "run/child.h"
#include "run/core.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	struct core_options options = {.plan_fd = child_find_fd(argc, argv, "--plan-fd"),
				       .control_fd = child_find_fd(argc, argv, "--control-fd")};

	if (options.plan_fd < 0 || options.control_fd < 0) {
		fputs("wattledger-core is started by wattledgerd: wattledger-core --plan-fd N --control-fd N\n", stderr);
		return err_exit_code(ERR_USAGE);
	}
	log_init("core", LOG_LEVEL_INFO);
	return core_run(&options);
}

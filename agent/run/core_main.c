/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-core: started by wattledgerd, never by hand. */
#include "base/log.h"
#include "base/num.h"
#include "run/core.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool parse_fd(const char *text, int *fd)
{
	int64_t value;

	if (!num_parse_i64(text, &value) || value < 0 || value > INT_MAX)
		return false;
	*fd = (int)value;
	return true;
}

int main(int argc, char **argv)
{
	struct core_options options = {.plan_fd = -1, .control_fd = -1};

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--plan-fd") == 0 && parse_fd(argv[i + 1], &options.plan_fd))
			continue;
		if (strcmp(argv[i], "--control-fd") == 0 && parse_fd(argv[i + 1], &options.control_fd))
			continue;
		break;
	}
	if (options.plan_fd < 0 || options.control_fd < 0) {
		fputs("wattledger-core is started by wattledgerd: wattledger-core --plan-fd N --control-fd N\n", stderr);
		return err_exit_code(ERR_USAGE);
	}
	log_init("core", LOG_LEVEL_INFO);
	return core_run(&options);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-clock FILE: asks the kernel whether something keeps its clock and writes the answer down, until it is ended. A service of its
 * own, so that the agent's sandbox can refuse every call that sets the clock.
 */
#include "base/clock.h"
#include "base/clock_kept.h"

#include <stdio.h>
#include <time.h>

int main(int argc, char **argv)
{
	struct timespec pause = {.tv_sec = CLOCK_KEPT_INTERVAL_S};
	struct clock_reading now;
	struct err_info info = {0};

	if (argc != 2) {
		fprintf(stderr, "usage: wattledger-clock FILE\n");
		return err_exit_code(ERR_USAGE);
	}
	do {
		clock_read(&now);
		if (clock_kept_write(argv[1], now.boot_ns, now.is_synced, &info) != ERR_NONE) {
			fprintf(stderr, "wattledger-clock: %s\n", info.text);
			return err_exit_code(info.code);
		}
	} while (clock_nanosleep(CLOCK_BOOTTIME, 0, &pause, NULL) == 0);
	return 0;
}

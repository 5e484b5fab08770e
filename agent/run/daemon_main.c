/* SPDX-License-Identifier: Apache-2.0 */
/* wattledgerd: the service. Reads its command line and hands over to the supervisor. */
#include "base/log.h"
#include "run/supervise.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The processes get plans with whole paths: a folder that is named from here is written out. One that is too long stays as it is. */
static const char *whole_path(const char *path)
{
	static char whole[PATH_MAX];
	char folder[PATH_MAX];
	int bytes;

	if (path[0] == '/' || getcwd(folder, sizeof(folder)) == NULL)
		return path;
	bytes = snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	return bytes > 0 && (size_t)bytes < sizeof(whole) ? whole : path;
}

static const char usage_text[] = "usage: wattledgerd -c FILE [--state DIR] [--drivers DIR] [--grid DIR]\n"
				 "\n"
				 "  -c, --config FILE   configuration (default /etc/wattledger/wattledger.yaml)\n"
				 "      --state DIR     where the ledger lies, instead of the configuration's place\n"
				 "      --drivers DIR   driver files, instead of the installed ones\n"
				 "      --grid DIR      grid factor tables, instead of the installed ones\n"
				 "  -v, --verbose       more on standard error\n"
				 "\n"
				 "Stays in the foreground and speaks sd_notify(3). SIGHUP reloads, SIGTERM ends after a commit.\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"state", required_argument, NULL, 's'},
						{"drivers", required_argument, NULL, 'd'},
						{"grid", required_argument, NULL, 'g'},
						{"verbose", no_argument, NULL, 'v'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	struct plans_source source = {.config_path = "/etc/wattledger/wattledger.yaml"};
	enum log_level level = LOG_LEVEL_INFO;
	int option;

	while ((option = getopt_long(argc, argv, "c:vh", options, NULL)) != -1) {
		switch (option) {
		case 'c': source.config_path = optarg; break;
		case 's': source.state_dir = whole_path(optarg); break;
		case 'd': source.drivers_dir = optarg; break;
		case 'g': source.grid_dir = optarg; break;
		case 'v': level = LOG_LEVEL_DEBUG; break;
		case 'h': fputs(usage_text, stdout); return 0;
		default: fputs(usage_text, stderr); return err_exit_code(ERR_USAGE);
		}
	}
	if (optind != argc) {
		fprintf(stderr, "wattledgerd: '%s' is not understood; see --help\n", argv[optind]);
		return err_exit_code(ERR_USAGE);
	}
	log_init("wattledgerd", level);
	return supervise_run(&source);
}

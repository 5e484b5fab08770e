/* SPDX-License-Identifier: Apache-2.0 */
/* scan_priv: what the parts of `scan` share. */
#ifndef WATTLEDGER_CLI_SCAN_PRIV_H
#define WATTLEDGER_CLI_SCAN_PRIV_H

#include "base/err.h"
#include "cli/finding.h"
#include "cli/gather.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "cli/scan_secrets.h"
#include "cli/target.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCAN_COMMUNITY_BYTES_MAX = 256, SCAN_GATHERS = 4, SCAN_BUCKETS = 4096, SCAN_DOING_BYTES = 80 };

/* Devices by vendor and serial, to tell one that is there twice. Chains of (device index + 1), 0 ends. */
struct scan_seen {
	uint32_t first[SCAN_BUCKETS];
	uint32_t *next; /* by device of the snmp targets */
};

struct scan {
	struct targets targets;
	struct scan_secrets secrets;
	char community[SCAN_COMMUNITY_BYTES_MAX + 1]; /* of --community-file */
	char community_path[PATH_MAX];                /* "": none is given */
	struct gather gather[SCAN_GATHERS];
	size_t gather_count;
	enum cli_format format;
	struct scan_seen seen;
	/* while it runs */
	size_t shown[SCAN_GATHERS]; /* devices that are done and were looked at */
	size_t answer_count;        /* of those */
	struct progress_bar bar;    /* begun; of `doing` */
	char doing[SCAN_DOING_BYTES];
	enum err err; /* of writing */
	struct err_info info;
};

/* For gather_watch, context: struct scan. Prints what is done by then (JSON) and, on a terminal, a bar of how far it is. */
void scan_show_look(void *context);

/* After the run: the answer in the other formats. Errors: ERR_IO, ERR_MEMORY. */
enum err scan_show_all(struct scan *scan, struct err_info *info) MUST_CHECK;

/*
 * On standard error: each target that was named and did not answer, one line for all the silent addresses of ranges. ERR_UNAVAILABLE when
 * nothing answered, or a named target did not.
 */
enum err scan_show_silent(struct scan *scan, struct err_info *info) MUST_CHECK;

#endif

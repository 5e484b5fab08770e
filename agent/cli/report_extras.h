/* SPDX-License-Identifier: Apache-2.0 */
/* report_extras: what a report shows behind its totals: sites of several sources, octets with their intensities, feeds against what hangs on them. */
#ifndef WATTLEDGER_CLI_REPORT_EXTRAS_H
#define WATTLEDGER_CLI_REPORT_EXTRAS_H

#include "base/json.h"
#include "report/feeds.h"
#include "report/supplies.h"
#include "report/traffic.h"

/* Zero-initialised it is empty. */
struct report_extras {
	struct report_traffics traffics;
	struct report_feeds feeds;
	struct report_supplies supplies;
	const struct report_register *reg; /* the devices that never answered are in it; borrowed */
	struct report_totals meters;       /* feeds and sources are looked at meter by meter, which the report itself need not show */
};

/* Borrows from `totals`, of the same request. Errors: the ledger's, ERR_LIMIT, ERR_MEMORY. To be deinitialised on error too. */
enum err report_extras_make(struct report_extras *extras, struct ledger *ledger, const struct report_totals *totals,
			    const struct report_request *request, struct err_info *info) MUST_CHECK;
void report_extras_deinit(struct report_extras *extras);

/* Tables on standard output, with the reasons why sites have no intensity, and the devices that are in no table since they never answered; nothing where there is nothing. ERR_IO, ERR_MEMORY. */
enum err report_extras_print(const struct report_extras *extras, struct err_info *info) MUST_CHECK;

/* "traffic": [...], "supply": [...], "feeds": [...], "never_answered": [...]. */
enum err report_extras_add_json(struct json *json, const struct report_extras *extras, struct err_info *info) MUST_CHECK;

#endif

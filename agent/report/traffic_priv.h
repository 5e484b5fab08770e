/* SPDX-License-Identifier: Apache-2.0 */
/* traffic_priv: the valid time of a site or device. For agent/report/traffic*.c only. */
#ifndef WATTLEDGER_REPORT_TRAFFIC_PRIV_H
#define WATTLEDGER_REPORT_TRAFFIC_PRIV_H

#include "report/traffic.h"

/* Octets of a meter in valid time. */
struct traffic_share {
	uint32_t meter_id;
	int64_t octets;
};

/* What is asked of: a site (device_id 0) or one device of it. `share` (count items by meter id, octets 0) is filled. */
struct traffic_scope {
	struct ledger *ledger;
	const struct report_totals *totals;
	const struct report_site *site;
	uint32_t device_id;
	struct traffic_share *share;
	size_t share_count;
};

/* Fills the intensity of a scope. Errors: the ledger's, ERR_LIMIT, ERR_MEMORY. */
enum err traffic_valid_make(struct report_intensity *out, const struct traffic_scope *scope, struct err_info *info) MUST_CHECK;

/* A meter's row in the register: a port at the users' side that is no flow. */
bool traffic_is_uni(const struct ledger_register_row *row) MUST_CHECK;

#endif

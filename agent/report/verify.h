/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: computes a package's figures again from its own rows and compares integers. Needs neither ledger nor agent; trusts nothing but the
 * package's interval, register and factor rows.
 *
 *   manifest   digest, size and row count of each file          chain   digest of each totals row, and of the chain of them
 *   energy     every class of every row of totals.csv is the sum of its interval rows
 *   carbon     every meter's row is one division by its factor of factors.csv; device, site and total are sums of those
 *   text       kWh and kg are the integers, rounded half to even
 */
#ifndef WATTLEDGER_REPORT_VERIFY_H
#define WATTLEDGER_REPORT_VERIFY_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { VERIFY_FINDINGS_MAX = 100 };

struct verify_summary {
	uint64_t file_count;
	uint64_t interval_count;
	uint64_t total_count;
	uint64_t finding_count; /* what differs; the first VERIFY_FINDINGS_MAX are told */
	bool has_meters;        /* totals.csv goes down to meters; else emissions are not computed again */
	bool has_signature;     /* the manifest names one */
};

/*
 * One line a finding is added to `findings`. Errors: ERR_DATA when anything differs or is malformed (`summary` is filled), ERR_IO,
 * ERR_PERMISSION, ERR_MEMORY.
 */
enum err verify_package(const char *dir, struct verify_summary *summary, struct buf *findings, struct err_info *info) MUST_CHECK;

#endif

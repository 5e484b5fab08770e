/* SPDX-License-Identifier: Apache-2.0 */
/* account/base: what stands beside a saved state anyway. */
#ifndef WATTLEDGER_ACCOUNT_BASE_H
#define WATTLEDGER_ACCOUNT_BASE_H

#include <stdint.h>

/*
 * What the ledger's row says beside the state it carries: the state holds differences from it, so the nearer the shorter. Any values
 * will do, but a state loads only with those that it was saved with (ERR_DATA).
 */
struct account_base {
	int64_t boot_ns;       /* of the last reading */
	int64_t utc_ms;        /* of the same; 0 not known */
	int64_t energy_millij; /* all that was booked */
	uint64_t raw;          /* last raw reading */
	int64_t uptime_ms;     /* of the device; < 0 not known */
	uint64_t boot;         /* account_identity of the boot id */
};

#endif

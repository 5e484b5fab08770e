/* SPDX-License-Identifier: Apache-2.0 */
/* order_priv: the order of a command that core carries out. For agent/run/core*.c only. */
#ifndef WATTLEDGER_RUN_ORDER_PRIV_H
#define WATTLEDGER_RUN_ORDER_PRIV_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct core_client;

/* The order that is being carried out: one at a time. The commit thread has it while is_out. */
struct core_order {
	char *line;                 /* owned; NULL: none */
	struct core_client *client; /* who waits for the answer; NULL: gone, or nobody asked */
	bool is_out;
	int64_t now_utc_ms;
	bool is_clock_untrusted;
	enum err err;
	struct err_info info;
	struct buf text;
};

enum { CORE_TRIM_COUNT = 3 }; /* after a start or a reload: by then all meters have been announced */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_page: where the status page listens, and where it finds what it shows. */
#ifndef WATTLEDGER_WIRE_PLAN_PAGE_H
#define WATTLEDGER_WIRE_PLAN_PAGE_H

#include "wire/plan.h"

struct plan_page {
	char host[PLAN_NAME_BYTES];        /* numeric IPv4 or IPv6 address; "": no page is wanted */
	uint16_t port;                     /* 1..65535; 0: one that is free */
	char state_dir[PLAN_PATH_BYTES];   /* of the control socket */
	char ledger_path[PLAN_PATH_BYTES]; /* read only */
};

/* As the whole plans in plan.h. */
enum err plan_page_encode(const struct plan_page *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_page_decode(struct plan_page *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;

#endif

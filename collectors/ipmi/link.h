/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link: a session with one BMC through libfreeipmi, or the device file of this host's own. The only user of that library. Every call
 * blocks, up to a few times the timeout; it is for workers alone.
 *
 * Requests go as bytes (ipmi_cmd_raw) and not through the library's own functions: so one list decides what may be sent, and the answers
 * are taken apart by parsers of ours, which have bounds, fuzz targets and golden bytes. The library keeps to sessions, encryption and the
 * kernel's driver.
 */
#ifndef WATTLEDGER_IPMI_LINK_H
#define WATTLEDGER_IPMI_LINK_H

#include "base/err.h"
#include "ipmi/allow.h"
#include "ipmi/login.h"
#include "wire/plan_ipmi.h"

#include <stdbool.h>

struct c_ipmi_link {
	void *session; /* ipmi_ctx_t; NULL: closed */
};

/*
 * Opens a session with the device's BMC by the way in *login, and by the next ones (c_ipmi_login_next) when it fails; *login is then the one
 * that worked. Errors: ERR_UNAVAILABLE, ERR_PERMISSION, ERR_MEMORY; *refusal says why, *info what to do.
 */
enum err c_ipmi_link_open(struct c_ipmi_link *link, const struct plan_ipmi_device *device, struct c_ipmi_login *login,
			  enum c_ipmi_refusal *refusal, struct err_info *info) MUST_CHECK;

/* Tells the BMC that the session ends, and frees it. Closed already: nothing. */
void c_ipmi_link_close(struct c_ipmi_link *link);

/* For c_ipmi_port: sends what the list allows. false: no answer, or a request that is not in the list. */
bool c_ipmi_link_transact(void *link, const struct c_ipmi_request *request, struct c_ipmi_answer *answer);

#endif

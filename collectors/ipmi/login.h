/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * login: which way to open a session is tried next. Pure.
 *
 * Cipher suite 17 (SHA-256), then 3 (SHA-1); never 0, which has neither authentication nor encryption. Some BMCs hash the open session
 * request with another privilege than they are asked for (FreeIPMI calls the way round it "opensesspriv"); that is tried only when a BMC
 * refused the privilege. A refused user or password is never tried again by another way: BMCs lock accounts.
 */
#ifndef WATTLEDGER_IPMI_LOGIN_H
#define WATTLEDGER_IPMI_LOGIN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { C_IPMI_SUITE_SHA256 = 17, C_IPMI_SUITE_SHA1 = 3 };

struct c_ipmi_login {
	uint8_t suite;        /* 17 or 3 */
	bool is_open_lenient; /* with the way round the privilege in the open session request */
	bool is_proven;       /* it has worked */
};

/* Why a session could not be opened, as far as it decides what to do. */
enum c_ipmi_refusal {
	C_IPMI_REFUSED_OTHER = 0, /* an answer that says nothing: what a BMC without the suite gives */
	C_IPMI_REFUSED_SUITE,
	C_IPMI_REFUSED_PRIVILEGE,
	C_IPMI_REFUSED_USER,
	C_IPMI_REFUSED_PASSWORD,
	C_IPMI_REFUSED_SILENT, /* no answer */
	C_IPMI_REFUSED_NAME,   /* the host's name cannot be looked up */
	C_IPMI_REFUSED_LOCAL,  /* this machine's fault: no device file, no right */
};

/* The first way. */
struct c_ipmi_login c_ipmi_login_first(void) MUST_CHECK;

/* The way after one that failed; false: there is none, or it would be of no use. *login is untouched then. */
bool c_ipmi_login_next(struct c_ipmi_login *login, enum c_ipmi_refusal refusal) MUST_CHECK;

#endif

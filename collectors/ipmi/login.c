/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/login.h"

struct c_ipmi_login c_ipmi_login_first(void)
{
	return (struct c_ipmi_login){.suite = C_IPMI_SUITE_SHA256};
}

bool c_ipmi_login_next(struct c_ipmi_login *login, enum c_ipmi_refusal refusal)
{
	/* What has worked before is tried alone: then its failure is news, and the caller begins anew. */
	if (login->is_proven)
		return false;
	if (refusal == C_IPMI_REFUSED_PRIVILEGE && !login->is_open_lenient) {
		login->is_open_lenient = true;
		return true;
	}
	if ((refusal == C_IPMI_REFUSED_SUITE || refusal == C_IPMI_REFUSED_OTHER) && login->suite == C_IPMI_SUITE_SHA256) {
		*login = (struct c_ipmi_login){.suite = C_IPMI_SUITE_SHA1};
		return true;
	}
	return false;
}

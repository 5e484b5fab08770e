/* SPDX-License-Identifier: Apache-2.0 */
#include "run/page_host.h"

#include "base/host.h"

#include <stddef.h>

bool page_host_is_ours(const char *listen, const char *host)
{
	return !host_is_loopback(listen) || (host != NULL && host_is_loopback_at(host));
}

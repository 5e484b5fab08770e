/* SPDX-License-Identifier: Apache-2.0 */
/* host: whether a host is this machine. */
#ifndef WATTLEDGER_BASE_HOST_H
#define WATTLEDGER_BASE_HOST_H

#include "base/err.h"

#include <stdbool.h>

/* true for localhost, 127.0.0.0/8 and ::1, and for no longer name that begins or ends so. */
bool host_is_loopback(const char *host) MUST_CHECK;

/* The same of HOST or [HOST] with what follows it (":8086/write"), as in an address behind its scheme or in a Host: line. Not with a user before it. */
bool host_is_loopback_at(const char *authority) MUST_CHECK;

/* The same of a whole address: "http://127.0.0.1:8086/write". */
bool host_is_loopback_url(const char *url) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* page_host: whom a page on loopback answers. Pure. */
#ifndef WATTLEDGER_RUN_PAGE_HOST_H
#define WATTLEDGER_RUN_PAGE_HOST_H

#include "base/err.h"

#include <stdbool.h>

/*
 * true when a request with the header `Host: host` (NULL: none) is meant for a page that listens at the numeric address `listen`: always,
 * unless that is loopback; then only localhost and loopback addresses are, with any port. A browser that was led here by a name of a foreign
 * site's (DNS rebinding) says that name.
 */
bool page_host_is_ours(const char *listen, const char *host) MUST_CHECK;

#endif

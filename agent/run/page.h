/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page: the status page, over HTTP/1.1. Read only: GET and HEAD.
 *
 *   /              the page (with page.css and page.js); needs no other host
 *   /api/status    the status document (schema wattledger.status/1), as `wattledger status --format json`
 *   /api/today     energy, coverage and CO2e of today by site and device, and the events of the last 24 hours (wattledger.today/1)
 *   /metrics       OpenMetrics 1.0 or, for scrapers that do not ask for it, the text format 0.0.4
 *
 * A page on loopback answers only when it is asked for by an address or as localhost, so that no site in a browser can read it by a name of
 * its own that leads here.
 */
#ifndef WATTLEDGER_RUN_PAGE_H
#define WATTLEDGER_RUN_PAGE_H

#include "base/err.h"
#include "wire/plan_page.h"

/*
 * Serves until SIGTERM or SIGINT. Errors: ERR_UNAVAILABLE when it cannot listen there, ERR_IO, ERR_MEMORY.
 */
enum err page_run(const struct plan_page *plan, struct err_info *info) MUST_CHECK;

#endif

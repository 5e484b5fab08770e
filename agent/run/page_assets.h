/* SPDX-License-Identifier: Apache-2.0 */
/* page_assets: the files of the status page (page.html, page.css, page.js of this folder), as they are, within the program. */
#ifndef WATTLEDGER_RUN_PAGE_ASSETS_H
#define WATTLEDGER_RUN_PAGE_ASSETS_H

#include "base/err.h"

#include <stddef.h>

struct page_asset {
	const char *url;  /* "/page.css" */
	const char *type; /* media type */
	const char *data; /* `bytes` bytes */
	size_t bytes;
};

/* By the path of a request; NULL: there is no such file. Static. */
const struct page_asset *page_assets_find(const char *url) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* inflate: what was deflated, as zlib or as gzip writes it, within a bound. */
#ifndef WATTLEDGER_BASE_INFLATE_H
#define WATTLEDGER_BASE_INFLATE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/*
 * Appends to `out` what `bytes` of a zlib stream, or of gzip's members one behind the other, hold: at most `limit_bytes` and what out's own
 * bound leaves. What stands behind them is not looked at. Errors: ERR_DATA (damaged, or cut short), ERR_LIMIT, ERR_MEMORY; `out` then holds
 * some of it.
 */
enum err inflate_add(struct buf *out, const void *data, size_t bytes, size_t limit_bytes, struct err_info *info) MUST_CHECK;

#endif

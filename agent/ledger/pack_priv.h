/* SPDX-License-Identifier: Apache-2.0 */
/* pack: payloads deflated (zlib format, with its checksum). Line protocol shrinks to about a tenth. */
#ifndef WATTLEDGER_LEDGER_PACK_PRIV_H
#define WATTLEDGER_LEDGER_PACK_PRIV_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/* Appends the deflated bytes to `out`. Errors: ERR_MEMORY, ERR_LIMIT. */
enum err pack_deflate(struct buf *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;

/*
 * Appends exactly `raw_bytes` inflated bytes to `out`, or nothing. Errors: ERR_DATA (damaged, or of another length), ERR_LIMIT, ERR_MEMORY.
 */
enum err pack_inflate(struct buf *out, const void *data, size_t bytes, size_t raw_bytes, struct err_info *info) MUST_CHECK;

#endif

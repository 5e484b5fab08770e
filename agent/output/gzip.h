/* SPDX-License-Identifier: Apache-2.0 */
/* gzip: a request body in gzip form. One compressor state (about 260 KiB) is made once and used again. */
#ifndef WATTLEDGER_OUTPUT_GZIP_H
#define WATTLEDGER_OUTPUT_GZIP_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/* Level 1: level 6 makes line protocol a fifth smaller for three times the time. */
enum { GZIP_LEVEL = 1 };

struct gzip;

/* ERR_MEMORY. */
enum err gzip_new(struct gzip **out, struct err_info *info) MUST_CHECK;
struct gzip *gzip_free(struct gzip *gzip);

/* Adds data[0..bytes) compressed (at most 1 GiB). ERR_LIMIT when `out` is full, ERR_MEMORY. */
enum err gzip_add(struct gzip *gzip, struct buf *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;

#endif

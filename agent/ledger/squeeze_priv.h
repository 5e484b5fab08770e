/* SPDX-License-Identifier: Apache-2.0 */
/*
 * squeeze: runs of 0x00 and 0xff as the byte and their length (1..255); other bytes as they are. States of meters are mostly unused fields: they
 * shrink by two fifths, and so does what a commit writes to the disk. Worst case: twice the bytes.
 */
#ifndef WATTLEDGER_LEDGER_SQUEEZE_PRIV_H
#define WATTLEDGER_LEDGER_SQUEEZE_PRIV_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room at `out` for 2 x bytes. Returns the bytes written. */
size_t squeeze_pack(uint8_t *out, const void *data, size_t bytes) MUST_CHECK;

/* false when the bytes are torn, or make more than `capacity`. *out_bytes: what was written. */
bool squeeze_unpack(uint8_t *out, size_t capacity, const void *data, size_t bytes, size_t *out_bytes) MUST_CHECK;

#endif

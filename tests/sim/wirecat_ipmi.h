/* SPDX-License-Identifier: Apache-2.0 */
/* wirecat_ipmi: a plan of the ipmi collector from lines of text. */
#ifndef WATTLEDGER_SIM_WIRECAT_IPMI_H
#define WATTLEDGER_SIM_WIRECAT_IPMI_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/*
 * Reads the file: a line a BMC, "ID USER PASSWORD HOST PORT PRIVILEGE TIMEOUT_MS DEADLINE_MS" (privilege 2 user .. 4 admin), or
 * "ID - - /dev/ipmiN 0 4 TIMEOUT_MS DEADLINE_MS", each read every interval_ms. Appends the plan. Errors: ERR_IO, ERR_DATA, ERR_LIMIT.
 */
enum err wirecat_ipmi_encode(const char *path, uint32_t interval_ms, struct buf *out, struct err_info *info) MUST_CHECK;

#endif

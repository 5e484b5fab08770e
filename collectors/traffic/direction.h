/* SPDX-License-Identifier: Apache-2.0 */
/* direction: a filter of the kernel that lets one direction pass. */
#ifndef WATTLEDGER_TRAFFIC_DIRECTION_H
#define WATTLEDGER_TRAFFIC_DIRECTION_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Attaches it to a packet socket, in the place of the one that is there: of each packet that passes, `snap_bytes` are copied. ERR_IO.
 *
 * It is not given to libpcap ("inbound", "outbound"), which tries its filter itself on what the first block of the ring holds, where it
 * knows no direction: all packets of that block would be gone (measured with libpcap 1.10.3).
 */
enum err c_traffic_direction_attach(int fd, bool is_outgoing, uint32_t snap_bytes, struct err_info *info) MUST_CHECK;

#endif

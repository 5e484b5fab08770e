/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prefix: which flows' sets of networks an address is in. The sets are cut into ranges once, so that a look-up costs the same for ten
 * networks as for a hundred thousand: IPv4 by its first half and then by bisection, IPv6 by bisection.
 */
#ifndef WATTLEDGER_TRAFFIC_PREFIX_H
#define WATTLEDGER_TRAFFIC_PREFIX_H

#include "base/err.h"
#include "wire/plan_traffic.h"

#include <stddef.h>
#include <stdint.h>

struct c_traffic_prefixes;

/* From the networks of a device (borrowed for the call); NULL: out of memory. */
struct c_traffic_prefixes *c_traffic_prefixes_new(const struct plan_traffic_prefix *prefix, size_t count) MUST_CHECK;
struct c_traffic_prefixes *c_traffic_prefixes_free(struct c_traffic_prefixes *prefixes);

/* Bit i: the address is in a network of flow i. `address` has 4 or 16 bytes, as it stands in a packet. */
uint32_t c_traffic_prefixes_ipv4(const struct c_traffic_prefixes *prefixes, const uint8_t *address) MUST_CHECK;
uint32_t c_traffic_prefixes_ipv6(const struct c_traffic_prefixes *prefixes, const uint8_t *address) MUST_CHECK;

#endif

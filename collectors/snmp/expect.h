/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect: takes apart the one answer that comes nearly always: a RESPONSE of v1 or v2c without error whose community and names are, byte
 * by byte and in this order, those of the request. All else, right or wrong, is left to net-snmp: what is taken here, net-snmp would take
 * in the same way (tests/fuzz/fuzz_snmp_expect.c). Pure.
 *
 * Why beside net-snmp: its list of copied names and values is most of what a poll costs us, and here there is nothing to copy.
 */
#ifndef WATTLEDGER_SNMP_EXPECT_H
#define WATTLEDGER_SNMP_EXPECT_H

#include "base/err.h"
#include "snmp/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * `request`: a message of c_snmp_packet_build() for a GET; its request id does not matter (the caller has found the request by the
 * answer's id). true: *out says what came, with is_as_asked: values in the order of the request, texts borrowed from `message`, no
 * names. false: *out may have been written to, and means nothing.
 */
bool c_snmp_expect_take(const uint8_t *request, size_t request_bytes, const uint8_t *message, size_t bytes,
			struct c_snmp_reply *out) MUST_CHECK;

#endif

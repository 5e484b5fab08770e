/* SPDX-License-Identifier: Apache-2.0 */
/* frames: golden frames for the tests of the traffic collector, written byte by byte. */
#ifndef WATTLEDGER_TESTS_FRAMES_H
#define WATTLEDGER_TESTS_FRAMES_H

#include <stdint.h>

#define FRAME_MACS 0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1
/* Version and length, TOS 0xb8: DSCP 46 (EF), total length 60, id, no fragment, TTL 64. */
#define FRAME_IPV4(protocol) 0x45, 0xb8, 0, 60, 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 1, 2, 3, 192, 0, 2, 9
#define FRAME_TCP 0x10, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0x10, 0x20, 0, 0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2
#define FRAME_UDP 0x10, 0, 0, 53, 0, 40, 0, 0
/* Version 6, traffic class 0x68 (DSCP 26, AF31, ECN 0), flow label; payload 40, next header, hop limit; 2001:db8::1 -> 2001:db8:1::2. */
#define FRAME_IPV6(next)                                                                                                                   \
	0x66, 0x80, 0, 0, 0, 40, next, 64, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, \
	    0, 0, 0, 0, 0, 2

#endif

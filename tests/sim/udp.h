/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp: one UDP socket that receives for many loopback addresses, in batches (recvmmsg, sendmmsg), and answers each datagram from the
 * address it was sent to (IP_PKTINFO). Nothing leaves the loopback interface.
 */
#ifndef WATTLEDGER_SIM_UDP_H
#define WATTLEDGER_SIM_UDP_H

#include "base/err.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { UDP_BATCH = 64, UDP_REQUEST_BYTES = 4096, UDP_CONTROL_BYTES = 64 };

/* Where a datagram came from and to which of our addresses. */
struct udp_peer {
	struct sockaddr_storage address;
	socklen_t address_bytes;
	struct in_pktinfo to;   /* IPv4 */
	struct in6_pktinfo to6; /* IPv6 */
};

/* One received datagram; the bytes are valid until the next receive. */
struct udp_datagram {
	struct udp_peer peer;
	const uint8_t *data;
	size_t bytes;
	uint32_t to_address; /* IPv4, host byte order; INADDR_LOOPBACK for ::1 */
};

struct udp;

/*
 * Opens a socket for all addresses of 127.0.0.0/8, or for ::1 with family AF_INET6, on *port (0: a free one, put into *port).
 * Errors: ERR_IO, ERR_PERMISSION, ERR_MEMORY.
 */
enum err udp_open(struct udp **out, int family, uint16_t *port, struct err_info *info) MUST_CHECK;
struct udp *udp_close(struct udp *udp);
int udp_fd(const struct udp *udp) MUST_CHECK;

/* Takes what is there, at most UDP_BATCH; returns how many; they stand in udp_datagram(udp, 0 ..). Never waits. */
size_t udp_receive(struct udp *udp) MUST_CHECK;
const struct udp_datagram *udp_datagram(const struct udp *udp, size_t i) MUST_CHECK;

/* Queues an answer; `data` is borrowed until udp_flush(). At most UDP_BATCH may be queued: flush before that. */
void udp_send(struct udp *udp, const struct udp_peer *peer, const void *data, size_t bytes);

/* Sends what is queued. A datagram that cannot be sent is lost, as on any network. */
void udp_flush(struct udp *udp);

/* How many are queued. */
size_t udp_queued(const struct udp *udp) MUST_CHECK;

#endif

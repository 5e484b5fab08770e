/* SPDX-License-Identifier: Apache-2.0 */
#include "udp.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 8 << 20, LOOPBACK_NET = 127, NET_SHIFT = 24 };

union control {
	struct cmsghdr align;
	char bytes[UDP_CONTROL_BYTES];
};

struct udp {
	int fd;
	int family;
	size_t send_count;
	struct mmsghdr in[UDP_BATCH];
	struct iovec in_vec[UDP_BATCH];
	union control in_control[UDP_BATCH];
	struct udp_datagram datagrams[UDP_BATCH];
	struct mmsghdr out[UDP_BATCH];
	struct iovec out_vec[UDP_BATCH];
	union control out_control[UDP_BATCH];
	struct udp_peer out_peer[UDP_BATCH];
	uint8_t data[UDP_BATCH][UDP_REQUEST_BYTES];
};

static bool set_option(int fd, int level, int name)
{
	int on = 1;

	return setsockopt(fd, level, name, &on, sizeof on) == 0;
}

/* Buffers that hold a burst of all devices; the larger size needs a privilege and is only tried. */
static void enlarge_buffers(int fd)
{
	int bytes = BUFFER_BYTES;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

static enum err bind_socket(struct udp *udp, uint16_t *port, struct err_info *info)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(*port)};
	struct sockaddr_in6 local6 = {.sin6_family = AF_INET6, .sin6_port = htons(*port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	union {
		struct sockaddr plain;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} bound;
	socklen_t bound_bytes = sizeof bound;
	bool is_6 = udp->family == AF_INET6;
	const void *address = is_6 ? (const void *)&local6 : (const void *)&any;
	bool has_info = is_6 ? set_option(udp->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) : set_option(udp->fd, IPPROTO_IP, IP_PKTINFO);

	if (!has_info || (is_6 && !set_option(udp->fd, IPPROTO_IPV6, IPV6_V6ONLY)))
		return err_set_errno(info, ERR_IO, errno, "UDP socket options");
	/* a wildcard address is needed for many devices; bound to lo it still hears nobody outside this machine */
	if (setsockopt(udp->fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof "lo") != 0)
		return err_set_errno(info, ERR_IO, errno, "the socket cannot be bound to the loopback interface");
	if (bind(udp->fd, address, is_6 ? sizeof local6 : sizeof any) != 0)
		return err_set_errno(info, ERR_IO, errno, "UDP port %u cannot be used; take another (--port 0 finds a free one)", *port);
	if (getsockname(udp->fd, &bound.plain, &bound_bytes) != 0)
		return err_set_errno(info, ERR_IO, errno, "getsockname");
	*port = ntohs(is_6 ? bound.in6.sin6_port : bound.in.sin_port);
	return ERR_NONE;
}

enum err udp_open(struct udp **out, int family, uint16_t *port, struct err_info *info)
{
	struct udp *udp = mem_new(sizeof *udp);
	uint16_t port_used = *port;
	enum err err;

	if (udp == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for a socket's buffers");
	udp->family = family;
	udp->fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = udp->fd < 0 ? err_set_errno(info, ERR_IO, errno, "UDP socket") : bind_socket(udp, &port_used, info);
	if (err != ERR_NONE) {
		udp_close(udp);
		return err;
	}
	enlarge_buffers(udp->fd);
	*port = port_used;
	*out = udp;
	return ERR_NONE;
}

struct udp *udp_close(struct udp *udp)
{
	if (udp != NULL && udp->fd >= 0)
		close(udp->fd);
	return mem_free(udp);
}

int udp_fd(const struct udp *udp)
{
	return udp->fd;
}

/* false for a datagram without a known target or from outside the loopback net. */
static bool take_target(struct msghdr *header, struct udp_datagram *datagram)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
			memcpy(&datagram->peer.to, CMSG_DATA(part), sizeof datagram->peer.to);
			datagram->to_address = ntohl(datagram->peer.to.ipi_addr.s_addr);
			return datagram->to_address >> NET_SHIFT == LOOPBACK_NET;
		}
		if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
			memcpy(&datagram->peer.to6, CMSG_DATA(part), sizeof datagram->peer.to6);
			datagram->to_address = INADDR_LOOPBACK;
			return true;
		}
	}
	return false;
}

size_t udp_receive(struct udp *udp)
{
	size_t count = 0;

	for (size_t i = 0; i < UDP_BATCH; i++) {
		udp->in_vec[i] = (struct iovec){.iov_base = udp->data[i], .iov_len = sizeof udp->data[i]};
		udp->in[i].msg_hdr = (struct msghdr){
		    .msg_name = &udp->datagrams[i].peer.address,
		    .msg_namelen = sizeof udp->datagrams[i].peer.address,
		    .msg_iov = &udp->in_vec[i],
		    .msg_iovlen = 1,
		    .msg_control = udp->in_control[i].bytes,
		    .msg_controllen = sizeof udp->in_control[i].bytes,
		};
	}
	int got = recvmmsg(udp->fd, udp->in, UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		struct udp_datagram *datagram = &udp->datagrams[i];

		datagram->peer.address_bytes = udp->in[i].msg_hdr.msg_namelen;
		datagram->data = udp->data[i];
		datagram->bytes = udp->in[i].msg_len;
		if (!take_target(&udp->in[i].msg_hdr, datagram) || (udp->in[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
			continue;
		/* those that are kept move up; their bytes stay where they are */
		udp->datagrams[count++] = *datagram;
	}
	return count;
}

const struct udp_datagram *udp_datagram(const struct udp *udp, size_t i)
{
	return &udp->datagrams[i];
}

/* The source address of an answer: the one that was asked. */
static size_t set_source(struct cmsghdr *part, const struct udp_peer *peer, int family)
{
	struct in_pktinfo source = {.ipi_spec_dst = peer->to.ipi_addr};
	struct in6_pktinfo source6 = {.ipi6_addr = peer->to6.ipi6_addr};
	bool is_6 = family == AF_INET6;

	part->cmsg_level = is_6 ? IPPROTO_IPV6 : IPPROTO_IP;
	part->cmsg_type = is_6 ? IPV6_PKTINFO : IP_PKTINFO;
	part->cmsg_len = is_6 ? CMSG_LEN(sizeof source6) : CMSG_LEN(sizeof source);
	if (is_6)
		memcpy(CMSG_DATA(part), &source6, sizeof source6);
	else
		memcpy(CMSG_DATA(part), &source, sizeof source);
	return is_6 ? CMSG_SPACE(sizeof source6) : CMSG_SPACE(sizeof source);
}

void udp_send(struct udp *udp, const struct udp_peer *peer, const void *data, size_t bytes)
{
	size_t i = udp->send_count++;

	udp->out_peer[i] = *peer;
	udp->out_vec[i] = (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = bytes};
	udp->out[i].msg_hdr = (struct msghdr){
	    .msg_name = &udp->out_peer[i].address,
	    .msg_namelen = peer->address_bytes,
	    .msg_iov = &udp->out_vec[i],
	    .msg_iovlen = 1,
	    .msg_control = udp->out_control[i].bytes,
	};
	udp->out[i].msg_hdr.msg_controllen = set_source(&udp->out_control[i].align, peer, udp->family);
}

void udp_flush(struct udp *udp)
{
	size_t sent = 0;

	while (sent < udp->send_count) {
		int count = sendmmsg(udp->fd, udp->out + sent, (unsigned int)(udp->send_count - sent), 0);

		if (count > 0)
			sent += (size_t)count;
		else if (errno != EINTR)
			sent++;
	}
	udp->send_count = 0;
}

size_t udp_queued(const struct udp *udp)
{
	return udp->send_count;
}

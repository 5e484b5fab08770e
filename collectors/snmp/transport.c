/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/transport.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCH = 64,
	SEND_BYTES = 1472,
	RECEIVE_BYTES = 65536, /* the largest datagram; memory is touched only as far as it is used */
	/* Buffers that stood 64 KiB apart would share a few places of the cache. */
	RECEIVE_STRIDE_BYTES = RECEIVE_BYTES + 320,
	RECEIVE_BATCH = 64,
	LOOK_AHEAD = 2, /* datagrams: memory takes about as long as one of them */
	BUFFER_BYTES = 4 << 20,
	WINDOW_MIN = 64,
	WINDOW_MAX = 2048,
	ANSWER_BYTES = 2304,       /* what the kernel counts for a packet of 1,500 bytes */
	RECEIVE_ROUNDS_MAX = 4096, /* of one call: a flood must not keep us here */
	CONTROL_BYTES = 128,
};

struct c_snmp_transport {
	int fd[2];              /* AF_INET, AF_INET6; -1: not open */
	size_t buffer_bytes[2]; /* as the kernel counts */
	uint32_t kernel_dropped[2];
	bool may_fragment; /* our datagrams over IPv4 */
	size_t queued;
	int queued_family; /* index of the socket that the queue is for */
	struct mmsghdr out[BATCH];
	struct iovec out_part[BATCH];
	struct sockaddr_storage out_address[BATCH];
	uint8_t out_data[BATCH][SEND_BYTES];
	size_t in_used; /* so many of `in` have to be made ready again */
	struct mmsghdr in[RECEIVE_BATCH];
	struct iovec in_part[RECEIVE_BATCH];
	struct sockaddr_storage in_address[RECEIVE_BATCH];
	_Alignas(struct cmsghdr) uint8_t in_control[RECEIVE_BATCH][CONTROL_BYTES];
	uint8_t in_data[RECEIVE_BATCH][RECEIVE_STRIDE_BYTES];
};

static int index_of(int family)
{
	return family == AF_INET6;
}

struct c_snmp_transport *c_snmp_transport_new(void)
{
	struct c_snmp_transport *transport = mem_new(sizeof *transport);

	if (transport == NULL)
		return NULL;
	transport->fd[0] = transport->fd[1] = -1;
	transport->in_used = RECEIVE_BATCH;
	return transport;
}

struct c_snmp_transport *c_snmp_transport_free(struct c_snmp_transport *transport)
{
	if (transport == NULL)
		return NULL;
	for (size_t i = 0; i < 2; i++)
		if (transport->fd[i] >= 0)
			(void)close(transport->fd[i]);
	return mem_free(transport);
}

/* The large buffer: by right when we have CAP_NET_ADMIN, else as far as rmem_max allows. The kernel doubles what it is asked for. */
static size_t ask_for_buffer(int fd)
{
	int wanted = BUFFER_BYTES;
	int granted = 0;
	socklen_t length = sizeof granted;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &length) == 0 && granted > 0 ? (size_t)granted : 0;
}

/* What the kernel may not fragment it sends without a number of its own, which costs it more than all else of a small datagram's head. */
static void set_may_fragment(struct c_snmp_transport *transport, int fd, bool may_fragment)
{
	int discover = may_fragment ? IP_PMTUDISC_WANT : IP_PMTUDISC_DO;

	transport->may_fragment = setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover) != 0 || may_fragment;
}

enum err c_snmp_transport_open(struct c_snmp_transport *transport, int family, struct err_info *info)
{
	int at = index_of(family);
	int on = 1;
	int fd;

	if (transport->fd[at] >= 0)
		return ERR_NONE;
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot open a UDP socket for %s", at == 0 ? "IPv4" : "IPv6");
	transport->buffer_bytes[at] = ask_for_buffer(fd);
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
	if (family == AF_INET)
		set_may_fragment(transport, fd, false);
	transport->fd[at] = fd;
	return ERR_NONE;
}

size_t c_snmp_transport_window(const struct c_snmp_transport *transport)
{
	size_t window = WINDOW_MAX;

	for (size_t i = 0; i < 2; i++)
		if (transport->fd[i] >= 0 && transport->buffer_bytes[i] / ANSWER_BYTES < window)
			window = transport->buffer_bytes[i] / ANSWER_BYTES;
	return window > WINDOW_MIN ? window : WINDOW_MIN;
}

/* ---- Out -------------------------------------------------------------------------------------------------------------------------- */

void c_snmp_transport_flush(struct c_snmp_transport *transport)
{
	int fd = transport->fd[transport->queued_family];
	size_t sent = 0;

	while (sent < transport->queued) {
		int count = sendmmsg(fd, transport->out + sent, (unsigned)(transport->queued - sent), 0);

		if (count > 0)
			sent += (size_t)count;
		else if (errno == EMSGSIZE && transport->queued_family == 0 && !transport->may_fragment)
			set_may_fragment(transport, fd, true); /* a path that does not take a whole request: once more, in parts */
		else if (errno != EINTR)
			sent++; /* this one cannot leave (no route, buffer full): the others may */
	}
	transport->queued = 0;
}

void c_snmp_transport_send(struct c_snmp_transport *transport, const struct c_snmp_address *to, const uint8_t *message, size_t bytes)
{
	int at = index_of(to->family);
	size_t n;

	if (transport->fd[at] < 0 || bytes > SEND_BYTES)
		return;
	if (transport->queued == BATCH || (transport->queued > 0 && transport->queued_family != at))
		c_snmp_transport_flush(transport);
	n = transport->queued++;
	transport->queued_family = at;
	memcpy(transport->out_data[n], message, bytes);
	transport->out_part[n] = (struct iovec){.iov_base = transport->out_data[n], .iov_len = bytes};
	transport->out[n].msg_hdr = (struct msghdr){.msg_name = &transport->out_address[n],
						    .msg_namelen = c_snmp_address_to_socket(to, &transport->out_address[n]),
						    .msg_iov = &transport->out_part[n],
						    .msg_iovlen = 1};
}

/* ---- In --------------------------------------------------------------------------------------------------------------------------- */

/* When a datagram arrived, on boot time: the kernel's stamp is wall time, which may have been set since; then it is now. */
static int64_t arrival_ns(const struct msghdr *message, const struct clock_reading *now, uint32_t *dropped)
{
	int64_t age_ns = 0;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL;
	     control = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, control)) {
		struct timespec stamp;

		if (control->cmsg_level != SOL_SOCKET)
			continue;
		if (control->cmsg_type == SO_RXQ_OVFL)
			memcpy(dropped, CMSG_DATA(control), sizeof *dropped);
		if (control->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
		age_ns = now->utc_ns - (stamp.tv_sec * CLOCK_NS_PER_S + stamp.tv_nsec);
	}
	return age_ns < 0 || age_ns > 60 * CLOCK_NS_PER_S ? now->boot_ns : now->boot_ns - age_ns;
}

static void prepare(struct c_snmp_transport *transport, size_t n)
{
	transport->in_part[n] = (struct iovec){.iov_base = transport->in_data[n], .iov_len = RECEIVE_BYTES};
	transport->in[n].msg_hdr = (struct msghdr){.msg_name = &transport->in_address[n],
						   .msg_namelen = sizeof transport->in_address[n],
						   .msg_iov = &transport->in_part[n],
						   .msg_iovlen = 1,
						   .msg_control = transport->in_control[n],
						   .msg_controllen = CONTROL_BYTES};
}

/* One system call's worth; returns how many datagrams. */
static size_t receive_some(struct c_snmp_transport *transport, int at, const struct clock_reading *now,
			   const struct c_snmp_receiver *receiver)
{
	struct c_snmp_address from;
	int count;

	for (; transport->in_used > 0; transport->in_used--)
		prepare(transport, transport->in_used - 1);
	count = recvmmsg(transport->fd[at], transport->in, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
	transport->in_used = count > 0 ? (size_t)count : 0;
	for (int i = 0; i < count; i++) {
		const struct mmsghdr *message = &transport->in[i];
		int64_t arrived_ns = arrival_ns(&message->msg_hdr, now, &transport->kernel_dropped[at]);

		if (receiver->foresee != NULL && i + LOOK_AHEAD < count)
			receiver->foresee(receiver->context, transport->in_data[i + LOOK_AHEAD], transport->in[i + LOOK_AHEAD].msg_len);
		if ((message->msg_hdr.msg_flags & MSG_TRUNC) == 0 && c_snmp_address_from_socket(&from, &transport->in_address[i]))
			receiver->take(receiver->context, &from, transport->in_data[i], message->msg_len, arrived_ns);
	}
	return transport->in_used;
}

void c_snmp_transport_receive(struct c_snmp_transport *transport, const struct c_snmp_receiver *receiver)
{
	struct clock_reading now;

	clock_read(&now);
	for (int at = 0; at < 2; at++) {
		size_t count = RECEIVE_BATCH;

		for (size_t round = 0; transport->fd[at] >= 0 && count == RECEIVE_BATCH && round < RECEIVE_ROUNDS_MAX; round++)
			count = receive_some(transport, at, &now, receiver);
	}
}

size_t c_snmp_transport_watch(const struct c_snmp_transport *transport, struct pollfd *out, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < 2 && count < max; i++)
		if (transport->fd[i] >= 0)
			out[count++] = (struct pollfd){.fd = transport->fd[i], .events = POLLIN};
	return count;
}

uint64_t c_snmp_transport_dropped_count(const struct c_snmp_transport *transport)
{
	return (uint64_t)transport->kernel_dropped[0] + transport->kernel_dropped[1];
}

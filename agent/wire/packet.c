/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Room for a few descriptors, so that a peer that sends too many is seen (and its descriptors closed) instead of cut silently. */
enum { PACKET_FDS_MAX = 8 };

union rights {
	char bytes[CMSG_SPACE(sizeof(int) * PACKET_FDS_MAX)];
	struct cmsghdr align;
};

enum err packet_send(int socket_fd, const void *data, size_t bytes, int fd, struct err_info *info)
{
	union rights rights;
	struct iovec area = {.iov_base = (void *)(size_t)data, .iov_len = bytes};
	struct msghdr message = {.msg_iov = &area, .msg_iovlen = 1};
	ssize_t sent;

	if (fd >= 0) {
		struct cmsghdr *header;

		memset(&rights, 0, sizeof(rights));
		message.msg_control = rights.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	do {
		sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return ERR_NONE;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
		return err_set(info, ERR_BUSY, "the other process does not take records as fast as they come");
	if (errno == EPIPE || errno == ECONNRESET)
		return err_set(info, ERR_UNAVAILABLE, "the other process has closed the socket");
	return err_set_errno(info, ERR_IO, errno, "cannot send a record of %zu bytes", bytes);
}

/* The first descriptor of the message, -1 for none; with more than one all are closed and -2 comes back. */
static int take_descriptor(struct msghdr *message)
{
	int taken = -1;
	size_t count = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
		size_t n;

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
			if (count++ == 0)
				taken = fd;
			else
				close(fd);
		}
	}
	if (count > 1) {
		close(taken);
		return -2;
	}
	return taken;
}

enum err packet_receive(int socket_fd, void *data, size_t capacity, size_t *bytes, int *fd, struct err_info *info)
{
	union rights rights;
	struct iovec area = {.iov_base = data, .iov_len = capacity};
	struct msghdr message = {.msg_iov = &area, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof(rights.bytes)};
	ssize_t got;
	int taken;

	do {
		got = recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return err_set(info, ERR_BUSY, "no record is there");
	if (got < 0 && errno != ECONNRESET)
		return err_set_errno(info, ERR_IO, errno, "cannot receive a record");
	if (got <= 0)
		return err_set(info, ERR_UNAVAILABLE, "the other process has closed the socket");
	taken = take_descriptor(&message);
	if (taken == -2 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		if (taken >= 0)
			close(taken);
		return err_set(info, ERR_DATA, "a record of more than %zu bytes, or with more than one descriptor", capacity);
	}
	*bytes = (size_t)got;
	*fd = taken;
	return ERR_NONE;
}

enum err packet_pair(int pair[2], int buffer_bytes, struct err_info *info)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot make a socket pair");
	for (int i = 0; i < 2; i++) {
		/* What the kernel does not grant is no failure: the queues behind the sockets hold more. */
		(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
	}
	return ERR_NONE;
}

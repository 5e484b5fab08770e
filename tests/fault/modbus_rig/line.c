/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

/* Only a kernel that has lost something makes us wait for so long. */
enum { KERNEL_MS_MAX = 20000 };

static void give_up(const char *what)
{
	(void)fprintf(stderr, "modbus_rig: %s: %s\n", what, strerrordesc_np(errno));
	abort();
}

static void open_listener(struct line *line, struct plan_modbus_bus *bus)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof address;

	line->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line->listen_fd < 0 || bind(line->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(line->listen_fd, 8) != 0 || getsockname(line->listen_fd, (struct sockaddr *)&address, &bytes) != 0)
		give_up("no listening socket");
	(void)snprintf(bus->host, sizeof bus->host, "127.0.0.1");
	bus->port = ntohs(address.sin_port);
}

static void open_terminal(struct line *line, struct plan_modbus_bus *bus)
{
	struct termios raw;

	line->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (line->fd < 0 || grantpt(line->fd) != 0 || unlockpt(line->fd) != 0 || tcgetattr(line->fd, &raw) != 0)
		give_up("no pseudo-terminal");
	cfmakeraw(&raw);
	(void)tcsetattr(line->fd, TCSANOW, &raw);
	(void)snprintf(bus->path, sizeof bus->path, "%s", ptsname(line->fd));
	bus->baud = 115200;
	bus->parity = 'N';
	bus->stop_bits = 1;
}

void line_open(struct line *line, enum modbus_link link, struct plan_modbus_bus *bus)
{
	*line = (struct line){.link = link, .listen_fd = -1, .fd = -1, .near_fd = -1};
	*bus = (struct plan_modbus_bus){.link = link};
	if (link == MODBUS_SERIAL)
		open_terminal(line, bus);
	else
		open_listener(line, bus);
}

void line_close(struct line *line)
{
	if (line->fd >= 0)
		close(line->fd);
	if (line->listen_fd >= 0)
		close(line->listen_fd);
}

static void wait_until(int fd, short events)
{
	struct pollfd ready = {.fd = fd, .events = events};

	while (poll(&ready, 1, KERNEL_MS_MAX) != 1)
		if (errno != EINTR)
			give_up("the kernel does not pass on what was written");
}

void line_accept(struct line *line)
{
	int one = 1;

	line->number++;
	if (line->listen_fd < 0)
		return;
	wait_until(line->listen_fd, POLLIN);
	if (line->fd >= 0)
		close(line->fd);
	line->fd = accept4(line->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (line->fd < 0)
		give_up("no connection");
	(void)setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	wait_until(line->near_fd, POLLOUT);
}

bool line_take(struct line *line, uint8_t *out, size_t bytes)
{
	size_t have = 0;

	while (line->fd >= 0 && have < bytes) {
		ssize_t got;

		wait_until(line->fd, POLLIN);
		got = read(line->fd, out + have, bytes - have);
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return have == bytes;
}

static int unread(const struct line *line)
{
	int there = 0;

	if (ioctl(line->near_fd, FIONREAD, &there) != 0)
		give_up("cannot count");
	return there;
}

void line_put(struct line *line, const uint8_t *byte, size_t bytes)
{
	int before;

	if (line->fd < 0 || line->near_fd < 0)
		return;
	before = unread(line);
	if (write(line->fd, byte, bytes) != (ssize_t)bytes)
		give_up("cannot write");
	while (unread(line) < before + (int)bytes)
		wait_until(line->near_fd, POLLIN);
}

void line_drop(struct line *line)
{
	if (line->listen_fd < 0 || line->fd < 0)
		return;
	close(line->fd);
	line->fd = -1;
	if (line->near_fd >= 0)
		wait_until(line->near_fd, POLLIN);
}

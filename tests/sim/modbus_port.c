/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum {
	TCP_HEAD_BYTES = 6,
	RTU_READ_BYTES = 8,
	RTU_ENCAPSULATED_BYTES = 7,
	ENCAPSULATED = 43,
	LISTEN_TCP = 0,
	LISTEN_RTU,
	ID_PORTS = SIM_LIFE_OWN + 2
};

#define NS_PER_MS INT64_C(1000000)

void modbus_ports_init(struct modbus_ports *ports, struct sim_life *life, struct modbus_pending *pending)
{
	*ports = (struct modbus_ports){.life = life, .listen_fd = {-1, -1}, .pending = pending};
	for (size_t i = 0; i < MODBUS_PORTS_MAX; i++)
		ports->port[i].fd = -1;
}

static void close_port(struct modbus_port *port)
{
	if (port->fd >= 0)
		close(port->fd);
	port->fd = -1;
}

void modbus_ports_drop(struct modbus_ports *ports)
{
	for (size_t i = 0; i < MODBUS_PORTS_MAX; i++)
		if (!ports->port[i].is_line)
			close_port(&ports->port[i]);
}

void modbus_ports_close(struct modbus_ports *ports)
{
	for (size_t i = 0; i < MODBUS_PORTS_MAX; i++)
		close_port(&ports->port[i]);
	for (size_t i = 0; i < 2; i++)
		if (ports->listen_fd[i] >= 0)
			close(ports->listen_fd[i]);
	if (ports->line_path[0] != '\0')
		(void)unlink(ports->line_path);
}

enum err modbus_ports_listen(struct modbus_ports *ports, bool is_tcp, uint16_t number, struct err_info *info)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(number), .sin_addr.s_addr = htonl(INADDR_ANY)};
	socklen_t bytes = sizeof address;
	size_t at = is_tcp ? LISTEN_TCP : LISTEN_RTU;
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "socket");
	ports->listen_fd[at] = fd;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &bytes) != 0)
		return err_set_errno(info, ERR_IO, errno, "port %u", (unsigned)number);
	ports->number[at] = ntohs(address.sin_port);
	return sim_life_watch(ports->life, fd, (uint32_t)(SIM_LIFE_OWN + at), info);
}

static struct modbus_port *add_port(struct modbus_ports *ports, int fd)
{
	for (uint32_t i = 0; i < MODBUS_PORTS_MAX; i++) {
		struct modbus_port *port = &ports->port[i];

		if (port->fd >= 0)
			continue;
		*port = (struct modbus_port){.fd = fd, .serial = ++ports->serial};
		if (sim_life_watch(ports->life, fd, ID_PORTS + i, NULL) != ERR_NONE)
			break;
		return port;
	}
	close(fd);
	return NULL;
}

enum err modbus_ports_open_line(struct modbus_ports *ports, const char *link, struct err_info *info)
{
	struct termios raw;
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct modbus_port *port;

	if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 || tcgetattr(fd, &raw) != 0)
		return err_set_errno(info, ERR_IO, errno, "pseudo-terminal");
	cfmakeraw(&raw);
	(void)tcsetattr(fd, TCSANOW, &raw);
	/* Our own end of the other side keeps the line up while nobody else has it open. */
	if (open(ptsname(fd), O_RDWR | O_NOCTTY | O_CLOEXEC) < 0)
		return err_set_errno(info, ERR_IO, errno, "%s", ptsname(fd));
	(void)unlink(link);
	if (symlink(ptsname(fd), link) != 0)
		return err_set_errno(info, ERR_IO, errno, "%s", link);
	(void)snprintf(ports->line_path, sizeof ports->line_path, "%s", link);
	port = add_port(ports, fd);
	if (port == NULL)
		return err_set(info, ERR_IO, "no room for a line");
	port->is_line = true;
	return ERR_NONE;
}

static void accept_all(struct modbus_ports *ports, size_t at)
{
	for (;;) {
		struct sockaddr_in address = {0};
		socklen_t bytes = sizeof address;
		int one = 1;
		int fd = accept4(ports->listen_fd[at], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct modbus_port *port = fd < 0 ? NULL : add_port(ports, fd);

		if (fd < 0)
			return;
		if (port == NULL)
			continue;
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		port->is_tcp = at == LISTEN_TCP;
		if (getsockname(fd, (struct sockaddr *)&address, &bytes) == 0)
			port->address = ntohl(address.sin_addr.s_addr);
	}
}

/* Bytes of the request at the start of what has come; 0: not all of it yet. */
static size_t request_bytes(const struct modbus_port *port)
{
	size_t bytes;

	if (port->is_tcp) {
		if (port->bytes < TCP_HEAD_BYTES)
			return 0;
		bytes = TCP_HEAD_BYTES + (size_t)(port->byte[4] << 8 | port->byte[5]);
		return bytes <= sizeof port->byte && port->bytes >= bytes ? bytes : 0;
	}
	if (port->bytes < 2)
		return 0;
	bytes = port->byte[1] == ENCAPSULATED ? RTU_ENCAPSULATED_BYTES : RTU_READ_BYTES;
	return port->bytes >= bytes ? bytes : 0;
}

static void read_port(struct modbus_ports *ports, uint32_t number)
{
	struct modbus_port *port = &ports->port[number];
	ssize_t got = read(port->fd, port->byte + port->bytes, sizeof port->byte - port->bytes);
	size_t bytes;

	if (got <= 0) {
		if ((got == 0 || errno != EAGAIN) && !port->is_line)
			close_port(port);
		return;
	}
	port->bytes += (size_t)got;
	while (port->fd >= 0 && (bytes = request_bytes(port)) > 0) {
		ports->take(ports->context, number, port->byte, bytes);
		port->bytes -= bytes;
		memmove(port->byte, port->byte + bytes, port->bytes);
	}
	if (port->bytes == sizeof port->byte)
		port->bytes = 0;
}

void modbus_ports_work(struct modbus_ports *ports, uint32_t id)
{
	if (id == SIM_LIFE_OWN + LISTEN_TCP || id == SIM_LIFE_OWN + LISTEN_RTU)
		accept_all(ports, id - SIM_LIFE_OWN);
	else if (id >= ID_PORTS && id < ID_PORTS + MODBUS_PORTS_MAX && ports->port[id - ID_PORTS].fd >= 0)
		read_port(ports, id - ID_PORTS);
}

static void write_port(struct modbus_port *port, const uint8_t *byte, size_t bytes)
{
	ssize_t put = port->is_line ? write(port->fd, byte, bytes) : send(port->fd, byte, bytes, MSG_NOSIGNAL);

	if (put < 0 && errno != EAGAIN && !port->is_line)
		close_port(port);
}

static void keep(struct modbus_ports *ports, uint32_t port, const struct modbus_delivery *delivery, int64_t due_ns)
{
	if (ports->pending_count == MODBUS_PENDING_MAX)
		return;
	ports->pending[ports->pending_count++] =
	    (struct modbus_pending){.due_ns = due_ns, .port = port, .serial = ports->port[port].serial, .delivery = *delivery};
}

void modbus_ports_send(struct modbus_ports *ports, uint32_t port, const struct modbus_delivery *delivery, int64_t now_ns)
{
	if (delivery->bytes == 0)
		return;
	if (delivery->delay_ms == 0)
		write_port(&ports->port[port], delivery->byte, delivery->bytes);
	else
		keep(ports, port, delivery, now_ns + delivery->delay_ms * NS_PER_MS);
	if (delivery->again_ms >= 0)
		keep(ports, port, delivery, now_ns + delivery->again_ms * NS_PER_MS);
}

int modbus_ports_flush(struct modbus_ports *ports, int64_t now_ns)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < ports->pending_count;) {
		struct modbus_pending *pending = &ports->pending[i];
		struct modbus_port *port = &ports->port[pending->port];

		if (pending->due_ns > now_ns) {
			next_ns = pending->due_ns < next_ns ? pending->due_ns : next_ns;
			i++;
			continue;
		}
		if (port->fd >= 0 && port->serial == pending->serial)
			write_port(port, pending->delivery.byte, pending->delivery.bytes);
		*pending = ports->pending[--ports->pending_count];
	}
	return next_ns == INT64_MAX ? -1 : (int)((next_ns - now_ns) / NS_PER_MS) + 1;
}

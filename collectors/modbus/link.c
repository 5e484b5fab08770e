/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/link.h"

#include "base/clock.h"
#include "model/units.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LINK_BITS_PER_BYTE = 11, /* start, 8, parity or second stop, stop */
	LINK_FAST_BAUD = 19200,  /* above it the silence is fixed (Modbus over serial line V1.02, 2.5.1.1) */
	LINK_SILENCE_FAST_US = 1750,
	LINK_FRAME_BAUD = 9600, /* of the library's context for frames over TCP: any that it takes */
};

/* An answer that lay in the socket for longer is dated when it is taken. */
#define LINK_AGE_NS_MAX (60 * CLOCK_NS_PER_S)

void c_modbus_link_init(struct c_modbus_link *link, const struct plan_modbus_bus *plan)
{
	*link = (struct c_modbus_link){.plan = plan, .fd = -1};
}

void c_modbus_link_close(struct c_modbus_link *link)
{
	modbus_t *library = link->library;

	if (library != NULL && link->plan->link == MODBUS_SERIAL && link->fd >= 0)
		modbus_close(library);
	else if (link->fd >= 0)
		close(link->fd);
	if (library != NULL)
		modbus_free(library);
	link->library = NULL;
	link->fd = -1;
}

void c_modbus_link_print(const struct plan_modbus_bus *plan, char out[static C_MODBUS_LINK_TEXT_BYTES])
{
	if (plan->link == MODBUS_SERIAL)
		(void)snprintf(out, C_MODBUS_LINK_TEXT_BYTES, "%.100s at %u baud, 8%c%u", plan->path, (unsigned)plan->baud, plan->parity,
			       (unsigned)plan->stop_bits);
	else
		(void)snprintf(out, C_MODBUS_LINK_TEXT_BYTES, strchr(plan->host, ':') != NULL ? "[%s]:%u" : "%s:%u", plan->host,
			       (unsigned)plan->port);
}

int64_t c_modbus_link_time_ns(const struct c_modbus_link *link, size_t bytes)
{
	int64_t byte_ns;

	if (link->plan->link != MODBUS_SERIAL)
		return 0;
	byte_ns = LINK_BITS_PER_BYTE * UNITS_NS_PER_S / link->plan->baud;
	return byte_ns * (int64_t)bytes +
	       (link->plan->baud > LINK_FAST_BAUD ? LINK_SILENCE_FAST_US * UNITS_NS_PER_S / 1000000 : byte_ns * 7 / 2);
}

/* ---- Serial lines ------------------------------------------------------------------------------------------------------------------- */

static enum err open_serial(struct c_modbus_link *link, struct err_info *info)
{
	const struct plan_modbus_bus *plan = link->plan;
	modbus_t *library = modbus_new_rtu(plan->path, (int)plan->baud, plan->parity, 8, plan->stop_bits);
	int error;

	if (library == NULL)
		return err_set(info, ERR_UNAVAILABLE, "%s: the library takes no such line (%s)", plan->path, modbus_strerror(errno));
	link->library = library;
	if (modbus_connect(library) == 0) {
		link->fd = modbus_get_socket(library);
		(void)fcntl(link->fd, F_SETFD, FD_CLOEXEC);
		(void)fcntl(link->fd, F_SETFL, fcntl(link->fd, F_GETFL) | O_NONBLOCK);
		if (!plan->is_rs485 || modbus_rtu_set_serial_mode(library, MODBUS_RTU_RS485) == 0)
			return ERR_NONE;
		error = errno;
		c_modbus_link_close(link);
		return err_set(info, ERR_UNAVAILABLE, "%s cannot switch its direction in the kernel (%s): write rs485=no", plan->path,
			       strerrordesc_np(error));
	}
	error = errno;
	c_modbus_link_close(link);
	if (error == EACCES)
		return err_set(info, ERR_PERMISSION, "%s may not be opened: its group (often dialout) is missing, or a udev rule",
			       plan->path);
	if (error == ENOENT || error == ENXIO || error == ENODEV)
		return err_set(info, ERR_UNAVAILABLE, "%s is not there (adapter unplugged? names below /dev/serial/by-id stay)",
			       plan->path);
	if (error == EBUSY)
		return err_set(info, ERR_UNAVAILABLE, "%s is used by another program: end it (`fuser %s` names it), or name another line",
			       plan->path, plan->path);
	return err_set(info, ERR_UNAVAILABLE, "%s cannot be opened: %s", plan->path, strerrordesc_np(error));
}

/* ---- Connections -------------------------------------------------------------------------------------------------------------------- */

static bool parse_address(const struct plan_modbus_bus *plan, struct sockaddr_storage *address, socklen_t *bytes)
{
	struct sockaddr_in *four = (struct sockaddr_in *)address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, plan->host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(plan->port);
		*bytes = sizeof *four;
		return true;
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(plan->port);
	*bytes = sizeof *six;
	return inet_pton(AF_INET6, plan->host, &six->sin6_addr) == 1;
}

static enum err say_refused(const struct c_modbus_link *link, int error, struct err_info *info)
{
	char text[C_MODBUS_LINK_TEXT_BYTES];

	c_modbus_link_print(link->plan, text);
	if (error == ECONNREFUSED)
		return err_set(info, ERR_UNAVAILABLE, "%s refuses the connection (is Modbus/TCP switched on, and at this port?)", text);
	return err_set(info, ERR_UNAVAILABLE, "no connection to %s: %s", text, strerrordesc_np(error));
}

/* The library's context for serial frames; it never opens anything. */
static enum err open_framer(struct c_modbus_link *link, struct err_info *info)
{
	modbus_t *library;

	if (link->plan->link != MODBUS_RTU_TCP)
		return ERR_NONE;
	library = modbus_new_rtu("tcp", LINK_FRAME_BAUD, 'N', 8, 1);
	if (library == NULL || modbus_set_socket(library, link->fd) != 0) {
		modbus_free(library);
		return err_set(info, ERR_UNAVAILABLE, "the library makes no serial frames");
	}
	link->library = library;
	return ERR_NONE;
}

static enum err open_connection(struct c_modbus_link *link, bool *is_ready, struct err_info *info)
{
	struct sockaddr_storage address;
	socklen_t bytes;
	int one = 1;
	int error;
	enum err err;

	if (!parse_address(link->plan, &address, &bytes))
		return err_set(info, ERR_UNAVAILABLE, "the name of its host could not be looked up when the agent started");
	link->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		return err_set_errno(info, ERR_UNAVAILABLE, errno, "no socket");
	(void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	(void)setsockopt(link->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	(void)setsockopt(link->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
	err = open_framer(link, info);
	if (err != ERR_NONE) {
		c_modbus_link_close(link);
		return err;
	}
	*is_ready = connect(link->fd, (const struct sockaddr *)&address, bytes) == 0;
	if (*is_ready || errno == EINPROGRESS)
		return ERR_NONE;
	error = errno;
	c_modbus_link_close(link);
	return say_refused(link, error, info);
}

enum err c_modbus_link_open(struct c_modbus_link *link, bool *is_ready, struct err_info *info)
{
	*is_ready = true;
	return link->plan->link == MODBUS_SERIAL ? open_serial(link, info) : open_connection(link, is_ready, info);
}

enum err c_modbus_link_finish(struct c_modbus_link *link, struct err_info *info)
{
	int error = 0;
	socklen_t bytes = sizeof error;

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 && error == 0)
		return ERR_NONE;
	c_modbus_link_close(link);
	return say_refused(link, error, info);
}

/* ---- Bytes -------------------------------------------------------------------------------------------------------------------------- */

enum err c_modbus_link_send(struct c_modbus_link *link, const struct c_modbus_request *request, struct err_info *info)
{
	uint8_t body[C_MODBUS_REQUEST_BYTES_MAX];
	uint8_t message[C_MODBUS_REQUEST_BYTES_MAX + 8];
	size_t bytes = c_modbus_adu_print_request(request, body);

	link->transaction++;
	if (link->library != NULL) {
		if (modbus_send_raw_request(link->library, body, (int)bytes) > 0)
			return ERR_NONE;
		return err_set(info, ERR_UNAVAILABLE, "the link was lost: %s", modbus_strerror(errno));
	}
	bytes = c_modbus_adu_add_header(link->transaction, body, bytes, message, sizeof message);
	if (send(link->fd, message, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)bytes)
		return ERR_NONE;
	return err_set(info, ERR_UNAVAILABLE, "the connection was lost: %s", strerrordesc_np(errno));
}

/* Of what recvmsg gave; 0 where it has no time, or the wall clock was set meanwhile. */
static int64_t age_of(struct msghdr *message)
{
	struct clock_reading now;
	int64_t age_ns = 0;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL; control = CMSG_NXTHDR(message, control)) {
		struct timespec stamp;

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
		clock_read(&now);
		age_ns = now.utc_ns - (stamp.tv_sec * CLOCK_NS_PER_S + stamp.tv_nsec);
	}
	return age_ns < 0 || age_ns > LINK_AGE_NS_MAX ? 0 : age_ns;
}

/* As read(), with the time at which a socket had it. */
static ssize_t take(const struct c_modbus_link *link, struct c_modbus_room *room, int64_t *age_ns)
{
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct iovec part = {.iov_base = room->out, .iov_len = room->out_bytes};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	ssize_t got;

	if (link->plan->link == MODBUS_SERIAL)
		return read(link->fd, room->out, room->out_bytes);
	got = recvmsg(link->fd, &message, MSG_DONTWAIT);
	if (got > 0)
		*age_ns = age_of(&message);
	return got;
}

enum err c_modbus_link_receive(struct c_modbus_link *link, struct c_modbus_room *room, int64_t *age_ns, struct err_info *info)
{
	ssize_t got;

	*age_ns = 0;
	got = take(link, room, age_ns);
	room->bytes = got > 0 ? (size_t)got : 0;
	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)) || (got == 0 && link->plan->link == MODBUS_SERIAL))
		return ERR_NONE;
	if (got == 0)
		return err_set(info, ERR_UNAVAILABLE, "the connection was closed from the other end");
	return err_set(info, ERR_UNAVAILABLE, "the link was lost: %s", strerrordesc_np(errno));
}

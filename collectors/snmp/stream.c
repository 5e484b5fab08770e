/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/stream.h"

#include "base/clock.h"
#include "base/mem.h"
#include "wire/plan.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, ROUNDS_MAX = 256, IN_BYTES_FIRST = 2048, BER_SEQUENCE = 0x30 };

enum state { STREAM_CLOSED = 0, STREAM_CONNECTING, STREAM_OPEN };

struct stream {
	struct c_snmp_address address;
	int fd; /* valid unless closed */
	enum state state;
	bool is_writing; /* watched for room to write, too */
	uint32_t device;
	int error;             /* to be told; 0 none */
	int64_t asked_boot_ns; /* when the first message left that has no answer; 0 none is due */
	uint8_t *out;          /* what the kernel has not taken yet; NULL when out_bytes is 0 */
	size_t out_bytes;
	uint8_t *in; /* begin of a message; NULL when in_bytes is 0 */
	size_t in_bytes;
	size_t in_capacity;
};

struct c_snmp_streams {
	int epoll_fd;
	struct stream *stream; /* in the order of their first message */
	size_t count;
	size_t capacity;
	uint32_t *number; /* by device: 1 + the number of its stream; 0 none */
	size_t number_capacity;
	size_t failed_count; /* with an error to be told */
};

struct c_snmp_streams *c_snmp_streams_new(void)
{
	struct c_snmp_streams *streams = mem_new(sizeof *streams);

	if (streams == NULL)
		return NULL;
	streams->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return streams->epoll_fd < 0 ? mem_free(streams) : streams;
}

/* Closing takes the descriptor out of the epoll set, too. */
static void close_stream(struct stream *stream)
{
	if (stream->state != STREAM_CLOSED)
		(void)close(stream->fd);
	stream->state = STREAM_CLOSED;
	stream->out = mem_free(stream->out);
	stream->in = mem_free(stream->in);
	stream->out_bytes = stream->in_bytes = stream->in_capacity = 0;
	stream->asked_boot_ns = 0;
}

struct c_snmp_streams *c_snmp_streams_free(struct c_snmp_streams *streams)
{
	if (streams == NULL)
		return NULL;
	for (size_t i = 0; i < streams->count; i++)
		close_stream(&streams->stream[i]);
	(void)close(streams->epoll_fd);
	mem_free(streams->stream);
	mem_free(streams->number);
	return mem_free(streams);
}

/* A connection that ends while nothing is due is no failure: devices close idle ones. */
static void fail(struct c_snmp_streams *streams, struct stream *stream, int error)
{
	bool is_due = stream->asked_boot_ns != 0;

	close_stream(stream);
	if (!is_due || stream->error != 0)
		return;
	stream->error = error;
	streams->failed_count++;
}

/* ---- Out ---------------------------------------------------------------------------------------------------------------------------- */

static void watch_stream(struct c_snmp_streams *streams, size_t number, int operation)
{
	struct stream *stream = &streams->stream[number];
	bool is_writing = stream->state == STREAM_CONNECTING || stream->out_bytes > 0;
	struct epoll_event event = {.events = is_writing ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.u64 = number};

	if (operation == EPOLL_CTL_MOD && is_writing == stream->is_writing)
		return;
	stream->is_writing = is_writing;
	if (epoll_ctl(streams->epoll_fd, operation, stream->fd, &event) != 0)
		fail(streams, stream, errno);
}

static void connect_stream(struct c_snmp_streams *streams, size_t number)
{
	struct stream *stream = &streams->stream[number];
	struct sockaddr_storage to;
	socklen_t bytes = c_snmp_address_to_socket(&stream->address, &to);
	int on = 1;
	int fd = socket(stream->address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		fail(streams, stream, errno);
		return;
	}
	stream->fd = fd;
	stream->state = STREAM_CONNECTING;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	if (connect(fd, (const struct sockaddr *)&to, bytes) != 0 && errno != EINPROGRESS)
		fail(streams, stream, errno);
	else
		watch_stream(streams, number, EPOLL_CTL_ADD);
}

/* Gives the kernel what it takes; the rest waits. */
static void write_out(struct c_snmp_streams *streams, size_t number)
{
	struct stream *stream = &streams->stream[number];
	ssize_t count = send(stream->fd, stream->out, stream->out_bytes, MSG_NOSIGNAL);

	if (count < 0 && errno != EAGAIN && errno != EINTR) {
		fail(streams, stream, errno == EPIPE ? ECONNRESET : errno);
		return;
	}
	if (count > 0) {
		stream->out_bytes -= (size_t)count;
		memmove(stream->out, stream->out + count, stream->out_bytes);
	}
	if (stream->out_bytes == 0)
		stream->out = mem_free(stream->out);
	watch_stream(streams, number, EPOLL_CTL_MOD);
}

/* The stream of a device, new when it has none; SIZE_MAX: no memory. */
static size_t find_stream(struct c_snmp_streams *streams, uint32_t device, const struct c_snmp_address *to)
{
	if (mem_grow((void **)&streams->number, &streams->number_capacity, device, PLAN_DEVICES_MAX, sizeof *streams->number) != ERR_NONE)
		return SIZE_MAX;
	if (streams->number[device] != 0)
		return streams->number[device] - 1;
	if (mem_grow((void **)&streams->stream, &streams->capacity, streams->count, PLAN_DEVICES_MAX, sizeof *streams->stream) != ERR_NONE)
		return SIZE_MAX;
	streams->stream[streams->count++] = (struct stream){.device = device, .address = *to};
	streams->number[device] = (uint32_t)streams->count;
	return streams->count - 1;
}

static bool append_out(struct stream *stream, const uint8_t *message, size_t bytes)
{
	uint8_t *larger;

	if (stream->out_bytes + bytes > C_SNMP_STREAM_QUEUE_MAX)
		return false;
	larger = mem_resize_array(stream->out, stream->out_bytes + bytes, 1);
	if (larger == NULL)
		return false;
	memcpy(larger + stream->out_bytes, message, bytes);
	stream->out = larger;
	stream->out_bytes += bytes;
	return true;
}

void c_snmp_streams_send(struct c_snmp_streams *streams, uint32_t device, const struct c_snmp_address *to, const uint8_t *message,
			 size_t bytes)
{
	size_t number = find_stream(streams, device, to);
	int64_t now_ns = clock_boot_ns();
	struct stream *stream;

	if (number == SIZE_MAX)
		return;
	stream = &streams->stream[number];
	/* The other end may have started anew and know nothing of this connection. */
	if (stream->asked_boot_ns != 0 && now_ns - stream->asked_boot_ns > C_SNMP_STREAM_PATIENCE_S * CLOCK_NS_PER_S)
		close_stream(stream);
	if (!append_out(stream, message, bytes))
		return;
	if (stream->asked_boot_ns == 0)
		stream->asked_boot_ns = now_ns;
	if (stream->state == STREAM_CLOSED)
		connect_stream(streams, number);
	else if (stream->state == STREAM_OPEN)
		write_out(streams, number);
}

/* ---- In ----------------------------------------------------------------------------------------------------------------------------- */

size_t c_snmp_stream_message_bytes(const uint8_t *data, size_t bytes)
{
	size_t length = 0;
	size_t octets;

	if (bytes > 0 && data[0] != BER_SEQUENCE)
		return SIZE_MAX;
	if (bytes < 2)
		return 0;
	if (data[1] < 0x80)
		return 2 + (size_t)data[1];
	octets = data[1] & 0x7fU; /* 0: a length without end, which SNMP does not know */
	if (octets == 0 || octets > 4)
		return SIZE_MAX;
	if (bytes < 2 + octets)
		return 0;
	for (size_t i = 0; i < octets; i++)
		length = length << 8 | data[2 + i];
	return length > C_SNMP_STREAM_MESSAGE_MAX - 2 - octets ? SIZE_MAX : 2 + octets + length;
}

/* Hands over the whole messages and keeps the begin of one that is not. */
static void take_messages(struct c_snmp_streams *streams, size_t number, const struct c_snmp_receiver *receiver)
{
	struct stream *stream = &streams->stream[number];
	size_t at = 0;

	for (;;) {
		size_t bytes = c_snmp_stream_message_bytes(stream->in + at, stream->in_bytes - at);

		if (bytes == SIZE_MAX) {
			fail(streams, stream, EPROTO);
			return;
		}
		if (bytes == 0 || bytes > stream->in_bytes - at)
			break;
		stream->asked_boot_ns = 0;
		receiver->take(receiver->context, &stream->address, stream->in + at, bytes, clock_boot_ns());
		at += bytes;
	}
	stream->in_bytes -= at;
	memmove(stream->in, stream->in + at, stream->in_bytes);
	if (stream->in_bytes > 0)
		return;
	stream->in = mem_free(stream->in);
	stream->in_capacity = 0;
}

static bool make_room(struct stream *stream)
{
	size_t capacity = stream->in_capacity == 0 ? IN_BYTES_FIRST : stream->in_capacity * 2;
	uint8_t *larger;

	if (stream->in_bytes < stream->in_capacity)
		return true;
	larger = mem_resize_array(stream->in, capacity, 1);
	if (larger == NULL)
		return false;
	stream->in = larger;
	stream->in_capacity = capacity;
	return true;
}

static void read_in(struct c_snmp_streams *streams, size_t number, const struct c_snmp_receiver *receiver)
{
	struct stream *stream = &streams->stream[number];
	ssize_t count;

	if (!make_room(stream)) {
		fail(streams, stream, ENOMEM);
		return;
	}
	count = recv(stream->fd, stream->in + stream->in_bytes, stream->in_capacity - stream->in_bytes, 0);
	if (count > 0) {
		stream->in_bytes += (size_t)count;
		take_messages(streams, number, receiver);
	} else if (count == 0) {
		fail(streams, stream, ECONNRESET);
	} else if (errno != EAGAIN && errno != EINTR) {
		fail(streams, stream, errno);
	}
}

static void handle(struct c_snmp_streams *streams, size_t number, uint32_t events, const struct c_snmp_receiver *receiver)
{
	struct stream *stream = &streams->stream[number];
	int error = 0;
	socklen_t bytes = sizeof error;

	if (stream->state == STREAM_CONNECTING) {
		if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0)
			error = errno;
		if (error != 0) {
			fail(streams, stream, error);
			return;
		}
		stream->state = STREAM_OPEN;
	}
	if (stream->state == STREAM_OPEN && stream->out_bytes > 0 && (events & EPOLLOUT) != 0)
		write_out(streams, number);
	else if (stream->state == STREAM_OPEN && (events & EPOLLOUT) != 0)
		watch_stream(streams, number, EPOLL_CTL_MOD);
	if (stream->state == STREAM_OPEN && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		read_in(streams, number, receiver);
}

static void tell_failures(struct c_snmp_streams *streams, const struct c_snmp_receiver *receiver, c_snmp_stream_lost lost)
{
	for (size_t i = 0; i < streams->count && streams->failed_count > 0; i++) {
		int error = streams->stream[i].error;

		if (error == 0)
			continue;
		streams->stream[i].error = 0;
		streams->failed_count--;
		lost(receiver->context, streams->stream[i].device, error);
	}
}

void c_snmp_streams_receive(struct c_snmp_streams *streams, const struct c_snmp_receiver *receiver, c_snmp_stream_lost lost)
{
	struct epoll_event event[EVENTS];
	int count = streams->count > 0 ? EVENTS : 0;

	for (size_t round = 0; count > 0 && round < ROUNDS_MAX; round++) {
		count = epoll_wait(streams->epoll_fd, event, EVENTS, 0);
		for (int i = 0; i < count; i++)
			handle(streams, (size_t)event[i].data.u64, event[i].events, receiver);
	}
	tell_failures(streams, receiver, lost);
}

bool c_snmp_streams_has_failed(const struct c_snmp_streams *streams)
{
	return streams->failed_count > 0;
}

size_t c_snmp_streams_watch(const struct c_snmp_streams *streams, struct pollfd *out, size_t max)
{
	if (streams->count == 0 || max == 0)
		return 0;
	out[0] = (struct pollfd){.fd = streams->epoll_fd, .events = POLLIN};
	return 1;
}

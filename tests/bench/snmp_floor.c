/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snmp_floor: the least that polling can cost: one socket, sendmmsg and recvmmsg, requests whose bytes are fixed but for their number, and
 * answers taken apart by hand into an array. No schedule, no retry, no timeout, no identity, no energy. Options: snmp_load.h.
 */
#include "base/mem.h"
#include "snmp_load.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BATCH = 64, REQUEST_BYTES = 256, REPLY_BYTES = 2048, RECEIVE_BYTES = 4 << 20, SILENCE_MS = 1000 };

enum tag {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_APPLICATION_FIRST = 0x40,
	TAG_APPLICATION_LAST = 0x4f,
	TAG_GET = 0xa0,
	TAG_RESPONSE = 0xa2,
	TAG_GETBULK = 0xa5
};

/* Bytes that are not read yet. */
struct span {
	const uint8_t *at;
	const uint8_t *end;
};

struct request {
	size_t bytes;
	size_t id_at;
	uint8_t data[REQUEST_BYTES];
};

struct floor {
	struct snmp_load load;
	struct snmp_load_result result;
	int fd;
	struct request request[SNMP_LOAD_COLUMNS];
	int64_t (*value)[SNMP_LOAD_VALUES_MAX]; /* of each device */
	struct mmsghdr out[BATCH];
	struct iovec out_vec[BATCH];
	struct sockaddr_in to[BATCH];
	uint8_t out_data[BATCH][REQUEST_BYTES];
	struct mmsghdr in[BATCH];
	struct iovec in_vec[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t in_data[BATCH][REPLY_BYTES];
};

/* ---- Requests ----------------------------------------------------------------------------------------------------------------------- */

static void put(struct request *request, const void *data, size_t bytes)
{
	memcpy(request->data + request->bytes, data, bytes);
	request->bytes += bytes;
}

/* A tag with a length of two bytes that is not known yet; returns the length's place. */
static size_t open_long(struct request *request, uint8_t tag)
{
	const uint8_t head[] = {tag, 0x81, 0};

	put(request, head, sizeof head);
	return request->bytes - 1;
}

static void close_long(struct request *request, size_t length_at)
{
	request->data[length_at] = (uint8_t)(request->bytes - length_at - 1);
}

/* 1.3.6.1.4.1.32473.1 and `count` more sub-identifiers below 128, with a NULL as its value. */
static void put_variable(struct request *request, const uint8_t *rest, uint8_t count)
{
	static const uint8_t farm[] = {0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1};
	const uint8_t head[] = {TAG_SEQUENCE, (uint8_t)(sizeof farm + count + 4), TAG_OID, (uint8_t)(sizeof farm + count)};
	static const uint8_t nothing[] = {5, 0};

	put(request, head, sizeof head);
	put(request, farm, sizeof farm);
	put(request, rest, count);
	put(request, nothing, sizeof nothing);
}

/* column 0: the GET of the scalars, otherwise the GETBULK of that column. */
static void build(struct request *request, uint8_t column)
{
	static const uint8_t head[] = {TAG_INTEGER, 1, 1, TAG_OCTETS, 6, 'p', 'u', 'b', 'l', 'i', 'c'};
	static const uint8_t id[] = {TAG_INTEGER, 4, 0, 0, 0, 0};
	const uint8_t counts[] = {TAG_INTEGER, 1, 0, TAG_INTEGER, 1, column == 0 ? 0 : SNMP_LOAD_ROWS};
	size_t message, pdu, list;

	message = open_long(request, TAG_SEQUENCE);
	put(request, head, sizeof head);
	pdu = open_long(request, column == 0 ? TAG_GET : TAG_GETBULK);
	put(request, id, sizeof id);
	request->id_at = request->bytes - 4;
	put(request, counts, sizeof counts);
	list = open_long(request, TAG_SEQUENCE);
	for (uint8_t scalar = 1; column == 0 && scalar <= SNMP_LOAD_SCALARS; scalar++)
		put_variable(request, (const uint8_t[]){3, scalar, 0}, 3);
	if (column != 0)
		put_variable(request, (const uint8_t[]){4, 1, column}, 3);
	close_long(request, list);
	close_long(request, pdu);
	close_long(request, message);
}

/* ---- Answers ------------------------------------------------------------------------------------------------------------------------ */

/* Takes one element off the front of `in`. */
static inline bool take(struct span *in, uint8_t *tag, struct span *out)
{
	size_t length, more;

	if (in->end - in->at < 2)
		return false;
	*tag = *in->at++;
	length = *in->at++;
	if (length >= 0x80) {
		more = length & 0x7f;
		if (more > 2 || (size_t)(in->end - in->at) < more)
			return false;
		for (length = 0; more > 0; more--)
			length = length << 8 | *in->at++;
	}
	if ((size_t)(in->end - in->at) < length)
		return false;
	*out = (struct span){.at = in->at, .end = in->at + length};
	in->at += length;
	return true;
}

static inline bool take_tag(struct span *in, uint8_t wanted, struct span *out)
{
	uint8_t tag;

	return take(in, &tag, out) && tag == wanted;
}

static inline int64_t number_of(struct span span, uint8_t tag)
{
	uint64_t number = tag == TAG_INTEGER && span.at < span.end && (*span.at & 0x80) != 0 ? UINT64_MAX : 0;

	while (span.at < span.end)
		number = number << 8 | *span.at++;
	return (int64_t)number;
}

/* The values into `value`; how many there are, -1 when it is no list of numbers. */
static int decode_values(struct span list, int64_t *value)
{
	struct span variable, name, number;
	int count = 0;
	uint8_t tag;

	while (list.at < list.end && count < SNMP_LOAD_VALUES_MAX) {
		if (!take_tag(&list, TAG_SEQUENCE, &variable) || !take_tag(&variable, TAG_OID, &name) || !take(&variable, &tag, &number))
			return -1;
		if (tag != TAG_INTEGER && (tag < TAG_APPLICATION_FIRST || tag > TAG_APPLICATION_LAST))
			return -1;
		value[count++] = number_of(number, tag);
	}
	return count;
}

/* The number of the request that is answered, and its values' list; -1 when it is no answer without error. */
static int64_t decode_head(struct span message, struct span *list)
{
	struct span body, pdu, id, other;

	if (!take_tag(&message, TAG_SEQUENCE, &body) || !take_tag(&body, TAG_INTEGER, &other) || !take_tag(&body, TAG_OCTETS, &other) ||
	    !take_tag(&body, TAG_RESPONSE, &pdu) || !take_tag(&pdu, TAG_INTEGER, &id) || !take_tag(&pdu, TAG_INTEGER, &other))
		return -1;
	if (number_of(other, TAG_INTEGER) != 0 || !take_tag(&pdu, TAG_INTEGER, &other) || !take_tag(&pdu, TAG_SEQUENCE, list))
		return -1;
	return number_of(id, TAG_INTEGER);
}

static void take_reply(struct floor *floor, size_t i)
{
	struct span message = {.at = floor->in_data[i], .end = floor->in_data[i] + floor->in[i].msg_len};
	int64_t number, device = (int64_t)ntohl(floor->from[i].sin_addr.s_addr) - floor->load.first_address;
	struct span list;
	int count;

	floor->result.answered++;
	number = decode_head(message, &list);
	if (number < 0 || number / snmp_load_requests_per_poll(&floor->load) % floor->load.device_count != device) {
		floor->result.wrong++;
		return;
	}
	count = decode_values(list, floor->value[device]);
	if (count != (floor->load.is_table ? SNMP_LOAD_ROWS : SNMP_LOAD_SCALARS))
		floor->result.wrong++;
	else
		floor->result.values += count;
}

/* ---- Sending and receiving ------------------------------------------------------------------------------------------------------------ */

static void prepare(struct floor *floor)
{
	for (size_t i = 0; i < BATCH; i++) {
		floor->out_vec[i].iov_base = floor->out_data[i];
		floor->to[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)floor->load.port)};
		floor->out[i].msg_hdr = (struct msghdr){
		    .msg_name = &floor->to[i], .msg_namelen = sizeof floor->to[i], .msg_iov = &floor->out_vec[i], .msg_iovlen = 1};
		floor->in_vec[i] = (struct iovec){.iov_base = floor->in_data[i], .iov_len = REPLY_BYTES};
		floor->in[i].msg_hdr = (struct msghdr){
		    .msg_name = &floor->from[i], .msg_namelen = sizeof floor->from[i], .msg_iov = &floor->in_vec[i], .msg_iovlen = 1};
	}
	for (uint8_t i = 0; i < snmp_load_requests_per_poll(&floor->load); i++)
		build(&floor->request[i], floor->load.is_table ? (uint8_t)(SNMP_LOAD_COLUMN_FIRST + i) : 0);
}

static void put_number(struct floor *floor, size_t i, int64_t number)
{
	int64_t per_poll = snmp_load_requests_per_poll(&floor->load);
	const struct request *request = &floor->request[number % per_poll];
	uint32_t id = htonl((uint32_t)number & INT32_MAX);

	memcpy(floor->out_data[i], request->data, request->bytes);
	memcpy(floor->out_data[i] + request->id_at, &id, sizeof id);
	floor->out_vec[i].iov_len = request->bytes;
	floor->to[i].sin_addr.s_addr = htonl(floor->load.first_address + (uint32_t)(number / per_poll % floor->load.device_count));
}

/* Sends up to a batch of what is due; false when the kernel takes nothing. */
static bool send_some(struct floor *floor, int64_t count)
{
	int sent;

	if (count > BATCH)
		count = BATCH;
	for (int64_t i = 0; i < count; i++)
		put_number(floor, (size_t)i, floor->result.sent + i);
	sent = sendmmsg(floor->fd, floor->out, (unsigned)count, 0);
	if (sent > 0)
		floor->result.sent += sent;
	return sent > 0;
}

/* Takes up to a batch of answers; returns how many. Waits for one with flag MSG_WAITFORONE, SILENCE_MS at most. */
static int receive_some(struct floor *floor, int flag)
{
	int count = recvmmsg(floor->fd, floor->in, BATCH, flag, NULL);

	for (int i = 0; i < count; i++)
		take_reply(floor, (size_t)i);
	return count;
}

static void run_flat_out(struct floor *floor)
{
	struct snmp_load_result *result = &floor->result;
	int64_t room;

	while (result->answered < floor->load.request_count) {
		while ((room = floor->load.window - (result->sent - result->answered)) > 0 && result->sent < floor->load.request_count) {
			if (room > floor->load.request_count - result->sent)
				room = floor->load.request_count - result->sent;
			if (!send_some(floor, room))
				return;
		}
		if (receive_some(floor, MSG_WAITFORONE) <= 0)
			return; /* what is missing now is lost */
	}
}

/* One wake a tick: what came since the last one, then what is due; between batches what came meanwhile. */
static void run_paced(struct floor *floor)
{
	struct snmp_load_result *result = &floor->result;
	int64_t end_ns = result->begin_boot_ns + (int64_t)(floor->load.for_s * (double)CLOCK_NS_PER_S);
	int64_t now_ns, due;

	do {
		snmp_load_wait_tick(&floor->load, result);
		now_ns = clock_boot_ns();
		due = snmp_load_due(&floor->load, result, now_ns);
		while (receive_some(floor, MSG_DONTWAIT) == BATCH)
			;
		while (result->sent < due && send_some(floor, due - result->sent))
			if (result->sent - result->answered >= floor->load.window)
				(void)receive_some(floor, MSG_DONTWAIT);
	} while (now_ns < end_ns);
	while (result->answered < result->sent && receive_some(floor, MSG_WAITFORONE) > 0)
		;
}

static bool open_socket(struct floor *floor)
{
	struct timeval silence = {.tv_sec = SILENCE_MS / 1000};
	int bytes = RECEIVE_BYTES;

	floor->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (floor->fd < 0)
		return false;
	if (setsockopt(floor->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
		(void)setsockopt(floor->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	return setsockopt(floor->fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence) == 0;
}

int main(int argc, char **argv)
{
	static struct floor floor;

	if (!snmp_load_parse(&floor.load, argc, argv))
		return 64;
	floor.value = mem_new_array((size_t)floor.load.device_count, sizeof *floor.value);
	if (floor.value == NULL || !open_socket(&floor)) {
		(void)fprintf(stderr, "snmp_floor: %s\n", strerror(errno));
		return 74;
	}
	prepare(&floor);
	floor.result.begin_cpu_ns = snmp_load_cpu_ns();
	floor.result.begin_boot_ns = clock_boot_ns();
	if (floor.load.interval_s > 0)
		run_paced(&floor);
	else
		run_flat_out(&floor);
	snmp_load_print("floor", &floor.load, &floor.result);
	mem_free(floor.value);
	return 0;
}

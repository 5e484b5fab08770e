/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/transport.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FLOOD = 3000, DATAGRAM_BYTES = 1000 };

struct heard {
	size_t count;
	size_t bytes;
};

static void take(void *context, const struct c_snmp_address *from, const uint8_t *message, size_t bytes, int64_t arrived_boot_ns)
{
	struct heard *heard = context;

	(void)message;
	cr_expect_eq(from->family, AF_INET);
	cr_expect_gt(arrived_boot_ns, 0);
	heard->count++;
	heard->bytes += bytes;
}

/* The transport's IPv4 socket, bound to loopback; its address in *at. */
static int bind_socket(struct c_snmp_transport *transport, struct sockaddr_in *at)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof *at;
	struct pollfd watched;

	cr_assert_eq(c_snmp_transport_watch(transport, &watched, 1), 1);
	cr_assert_eq(bind(watched.fd, (struct sockaddr *)&any, sizeof any), 0);
	cr_assert_eq(getsockname(watched.fd, (struct sockaddr *)at, &bytes), 0);
	return watched.fd;
}

static void flood(int fd, const struct sockaddr_in *to, size_t count)
{
	static const uint8_t data[DATAGRAM_BYTES];

	for (size_t i = 0; i < count; i++)
		cr_assert_eq(sendto(fd, data, sizeof data, 0, (const struct sockaddr *)to, sizeof *to), DATAGRAM_BYTES);
}

Test(transport, datagrams_that_the_kernel_drops_are_counted_none_is_lost_unseen)
{
	struct c_snmp_transport *transport = c_snmp_transport_new();
	struct heard heard = {0};
	struct c_snmp_receiver receiver = {.take = take, .context = &heard};
	int sender = socket(AF_INET, SOCK_DGRAM, 0);
	int small = 16384; /* less than the flood by far */
	int is_counted = 1;
	struct sockaddr_in to;
	int fd;

	cr_assert_not_null(transport);
	if (setsockopt(sender, SOL_SOCKET, SO_RXQ_OVFL, &is_counted, sizeof is_counted) != 0)
		cr_skip_test("the system does not count what it drops (an emulated one)");
	cr_assert_eq(c_snmp_transport_open(transport, AF_INET, NULL), ERR_NONE);
	fd = bind_socket(transport, &to);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
	flood(sender, &to, FLOOD);
	c_snmp_transport_receive(transport, &receiver);
	cr_expect_gt(heard.count, 0);
	cr_expect_lt(heard.count, FLOOD);
	flood(sender, &to, 1); /* the count comes with the next that finds room */
	c_snmp_transport_receive(transport, &receiver);
	cr_expect_eq(heard.count + c_snmp_transport_dropped_count(transport), FLOOD + 1);
	cr_expect_eq(heard.bytes, heard.count * DATAGRAM_BYTES);
	(void)close(sender);
	c_snmp_transport_free(transport);
}

Test(transport, what_is_sent_arrives_and_its_answers_too_in_more_than_one_batch)
{
	struct c_snmp_transport *left = c_snmp_transport_new();
	struct c_snmp_transport *right = c_snmp_transport_new();
	struct heard heard = {0};
	struct c_snmp_receiver receiver = {.take = take, .context = &heard};
	struct c_snmp_address address;
	struct sockaddr_in to;
	static const uint8_t data[DATAGRAM_BYTES];

	cr_assert(left != NULL && right != NULL);
	cr_assert(c_snmp_transport_open(left, AF_INET, NULL) == ERR_NONE && c_snmp_transport_open(right, AF_INET, NULL) == ERR_NONE);
	(void)bind_socket(right, &to);
	cr_assert_eq(c_snmp_address_parse(&address, "127.0.0.1", ntohs(to.sin_port), NULL), ERR_NONE);
	/* A full batch of 64 and a part of one; 90 KB fit the receive buffer that Linux gives by default. */
	for (size_t i = 0; i < 90; i++)
		c_snmp_transport_send(left, &address, data, sizeof data);
	c_snmp_transport_flush(left);
	c_snmp_transport_receive(right, &receiver);
	cr_expect_eq(heard.count, 90);
	cr_expect_eq(c_snmp_transport_dropped_count(right), 0);
	c_snmp_transport_free(left);
	c_snmp_transport_free(right);
}

Test(transport, as_many_answers_may_come_as_the_buffer_holds)
{
	struct c_snmp_transport *transport = c_snmp_transport_new();
	size_t window;

	cr_assert_eq(c_snmp_transport_open(transport, AF_INET, NULL), ERR_NONE);
	window = c_snmp_transport_window(transport);
	cr_expect_geq(window, 64);
	cr_expect_leq(window, 2048);
	c_snmp_transport_free(transport);
}

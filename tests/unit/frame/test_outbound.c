/* SPDX-License-Identifier: Apache-2.0 */
#include "frame/outbound.h"

#include "wire/packet.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define S INT64_C(1000000000)

static int pair[2];

static void open_pair(void)
{
	cr_assert_eq(packet_pair(pair, 4096, NULL), ERR_NONE);
}

static void close_pair(void)
{
	(void)close(pair[0]);
	(void)close(pair[1]);
}

TestSuite(outbound, .init = open_pair, .fini = close_pair);

static void put_samples(struct outbound *outbound, uint32_t device, int64_t boot_ns)
{
	struct sample sample = {.device = device, .meter = 0, .quantity = QUANTITY_POWER, .boot_ns = boot_ns, .value = 1};

	outbound_put_samples(outbound, &sample, 1, boot_ns);
}

/* The next record that is there; WIRE_TYPE_END: none. For SAMPLES *device is the first sample's, for LOST the count. */
static enum wire_type receive(uint64_t *number)
{
	static uint8_t bytes[WIRE_RECORD_BYTES_MAX];
	static struct wire_samples samples;
	struct wire_reader reader = {.bytes = bytes};
	struct wire_lost lost;
	enum wire_type type;
	int fd;

	if (packet_receive(pair[1], bytes, sizeof bytes, &reader.length, &fd, NULL) != ERR_NONE)
		return WIRE_TYPE_END;
	cr_assert_eq(wire_read_header(&reader, &type, NULL), ERR_NONE);
	if (type == WIRE_SAMPLES) {
		cr_assert_eq(wire_get_samples(&reader, &samples, NULL), ERR_NONE);
		*number = samples.sample[0].device;
	} else if (type == WIRE_LOST) {
		cr_assert_eq(wire_get_lost(&reader, &lost, NULL), ERR_NONE);
		*number = lost.sample_count;
	}
	return type;
}

/* Sends until the socket is full and one record is kept; returns how many were put. */
static uint32_t fill(struct outbound *outbound)
{
	uint32_t count = 0;

	while (!outbound_is_waiting(outbound)) {
		put_samples(outbound, count, 1 * S);
		cr_assert_lt(++count, 10000);
	}
	return count;
}

Test(outbound, sends_at_once_while_the_socket_takes_it)
{
	struct outbound *outbound = outbound_new(pair[0], 10000);
	uint64_t device = 99;

	put_samples(outbound, 7, 1 * S);
	cr_expect_not(outbound_is_waiting(outbound));
	cr_expect_eq(receive(&device), WIRE_SAMPLES);
	cr_expect_eq(device, 7);
	outbound_free(outbound);
}

Test(outbound, keeps_what_the_socket_does_not_take_in_order)
{
	struct outbound *outbound = outbound_new(pair[0], 100000);
	uint32_t count = fill(outbound);
	uint64_t device;

	put_samples(outbound, count, 2 * S);
	for (uint32_t i = 0; i <= count; i++) {
		enum wire_type type = receive(&device);

		if (type == WIRE_TYPE_END) {
			outbound_flush(outbound, 2 * S);
			type = receive(&device);
		}
		cr_assert_eq(type, WIRE_SAMPLES);
		cr_assert_eq(device, i);
	}
	cr_expect_not(outbound_is_waiting(outbound));
	cr_expect_eq(outbound_lost_count(outbound), 0);
	outbound_free(outbound);
}

Test(outbound, gives_up_what_is_older_than_60_s_and_tells_the_count)
{
	struct outbound *outbound = outbound_new(pair[0], 100000);
	uint32_t count = fill(outbound); /* one kept, since 1 s */
	uint64_t number;

	outbound_flush(outbound, 62 * S);
	cr_expect_eq(outbound_lost_count(outbound), 1);
	for (uint32_t i = 0; i + 1 < count; i++)
		cr_assert_eq(receive(&number), WIRE_SAMPLES);
	outbound_flush(outbound, 62 * S);
	cr_expect_eq(receive(&number), WIRE_LOST);
	cr_expect_eq(number, 1);
	cr_expect_not(outbound_is_waiting(outbound));
	outbound_free(outbound);
}

Test(outbound, gives_up_the_oldest_samples_when_its_bytes_are_used_up)
{
	struct outbound *outbound = outbound_new(pair[0], 1000); /* a kept record of one sample takes about 100 bytes */
	uint32_t count = fill(outbound);

	for (uint32_t i = 0; i < 100; i++)
		put_samples(outbound, count + i, 1 * S);
	cr_expect_gt(outbound_lost_count(outbound), 80);
	cr_expect_lt(outbound_lost_count(outbound), 101);
	outbound_free(outbound);
}

Test(outbound, never_gives_up_a_record_that_holds_no_samples)
{
	struct outbound *outbound = outbound_new(pair[0], 300);
	uint8_t bytes[64];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_hello hello = {.kind = WIRE_KIND_SNMP, .pid = 1, .device_count = 1};
	uint64_t number;
	size_t hello_count = 0;
	enum wire_type type;

	wire_put_hello(&writer, &hello);
	(void)fill(outbound);
	for (int i = 0; i < 20; i++)
		outbound_put_record(outbound, &writer, 1 * S);
	outbound_flush(outbound, 100 * S);
	do {
		while ((type = receive(&number)) != WIRE_TYPE_END)
			hello_count += type == WIRE_HELLO;
		outbound_flush(outbound, 100 * S);
	} while (outbound_is_waiting(outbound));
	while ((type = receive(&number)) != WIRE_TYPE_END)
		hello_count += type == WIRE_HELLO;
	cr_expect_eq(hello_count, 20);
	outbound_free(outbound);
}

Test(outbound, knows_when_the_other_end_is_closed)
{
	struct outbound *outbound = outbound_new(pair[0], 1000);

	(void)close(pair[1]);
	put_samples(outbound, 0, 1 * S);
	cr_expect(outbound_is_gone(outbound));
	cr_expect_not(outbound_is_waiting(outbound));
	outbound_free(outbound);
	cr_assert_eq(packet_pair(pair, 4096, NULL), ERR_NONE); /* for fini */
}

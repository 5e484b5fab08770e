/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-liar: a collector that breaks its contract, for what no honest one does. It is put in the place of a real one and takes its
 * arguments (--plan-fd N --core-fd N); the environment's LIAR says how it lies:
 *   mute       never greets           torn       a record cut short        nan       a power that is no number
 *   unknown    a meter not announced  future     a sample of tomorrow      flood     records without end
 *   verdict    a record not its own   version    another version           devices   a plan of another size
 */
#include "base/clock.h"
#include "base/num.h"
#include "wire/packet.h"
#include "wire/record.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct liar {
	int fd;
	uint8_t bytes[WIRE_RECORD_BYTES_MAX];
	struct wire_writer writer;
};

static void begin(struct liar *liar)
{
	liar->writer = (struct wire_writer){.bytes = liar->bytes, .capacity = sizeof(liar->bytes)};
}

/* Waits for room; ends the process when core has cut us off, as a real collector does. */
static void send_record(struct liar *liar)
{
	struct pollfd wait = {.fd = liar->fd, .events = POLLOUT};
	enum err err = packet_send(liar->fd, liar->bytes, liar->writer.length, -1, NULL);

	while (err == ERR_BUSY) {
		(void)poll(&wait, 1, 1000);
		err = packet_send(liar->fd, liar->bytes, liar->writer.length, -1, NULL);
	}
	if (err != ERR_NONE)
		_exit(0);
}

static void greet(struct liar *liar, uint32_t device_count)
{
	struct wire_hello hello = {.kind = WIRE_KIND_RAPL, .pid = (uint32_t)getpid(), .device_count = device_count};

	begin(liar);
	wire_put_hello(&liar->writer, &hello);
	send_record(liar);
}

static void announce(struct liar *liar)
{
	struct wire_meter meter = {.info = {.key = "package-0", .caliber = CALIBER_ACTUAL, .energy = {.unit_num = 1, .unit_den = 1000}}};

	begin(liar);
	wire_put_meter(&liar->writer, &meter);
	send_record(liar);
}

static void send_sample(struct liar *liar, uint32_t meter, double value, int64_t boot_ns)
{
	struct sample sample = {.meter = meter, .quantity = QUANTITY_POWER, .caliber = CALIBER_ACTUAL, .boot_ns = boot_ns, .value = value};

	begin(liar);
	wire_put_samples(&liar->writer, &sample, 1);
	send_record(liar);
}

static void lie_verdict(struct liar *liar)
{
	struct wire_verdict verdict = {.batch_id = 1};

	begin(liar);
	wire_put_verdict(&liar->writer, &verdict);
	send_record(liar);
}

static void lie_torn(struct liar *liar)
{
	struct wire_stats stats = {.cpu_us = 1};

	begin(liar);
	wire_put_stats(&liar->writer, &stats);
	liar->writer.length -= 3;
	send_record(liar);
}

/* The record that costs the least to send and to take: too many of them come even on a busy machine. */
static void lie_flood(struct liar *liar)
{
	struct wire_stats stats = {.cpu_us = 1};

	begin(liar);
	wire_put_stats(&liar->writer, &stats);
	for (;;)
		send_record(liar);
}

static void lie_version(struct liar *liar)
{
	begin(liar);
	wire_begin(&liar->writer, WIRE_STATS);
	liar->bytes[0]++;
	send_record(liar);
}

static void lie(struct liar *liar, const char *how)
{
	int64_t now_ns = clock_boot_ns();

	if (strcmp(how, "mute") == 0)
		return;
	greet(liar, strcmp(how, "devices") == 0 ? 77 : 1);
	announce(liar);
	if (strcmp(how, "torn") == 0)
		lie_torn(liar);
	else if (strcmp(how, "version") == 0)
		lie_version(liar);
	else if (strcmp(how, "verdict") == 0)
		lie_verdict(liar);
	else if (strcmp(how, "unknown") == 0)
		send_sample(liar, 5, 1, now_ns);
	else if (strcmp(how, "nan") == 0)
		send_sample(liar, 0, (double)NAN, now_ns);
	else if (strcmp(how, "future") == 0)
		send_sample(liar, 0, 1, now_ns + 86400 * CLOCK_NS_PER_S);
	else if (strcmp(how, "flood") == 0)
		lie_flood(liar);
}

int main(int argc, char **argv)
{
	struct liar liar = {.fd = -1};
	const char *how = getenv("LIAR");
	struct pollfd wait;
	int64_t fd;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--core-fd") == 0 && num_parse_i64(argv[i + 1], &fd))
			liar.fd = (int)fd;
	}
	if (liar.fd < 0 || how == NULL) {
		fputs("wattledger-sim-liar stands in for a collector: LIAR=mute|torn|... wattledger-sim-liar --plan-fd N --core-fd N\n",
		      stderr);
		return err_exit_code(ERR_USAGE);
	}
	lie(&liar, how);
	wait = (struct pollfd){.fd = liar.fd};
	(void)poll(&wait, 1, -1); /* until core cuts us off */
	return 0;
}

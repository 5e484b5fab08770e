/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-modbus-floor: what a reading costs with libmodbus as it is meant to be used: a connection a meter, modbus_read_registers in turn, the
 * meters spread evenly over the interval. No retry, no check of late answers, no identity, no energy.
 *
 *   bench-modbus-floor --port N --meters N --interval S --for S    meter i is 127.40.x.y, unit 1: 10 registers from 0x1000
 */
#include "base/clock.h"
#include "base/num.h"

#include <inttypes.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REGISTERS = 10, ADDRESS = 0x1000, METERS_MAX = 1000 };

static uint64_t option_of(int argc, char **argv, const char *name, uint64_t otherwise)
{
	uint64_t value = otherwise;

	for (int i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], name) == 0 && !num_parse_u64(argv[i + 1], &value))
			exit(64);
	return value;
}

static modbus_t *open_meter(uint64_t number, uint64_t port)
{
	char host[32];
	modbus_t *meter;

	(void)snprintf(host, sizeof host, "127.40.%u.%u", (unsigned)((number + 1) >> 8), (unsigned)((number + 1) & 255));
	meter = modbus_new_tcp(host, (int)port);
	if (meter == NULL || modbus_set_slave(meter, 1) != 0 || modbus_connect(meter) != 0) {
		(void)fprintf(stderr, "bench-modbus-floor: %s does not answer\n", host);
		exit(69);
	}
	return meter;
}

int main(int argc, char **argv)
{
	static modbus_t *meter[METERS_MAX];
	uint64_t meters = option_of(argc, argv, "--meters", 500);
	uint64_t port = option_of(argc, argv, "--port", 502);
	int64_t interval_ns = (int64_t)option_of(argc, argv, "--interval", 10) * CLOCK_NS_PER_S;
	int64_t end_ns = clock_boot_ns() + (int64_t)option_of(argc, argv, "--for", 60) * CLOCK_NS_PER_S;
	int64_t due_ns = clock_boot_ns();
	uint64_t lost_count = 0;
	uint64_t count = 0;

	if (meters == 0 || meters > METERS_MAX)
		return 64;
	for (uint64_t i = 0; i < meters; i++)
		meter[i] = open_meter(i, port);
	for (; due_ns < end_ns; count++) {
		const struct timespec due = {.tv_sec = due_ns / CLOCK_NS_PER_S, .tv_nsec = due_ns % CLOCK_NS_PER_S};
		uint16_t reg[REGISTERS];

		(void)clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &due, NULL);
		lost_count += modbus_read_registers(meter[count % meters], ADDRESS, REGISTERS, reg) != REGISTERS;
		due_ns += interval_ns / (int64_t)meters;
	}
	for (uint64_t i = 0; i < meters; i++) {
		modbus_close(meter[i]);
		modbus_free(meter[i]);
	}
	printf("{\"requests\":%" PRIu64 ",\"lost\":%" PRIu64 "}\n", count, lost_count);
	return 0;
}

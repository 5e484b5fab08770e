/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snmp_load: the work that the SNMP floor and the SNMP library are given, and how they tell what it cost: one line of JSON. The devices
 * are those of `wattledger-sim-snmp --model farm`, device i at the first address + i.
 *
 *	--devices N   --first-address A   --port P
 *	--table       24 rows x 3 columns, a GETBULK for each column, instead of a GET of 8 values
 *	--requests N  so many as fast as they go, --window of them on the way (256)
 *	--interval S --for S [--tick MS]   instead: each device once an interval, spread evenly, a wake each tick (250 ms)
 */
#ifndef WATTLEDGER_BENCH_SNMP_LOAD_H
#define WATTLEDGER_BENCH_SNMP_LOAD_H

#include "base/clock.h"
#include "base/num.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SNMP_LOAD_VALUES_MAX = 24, SNMP_LOAD_SCALARS = 8, SNMP_LOAD_COLUMNS = 3, SNMP_LOAD_COLUMN_FIRST = 3, SNMP_LOAD_ROWS = 24 };

struct snmp_load {
	int64_t device_count;
	uint32_t first_address; /* host byte order */
	int64_t port;
	bool is_table;
	int64_t request_count; /* flat out */
	int64_t window;
	double interval_s; /* paced when > 0 */
	double for_s;
	int64_t tick_ms;
};

struct snmp_load_result {
	int64_t sent;
	int64_t answered;
	int64_t wrong; /* answers of another device, of another size, or that are no answers */
	int64_t values;
	int64_t begin_cpu_ns; /* of the process, when the load began */
	int64_t begin_boot_ns;
};

/* false after a message when an option is wrong. */
static inline bool snmp_load_parse(struct snmp_load *load, int argc, char **argv)
{
	static const struct option known[] = {{"devices", required_argument, NULL, 'n'},  {"first-address", required_argument, NULL, 'a'},
					      {"port", required_argument, NULL, 'p'},     {"table", no_argument, NULL, 't'},
					      {"requests", required_argument, NULL, 'r'}, {"window", required_argument, NULL, 'w'},
					      {"interval", required_argument, NULL, 'i'}, {"for", required_argument, NULL, 'f'},
					      {"tick", required_argument, NULL, 'k'},     {0}};
	struct in_addr address = {.s_addr = htonl(0x7f090001)};
	bool is_right = true;
	int choice;

	*load = (struct snmp_load){.device_count = 1, .window = 256, .tick_ms = 250};
	while (is_right && (choice = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (choice) {
		case 'n': is_right = num_parse_i64(optarg, &load->device_count); break;
		case 'a': is_right = inet_pton(AF_INET, optarg, &address) == 1; break;
		case 'p': is_right = num_parse_i64(optarg, &load->port); break;
		case 't': load->is_table = true; break;
		case 'r': is_right = num_parse_i64(optarg, &load->request_count); break;
		case 'w': is_right = num_parse_i64(optarg, &load->window); break;
		case 'i': is_right = num_parse_double(optarg, &load->interval_s); break;
		case 'f': is_right = num_parse_double(optarg, &load->for_s); break;
		case 'k': is_right = num_parse_i64(optarg, &load->tick_ms); break;
		default: is_right = false; break;
		}
	}
	load->first_address = ntohl(address.s_addr);
	if (is_right && optind == argc && load->device_count > 0 && load->port > 0 && load->tick_ms > 0 && load->window > 0 &&
	    (load->request_count > 0) != (load->interval_s > 0 && load->for_s > 0))
		return true;
	(void)fprintf(stderr, "usage: %s --devices N --port P [--table] (--requests N [--window N] | --interval S --for S [--tick MS])\n",
		      argv[0]);
	return false;
}

static inline int64_t snmp_load_cpu_ns(void)
{
	struct timespec spent;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	return (int64_t)spent.tv_sec * CLOCK_NS_PER_S + spent.tv_nsec;
}

/* Requests that one poll of a device takes. */
static inline int64_t snmp_load_requests_per_poll(const struct snmp_load *load)
{
	return load->is_table ? SNMP_LOAD_COLUMNS : 1;
}

/* How many requests are due in all `now_boot_ns`, INT64_MAX while the load is flat out. */
static inline int64_t snmp_load_due(const struct snmp_load *load, const struct snmp_load_result *result, int64_t now_boot_ns)
{
	double passed_s = (double)(now_boot_ns - result->begin_boot_ns) / (double)CLOCK_NS_PER_S;

	if (load->interval_s <= 0)
		return load->request_count;
	if (passed_s > load->for_s)
		passed_s = load->for_s;
	return (int64_t)(passed_s / load->interval_s * (double)load->device_count) * snmp_load_requests_per_poll(load);
}

/* Sleeps until the next tick. */
static inline void snmp_load_wait_tick(const struct snmp_load *load, const struct snmp_load_result *result)
{
	int64_t tick_ns = load->tick_ms * CLOCK_NS_PER_MS;
	int64_t next_ns = result->begin_boot_ns + ((clock_boot_ns() - result->begin_boot_ns) / tick_ns + 1) * tick_ns;
	struct timespec until = {.tv_sec = next_ns / CLOCK_NS_PER_S, .tv_nsec = next_ns % CLOCK_NS_PER_S};

	(void)clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL);
}

/* The proportional share of memory now, -1 when the kernel does not tell. */
static inline int64_t snmp_load_pss_kib(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	long long kib = -1;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "Pss: %lld", &kib) == 1)
			break;
	if (file != NULL)
		(void)fclose(file);
	return kib;
}

static inline void snmp_load_print(const char *program, const struct snmp_load *load, const struct snmp_load_result *result)
{
	double cpu_us = (double)(snmp_load_cpu_ns() - result->begin_cpu_ns) / 1e3;
	double wall_s = (double)(clock_boot_ns() - result->begin_boot_ns) / 1e9;
	struct rusage used;

	(void)getrusage(RUSAGE_SELF, &used);
	(void)printf(
	    "{\"program\":\"%s\",\"devices\":%lld,\"work\":\"%s\",\"pace\":\"%s\",\"requests\":%lld,\"answered\":%lld,\"wrong\":%lld,"
	    "\"values\":%lld,\"cpu_us\":%.0f,\"wall_s\":%.3f,\"cpu_us_per_poll\":%.3f,\"wakes\":%ld,\"pss_kib\":%lld}\n",
	    program, (long long)load->device_count, load->is_table ? "table" : "get8", load->interval_s > 0 ? "paced" : "flat-out",
	    (long long)result->sent, (long long)result->answered, (long long)result->wrong, (long long)result->values, cpu_us, wall_s,
	    cpu_us / (double)result->sent * (double)snmp_load_requests_per_poll(load), used.ru_nvcsw, (long long)snmp_load_pss_kib());
}

#endif

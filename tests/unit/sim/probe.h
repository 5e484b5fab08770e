/* SPDX-License-Identifier: Apache-2.0 */
/* probe: a farm device in a test, asked in plain words; its answer is taken apart. */
#ifndef WATTLEDGER_TEST_SIM_PROBE_H
#define WATTLEDGER_TEST_SIM_PROBE_H

#include "sim/agent.h"

#include <stdbool.h>

#define SERVICES "1.3.6.1.2.1.1.7.0"
#define UPTIME "1.3.6.1.2.1.1.3.0"
#define FARM "1.3.6.1.4.1.32473.1"
#define LAST FARM ".4.1.6.24"

enum { V1 = 0, V2C = 1, NAMES_MAX = 130, REQUEST_BYTES = 8192, ANSWERS_MAX = 512 };

/* A request in plain words. */
struct question {
	int version;
	uint8_t type;
	int64_t a;                    /* non-repeaters */
	int64_t b;                    /* max-repetitions */
	const char *names[NAMES_MAX]; /* ends with NULL */
};

/* A reply taken apart; tag, number and name of its variables. */
struct answer {
	struct sim_reply reply;
	bool is_well_formed;
	int64_t request_id;
	int64_t status;
	int64_t index;
	size_t count;
	uint8_t tags[ANSWERS_MAX];
	int64_t numbers[ANSWERS_MAX];
	struct oid names[ANSWERS_MAX];
};

/* All that a test looks at. */
struct probe {
	struct sim_agent agent;
	struct sim_tree tree;
	struct sim_device device; /* number 0, 1000 W */
	uint8_t request[REQUEST_BYTES];
	uint8_t reply[SIM_MESSAGE_BYTES_MAX];
	struct answer answer;
};

void probe_begin(struct probe *probe);
void probe_end(struct probe *probe);

/* Writes the request with id 77 into probe->request; returns its bytes. */
size_t probe_write(struct probe *probe, const struct question *question, const char *community);

/* Asks at 10 s of simulated time; the answer is in probe->answer. */
void probe_ask(struct probe *probe, const struct question *question);

/* Gives the device a fault at 10 s. */
void probe_set_fault(struct probe *probe, enum sim_fault_kind kind, uint32_t value);

/* true when variable i of the answer has that name. */
bool probe_is_named(const struct probe *probe, size_t i, const char *name);

#endif

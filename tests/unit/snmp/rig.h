/* SPDX-License-Identifier: Apache-2.0 */
/* rig: an engine whose devices are simulated in the same process, on a clock of its own: no sockets, no waiting. */
#ifndef WATTLEDGER_TESTS_SNMP_RIG_H
#define WATTLEDGER_TESTS_SNMP_RIG_H

#include "agent.h"
#include "snmp/engine.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RIG_SAMPLES_MAX = 4096, RIG_METERS_MAX = 4096, RIG_QUEUE_MAX = 64 };

struct rig_message {
	uint32_t device;
	struct c_snmp_address address;
	size_t bytes;
	uint8_t data[1500];
};

struct rig {
	struct c_snmp_engine *engine;
	struct plan_snmp plan;
	struct sim_tree tree;
	struct sim_device device;
	struct sim_agent agent;
	int64_t now_ns;
	int64_t answer_ns;                       /* what an answer takes; 1 ms to begin with */
	struct rig_message queue[RIG_QUEUE_MAX]; /* sent and not answered yet */
	size_t queue_count;
	size_t sent_count;        /* all requests so far */
	size_t lose_count;        /* so many of the next requests get lost */
	size_t lose_larger_bytes; /* requests that are larger get lost; 0: none */
	size_t end_count;         /* reads ended so far */
	enum device_state state;
	uint32_t latency_us;
	struct sample sample[RIG_SAMPLES_MAX]; /* of the last read */
	size_t sample_count;
	struct meter_info meter[RIG_METERS_MAX]; /* by number, as last announced */
	size_t meter_count;
	size_t announce_count;
	size_t changed_count;
};

/* An engine with the plan of `plan_text` (wirecat_plan.h), all devices answered by one simulated `model`. */
struct rig *rig_new(const char *model, const char *plan_text);
struct rig *rig_free(struct rig *rig);

/* Gives the simulated device a fault ("silent", "none", ...). */
void rig_fault(struct rig *rig, const char *fault);

/* One read of device 0 from begin to end; time advances by what answers take (1 ms) and by time-outs. */
void rig_read(struct rig *rig, uint32_t failed_count);

/* Begins a read and sends its first requests, which stay in the queue. */
void rig_begin(struct rig *rig, uint32_t failed_count);

/* Answers what is in the queue and goes on until the read has ended. */
void rig_finish(struct rig *rig);

/* The answer of the simulated device to a message; its length, 0 for none. */
size_t rig_answer(struct rig *rig, const struct rig_message *message, uint8_t *out, size_t out_bytes);

/* The first sample of a quantity of a meter (SAMPLE_METER_NONE: of the device); NULL: none. */
const struct sample *rig_sample(const struct rig *rig, uint32_t meter, enum quantity quantity);

/* The number of a meter by its key; UINT32_MAX: not announced. */
uint32_t rig_meter(const struct rig *rig, const char *key);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* agent_priv: what agent.c and hostile.c share. */
#ifndef WATTLEDGER_SIM_AGENT_PRIV_H
#define WATTLEDGER_SIM_AGENT_PRIV_H

#include "agent.h"

/* RFC 3416 section 3 and RFC 1157 section 4.1.1. */
enum sim_error_status {
	SIM_ERROR_NONE = 0,
	SIM_ERROR_TOO_BIG = 1,
	SIM_ERROR_NO_SUCH_NAME = 2,
	SIM_ERROR_GENERAL = 5,
	SIM_ERROR_NOT_WRITABLE = 17
};

enum { SIM_VERSION_1 = 0, SIM_VERSION_2C = 1 };

/* A request that has been read. */
struct sim_request {
	int64_t version;
	struct ber_in community;
	uint8_t type;
	int64_t request_id;
	int64_t non_repeaters; /* of GETBULK */
	int64_t max_repetitions;
	struct ber_in varbinds; /* as they came */
	size_t oid_count;
	struct oid oids[SIM_VARBINDS_MAX];
};

/* A request being answered. */
struct sim_task {
	const struct sim_agent *agent;
	const struct sim_device *device;
	const struct sim_request *request;
	enum sim_fault_kind lie; /* the hostile fault that applies to this reply; SIM_FAULT_NONE */
	struct sim_state state;
	struct ber_out out;
	size_t reply_bytes_max;
	bool has_counter; /* a counter's value was sent */
};

/* true when the device shows the instance in this reply (missing rows; v1 has no Counter64). */
bool sim_task_shows(const struct sim_task *task, const struct sim_instance *instance);

/* Index of the first instance behind `oid` that is shown; tree->count at the end. */
size_t sim_task_next(const struct sim_task *task, const struct oid *oid);

/* Which lie applies to this request: the device's, in turn all of them for SIM_FAULT_LYING, or none. */
enum sim_fault_kind sim_hostile_choose(const struct sim_device *device);

/*
 * GETNEXT of `oid` as a lying device answers it: adds the variable and leaves its name in *oid. false when this lie does not change
 * what comes next, nothing is added then.
 */
bool sim_hostile_next(struct sim_task *task, struct oid *oid);

/* Bends an instance's value before it is sent. */
void sim_hostile_bend_value(const struct sim_task *task, const struct sim_instance *instance, struct sim_value *value);

/* Bends the finished message in task->out. */
void sim_hostile_bend_message(struct sim_task *task);

/* Adds one variable with its value. */
void sim_task_add_instance(struct sim_task *task, const struct sim_instance *instance);

/* Adds one variable with an exception or NULL (tag), or with a Gauge32 when tag is BER_GAUGE32. */
void sim_task_add_named(struct sim_task *task, const struct oid *oid, uint8_t tag, uint64_t value);

#endif

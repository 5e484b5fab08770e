/* SPDX-License-Identifier: Apache-2.0 */
/* task_priv: a read under way: its phases and what it has found so far. */
#ifndef WATTLEDGER_SNMP_TASK_PRIV_H
#define WATTLEDGER_SNMP_TASK_PRIV_H

#include "base/err.h"
#include "snmp/lookup.h"
#include "snmp/shape.h"
#include "snmp/survey.h"
#include "snmp/value.h"
#include "snmp/walk.h"
#include "wire/record.h"

enum {
	C_SNMP_WINDOW_START = 256, /* requests without an answer, all devices together */
	C_SNMP_WINDOW_MAX = 4096,
	C_SNMP_DEVICE_WINDOW = 4,        /* of one device */
	C_SNMP_SURVEYS_MAX = 512,        /* under way at a time: each holds several KiB */
	C_SNMP_POOL_BYTES_MAX = 2 << 20, /* of ended reads kept for the next ones */
	C_SNMP_RESTARTS_MAX = 8,         /* of the reading part of one read, after tooBig */
	C_SNMP_REPETITIONS_START = 24,
	C_SNMP_VARBINDS_START = 48, /* of one request; a device that does not answer so many is asked for less */
	C_SNMP_VARBINDS_SURE = 8,   /* so many every device answers */
	C_SNMP_REASON_BYTES = WIRE_TEXT_BYTES,
	C_SNMP_PROBES_MAX = 64, /* answered for one device */
	C_SNMP_REPORTS_MAX = 4, /* v3: reports to one request that are followed */
};

/* The identity objects that are asked, in this order. */
enum c_snmp_identity_item {
	C_SNMP_ITEM_UPTIME = 0,
	C_SNMP_ITEM_VENDOR,
	C_SNMP_ITEM_MODEL,
	C_SNMP_ITEM_SERIAL,
	C_SNMP_ITEM_FIRMWARE,
	C_SNMP_ITEM_COUNT,
};

struct c_snmp_identity {
	char text[C_SNMP_ITEM_COUNT][METER_IDENTITY_BYTES]; /* that of the uptime is not used */
};

/* What a survey has found of the device as a whole. */
struct c_snmp_finding {
	struct plan_oid system_object_id;
	char system_descr[C_SNMP_LOOKUP_TEXT_BYTES];
	struct c_snmp_identity identity;
};

/* How a read goes on. A phase has one request at a time but PHASE_READ. */
enum c_snmp_phase {
	C_SNMP_PHASE_SYSTEM = 0, /* sysDescr and sysObjectID, when the driver is not given */
	C_SNMP_PHASE_PROBES,     /* what the drivers need besides to be told apart */
	C_SNMP_PHASE_HINTS,      /* when no driver fits: what could be read all the same */
	C_SNMP_PHASE_IDENTITY,
	C_SNMP_PHASE_SCALARS,
	C_SNMP_PHASE_WALK,
	C_SNMP_PHASE_READ,
	C_SNMP_PHASE_END,
};

/* How a batch of the read stands. */
enum c_snmp_batch_state { C_SNMP_BATCH_TODO = 0, C_SNMP_BATCH_SENT, C_SNMP_BATCH_DONE };

struct c_snmp_result {
	struct c_snmp_reading reading;
	uint8_t status; /* enum c_snmp_value_status; C_SNMP_VALUE_ABSENT before an answer */
	bool is_answered;
};

/* A read under way. Kept for the next one when it ends. */
struct c_snmp_job {
	struct c_snmp_job *next; /* in the pool */
	enum c_snmp_phase phase;
	uint32_t failed_count;
	int64_t started_boot_ns;
	int64_t deadline_boot_ns;
	int64_t answer_boot_ns; /* arrival of the first answer of PHASE_READ; 0 none */
	uint32_t latency_us;    /* of the first answer at all; 0 none */
	uint32_t sent_count;    /* requests that wait for an answer */
	uint8_t restart_count;
	bool is_answered; /* anything came */
	bool is_eager;
	bool is_read_first;    /* the survey comes after the reading */
	bool is_surveyed;      /* the survey is over */
	bool is_counted;       /* among engine->survey_count */
	bool is_repack_needed; /* after tooBig */
	/* survey */
	struct c_snmp_lookup *lookup;
	struct c_snmp_lookup_item *probe; /* `system_answer_count` answers to probes */
	size_t system_answer_count;
	uint8_t probe_round;
	uint8_t driver_count; /* drivers of the survey; the device's change when it is adopted */
	uint16_t driver[C_SNMP_DRIVERS_MAX];
	bool is_lost;       /* the survey cannot go on: no answer, a refusal, or lies */
	bool is_check_left; /* whether its named driver fits is not to be learnt this time */
	bool has_uptime_object;
	struct c_snmp_survey *survey;
	struct c_snmp_walk *walk;
	uint16_t *pending; /* scalars not answered yet */
	size_t pending_count;
	size_t pending_asked; /* how many of them the request holds */
	/* reading */
	uint8_t *batch_state;
	size_t batch_capacity;
	struct c_snmp_result *result; /* one a target */
	size_t result_capacity;
	bool has_uptime;
	uint64_t uptime_ticks;
	uint32_t missing_count; /* expected instances that are not there, or no longer numbers */
	/* what went wrong */
	enum device_state failure; /* DEVICE_STARTING: nothing */
	/* From here on a fresh job is not zeroed: most reads need none of it. */
	char reason[C_SNMP_REASON_BYTES]; /* "" to begin with */
	struct c_snmp_finding found;      /* zeroed when a survey begins */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* engine_priv: what the files of the engine share. */
#ifndef WATTLEDGER_SNMP_ENGINE_PRIV_H
#define WATTLEDGER_SNMP_ENGINE_PRIV_H

#include "snmp/batch.h"
#include "snmp/engine.h"
#include "snmp/inflight.h"
#include "snmp/lookup.h"
#include "snmp/shape.h"
#include "snmp/survey.h"
#include "snmp/usm.h"
#include "snmp/value.h"
#include "snmp/walk.h"

enum {
	C_SNMP_WINDOW_START = 256, /* requests without an answer, all devices together */
	C_SNMP_DEVICE_WINDOW = 4,  /* of one device */
	C_SNMP_RESTARTS_MAX = 8,   /* of the reading part of one read, after tooBig */
	C_SNMP_REPETITIONS_START = 24,
	C_SNMP_VARBINDS_START = 24,
	C_SNMP_REASON_BYTES = WIRE_TEXT_BYTES,
	C_SNMP_PROBES_MAX = 64, /* answered for one device */
	C_SNMP_REPORTS_MAX = 4, /* v3: reports to one request that are followed */
};

/* How a read goes on. A phase has one request at a time but PHASE_READ. */
enum c_snmp_phase {
	C_SNMP_PHASE_SYSTEM = 0, /* sysDescr and sysObjectID, when the driver is not given */
	C_SNMP_PHASE_PROBES,     /* what the drivers need besides to be told apart */
	C_SNMP_PHASE_IDENTITY,
	C_SNMP_PHASE_SCALARS,
	C_SNMP_PHASE_WALK,
	C_SNMP_PHASE_READ,
	C_SNMP_PHASE_END,
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
	bool is_repack_needed; /* after tooBig */
	/* survey */
	struct c_snmp_lookup *lookup;
	struct plan_oid system_object_id;
	char system_descr[C_SNMP_LOOKUP_TEXT_BYTES];
	struct c_snmp_lookup_item *probe; /* `system_answer_count` answers to probes */
	size_t system_answer_count;
	uint8_t probe_round;
	uint8_t driver_count; /* drivers of the survey; the device's change when it is adopted */
	uint16_t driver[C_SNMP_DRIVERS_MAX];
	bool is_lost; /* the survey cannot go on: no answer, a refusal, or lies */
	bool has_uptime_object;
	struct c_snmp_identity identity;
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
	char reason[C_SNMP_REASON_BYTES];
};

/* Kept for each device: small. */
struct c_snmp_device {
	struct c_snmp_address address;
	const char *community;        /* the engine's */
	struct c_snmp_usm_peer *peer; /* v3; else NULL */
	struct c_snmp_shape *shape;
	struct c_snmp_batches batches;
	struct c_snmp_job *job; /* NULL: not being read */
	char *identity;         /* vendor, model, serial, firmware: four strings one behind the other; NULL: not known */
	char *reason;           /* NULL: none */
	int64_t survey_due_ns;
	int64_t surveyed_ns;
	uint64_t uptime_ticks; /* of the last read; 0 none */
	uint32_t interval_ms;
	uint32_t timeout_ms;
	uint32_t deadline_ms;
	uint32_t read_count;
	uint32_t next_queued; /* device behind it in the queue */
	uint16_t driver[C_SNMP_DRIVERS_MAX];
	uint8_t driver_count;
	uint8_t version; /* enum snmp_version */
	uint8_t retries;
	uint8_t varbinds_max;
	uint8_t repetitions;
	uint8_t window;
	bool is_tcp;
	bool is_bulk_refused;
	bool is_auto; /* its drivers are recognised */
	bool has_uptime;
	bool is_queued;
};

struct c_snmp_engine {
	const struct plan_snmp_driver *driver;
	size_t driver_count;
	struct recognise *recognise; /* NULL while no device needs it */
	struct c_snmp_usm *usm;      /* NULL while no device speaks v3 */
	struct c_snmp_host host;
	struct c_snmp_device *device;
	size_t device_count;
	size_t device_capacity;
	char **community; /* each text once */
	size_t community_count;
	size_t community_capacity;
	struct c_snmp_inflight *inflight;
	size_t window;
	uint32_t queue_first; /* devices that have something to send; UINT32_MAX: none */
	uint32_t queue_last;
	struct c_snmp_job *pool;
	size_t eager_count;
	uint64_t stray_count;
	int64_t now_ns;
	struct sample *sample; /* of one read: C_SNMP_TARGETS_MAX + 1 */
	struct c_snmp_reply reply;
	struct plan_oid oid[C_SNMP_OIDS_MAX];
	uint8_t message[C_SNMP_REQUEST_BYTES_MAX];
};

#define C_SNMP_QUEUE_END UINT32_MAX

/* ---- engine.c: common ------------------------------------------------------------------------------------------------------------- */

/* The drivers of a device. Its main one; NULL before it is known. */
struct c_snmp_drivers c_snmp_engine_drivers(const struct c_snmp_engine *engine, const struct c_snmp_device *device) MUST_CHECK;
const struct plan_snmp_driver *c_snmp_engine_main_driver(const struct c_snmp_engine *engine, const struct c_snmp_device *device) MUST_CHECK;

/* The OID of the uptime object: the driver's (NULL: none), or sysUpTime.0. */
const struct plan_oid *c_snmp_engine_uptime_of(const struct plan_snmp_driver *driver) MUST_CHECK;
const struct plan_oid *c_snmp_engine_uptime(const struct c_snmp_engine *engine, const struct c_snmp_device *device) MUST_CHECK;

/* The drivers that the survey of a job is made for. */
struct c_snmp_drivers c_snmp_job_drivers(const struct c_snmp_engine *engine, const struct c_snmp_job *job) MUST_CHECK;

/* Takes over what a driver says of how a device has to be asked. */
void c_snmp_engine_set_quirks(struct c_snmp_device *device, const struct plan_snmp_driver *driver);

/* Puts a device at the end of the queue of those that have something to send. */
void c_snmp_engine_enqueue(struct c_snmp_engine *engine, struct c_snmp_device *device);

/* Remembers the first, or a worse, failure of a read. LYING is worse than REFUSED, and that worse than SILENT. */
void c_snmp_job_fail(struct c_snmp_job *job, enum device_state failure, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Whether answers of this job are worth a wake. */
void c_snmp_job_set_eager(struct c_snmp_engine *engine, struct c_snmp_job *job, bool is_eager);

/* Goes to the next phase that has something to do, ends the read when there is none. */
void c_snmp_job_advance(struct c_snmp_engine *engine, struct c_snmp_device *device);

/* ---- survey phases: discover.c ------------------------------------------------------------------------------------------------------ */

/* Prepares a phase; false when it has nothing to ask. */
bool c_snmp_discover_begin(struct c_snmp_engine *engine, struct c_snmp_device *device, enum c_snmp_phase phase) MUST_CHECK;

/* The request of the present phase; its names are in engine->oid or the walk's. */
void c_snmp_discover_request(struct c_snmp_engine *engine, struct c_snmp_device *device, struct c_snmp_request *out);

/* Takes the answer, or that none came. Both return true when the phase is over. */
bool c_snmp_discover_take(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct c_snmp_reply *reply) MUST_CHECK;
bool c_snmp_discover_timeout(struct c_snmp_engine *engine, struct c_snmp_device *device) MUST_CHECK;

/* Makes shape and batches from the survey. false: the device has nothing that its driver knows (the job has failed; an old shape stays). */
bool c_snmp_discover_adopt(struct c_snmp_engine *engine, struct c_snmp_device *device) MUST_CHECK;

/* Frees what the survey needed. */
void c_snmp_discover_end(struct c_snmp_job *job);

/* Packs the batches of the shape anew. false: out of memory. */
bool c_snmp_discover_pack(struct c_snmp_engine *engine, struct c_snmp_device *device) MUST_CHECK;

/* ---- reading: read.c ---------------------------------------------------------------------------------------------------------------- */

/* Prepares the reading; false when out of memory (the job has failed). */
bool c_snmp_read_begin(struct c_snmp_engine *engine, struct c_snmp_device *device) MUST_CHECK;

/* The next batch to send; false: none now. */
bool c_snmp_read_next(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t *batch) MUST_CHECK;

/* Takes the answer of a batch, or that none came. */
void c_snmp_read_take(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t batch, const struct c_snmp_reply *reply,
		      int64_t arrived_ns);
void c_snmp_read_timeout(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t batch);

/* true when all batches are answered or given up; true when some are still to be sent. */
bool c_snmp_read_is_over(const struct c_snmp_device *device) MUST_CHECK;
bool c_snmp_read_has_more(const struct c_snmp_device *device) MUST_CHECK;

/* Makes the samples of what was read, in engine->sample; returns how many. */
size_t c_snmp_read_samples(struct c_snmp_engine *engine, uint32_t device) MUST_CHECK;

#endif

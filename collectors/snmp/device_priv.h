/* SPDX-License-Identifier: Apache-2.0 */
/* device_priv: the state of a device and of the engine, and what all files of the engine need of them. */
#ifndef WATTLEDGER_SNMP_DEVICE_PRIV_H
#define WATTLEDGER_SNMP_DEVICE_PRIV_H

#include "base/err.h"
#include "snmp/batch.h"
#include "snmp/host.h"
#include "snmp/inflight.h"
#include "snmp/shape.h"
#include "snmp/task_priv.h"
#include "snmp/usm.h"

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
	uint32_t next_queued;  /* device behind it in the queue */
	uint32_t next_waiting; /* device behind it among those whose read has to wait */
	int link_error;        /* is_tcp: errno of the connection that broke last in this read; 0 none */
	uint16_t driver[C_SNMP_DRIVERS_MAX];
	uint8_t driver_count;
	uint8_t version; /* enum snmp_version */
	uint8_t retries;
	uint8_t varbinds_max;
	uint8_t varbinds_answered; /* so many objects of one request it has answered */
	uint8_t repetitions;
	uint8_t window;
	bool is_tcp;
	bool is_bulk_refused;
	bool is_auto;  /* its drivers are recognised */
	bool has_fit;  /* not is_auto: a rule of its driver held once */
	bool is_unfit; /* has_fit, and none holds any more */
	bool has_uptime;
	bool is_queued;
	bool is_pack_due;       /* its requests are too large for it: made anew after this read */
	bool is_waiting_failed; /* the read that waits is a probe: the last one failed */
};

/* Devices one behind the other, by next_waiting. UINT32_MAX: none. */
struct c_snmp_waiting {
	uint32_t first;
	uint32_t last;
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
	struct c_snmp_shared *shared; /* the requests of all devices */
	uint64_t seed;
	struct c_snmp_inflight *inflight;
	const struct c_snmp_device *foreseen; /* whose answer comes next but one; NULL: not known */
	size_t window;
	uint32_t queue_first; /* devices that have something to send; UINT32_MAX: none */
	uint32_t queue_last;
	struct c_snmp_waiting waiting_read;   /* devices that are known, for which no job is free */
	struct c_snmp_waiting waiting_survey; /* devices that are to be surveyed, when others have been */
	struct c_snmp_job *pool;
	size_t pool_bytes;
	size_t job_count;    /* reads under way */
	size_t survey_count; /* surveys under way, without those that wait for a first answer for long */
	size_t eager_count;
	uint64_t stray_count;
	int64_t now_ns;
	struct sample *sample; /* of one read; grows to what the largest device needs */
	size_t sample_capacity;
	struct c_snmp_reply reply;
	struct plan_oid oid[C_SNMP_OIDS_MAX];
	uint8_t message[C_SNMP_REQUEST_BYTES_MAX];
};

#define C_SNMP_QUEUE_END UINT32_MAX

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

#endif

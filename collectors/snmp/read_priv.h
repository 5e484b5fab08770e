/* SPDX-License-Identifier: Apache-2.0 */
/* read_priv: the reading of a device whose shape is known. */
#ifndef WATTLEDGER_SNMP_READ_PRIV_H
#define WATTLEDGER_SNMP_READ_PRIV_H

#include "base/err.h"
#include "snmp/packet.h"

struct c_snmp_engine;
struct c_snmp_device;
struct c_snmp_job;

#include <stdint.h>

/* Prepares the reading; false when out of memory (the job has failed). */
bool c_snmp_read_begin(struct c_snmp_engine *engine, struct c_snmp_device *device) MUST_CHECK;

/* The next batch to send; false: none now. */
bool c_snmp_read_next(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t *batch) MUST_CHECK;

/* Takes the answer of a batch, or that none came. */
void c_snmp_read_take(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t batch, const struct c_snmp_reply *reply,
		      int64_t arrived_ns);
void c_snmp_read_timeout(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t batch);

/* Gives up what is not answered yet. */
void c_snmp_read_stop(struct c_snmp_device *device);

/* true when all batches are answered or given up; true when some are still to be sent. */
bool c_snmp_read_is_over(const struct c_snmp_device *device) MUST_CHECK;
bool c_snmp_read_has_more(const struct c_snmp_device *device) MUST_CHECK;

/* Makes the samples of what was read, in engine->sample; returns how many. */
size_t c_snmp_read_samples(struct c_snmp_engine *engine, uint32_t device) MUST_CHECK;

#endif

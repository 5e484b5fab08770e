/* SPDX-License-Identifier: Apache-2.0 */
/* discover_priv: the later phases of a survey, and what is made of it. */
#ifndef WATTLEDGER_SNMP_DISCOVER_PRIV_H
#define WATTLEDGER_SNMP_DISCOVER_PRIV_H

#include "base/err.h"
#include "snmp/task_priv.h"

struct c_snmp_engine;
struct c_snmp_device;
struct c_snmp_job;

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

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* admit_priv: how many reads and surveys are under way at a time; the others wait in turn. Bounds what the engine holds beside devices. */
#ifndef WATTLEDGER_SNMP_ADMIT_PRIV_H
#define WATTLEDGER_SNMP_ADMIT_PRIV_H

#include "base/err.h"
#include "snmp/device_priv.h"

/* A fresh job, counted as under way; NULL when out of memory. Its counterpart; the block is kept for the next one or freed. */
struct c_snmp_job *c_snmp_admit_take_job(struct c_snmp_engine *engine) MUST_CHECK;
void c_snmp_admit_give_job(struct c_snmp_engine *engine, struct c_snmp_job *job);

/* Frees a job and all that it holds. */
void c_snmp_admit_free_job(struct c_snmp_job *job);

/* Counts a job among the surveys under way, or no more; whether there may be another (C_SNMP_SURVEYS_MAX). */
void c_snmp_admit_count_survey(struct c_snmp_engine *engine, struct c_snmp_job *job, bool is_counted);
bool c_snmp_admit_has_survey_room(const struct c_snmp_engine *engine) MUST_CHECK;

/* true: the read of the device has to wait, and is remembered; false: begin it now. */
bool c_snmp_admit_wait(struct c_snmp_engine *engine, struct c_snmp_device *device, uint32_t failed_count) MUST_CHECK;

/* The device whose turn has come: those that are known go first, for their numbers are missed. NULL: none, or there is no room. */
struct c_snmp_device *c_snmp_admit_next(struct c_snmp_engine *engine) MUST_CHECK;

#endif

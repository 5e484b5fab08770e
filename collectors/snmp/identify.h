/* SPDX-License-Identifier: Apache-2.0 */
/* identify: the first phases of a survey: what the device is (sysObjectID, sysDescr, probes), which drivers that means, its identity. */
#ifndef WATTLEDGER_SNMP_IDENTIFY_H
#define WATTLEDGER_SNMP_IDENTIFY_H

#include "base/err.h"
#include "snmp/packet.h"

#include <stdbool.h>

struct c_snmp_engine;
struct c_snmp_device;
struct c_snmp_job;

/* Begins the job's phase SYSTEM, PROBES, HINTS or IDENTITY; false when it has nothing to ask. */
bool c_snmp_identify_begin(struct c_snmp_engine *engine, struct c_snmp_device *device) MUST_CHECK;

/* The request of the phase. */
void c_snmp_identify_request(struct c_snmp_device *device, struct c_snmp_request *out);

/* Takes an answer; true when the phase is over. */
bool c_snmp_identify_take(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct c_snmp_reply *reply) MUST_CHECK;

/* After HINTS: says what the device tells of itself, and which standard MIBs it answers, for whoever writes the driver. */
void c_snmp_identify_fail_unknown(struct c_snmp_device *device);

/* Whether a survey begins with the question if the driver that the configuration names fits still: that of a device that is known already. */
bool c_snmp_identify_is_check_due(struct c_snmp_engine *engine, const struct c_snmp_device *device) MUST_CHECK;

/* Whether the job is at that question: what goes wrong there is no failure of the device, which is read by its driver all the same. */
bool c_snmp_identify_is_check(const struct c_snmp_device *device) MUST_CHECK;

/* Keeps the identity that was found when it is another one; core hears of it before the next samples. */
void c_snmp_identify_keep(struct c_snmp_engine *engine, struct c_snmp_device *device);

#endif

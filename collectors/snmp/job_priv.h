/* SPDX-License-Identifier: Apache-2.0 */
/* job_priv: the course of a read: what is sent when, what an answer leads to, how it ends. */
#ifndef WATTLEDGER_SNMP_JOB_PRIV_H
#define WATTLEDGER_SNMP_JOB_PRIV_H

#include "base/err.h"
#include "snmp/address.h"

struct c_snmp_engine;

/* As the engine's functions of the same names. */
void c_snmp_job_begin(struct c_snmp_engine *engine, uint32_t device, uint32_t failed_count, int64_t now_boot_ns);
void c_snmp_job_receive(struct c_snmp_engine *engine, const struct c_snmp_address *from, const uint8_t *message, size_t bytes,
			int64_t arrived_boot_ns, int64_t now_boot_ns);
int64_t c_snmp_job_tick(struct c_snmp_engine *engine, int64_t now_boot_ns) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* send_priv: the bytes of requests. */
#ifndef WATTLEDGER_SNMP_SEND_PRIV_H
#define WATTLEDGER_SNMP_SEND_PRIV_H

#include "base/err.h"
#include "snmp/inflight.h"

struct c_snmp_engine;

/* Sends what a slot stands for, the first time or again. false: it cannot be built (the job has failed). */
bool c_snmp_send_slot(struct c_snmp_engine *engine, struct c_snmp_inflight_slot *slot) MUST_CHECK;

#endif

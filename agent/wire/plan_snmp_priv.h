/* SPDX-License-Identifier: Apache-2.0 */
/* plan_snmp_priv: parts of the snmp plan's codec that stand in files of their own. For agent/wire/plan_*.c only. */
#ifndef WATTLEDGER_WIRE_PLAN_SNMP_PRIV_H
#define WATTLEDGER_WIRE_PLAN_SNMP_PRIV_H

#include "wire/codec.h"
#include "wire/plan_snmp.h"

/* A driver with its groups in one item. */
void plan_put_driver(struct wire_writer *writer, const struct plan_snmp_driver *driver);

/* Allocates driver->group, which the caller frees, also when the body turns out to be bad. Out of memory sets is_bad. */
void plan_get_driver(struct wire_reader *reader, struct plan_snmp_driver *driver);

#endif

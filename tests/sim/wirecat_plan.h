/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wirecat_plan: a plan for the snmp collector from a few lines of text, so that a test needs neither the loader nor the driver files.
 *
 *	driver NAME [total=none|meter|sum] [priority=N] [bulk_refused=1] [varbinds=N] [repetitions=N] [vendor=TEXT]
 *	rule [object_id=OID] [descr=PATTERN] [probe=OID] [probe_pattern=PATTERN] [exception=1]
 *	identity [vendor=OID] [model=OID] [serial=OID] [firmware=OID] [uptime=OID]
 *	group KEY [table=1] [role=total|part] [point=...] [parent=KEY] [summand=1] [optional=1] [key=OID] [name=OID] [label=TEXT] [skip=N] [phase=N]
 *	filter [oid=OID] [value=N,N...] [pattern=RE] [negated=1]
 *	point QUANTITY OID [factor=X] [num=N] [den=N] [modulus=N] [pow10=OID] [sign=-1] [entity=OID,OID] [scalar=1] [sentinel=N,N...]
 *	      [negative_absent=1] [zero_absent=1] [text=1] [min=X] [max=X] [suffix=N] [interval=MS] [product=I,I...]
 *	device ID HOST PORT [count=N] [version=1|2c|3] [community=C] [driver=N|auto] [interval=MS] [timeout=MS] [retries=N] [deadline=MS]
 *	       [tcp=1] [user=U] [auth=NAME] [auth_password=P] [priv=NAME] [priv_password=P] [context=C]
 *	scan
 *
 * Each line belongs to the last driver or group above it. count=N makes N devices at consecutive IPv4 addresses.
 */
#ifndef WATTLEDGER_SIM_WIRECAT_PLAN_H
#define WATTLEDGER_SIM_WIRECAT_PLAN_H

#include "base/err.h"
#include "wire/plan_snmp.h"

/* Reads `text` (modified). Errors: ERR_DATA with the line's number. On success plan_snmp_deinit() frees it. */
enum err wirecat_plan_read(struct plan_snmp *out, char *text, struct err_info *info) MUST_CHECK;

#endif

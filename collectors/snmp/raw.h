/* SPDX-License-Identifier: Apache-2.0 */
/* raw: one variable binding as a device sent it. */
#ifndef WATTLEDGER_SNMP_RAW_H
#define WATTLEDGER_SNMP_RAW_H

#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum c_snmp_kind {
	C_SNMP_ABSENT = 0, /* noSuchObject, noSuchInstance, endOfMibView, NULL */
	C_SNMP_SIGNED,     /* INTEGER: number */
	C_SNMP_UNSIGNED,   /* Counter32, Gauge32, TimeTicks, Counter64: count */
	C_SNMP_REAL,       /* Opaque float or double: value */
	C_SNMP_TEXT,       /* OCTET STRING and other bytes: text */
	C_SNMP_OBJECT,     /* OBJECT IDENTIFIER: object */
};

/* Value type; text and object are borrowed from the packet. */
struct c_snmp_raw {
	enum c_snmp_kind kind;
	union {
		int64_t number;
		uint64_t count;
		double value;
	};
	const uint8_t *text;
	size_t text_bytes;
	const struct plan_oid *object; /* NULL when there was no room for it */
};

/* One name with its value. A name longer than PLAN_OID_MAX is cut and is_name_cut: nothing of ours has one. */
struct c_snmp_varbind {
	uint32_t name[PLAN_OID_MAX];
	uint8_t name_length;
	bool is_name_cut;
	bool is_end; /* endOfMibView */
	struct c_snmp_raw raw;
};

#endif

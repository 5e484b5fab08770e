/* SPDX-License-Identifier: Apache-2.0 */
/* model_tables: the models there are, and the notation in which their tables are written. */
#ifndef WATTLEDGER_SIM_MODEL_TABLES_H
#define WATTLEDGER_SIM_MODEL_TABLES_H

#include "model.h"

extern const struct sim_model sim_model_apc_rpdu2;
extern const struct sim_model sim_model_farm;
extern const struct sim_model sim_model_if_mib;
extern const struct sim_model sim_model_raritan_px2;
extern const struct sim_model sim_model_ups_mib;

#define SIM_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Columns with a constant content. */
#define SIM_TEXT(column_oid, column_rows, value)                                                                      \
	{                                                                                                             \
		.oid = (column_oid), .rows = (column_rows), .tag = BER_OCTETS, .what = SIM_WHAT_TEXT, .text = (value) \
	}
#define SIM_NUMBER(column_oid, column_rows, column_tag, value)                                                              \
	{                                                                                                                   \
		.oid = (column_oid), .rows = (column_rows), .tag = (column_tag), .what = SIM_WHAT_NUMBER, .number = (value) \
	}

/* A column that shows something of the device as text. */
#define SIM_IDENTITY(column_oid, column_rows, shown)                                           \
	{                                                                                      \
		.oid = (column_oid), .rows = (column_rows), .tag = BER_OCTETS, .what = (shown) \
	}

/* A number: `step_si` SI units a count. */
#define SIM_GAUGE(column_oid, column_rows, column_tag, shown, step_si)                                              \
	{                                                                                                           \
		.oid = (column_oid), .rows = (column_rows), .tag = (column_tag), .what = (shown), .step = (step_si) \
	}

/* A counter of `width` bits. */
#define SIM_COUNTER(column_oid, column_rows, column_tag, width, shown, step_si)                                                      \
	{                                                                                                                            \
		.oid = (column_oid), .rows = (column_rows), .tag = (column_tag), .bits = (width), .what = (shown), .step = (step_si) \
	}

/* SNMPv2-MIB: sysDescr, sysObjectID, sysUpTime, sysContact, sysName, sysLocation, sysServices (RFC 3418). */
#define SIM_SYSTEM(description, object_id)                                                                                              \
	SIM_TEXT("1.3.6.1.2.1.1.1", NULL, description),                                                                                 \
	    {.oid = "1.3.6.1.2.1.1.2", .tag = BER_OID, .what = SIM_WHAT_OBJECT_ID, .text = (object_id)},                                \
	    {.oid = "1.3.6.1.2.1.1.3", .tag = BER_TIMETICKS, .what = SIM_WHAT_UPTIME}, SIM_TEXT("1.3.6.1.2.1.1.4", NULL, "operations"), \
	    SIM_IDENTITY("1.3.6.1.2.1.1.5", NULL, SIM_WHAT_NAME), SIM_TEXT("1.3.6.1.2.1.1.6", NULL, "simulated rack"),                  \
	    SIM_NUMBER("1.3.6.1.2.1.1.7", NULL, BER_INTEGER, 72)

/* Energy steps in J. */
#define SIM_WH_J 3600.0
#define SIM_TENTH_KWH_J 360000.0

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter: one measuring point of a device, and the words that describe it. Enumerations stand in files as their names, in
 * records and the ledger as their numbers: never renumber, only append.
 */
#ifndef WATTLEDGER_MODEL_METER_H
#define WATTLEDGER_MODEL_METER_H

#include "base/err.h"
#include "model/quantity.h"

#include <stdbool.h>
#include <stdint.h>

enum { METER_KEY_BYTES = 64, METER_NAME_BYTES = 96, METER_IDENTITY_BYTES = 64, METER_WAS_MAX = 2 };

/* Within its device: `total` is what the device as a whole draws, `part` a share of it that is never added to it. */
enum role { ROLE_TOTAL = 0, ROLE_PART = 1, ROLE_COUNT };

/* Where in the power path it sits. */
enum point { POINT_OTHER = 0, POINT_SITE_AC, POINT_UPS_OUT, POINT_PDU_OUT, POINT_IT_IN, POINT_DC_BUS, POINT_COUNT };

/* What feeds it. */
enum supply { SUPPLY_NONE = 0, SUPPLY_GRID, SUPPLY_GENSET, SUPPLY_PV, SUPPLY_BATTERY, SUPPLY_COUNT };

/* Where a port stands in the network: users' side (UNI, ITU-T L.1333 counts there), between networks, towards the core, management. */
enum ref { REF_NONE = 0, REF_UNI, REF_NNI, REF_UPLINK, REF_MGMT, REF_COUNT };

/* How the device knows a value (RFC 7460, eoPowerMeasurementCaliber). */
enum caliber { CALIBER_UNKNOWN = 0, CALIBER_ACTUAL, CALIBER_ESTIMATED, CALIBER_STATIC, CALIBER_COUNT };

/* How we covered a stretch of time. */
enum coverage { COVERAGE_MEASURED = 0, COVERAGE_BRIDGED, COVERAGE_ESTIMATED, COVERAGE_MANUAL, COVERAGE_STATIC, COVERAGE_COUNT };

/* How a device's total comes about. */
enum total_rule {
	TOTAL_NONE = 0, /* the device has no total */
	TOTAL_METER,    /* one meter is it (role total, read from the device) */
	TOTAL_SUM,      /* the sum of its meters that are is_summand: null unless all expected ones answered in the same read */
};

/* The words of config, drivers, ledger and output ("total", "pdu_out", ...). Static; never NULL. */
const char *role_name(enum role role) MUST_CHECK;
const char *point_name(enum point point) MUST_CHECK;
const char *supply_name(enum supply supply) MUST_CHECK;
const char *ref_name(enum ref ref) MUST_CHECK;
const char *caliber_name(enum caliber caliber) MUST_CHECK;
const char *coverage_name(enum coverage coverage) MUST_CHECK;

/* By name into *out; false (out untouched) when there is no such. */
bool role_find(const char *name, enum role *out) MUST_CHECK;
bool point_find(const char *name, enum point *out) MUST_CHECK;
bool supply_find(const char *name, enum supply *out) MUST_CHECK;
bool ref_find(const char *name, enum ref *out) MUST_CHECK;
bool caliber_find(const char *name, enum caliber *out) MUST_CHECK;

/*
 * What one step of a counter means. Raw readings are unsigned integers; one step is unit_num / unit_den thousandths of the SI unit
 * (millijoule for energy, 1/1000 octet is never used: octets have 1000/1 and are booked as whole octets).
 */
struct counter_spec {
	uint64_t modulus;    /* readings run 0 .. modulus-1; 0 means 2^64 */
	int64_t unit_num;    /* > 0 for a counter, 0: the meter has none */
	int64_t unit_den;    /* > 0 */
	bool is_wrap_known;  /* the modulus is documented; false: a fall is never taken for a wrap */
	bool is_resettable;  /* a user can set it back: a fall to a small value is a reset */
	bool starts_at_zero; /* after a restart of the device it counts from 0, so the reading after a reset is energy since then */
};

/* What a meter is, as its driver and its device say. Value type. */
struct meter_info {
	char key[METER_KEY_BYTES];    /* stable: "total", "outlet/7", "psu/ABC123"; unique within the device */
	char name[METER_NAME_BYTES];  /* label, may change */
	char parent[METER_KEY_BYTES]; /* key of the meter it is a part of, "" if none */
	enum role role;
	enum point point;
	enum supply supply;
	enum caliber caliber;
	bool is_summand;            /* belongs to the device's total when that is a sum */
	bool is_derived;            /* carries no samples: it is the sum of the device's summands (total_rule TOTAL_SUM) */
	bool is_component;          /* measures inside the box (RAPL): never a site's total beside a device-level source */
	bool is_product;            /* its energy comes from products of volts and amperes: less sure than a reading of power */
	uint8_t phase;              /* 0 none or all, 1..3 */
	double rated_w;             /* most it can draw, W; 0 unknown. Bounds what a delta may be */
	struct counter_spec energy; /* unit_num 0: no energy counter */
	struct counter_spec energy_out;
	bool is_port;           /* counts octets, and no energy; a part of the port `parent` is one of its flows, by its name */
	uint64_t octet_modulus; /* of rx_bytes and tx_bytes; 0 means 2^64 */
	char was[METER_WAS_MAX][METER_KEY_BYTES]; /* keys that it had before, the last one first: it goes on as what they were; "" none */
};

#endif

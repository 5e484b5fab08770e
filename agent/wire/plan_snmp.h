/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_snmp: what the snmp collector reads: devices, and the drivers that say what their numbers mean. A driver is the flat form of
 * a file in drivers/ (schema wattledger.driver/1, see drivers/README.md).
 */
#ifndef WATTLEDGER_WIRE_PLAN_SNMP_H
#define WATTLEDGER_WIRE_PLAN_SNMP_H

#include "wire/plan.h"
#include "wire/plan_oid.h"

enum {
	PLAN_INDEX_MAX = 24, /* sub-identifiers of a row index */
	PLAN_SENTINELS_MAX = 8,
	PLAN_POINTS_MAX = 24, /* of one group */
	PLAN_GROUPS_MAX = 16, /* of one driver */
	PLAN_RULES_MAX = 8,   /* of one driver's recognition */
	PLAN_DRIVERS_MAX = 1000,
	PLAN_MAP_MAX = 16,
	PLAN_PATTERN_BYTES = 128,
};

/* `driver` of a device that is to be recognised at run time. */
#define PLAN_DRIVER_AUTO UINT32_MAX

enum snmp_version { SNMP_V1 = 0, SNMP_V2C = 1, SNMP_V3 = 3 };
enum snmp_auth {
	SNMP_AUTH_NONE = 0,
	SNMP_AUTH_MD5,
	SNMP_AUTH_SHA,
	SNMP_AUTH_SHA224,
	SNMP_AUTH_SHA256,
	SNMP_AUTH_SHA384,
	SNMP_AUTH_SHA512,
	SNMP_AUTH_COUNT
};
enum snmp_priv { SNMP_PRIV_NONE = 0, SNMP_PRIV_DES, SNMP_PRIV_AES128, SNMP_PRIV_AES192, SNMP_PRIV_AES256, SNMP_PRIV_COUNT };

struct plan_snmp_device {
	char id[PLAN_ID_BYTES];
	/* Numeric IPv4 or IPv6 address (names are resolved by the loader); "": the name is unknown, so it is announced as not polled. */
	char host[PLAN_NAME_BYTES];
	uint16_t port;
	bool is_tcp;
	uint8_t version; /* enum snmp_version */
	char community[PLAN_NAME_BYTES];
	char user[PLAN_NAME_BYTES]; /* v3 */
	uint8_t auth;               /* enum snmp_auth */
	uint8_t priv;               /* enum snmp_priv */
	char auth_password[PLAN_NAME_BYTES];
	char priv_password[PLAN_NAME_BYTES];
	char context[PLAN_NAME_BYTES];
	uint32_t interval_ms;
	uint32_t timeout_ms;
	uint32_t retries;
	uint32_t deadline_ms; /* a read that is not whole by then is ended, what came is kept */
	uint32_t driver;      /* index, or PLAN_DRIVER_AUTO */
};

/* How a raw number becomes SI: gauges: raw x factor; counters: one step is unit_num/unit_den thousandths (struct counter_spec). */
enum scale_kind {
	SCALE_FIXED = 0,     /* factor alone */
	SCALE_POW10,         /* factor x 10^(sign x the number at `oid`, same row when it is a column) */
	SCALE_ENTITY_SENSOR, /* RFC 3433: 10^(3 (oid - 9)) / 10^(oid2): scale and precision columns */
	SCALE_MAP,           /* factor x the entry of map[] whose key is the number (or text) at `oid` */
};

struct plan_map_entry {
	char key[32];
	double factor;
	int64_t num; /* the same as a fraction, for counters */
	int64_t den;
};

struct plan_scale {
	enum scale_kind kind;
	double factor;
	int64_t num; /* factor in thousandths of SI as a fraction, for counters: 0.1 kWh = 360000000/1 mJ */
	int64_t den;
	int8_t sign;    /* SCALE_POW10: +1 or -1 */
	bool is_scalar; /* oid (and oid2) is one object of the device; else a column: the row's index and the point's suffix go behind it */
	struct plan_oid oid;
	struct plan_oid oid2;
	uint8_t map_count;
	struct plan_map_entry map[PLAN_MAP_MAX];
};

/* One number: a scalar (whole OID with its instance) or a column (OID without index). */
struct plan_point {
	enum quantity quantity;
	struct plan_oid oid;
	uint8_t suffix_length; /* sub-identifiers behind the row's index (Raritan: the sensor type) */
	uint32_t suffix[4];
	struct plan_scale scale;
	uint8_t sentinel_count;
	int64_t sentinel[PLAN_SENTINELS_MAX]; /* raw values that are no reading */
	bool is_negative_absent;              /* any negative raw value is no reading */
	bool is_zero_absent;                  /* zero is no reading */
	bool is_negative_zero;                /* a negative number is the offset of an idle input: it counts as 0 (never of a counter) */
	bool is_text;                         /* the number comes as text, a unit behind it is allowed ("10.00W") */
	bool has_range;                       /* plausible SI range; outside is refused */
	double min_value, max_value;
	struct counter_spec counter; /* unit_num/unit_den are the scale's with kind SCALE_FIXED; modulus etc. from the driver */
	enum caliber caliber;
	uint32_t interval_ms;  /* 0: the device's */
	uint8_t product_count; /* > 0: no object of its own; the product of these points of the group (V x I x PF) */
	uint8_t product[3];    /* their indices in the group */
	bool is_absolute;      /* the product without its sign, that of a -48 V plant's wiring */
};

/* Which rows of a table are meant: all filters must hold. */
struct plan_row_filter {
	struct plan_oid oid; /* column looked at; length 0: the index itself */
	uint8_t value_count; /* > 0: the number is one of these */
	int64_t value[PLAN_SENTINELS_MAX];
	char pattern[PLAN_PATTERN_BYTES]; /* not "": extended regular expression that the text has to match */
	bool is_negated;
};

/* Whether a meter belongs to the device's sum; ELSE: only where none that is YES gives a reading (no total row: its parts are added). */
enum plan_summand { PLAN_SUMMAND_NO = 0, PLAN_SUMMAND_YES, PLAN_SUMMAND_ELSE, PLAN_SUMMAND_COUNT };

/* Meters of one shape: one (scalars), or one for each row of a table. */
struct plan_group {
	char key[METER_KEY_BYTES];   /* "total", "outlet/{}": {} is the row's stable key */
	char name[METER_NAME_BYTES]; /* label when no name column answers; {} as above */
	char parent[METER_KEY_BYTES];
	char was[METER_WAS_MAX][METER_KEY_BYTES];      /* keys of earlier editions; {} as above, {index}: the row's index; "" none */
	bool is_table, is_first_row_only, is_optional; /* optional: one that never gave a reading is not fitted, no sum waits for it */
	struct plan_oid key_oid;                       /* column whose text is the stable key; length 0: the index ("1.3") */
	struct plan_oid name_oid;                      /* column with the label */
	uint8_t index_skip;                            /* leading sub-identifiers of the index that are not part of the key */
	uint8_t filter_count;
	struct plan_row_filter filter[2];
	enum role role;
	enum point point;
	enum supply supply;
	uint8_t phase; /* 0 none, 1..3, 255: the last number of the key, 1..3 */
	enum plan_summand summand;
	uint8_t point_count;
	struct plan_point point_list[PLAN_POINTS_MAX];
};

/* One way to recognise the family; a driver is meant when any of its rules holds and no rule with is_exception does. */
struct plan_rule {
	bool is_exception;
	struct plan_oid object_id;              /* prefix of sysObjectID; length 0: not asked */
	char descr_pattern[PLAN_PATTERN_BYTES]; /* of sysDescr, extended regular expression, "" not asked */
	struct plan_oid probe;                  /* object or subtree that must answer; length 0: not asked */
	char probe_pattern[PLAN_PATTERN_BYTES]; /* its text must match, "" existence is enough */
};

struct plan_identity {
	struct plan_oid vendor; /* objects or columns (first row is taken); length 0: none */
	struct plan_oid model;
	struct plan_oid serial;
	struct plan_oid firmware;
	struct plan_oid uptime; /* default sysUpTime.0, hundredths of a second */
};

struct plan_snmp_driver {
	char name[PLAN_ID_BYTES];     /* file name without .yaml */
	char vendor[PLAN_NAME_BYTES]; /* used when no object tells it */
	char family[PLAN_NAME_BYTES];
	uint8_t sha256[32];
	int32_t priority;  /* of two that fit the higher wins; vendor before generic */
	bool is_stackable; /* adds to a device that another driver reads (IF-MIB beside a vendor tree) */
	enum total_rule total;
	bool is_bulk_refused;    /* quirk: GETNEXT only */
	uint8_t max_repetitions; /* quirk: start value, 0: 24 */
	uint8_t max_varbinds;    /* quirk: of one GET, 0: 24 */
	uint8_t rule_count;
	struct plan_rule rule[PLAN_RULES_MAX];
	struct plan_identity identity;
	uint8_t group_count;
	struct plan_group *group; /* owned */
};

struct plan_snmp {
	struct plan_snmp_driver *driver;
	size_t driver_count;
	struct plan_snmp_device *device;
	size_t device_count;
	bool is_scan; /* recognise and read once, then end (wattledger scan) */
};

/* As the whole plans in plan.h. */
enum err plan_snmp_encode(const struct plan_snmp *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_snmp_decode(struct plan_snmp *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;
/* Wipes the secrets too. */
void plan_snmp_deinit(struct plan_snmp *plan);

#endif

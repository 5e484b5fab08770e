/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: what the loader (settings) tells each process, as a flat file in a sealed memfd, so that no process but the loader parses
 * YAML or CSV. A plan is the magic "WLPLAN", u16 version, u8 kind, then items: u16 type, u32 body length, body (codec.h).
 * Item bodies hold the fields of their struct in order. Decoders range-check everything and allocate with bounds.
 *
 * Here: the container, and the plans of core and deliver. Collectors' plans: plan_snmp.h, plan_rapl.h, ...
 */
#ifndef WATTLEDGER_WIRE_PLAN_H
#define WATTLEDGER_WIRE_PLAN_H

#include "base/buf.h"
#include "base/err.h"
#include "model/facts.h"
#include "model/meter.h"
#include "wire/plan_container.h"
#include "wire/plan_port.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLAN_ID_BYTES = 64,
	PLAN_NAME_BYTES = 96,
	PLAN_PATH_BYTES = 1024,
	PLAN_URL_BYTES = 1024,
	PLAN_SECRET_BYTES = 512,
	PLAN_URLS_MAX = 8,
	PLAN_SITES_MAX = 10000,
	PLAN_DEVICES_MAX = 200000,
	PLAN_OUTPUTS_MAX = 16,
	PLAN_FACTORS_MAX = 100000,
};

struct plan_site {
	char id[PLAN_ID_BYTES];
	char name[PLAN_NAME_BYTES];
	char grid_zone[PLAN_ID_BYTES]; /* "NO", "001"; "" unknown: no carbon is computed */
	char time_zone[PLAN_ID_BYTES]; /* "Europe/Oslo" */
	enum supply supply;
	uint8_t fiscal_month;    /* 1..12 */
	char facts[FACTS_BYTES]; /* for an auditor (model/facts.h), "" none */
};

/* A device as core sees it. Texts are the plan's (plan_texts.h), none longer than PLAN_ID_BYTES, the name than PLAN_NAME_BYTES, with the NUL. */
struct plan_device {
	const char *id;
	const char *was; /* former id that it continues, "" none */
	const char *name;
	const char *rack, *tenant; /* "" none */
	const char *fed_by;        /* what meters its feeds (model/feeds.h), "" nothing */
	const char *facts;         /* for an auditor (model/facts.h), "" none */
	uint32_t site;             /* index of its plan_site */
	enum wire_kind source;     /* which collector reads it */
	uint32_t source_device;    /* its index in that collector's plan */
	uint32_t interval_ms;
	uint32_t max_gap_ms; /* power is integrated over gaps up to this; default 3 intervals, at least 60 s */
	bool is_in_total;    /* its total counts in the site's total: it is the outermost metered boundary */
	bool has_point;      /* the config says where it sits; else its driver does */
	enum point point;
	enum supply supply;  /* what feeds it; the site's when the config does not say */
	double rated_w;      /* 0 unknown */
	enum ref ref;        /* where its ports stand, but for */
	uint32_t first_port; /* those of plan_core.port[first_port .. + port_count): the first that fits */
	uint32_t port_count;
};

enum output_kind { OUTPUT_INFLUXDB_V1 = 0, OUTPUT_INFLUXDB_V2, OUTPUT_VICTORIAMETRICS, OUTPUT_FILE, OUTPUT_STDOUT, OUTPUT_KIND_COUNT };
enum output_send { OUTPUT_SEND_ALL = 0, OUTPUT_SEND_MINUTE, OUTPUT_SEND_SLOTS, OUTPUT_SEND_COUNT };

/* "influxdb_v1", "influxdb_v2", "victoriametrics", "file", "stdout"; "all", "minute", "slots". */
const char *output_kind_name(enum output_kind kind) MUST_CHECK;
const char *output_send_name(enum output_send send) MUST_CHECK;

/* true for those that deliver carries (the others core writes itself). */
bool output_kind_is_network(enum output_kind kind) MUST_CHECK;

/* An output as core sees it: no address, no secret. */
struct plan_output {
	char name[PLAN_ID_BYTES]; /* unique; key of its outbox rows */
	enum output_kind kind;
	enum output_send send;
	uint64_t max_bytes_per_day; /* 0: no limit */
	char path[PLAN_PATH_BYTES]; /* file: where */
};

/* One grid factor (annual, first form). Sorted by zone, year, basis. Of basis losses microg_per_kwh holds millionths of a per cent of output. */
struct plan_factor {
	char zone[PLAN_ID_BYTES];
	int32_t year;
	int64_t microg_per_kwh; /* micrograms CO2e per kWh */
	char basis[16];         /* "direct", "lifecycle", "residual", "upstream", "losses" */
	char method[PLAN_NAME_BYTES];
	char publisher[PLAN_NAME_BYTES];
	char edition[PLAN_NAME_BYTES];
	char licence[PLAN_NAME_BYTES];
	uint8_t table_sha256[32]; /* of the file it comes from */
};

/* All that core needs. Arrays are owned: plan_core_deinit(). seal_after_s: how long after its end a month is sealed by itself; 0: never. */
struct plan_core {
	char ledger_path[PLAN_PATH_BYTES];
	char control_path[PLAN_PATH_BYTES]; /* unix socket for status, reload; "" none */
	uint32_t slot_s;                    /* 60, 300 or 900 */
	uint32_t commit_ms;                 /* 10000; 60000 for flash */
	uint32_t grace_s;                   /* how long a slot waits for a reading after its end */
	double busy_w;                      /* of a busy processor, 0..1000 W: estimates the agent's own energy */
	bool is_flash, is_clock_assumed;    /* assumed: the operator vouches for the wall clock, it is trusted at once */
	uint64_t outbox_max_bytes;
	uint32_t outbox_max_age_s, seal_after_s;
	uint8_t config_sha256[32];
	char host[PLAN_ID_BYTES]; /* of the `wattledger` measurement */
	struct plan_site *site;
	size_t site_count;
	struct plan_device *device;
	size_t device_count;
	struct plan_texts *texts; /* of the devices; NULL: none, or somebody else's */
	struct plan_port *port;
	size_t port_count;
	struct plan_output *output;
	size_t output_count;
	struct plan_factor *factor;
	size_t factor_count;
};

/* An output as deliver sees it; index = that of plan_core's output list. */
struct plan_target {
	uint32_t output;
	char name[PLAN_ID_BYTES];
	enum output_kind kind;
	size_t url_count;
	char url[PLAN_URLS_MAX][PLAN_URL_BYTES]; /* base URLs, tried in turn */
	char database[PLAN_NAME_BYTES];
	char retention_policy[PLAN_NAME_BYTES];
	char username[PLAN_NAME_BYTES];
	char password[PLAN_SECRET_BYTES];
	char token[PLAN_SECRET_BYTES];
	char organization[PLAN_NAME_BYTES], bucket[PLAN_NAME_BYTES];
	char tls_ca[PLAN_PATH_BYTES], tls_cert[PLAN_PATH_BYTES], tls_key[PLAN_PATH_BYTES];
	bool insecure_skip_verify;
	bool is_gzip; /* content_encoding: gzip */
	uint32_t timeout_ms;
	char http_proxy[PLAN_URL_BYTES]; /* "" none; the environment is not looked at */
};

struct plan_deliver {
	struct plan_target *target;
	size_t target_count;
};

/* Whole plans. Decoders: on error *out needs no deinit; ERR_DATA, ERR_LIMIT, ERR_MEMORY. Encoders append to `out`. */
enum err plan_core_encode(const struct plan_core *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_core_decode(struct plan_core *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;
void plan_core_deinit(struct plan_core *plan);
enum err plan_deliver_encode(const struct plan_deliver *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_deliver_decode(struct plan_deliver *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;
/* Wipes the secrets too. */
void plan_deliver_deinit(struct plan_deliver *plan);

#endif

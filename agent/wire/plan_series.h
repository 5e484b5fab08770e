/* SPDX-License-Identifier: Apache-2.0 */
/* plan_series: where hourly grid factors come from by themselves: folders that are watched, addresses that are asked. */
#ifndef WATTLEDGER_WIRE_PLAN_SERIES_H
#define WATTLEDGER_WIRE_PLAN_SERIES_H

#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLAN_SERIES_MAX = 64,
	PLAN_SERIES_TEXT_BYTES = 256,
	PLAN_SERIES_URL_BYTES = 224, /* with its instants it is a text */
	PLAN_SERIES_EVERY_S_MIN = 300,
	PLAN_SERIES_EVERY_S_MAX = 31 * 86400,
	PLAN_SERIES_BACK_S_MIN = 3600,
	PLAN_SERIES_BACK_S_MAX = 31 * 86400,
};

/* What a source's files or answers look like. */
enum series_shape {
	SERIES_SHAPE_CSV = 0,          /* a publisher's file (settings/series.h) */
	SERIES_SHAPE_UK_INTENSITY,     /* carbonintensity.org.uk's JSON */
	SERIES_SHAPE_ELECTRICITY_MAPS, /* Electricity Maps' JSON, a token in its header auth-token */
	SERIES_SHAPE_COUNT
};

/* "csv", "uk-carbon-intensity", "electricity-maps". */
const char *series_shape_name(enum series_shape shape) MUST_CHECK;

/* A folder or an address. Texts that are "" are not said. */
struct plan_series_source {
	char folder[PLAN_PATH_BYTES];    /* absolute; "": `url` counts */
	char url[PLAN_SERIES_URL_BYTES]; /* {from} and {to} in it become instants */
	enum series_shape shape;
	char zone[PLAN_ID_BYTES];
	char basis[PLAN_ID_BYTES]; /* "direct", "lifecycle" */
	char publisher[PLAN_NAME_BYTES];
	char licence[PLAN_NAME_BYTES];
	char source[PLAN_SERIES_TEXT_BYTES]; /* where it is published */
	char token[PLAN_SECRET_BYTES];
	char tls_ca[PLAN_PATH_BYTES];
	char http_proxy[PLAN_URL_BYTES];
	uint32_t timeout_ms;
	uint32_t every_s; /* how often it is asked */
	uint32_t back_s;  /* {from} is so long before {to}, which is the next whole hour */
};

struct plan_series {
	char shelf[PLAN_PATH_BYTES]; /* the folder beside the ledger where series are kept */
	struct plan_series_source *source;
	size_t source_count;
};

/* As the whole plans in plan.h. */
enum err plan_series_encode(const struct plan_series *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_series_decode(struct plan_series *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;
/* Wipes the secrets too. */
void plan_series_deinit(struct plan_series *plan);

#endif

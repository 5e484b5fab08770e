/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series_json: answers of services that publish hourly factors as JSON, as a CSV that series_read() reads, so that all is checked in one
 * place. Row K of the list becomes line K + 1.
 */
#ifndef WATTLEDGER_SETTINGS_SERIES_JSON_H
#define WATTLEDGER_SETTINGS_SERIES_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/plan_series.h"

#include <stddef.h>

/*
 * Adds the rows of an answer of `shape` to `out`.
 *
 *   SERIES_SHAPE_UK_INTENSITY      {"data":[{"from","to","intensity":{"actual"}}]}: what was, never what was forecast
 *   SERIES_SHAPE_ELECTRICITY_MAPS  {"history":[...]} or {"data":[...]} of {"datetime","carbonIntensity","isEstimated","emissionFactorType","zone"}
 *
 * Numbers are rounded to micrograms. ERR_DATA: no JSON, or of another form, with what was expected; ERR_MEMORY.
 * Sources: https://carbon-intensity.github.io/api-definitions, https://docs.electricitymaps.com (carbon intensity, past range).
 */
enum err series_json_to_csv(struct buf *out, const void *data, size_t bytes, enum series_shape shape, struct err_info *info) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* report_traffic: octets and intensities of a report, for people and as JSON. */
#ifndef WATTLEDGER_CLI_REPORT_TRAFFIC_H
#define WATTLEDGER_CLI_REPORT_TRAFFIC_H

#include "base/json.h"
#include "report/traffic.h"

/* A table on standard output, with the reasons why sites have no intensity; nothing when there are no ports. ERR_IO, ERR_MEMORY. */
enum err report_traffic_print(const struct report_traffics *traffics, struct err_info *info) MUST_CHECK;

/* "traffic": [...]. */
void report_traffic_add_json(struct json *json, const struct report_traffics *traffics);

#endif

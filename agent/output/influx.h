/* SPDX-License-Identifier: Apache-2.0 */
/*
 * influx: the write request of each kind of store, apart from how it travels. Sources: InfluxDB 1.6 and 2.7 HTTP API ("Write data",
 * /write and /api/v2/write), VictoriaMetrics 1.79 ("How to send data in InfluxDB line protocol").
 */
#ifndef WATTLEDGER_OUTPUT_INFLUX_H
#define WATTLEDGER_OUTPUT_INFLUX_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/plan.h"

#include <stddef.h>

enum { INFLUX_URL_BYTES = 4096, INFLUX_HEADER_BYTES = 1024 };

/*
 * Adds the write URL of target->url[url_idx]: v1 BASE/write?db=&rp=&precision=ns, v2 BASE/api/v2/write?org=&bucket=&precision=ns,
 * VictoriaMetrics BASE/write?precision=ns (with db= when a database is named: it becomes a label). Names are percent-encoded. ERR_CONFIG:
 * not http:// or https://, no host, a user or query in it (the password would be in logs and in /proc), a name missing.
 */
enum err influx_add_url(struct buf *out, const struct plan_target *target, size_t url_idx, struct err_info *info) MUST_CHECK;

/* The base URL for messages: scheme, host and path, never what the user wrote besides. */
void influx_add_shown_url(struct buf *out, const char *url);

/*
 * Adds the Authorization header ("Authorization: Token ..." for v2, "Authorization: Bearer ..." for the others) when the target has a
 * token; nothing otherwise (username and password travel as basic authentication, which the transport makes). A secret: wipe it.
 * ERR_CONFIG when the token holds a control character: it would be a header of its own.
 */
enum err influx_add_authorization(struct buf *out, const struct plan_target *target, struct err_info *info) MUST_CHECK;

#endif

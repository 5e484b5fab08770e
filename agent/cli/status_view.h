/* SPDX-License-Identifier: Apache-2.0 */
/* status_view: the agent's status document (schema wattledger.status/1) for people. The document is foreign: checked as it is read. */
#ifndef WATTLEDGER_CLI_STATUS_VIEW_H
#define WATTLEDGER_CLI_STATUS_VIEW_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdio.h>

enum status_verdict { STATUS_OK = 0, STATUS_WARNING, STATUS_CRITICAL };

/* All of it: verdict with its reasons, clock, ledger, sites, sources, outputs. Errors: ERR_DATA (no such document), ERR_IO, ERR_MEMORY. */
enum err status_view_print(FILE *out, const char *text, size_t bytes, struct err_info *info) MUST_CHECK;

/* One line for monitoring, with a newline: "WATTLEDGER OK - 3 of 3 sources up | sources_up=3;;;0;3". Errors: ERR_DATA. */
enum err status_view_line(struct buf *out, enum status_verdict *verdict, const char *text, size_t bytes, struct err_info *info) MUST_CHECK;

/* One line for people: time, verdict, sources up, power of each site. Errors as status_view_line(). */
enum err status_view_brief(struct buf *out, const char *text, size_t bytes, struct err_info *info) MUST_CHECK;

/* The table of sources alone, for a view that is drawn again and again. *line_count: the lines it took. Errors as status_view_print(). */
enum err status_view_live(FILE *out, const char *text, size_t bytes, size_t *line_count, struct err_info *info) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* status_doc: reading an agent's status document (schema wattledger.status/1). It is foreign: what is missing or of another type is unknown. */
#ifndef WATTLEDGER_CLI_STATUS_DOC_H
#define WATTLEDGER_CLI_STATUS_DOC_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *out is yours (json_decref). Errors: ERR_DATA when it is no such document. */
enum err status_doc_parse(json_t **out, const char *text, size_t bytes, struct err_info *info) MUST_CHECK;

/* A member's text; "" when it has none. Borrowed from `object`. */
const char *status_doc_text(const json_t *object, const char *key) MUST_CHECK;

/* A member's integer (those beyond 2^53 come as text), and a member's number. false: unknown, *value is as it was. */
bool status_doc_i64(const json_t *object, const char *key, int64_t *value) MUST_CHECK;
bool status_doc_number(const json_t *object, const char *key, double *value) MUST_CHECK;

/* The running total of a source, mJ. false: a source that counts no energy and reads no power has none to tell. */
bool status_doc_energy(const json_t *source, int64_t *millij) MUST_CHECK;

/* Sources, and those of them that give readings. */
void status_doc_count_sources(const json_t *document, size_t *up, size_t *all);

#endif

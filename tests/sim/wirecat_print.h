/* SPDX-License-Identifier: Apache-2.0 */
/* wirecat_print: records of the wire as lines of JSON. */
#ifndef WATTLEDGER_SIM_WIRECAT_PRINT_H
#define WATTLEDGER_SIM_WIRECAT_PRINT_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/record.h"

#include <stddef.h>

/* Adds one or more lines for a record; samples give a line each. *type is the record's. Errors: ERR_DATA. */
enum err wirecat_print_record(struct buf *out, const void *data, size_t bytes, enum wire_type *type, struct err_info *info) MUST_CHECK;

#endif

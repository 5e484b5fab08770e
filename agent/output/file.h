/* SPDX-License-Identifier: Apache-2.0 */
/* file: an output that is a file or standard output. A batch is there whole or not at all. */
#ifndef WATTLEDGER_OUTPUT_FILE_H
#define WATTLEDGER_OUTPUT_FILE_H

#include "base/err.h"

#include <stddef.h>

/*
 * Appends whole lines to the file at `path` (made with mode 0640 when it is not there; opened anew each time, so it may be rotated), or to
 * standard output when `path` is NULL. When the disk is full, or a write fails, the file is cut back to where it ended before. Errors:
 * ERR_IO, ERR_PERMISSION; nothing of the batch is then in the file (standard output cannot take anything back).
 */
enum err output_file_append(const char *path, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: batches of lines appended to a file or standard output. A batch is in the file as a whole or not at all: what a full disk or an error
 * cut short is taken back, and a line that a power cut tore is cut off before the next batch.
 */
#ifndef WATTLEDGER_OUTPUT_FILE_H
#define WATTLEDGER_OUTPUT_FILE_H

#include "base/err.h"

#include <stddef.h>

/*
 * Appends lines (each with its newline) to the file at `path`, which is made (0640) when missing, and returns when they are on the disk;
 * NULL: to standard output, see output_file_append_fd(). A named pipe or a socket is refused: it could stop the caller. ERR_IO,
 * ERR_PERMISSION: nothing was added, try again later.
 */
enum err output_file_append(const char *path, const char *lines, size_t bytes, struct err_info *info) MUST_CHECK;

/*
 * The same to an open descriptor. A regular file is treated as above. Pipes and terminals get whole lines, as much at a time as they take
 * without blocking; when nobody reads for OUTPUT_FILE_PATIENCE_MS it is ERR_IO, and lines that were read already come again with the
 * next try.
 */
enum err output_file_append_fd(int fd, const char *lines, size_t bytes, struct err_info *info) MUST_CHECK;

enum { OUTPUT_FILE_PATIENCE_MS = 1000 };

#endif

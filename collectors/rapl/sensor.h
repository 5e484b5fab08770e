/* SPDX-License-Identifier: Apache-2.0 */
/* sensor: a file of sysfs that holds one number, kept open and read again and again. */
#ifndef WATTLEDGER_RAPL_SENSOR_H
#define WATTLEDGER_RAPL_SENSOR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_RAPL_SENSOR_TEXT_BYTES = 64 };

/* A whole number with an optional minus and a newline, as the kernel writes it. false: it is none. */
bool c_rapl_sensor_parse(const char *text, size_t bytes, int64_t *value) MUST_CHECK;

/* Opens FOLDER/NAME below folder_fd for reading. -1: errno says why. */
int c_rapl_sensor_open(int folder_fd, const char *folder, const char *name) MUST_CHECK;

/* Reads the number. false: it cannot be read, is gone, or is none. */
bool c_rapl_sensor_read(int fd, int64_t *value) MUST_CHECK;

/* Reads the line into `out` as clean text. Returns its bytes, 0: it cannot be read. */
size_t c_rapl_sensor_read_text(int fd, char *out, size_t out_bytes) MUST_CHECK;

/* The same of a file that is not kept: FOLDER/NAME below folder_fd. */
size_t c_rapl_sensor_text_of(int folder_fd, const char *folder, const char *name, char *out, size_t out_bytes) MUST_CHECK;
bool c_rapl_sensor_number_of(int folder_fd, const char *folder, const char *name, int64_t *value) MUST_CHECK;

#endif

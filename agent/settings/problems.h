/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problems: what is wrong in the files that a person wrote, all of it in one run. Each has a place; errors make the settings unusable,
 * warnings do not. Texts never hold a secret: whoever adds a problem names the key, not its value.
 */
#ifndef WATTLEDGER_SETTINGS_PROBLEMS_H
#define WATTLEDGER_SETTINGS_PROBLEMS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBLEMS_MAX = 2000, PROBLEM_TEXT_BYTES = 1024 };

/* Where: file is an id of problems_add_file(); line and column count from 1, 0 for "the whole file". */
struct place {
	uint32_t file;
	uint32_t line;
	uint32_t column;
};

enum problem_kind { PROBLEM_ERROR = 0, PROBLEM_WARNING };

struct problem {
	struct place place;
	enum problem_kind kind;
	char *text; /* without the place */
};

struct schema_watch;

/* Zero-initialised it is empty. Beyond PROBLEMS_MAX they are counted and left out. */
struct problems {
	char **file; /* names, by id */
	size_t file_count;
	size_t file_capacity;
	struct problem *item;
	size_t count;
	size_t capacity;
	size_t error_count;
	size_t warning_count;
	bool is_out_of_memory;
	const struct schema_watch *watch; /* borrowed; NULL, or who is told of each map that is read (schema.h) */
};

/* Frees all problems and names; it is empty then. */
void problems_deinit(struct problems *problems);

/* An id for a file's name (copied). Out of memory: id 0 and is_out_of_memory, which counts as an error. */
uint32_t problems_add_file(struct problems *problems, const char *name);

/* The name behind an id; "" for an unknown one. Valid until problems_deinit. */
const char *problems_file_name(const struct problems *problems, uint32_t file) MUST_CHECK;

/* Adds a problem (printf format, the text is copied). Out of memory: is_out_of_memory, which counts as an error. */
void problems_add_error(struct problems *problems, struct place place, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void problems_add_warning(struct problems *problems, struct place place, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* true when the settings must not be used. */
bool problems_has_error(const struct problems *problems) MUST_CHECK;

/* By file (in order of problems_add_file), line, column; those of one place stay in their order. */
void problems_sort(struct problems *problems);

/* Adds one line a problem: "FILE:LINE:COL: text" and, for warnings, "FILE:LINE:COL: warning: text". */
void problems_print(const struct problems *problems, struct buf *out);

#endif

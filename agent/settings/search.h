/* SPDX-License-Identifier: Apache-2.0 */
/* search: the data files that come with the program (drivers, grid tables), and those of the operator that replace or add to them. */
#ifndef WATTLEDGER_SETTINGS_SEARCH_H
#define WATTLEDGER_SETTINGS_SEARCH_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEARCH_FILES_MAX = 10000 };

/* A file and the number of the folder it was found in (0 first). */
struct search_file {
	char path[PLAN_PATH_BYTES];
	uint32_t layer;
};

/* Sorted by the files' own names. Zero-initialised it is empty. With `takes_packed`, NAME.SUFFIX.gz is taken as NAME.SUFFIX (search_read()). */
struct search {
	struct search_file *file;
	size_t count;
	size_t capacity;
	uint32_t layer_count;
	bool takes_packed;
};

/* Frees the list; it is empty then. */
void search_deinit(struct search *search);

/*
 * Adds the files NAME.`suffix` of a folder as the next layer; one whose name is there already is replaced. Hidden files are left out. A
 * folder that is not there adds nothing when `is_optional`. Errors: ERR_IO, ERR_PERMISSION, ERR_LIMIT, ERR_MEMORY.
 */
enum err search_add_folder(struct search *search, const char *folder, const char *suffix, bool is_optional,
			   struct err_info *info) MUST_CHECK;

/* Appends the file's bytes to `out`; those of NAME.gz inflated, within out's bound. Errors: file_read()'s, and ERR_DATA of a damaged one. */
enum err search_read(const char *path, struct buf *out, struct err_info *info) MUST_CHECK;

/*
 * A path's own name without `suffix` (".yaml"; or that and .gz) into `out`; whole when it ends otherwise. false when it does not fit: `out`
 * is "" then.
 */
bool search_stem(const char *path, const char *suffix, char *out, size_t out_bytes);

/*
 * The folder that comes with the program: EXE/../share/wattledger/NAME or EXE/../../share/wattledger/NAME when installed, EXE/../SOURCE or
 * EXE/../../SOURCE in a build tree. false when there is none. *is_installed tells which.
 */
bool search_find_base(char out[static PLAN_PATH_BYTES], const char *exe_dir, const char *name, const char *source,
		      bool *is_installed) MUST_CHECK;

/* The folder of this program's file, by /proc/self/exe; "" when it cannot be told. */
void search_exe_dir(char out[static PLAN_PATH_BYTES]);

#endif

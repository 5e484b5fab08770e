/* SPDX-License-Identifier: Apache-2.0 */
#include "report/dictionary.h"

#include <assert.h>
#include <string.h>

enum { COLUMNS_MAX = 64 };

/* A file, or a column of the file before it. */
struct word {
	const char *file;
	const char *column;
	const char *unit;
	const char *meaning;
	const char *none; /* when it is n/a; "": never */
};

#define FILES(name) {name, NULL, NULL, NULL, NULL},
#define WORD(column, unit, meaning, none) {NULL, column, unit, meaning, none},
static const struct word WORDS[] = {
#include "report/dictionary.def"
};
#undef FILES
#undef WORD

enum { WORD_COUNT = sizeof(WORDS) / sizeof(WORDS[0]) };

enum err dictionary_open_sheet(struct sheet **out, const char *dir, const char *name, struct err_info *info)
{
	const char *column[COLUMNS_MAX];
	size_t count = 0;
	size_t at = 0;

	while (at < WORD_COUNT && (WORDS[at].file == NULL || strcmp(WORDS[at].file, name) != 0))
		at++;
	for (at++; at < WORD_COUNT && WORDS[at].file == NULL; at++) {
		assert(count < COLUMNS_MAX);
		column[count++] = WORDS[at].column;
	}
	assert(count > 0);
	return sheet_open(out, dir, name, column, count, info);
}

enum err dictionary_add_rows(struct sheet *sheet, struct err_info *info)
{
	const char *file = NULL;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < WORD_COUNT; i++) {
		const struct word *word = &WORDS[i];

		if (word->file != NULL) {
			file = word->file;
			continue;
		}
		sheet_add_text(sheet, file);
		sheet_add_text(sheet, word->column);
		sheet_add_text(sheet, word->unit);
		sheet_add_text(sheet, word->meaning);
		sheet_add_text(sheet, word->none[0] == '\0' ? "never" : word->none);
		err = sheet_end_row(sheet, info);
	}
	return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/problems.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEMS_FILES_MAX = 100000 };

void problems_deinit(struct problems *problems)
{
	for (size_t i = 0; i < problems->file_count; i++)
		mem_free(problems->file[i]);
	mem_free(problems->file);
	for (size_t i = 0; i < problems->count; i++)
		mem_free(problems->item[i].text);
	mem_free(problems->item);
	*problems = (struct problems){0};
}

uint32_t problems_add_file(struct problems *problems, const char *name)
{
	void *list = problems->file;
	enum err err = mem_grow(&list, &problems->file_capacity, problems->file_count, PROBLEMS_FILES_MAX, sizeof *problems->file);

	problems->file = list;
	char *copy = err == ERR_NONE ? mem_dup(name) : NULL;
	if (copy == NULL) {
		problems->is_out_of_memory = true;
		return 0;
	}
	problems->file[problems->file_count] = copy;
	return (uint32_t)problems->file_count++;
}

const char *problems_file_name(const struct problems *problems, uint32_t file)
{
	return file < problems->file_count ? problems->file[file] : "";
}

static void add(struct problems *problems, struct problem problem, const char *fmt, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void add(struct problems *problems, struct problem problem, const char *fmt, va_list arguments)
{
	char raw[PROBLEM_TEXT_BYTES];
	char text[PROBLEM_TEXT_BYTES];
	void *list = problems->item;

	if (problem.kind == PROBLEM_ERROR)
		problems->error_count++;
	else
		problems->warning_count++;
	if (problems->count >= PROBLEMS_MAX)
		return;
	int bytes = vsnprintf(raw, sizeof raw, fmt, arguments);
	if (bytes < 0)
		bytes = 0;
	/* What is quoted from a file must not move a terminal's cursor. */
	text_clean(text, sizeof text, raw, strnlen(raw, sizeof raw));
	enum err err = mem_grow(&list, &problems->capacity, problems->count, PROBLEMS_MAX, sizeof *problems->item);
	problems->item = list;
	problem.text = err == ERR_NONE ? mem_dup(text) : NULL;
	if (problem.text == NULL) {
		problems->is_out_of_memory = true;
		return;
	}
	problems->item[problems->count++] = problem;
}

void problems_add_error(struct problems *problems, struct place place, const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	add(problems, (struct problem){.place = place, .kind = PROBLEM_ERROR}, fmt, arguments);
	va_end(arguments);
}

void problems_add_warning(struct problems *problems, struct place place, const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	add(problems, (struct problem){.place = place, .kind = PROBLEM_WARNING}, fmt, arguments);
	va_end(arguments);
}

bool problems_has_error(const struct problems *problems)
{
	return problems->error_count > 0 || problems->is_out_of_memory;
}

static bool is_before(const struct place *a, const struct place *b)
{
	if (a->file != b->file)
		return a->file < b->file;
	if (a->line != b->line)
		return a->line < b->line;
	return a->column < b->column;
}

/* Insertion keeps the order of equals; there are at most PROBLEMS_MAX, nearly sorted, and one run ends the program. */
void problems_sort(struct problems *problems)
{
	for (size_t i = 1; i < problems->count; i++) {
		struct problem moving = problems->item[i];
		size_t at = i;
		for (; at > 0 && is_before(&moving.place, &problems->item[at - 1].place); at--)
			problems->item[at] = problems->item[at - 1];
		problems->item[at] = moving;
	}
}

static void print_place(const struct problems *problems, const struct place *place, struct buf *out)
{
	const char *name = problems_file_name(problems, place->file);

	if (name[0] == '\0')
		return;
	buf_add_text(out, name);
	if (place->line > 0) {
		buf_add_format(out, ":%u:%u: ", (unsigned)place->line, (unsigned)place->column);
		return;
	}
	buf_add_text(out, ": ");
}

void problems_print(const struct problems *problems, struct buf *out)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->item[i];
		print_place(problems, &problem->place, out);
		if (problem->kind == PROBLEM_WARNING)
			buf_add_text(out, "warning: ");
		buf_add_text(out, problem->text);
		buf_add_char(out, '\n');
	}
	size_t total = problems->error_count + problems->warning_count;
	if (total > problems->count)
		buf_add_format(out, "... and %zu more\n", total - problems->count);
	if (problems->is_out_of_memory)
		buf_add_text(out, "out of memory\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/csv_problem.h"

#include <stdlib.h>
#include <string.h>

void csv_problem_add(struct problems *problems, uint32_t file, const char *text)
{
	const char *name = problems_file_name(problems, file);
	size_t bytes = strlen(name);
	struct place place = {.file = file};

	if (strncmp(text, name, bytes) == 0 && text[bytes] == ':') {
		char *end = NULL;
		unsigned long line = strtoul(text + bytes + 1, &end, 10);
		unsigned long column = *end == ':' ? strtoul(end + 1, &end, 10) : 0;
		if (column > 0 && *end == ':') {
			place.line = (uint32_t)line;
			place.column = (uint32_t)column;
			text = end + 1 + strspn(end + 1, " ");
		}
	}
	problems_add_error(problems, place, "%s", text);
}

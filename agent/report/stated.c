/* SPDX-License-Identifier: Apache-2.0 */
#include "report/stated.h"

#include "base/num.h"

#include <stdio.h>
#include <string.h>

size_t report_stated_count_cells(const char *row, size_t bytes)
{
	bool is_quoted = false;
	size_t count = 1;

	for (size_t i = 0; i < bytes; i++) {
		is_quoted = is_quoted != (row[i] == '"');
		count += !is_quoted && row[i] == ',' ? 1 : 0;
	}
	return count;
}

/* A cell at the end is a number or a word, without quotes; returns where the one before it ends. */
static size_t take_last(const char *row, size_t bytes, bool *has, int64_t *mg)
{
	char text[NUM_TEXT_BYTES];
	size_t start = bytes;

	while (start > 0 && row[start - 1] != ',')
		start--;
	*has = bytes - start < sizeof(text);
	if (*has) {
		snprintf(text, sizeof(text), "%.*s", (int)(bytes - start), row + start);
		*has = num_parse_i64(text, mg);
	}
	return start > 0 ? start - 1 : 0;
}

void report_stated_read(struct report_stated *out, const char *body)
{
	size_t bytes = strcspn(body, "\n");

	*out = (struct report_stated){.is_stated = report_stated_count_cells(body, bytes) == REPORT_STATED_ROW_CELLS};
	for (int i = REPORT_STATED_COUNT; out->is_stated && i-- > 0;)
		bytes = take_last(body, bytes, &out->has[i], &out->mg[i]);
}

bool report_stated_differs(const struct report_stated *a, const struct report_stated *b)
{
	bool is_same = true;

	for (int i = 0; i < REPORT_STATED_COUNT; i++)
		is_same = is_same && a->has[i] == b->has[i] && (!a->has[i] || a->mg[i] == b->mg[i]);
	return a->is_stated && b->is_stated && !is_same;
}

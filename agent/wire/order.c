/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/order.h"

#include "base/num.h"

#include <stdint.h>
#include <string.h>

void order_add(struct buf *out, const char *field)
{
	if (out->bytes > 0)
		buf_add_char(out, '\t');
	for (const char *c = field == NULL ? "" : field; *c != '\0'; c++)
		buf_add_char(out, (unsigned char)*c < ' ' ? ' ' : *c);
}

enum err order_split(char *line, char **field, size_t max, size_t *count, struct err_info *info)
{
	size_t made = 0;
	char *at = line;

	while (at != NULL) {
		char *tab = strchr(at, '\t');

		if (made == max)
			return err_set(info, ERR_DATA, "an order of more than %zu fields", max);
		field[made++] = at;
		if (tab != NULL)
			*tab++ = '\0';
		at = tab;
	}
	*count = made;
	return ERR_NONE;
}

void order_answer(struct buf *out, enum err err, const struct err_info *info, const char *text)
{
	buf_add_i64(out, (int64_t)err);
	if (err != ERR_NONE) {
		buf_add_char(out, ' ');
		buf_add_text(out, info->text);
	}
	buf_add_char(out, '\n');
	if (err == ERR_NONE)
		buf_add_text(out, text);
}

enum err order_take_answer(const char *answer, struct buf *out, struct err_info *info)
{
	size_t digits = strspn(answer, "0123456789");
	const char *end = strchr(answer, '\n');
	char number[8] = "";
	int64_t code;

	if (digits > 0 && digits < sizeof(number))
		memcpy(number, answer, digits);
	if (end == NULL || !num_parse_i64(number, &code) || code < 0 || code > ERR_BUSY)
		return err_set(info, ERR_DATA, "the agent's answer is not understood: is it of another version? It says: %.100s", answer);
	if (code != 0)
		return err_set(info, (enum err)code, "%.*s", (int)(end - answer - (ptrdiff_t)digits - (answer[digits] == ' ' ? 1 : 0)),
			       answer + digits + (answer[digits] == ' ' ? 1 : 0));
	buf_add_text(out, end + 1);
	return ERR_NONE;
}

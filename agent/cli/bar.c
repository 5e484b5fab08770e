/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { EIGHTHS = 8 };

bool bar_is_ascii_terminal(void)
{
	static const char *const VARIABLE[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *terminal = getenv("TERM");

	/* The kernel's console and old terminals have no eighths of a block. */
	if (terminal == NULL || strcmp(terminal, "linux") == 0 || strncmp(terminal, "vt", 2) == 0)
		return true;
	for (size_t i = 0; i < sizeof(VARIABLE) / sizeof(VARIABLE[0]); i++) {
		const char *value = getenv(VARIABLE[i]);

		if (value != NULL && value[0] != '\0')
			return strcasestr(value, "utf-8") == NULL && strcasestr(value, "utf8") == NULL;
	}
	return true;
}

size_t bar_terminal_width(FILE *file)
{
	struct winsize size = {0};

	if (isatty(fileno(file)) != 1 || ioctl(fileno(file), TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

static void add(char *out, size_t out_bytes, size_t *at, const char *sign)
{
	size_t bytes = strlen(sign);

	if (*at + bytes >= out_bytes)
		return;
	memcpy(out + *at, sign, bytes);
	*at += bytes;
}

void bar_print(char *out, size_t out_bytes, double ratio, size_t width, bool is_ascii)
{
	static const char *const PART[EIGHTHS] = {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
	double share = ratio > 0 ? fmin(ratio, 1) : 0;
	size_t eighths = is_ascii ? (size_t)llround(share * (double)width) * EIGHTHS : (size_t)llround(share * (double)(width * EIGHTHS));
	size_t at = 0;

	for (size_t i = 0; i < eighths / EIGHTHS; i++)
		add(out, out_bytes, &at, is_ascii ? "#" : "\u2588");
	add(out, out_bytes, &at, PART[eighths % EIGHTHS]);
	out[at] = '\0';
}

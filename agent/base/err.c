/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	EXIT_CODE_OK = 0,
	EXIT_CODE_USAGE = 64,
	EXIT_CODE_DATA = 65,
	EXIT_CODE_UNAVAILABLE = 69,
	EXIT_CODE_IO = 74,
	EXIT_CODE_PERMISSION = 77,
	EXIT_CODE_CONFIG = 78
};

/* Formats aside first: an argument may be info->text itself. */
static void set_text(struct err_info *info, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

static void set_text(struct err_info *info, const char *fmt, va_list args)
{
	char text[ERR_TEXT_BYTES];

	vsnprintf(text, sizeof text, fmt, args);
	memcpy(info->text, text, strlen(text) + 1);
}

/* Adds ": more" as far as there is room. */
static void append_reason(struct err_info *info, const char *more)
{
	size_t used = strlen(info->text);

	snprintf(info->text + used, sizeof info->text - used, ": %s", more);
}

enum err err_set(struct err_info *info, enum err code, const char *fmt, ...)
{
	va_list args;

	if (info == NULL)
		return code;
	va_start(args, fmt);
	set_text(info, fmt, args);
	va_end(args);
	info->code = code;
	return code;
}

enum err err_set_errno(struct err_info *info, enum err code, int errno_value, const char *fmt, ...)
{
	va_list args;

	if (code == ERR_IO && (errno_value == EACCES || errno_value == EPERM))
		code = ERR_PERMISSION;
	if (info == NULL)
		return code;
	va_start(args, fmt);
	set_text(info, fmt, args);
	va_end(args);
	append_reason(info, strerror(errno_value));
	info->code = code;
	return code;
}

enum err err_prefix(struct err_info *info, const char *fmt, ...)
{
	char old_text[ERR_TEXT_BYTES];
	va_list args;

	if (info == NULL)
		return ERR_UNAVAILABLE;
	memcpy(old_text, info->text, sizeof old_text);
	va_start(args, fmt);
	set_text(info, fmt, args);
	va_end(args);
	append_reason(info, old_text);
	return info->code;
}

int err_exit_code(enum err code)
{
	switch (code) {
	case ERR_NONE: return EXIT_CODE_OK;
	case ERR_USAGE: return EXIT_CODE_USAGE;
	case ERR_DATA:
	case ERR_LIMIT: return EXIT_CODE_DATA;
	case ERR_IO: return EXIT_CODE_IO;
	case ERR_PERMISSION: return EXIT_CODE_PERMISSION;
	case ERR_CONFIG: return EXIT_CODE_CONFIG;
	case ERR_UNAVAILABLE:
	case ERR_MEMORY:
	case ERR_BUSY: break;
	}
	return EXIT_CODE_UNAVAILABLE;
}

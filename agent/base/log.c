/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_LINE_BYTES = 2048, LOG_PROGRAM_BYTES = 32, LOG_HEAD_BYTES = 64 };

/* The one state of this module: set by log_init() and log_set_start(), read only else. */
static struct {
	char program[LOG_PROGRAM_BYTES];
	const char *start;
	enum log_level max_level;
	bool is_journal;
} log_state = {.program = "wattledger", .start = "", .max_level = LOG_LEVEL_INFO};

/* JOURNAL_STREAM is "device:inode" of the stream that systemd gave us (systemd.exec(5)); it is inherited, so it may be another's. */
static bool is_stderr_the_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[LOG_HEAD_BYTES];
	struct stat status;

	if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
		return false;
	snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	return strcmp(stream, own) == 0;
}

void log_init(const char *program, enum log_level max_level)
{
	text_clean(log_state.program, sizeof log_state.program, program, strlen(program));
	log_state.max_level = max_level;
	log_state.is_journal = is_stderr_the_journal();
}

void log_set_start(const char *start)
{
	log_state.start = start;
}

static const char *level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR: return "error: ";
	case LOG_LEVEL_WARNING: return "warning: ";
	case LOG_LEVEL_NOTICE:
	case LOG_LEVEL_INFO: break;
	case LOG_LEVEL_DEBUG: return "debug: ";
	}
	return "";
}

static void write_line(enum log_level level, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

static void write_line(enum log_level level, const char *fmt, va_list args)
{
	char text[LOG_LINE_BYTES];
	char line[LOG_HEAD_BYTES + LOG_LINE_BYTES];
	int errno_before = errno;
	size_t bytes;
	int head_bytes;
	ssize_t written;

	if (level > log_state.max_level)
		return;
	vsnprintf(text, sizeof text, fmt, args);
	if (log_state.is_journal)
		head_bytes = snprintf(line, LOG_HEAD_BYTES, "<%d>%s: ", (int)level, log_state.program);
	else
		head_bytes = snprintf(line, LOG_HEAD_BYTES, "%.8s%s: %s", log_state.start, log_state.program, level_name(level));
	bytes = (size_t)head_bytes;
	bytes += text_clean(line + bytes, sizeof line - bytes - 1, text, strlen(text));
	line[bytes++] = '\n';
	/* One write, so that lines of several processes do not mix; a line that cannot be written has nowhere else to go. */
	do
		written = write(STDERR_FILENO, line, bytes);
	while (written < 0 && errno == EINTR);
	errno = errno_before;
}

void log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line(LOG_LEVEL_ERROR, fmt, args);
	va_end(args);
}

void log_warning(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line(LOG_LEVEL_WARNING, fmt, args);
	va_end(args);
}

void log_notice(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line(LOG_LEVEL_NOTICE, fmt, args);
	va_end(args);
}

void log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line(LOG_LEVEL_INFO, fmt, args);
	va_end(args);
}

void log_debug(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line(LOG_LEVEL_DEBUG, fmt, args);
	va_end(args);
}

bool log_limit_pass(struct log_limit *limit, int64_t boot_ns, int64_t interval_s, uint64_t *suppressed_count)
{
	if (boot_ns < limit->next_boot_ns) {
		limit->suppressed_count++;
		return false;
	}
	*suppressed_count = limit->suppressed_count;
	limit->suppressed_count = 0;
	limit->next_boot_ns = boot_ns + interval_s * CLOCK_NS_PER_S;
	return true;
}

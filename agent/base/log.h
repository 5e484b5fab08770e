/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one line a message to standard error, written with one write(2). Under journald (JOURNAL_STREAM names our stderr) lines get a "<N>"
 * priority prefix. Control characters in the text are replaced. Only main programs and loops log; modules return errors.
 */
#ifndef WATTLEDGER_BASE_LOG_H
#define WATTLEDGER_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Once, at start: the program's short name ("core") and the most detailed level that is printed. */
void log_init(const char *program, enum log_level max_level);

/*
 * What each line begins with, "" at first: on a terminal the taking away of a line that stands there unended. At most 8 bytes of it; borrowed. Lines
 * for the journal begin without it.
 */
void log_set_start(const char *start);

/* One line each, printf format, without a newline at its end; left out when the level is beyond that of log_init(). */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Rate limit of one message's site: a static zeroed struct beside it. */
struct log_limit {
	int64_t next_boot_ns;
	uint64_t suppressed_count;
};

/* true at most once in `interval_s`; the number left out since then is put in *suppressed_count. */
bool log_limit_pass(struct log_limit *limit, int64_t boot_ns, int64_t interval_s, uint64_t *suppressed_count);

#endif

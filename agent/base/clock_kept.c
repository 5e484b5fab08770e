/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock_kept.h"

#include "base/file.h"
#include "base/num.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "kept 5025000000000\n": the word, and nanoseconds since boot. */
enum { KEPT_TEXT_BYTES = 64, KEPT_FILE_MODE = 0644 };
#define KEPT_NS_PER_S INT64_C(1000000000)
static const char word_kept[] = "kept ";
static const char word_free[] = "free ";

enum err clock_kept_write(const char *path, int64_t boot_ns, bool is_kept, struct err_info *info)
{
	char text[KEPT_TEXT_BYTES];
	int bytes = snprintf(text, sizeof text, "%s%lld\n", is_kept ? word_kept : word_free, (long long)boot_ns);

	return file_replace(path, text, (size_t)bytes, KEPT_FILE_MODE, info);
}

enum clock_kept clock_kept_read(const char *path, int64_t boot_ns)
{
	char text[KEPT_TEXT_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	int64_t age_ns;
	int64_t at_ns;
	bool is_kept;

	if (fd >= 0)
		close(fd);
	if (got <= (ssize_t)sizeof word_kept || text[got - 1] != '\n')
		return CLOCK_KEPT_UNTOLD;
	text[got - 1] = '\0';
	is_kept = memcmp(text, word_kept, sizeof word_kept - 1) == 0;
	if (!is_kept && memcmp(text, word_free, sizeof word_free - 1) != 0)
		return CLOCK_KEPT_UNTOLD;
	if (!num_parse_i64(text + sizeof word_kept - 1, &at_ns) || at_ns < 0)
		return CLOCK_KEPT_UNTOLD;
	age_ns = boot_ns - at_ns;
	if (age_ns < 0 || age_ns > CLOCK_KEPT_AGE_MAX_S * KEPT_NS_PER_S)
		return CLOCK_KEPT_UNTOLD;
	return is_kept ? CLOCK_KEPT_YES : CLOCK_KEPT_FREE;
}

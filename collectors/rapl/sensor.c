/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/sensor.h"

#include "base/num.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

bool c_rapl_sensor_parse(const char *text, size_t bytes, int64_t *value)
{
	char line[C_RAPL_SENSOR_TEXT_BYTES];

	while (bytes > 0 && (text[bytes - 1] == '\n' || text[bytes - 1] == '\0'))
		bytes--;
	if (bytes == 0 || bytes >= sizeof line)
		return false;
	memcpy(line, text, bytes);
	line[bytes] = '\0';
	return num_parse_i64(line, value);
}

int c_rapl_sensor_open(int folder_fd, const char *folder, const char *name)
{
	char path[PATH_BYTES];

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return -1;
	return openat(folder_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Some file systems let a descriptor of a file that is gone show the last value for ever; the kernel's own says ENODEV. */
static bool is_gone(int fd)
{
	struct stat status;

	return fstat(fd, &status) != 0 || status.st_nlink == 0;
}

bool c_rapl_sensor_read(int fd, int64_t *value)
{
	char text[C_RAPL_SENSOR_TEXT_BYTES];
	ssize_t bytes = fd < 0 ? -1 : pread(fd, text, sizeof text, 0);

	return bytes > 0 && !is_gone(fd) && c_rapl_sensor_parse(text, (size_t)bytes, value);
}

size_t c_rapl_sensor_read_text(int fd, char *out, size_t out_bytes)
{
	char text[C_RAPL_SENSOR_TEXT_BYTES];
	ssize_t bytes = fd < 0 ? -1 : pread(fd, text, sizeof text, 0);

	out[0] = '\0';
	return bytes > 0 && !is_gone(fd) ? text_clean(out, out_bytes, text, (size_t)bytes) : 0;
}

size_t c_rapl_sensor_text_of(int folder_fd, const char *folder, const char *name, char *out, size_t out_bytes)
{
	int fd = c_rapl_sensor_open(folder_fd, folder, name);
	size_t bytes = c_rapl_sensor_read_text(fd, out, out_bytes);

	if (fd >= 0)
		(void)close(fd);
	return bytes;
}

bool c_rapl_sensor_number_of(int folder_fd, const char *folder, const char *name, int64_t *value)
{
	int fd = c_rapl_sensor_open(folder_fd, folder, name);
	bool is_read = c_rapl_sensor_read(fd, value);

	if (fd >= 0)
		(void)close(fd);
	return is_read;
}

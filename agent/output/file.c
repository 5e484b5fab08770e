/* SPDX-License-Identifier: Apache-2.0 */
#include "output/file.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err append(int fd, const char *path, const void *data, size_t bytes, struct err_info *info)
{
	struct stat status;
	enum err err;

	if (fstat(fd, &status) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot look at '%s'", path);
	err = file_write_all(fd, data, bytes, info);
	if (err == ERR_NONE)
		return ERR_NONE;
	if (S_ISREG(status.st_mode))
		(void)!ftruncate(fd, status.st_size);
	return err_prefix(info, "output file '%s'", path);
}

enum err output_file_append(const char *path, const void *data, size_t bytes, struct err_info *info)
{
	enum err err;
	int fd;

	if (path == NULL)
		return file_write_all(STDOUT_FILENO, data, bytes, info);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot open output file '%s'", path);
	err = append(fd, path, data, bytes, info);
	close(fd);
	return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "output/file.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL_BYTES = 4096 };

/* Cuts off a line at the end that has no newline; *size becomes the file's length. A longer one than TAIL_BYTES is no line of ours. */
static enum err cut_torn_line(int fd, off_t *size, struct err_info *info)
{
	char tail[TAIL_BYTES];
	off_t from = *size > TAIL_BYTES ? *size - TAIL_BYTES : 0;
	ssize_t bytes;
	const char *newline;

	if (*size == 0)
		return ERR_NONE;
	bytes = pread(fd, tail, (size_t)(*size - from), from);
	if (bytes <= 0)
		return ERR_NONE; /* opened for writing only: it is what its owner makes of it */
	if (tail[bytes - 1] == '\n')
		return ERR_NONE;
	newline = memrchr(tail, '\n', (size_t)bytes);
	if (newline == NULL && from > 0)
		return err_set(info, ERR_IO, "the file does not end with a line of line protocol: is it another file?");
	*size = newline == NULL ? 0 : from + (newline - tail) + 1;
	return ftruncate(fd, *size) == 0 ? ERR_NONE : err_set_errno(info, ERR_IO, errno, "a torn line cannot be cut off");
}

static enum err append_regular(int fd, off_t size, const char *lines, size_t bytes, struct err_info *info)
{
	enum err err = cut_torn_line(fd, &size, info);

	if (err != ERR_NONE)
		return err;
	if (lseek(fd, size, SEEK_SET) < 0)
		return err_set_errno(info, ERR_IO, errno, "the file's end cannot be found");
	err = file_write_all(fd, lines, bytes, info);
	if (err == ERR_NONE && fdatasync(fd) != 0)
		err = err_set_errno(info, ERR_IO, errno, "the file cannot be brought to the disk");
	/* Take back what there is of the batch; if even that fails, the next one cuts the torn line. */
	if (err != ERR_NONE && ftruncate(fd, size) == 0)
		(void)lseek(fd, size, SEEK_SET);
	return err;
}

/* How much of the lines goes at once: whole lines up to PIPE_BUF bytes (a pipe that is ready takes these without blocking), at least one. */
static size_t next_chunk(const char *lines, size_t bytes)
{
	const char *newline;

	if (bytes <= PIPE_BUF)
		return bytes;
	newline = memrchr(lines, '\n', PIPE_BUF);
	if (newline == NULL)
		newline = memchr(lines, '\n', bytes);
	return newline == NULL ? bytes : (size_t)(newline - lines) + 1;
}

static enum err append_stream(int fd, const char *lines, size_t bytes, struct err_info *info)
{
	while (bytes > 0) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		size_t chunk = next_chunk(lines, bytes);
		enum err err;

		if (poll(&ready, 1, OUTPUT_FILE_PATIENCE_MS) <= 0)
			return err_set(info, ERR_IO, "nobody reads the output");
		err = file_write_all(fd, lines, chunk, info);
		if (err != ERR_NONE)
			return err;
		lines += chunk;
		bytes -= chunk;
	}
	return ERR_NONE;
}

enum err output_file_append_fd(int fd, const char *lines, size_t bytes, struct err_info *info)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return err_set_errno(info, ERR_IO, errno, "the output cannot be examined");
	if (S_ISREG(status.st_mode))
		return append_regular(fd, status.st_size, lines, bytes, info);
	return append_stream(fd, lines, bytes, info);
}

/* Non-blocking only while it is opened: a named pipe without a reader must not stop us. */
static enum err open_file(const char *path, int *fd, struct err_info *info)
{
	struct stat status;

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
	if (*fd < 0)
		return err_set_errno(info, ERR_IO, errno, "output file %s", path);
	if (fstat(*fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)))
		return ERR_NONE;
	close(*fd);
	return err_set(info, ERR_IO, "output file %s is not a regular file", path);
}

enum err output_file_append(const char *path, const char *lines, size_t bytes, struct err_info *info)
{
	enum err err;
	int fd;

	if (path == NULL)
		return output_file_append_fd(STDOUT_FILENO, lines, bytes, info);
	err = open_file(path, &fd, info);
	if (err != ERR_NONE)
		return err;
	err = output_file_append_fd(fd, lines, bytes, info);
	close(fd);
	if (err != ERR_NONE && info != NULL)
		err_prefix(info, "output file %s", path);
	return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_CHUNK_BYTES = 16384, FILE_OTHERS_READ = S_IRGRP | S_IROTH };

enum err file_read_fd(int fd, struct buf *out, struct err_info *info)
{
	char chunk[FILE_CHUNK_BYTES];

	for (;;) {
		ssize_t got = read(fd, chunk, sizeof chunk);

		if (got == 0)
			return ERR_NONE;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set_errno(info, ERR_IO, errno, "cannot read");
		if ((size_t)got > out->max_bytes - out->bytes)
			return err_set(info, ERR_LIMIT, "is larger than the %zu bytes that are allowed", out->max_bytes);
		buf_add(out, chunk, (size_t)got);
		if (out->is_failed)
			return err_set(info, ERR_MEMORY, "out of memory while reading");
	}
}

enum err file_read(const char *path, struct buf *out, struct err_info *info)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err;

	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "%s: cannot open", path);
	err = file_read_fd(fd, out, info);
	close(fd);
	if (err != ERR_NONE && info != NULL)
		err_prefix(info, "%s", path);
	return err;
}

enum err file_write_all(int fd, const void *data, size_t bytes, struct err_info *info)
{
	const char *at = data;

	while (bytes > 0) {
		ssize_t written = write(fd, at, bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return err_set_errno(info, ERR_IO, errno, "cannot write");
		at += written;
		bytes -= (size_t)written;
	}
	return ERR_NONE;
}

/* The name itself survives a crash only when its folder is on the disk as well. */
static enum err sync_folder_of(const char *path, struct err_info *info)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int errno_sync;
	int fd;

	if (slash == NULL)
		snprintf(folder, sizeof folder, ".");
	else
		snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "%s: cannot open the folder", folder);
	errno_sync = fsync(fd) == 0 ? 0 : errno;
	close(fd);
	/* Some file systems refuse to sync a folder; they have no other way to do it. */
	if (errno_sync != 0 && errno_sync != EINVAL)
		return err_set_errno(info, ERR_IO, errno_sync, "%s: cannot sync the folder", folder);
	return ERR_NONE;
}

/* A leftover of a crashed process that had our number is not ours to keep. */
static int open_new(const char *path, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(path, flags, mode);

	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, mode);
	return fd;
}

static enum err write_new(const char *path, const void *data, size_t bytes, mode_t mode, struct err_info *info)
{
	int fd = open_new(path, mode);
	enum err err;

	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "%s: cannot create", path);
	err = file_write_all(fd, data, bytes, info);
	if (err != ERR_NONE && info != NULL)
		err_prefix(info, "%s", path);
	if (err == ERR_NONE && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		err = err_set_errno(info, ERR_IO, errno, "%s: cannot sync", path);
	if (close(fd) != 0 && err == ERR_NONE)
		err = err_set_errno(info, ERR_IO, errno, "%s: cannot close", path);
	return err;
}

enum err file_replace(const char *path, const void *data, size_t bytes, mode_t mode, struct err_info *info)
{
	char temp_path[PATH_MAX];
	int length = snprintf(temp_path, sizeof temp_path, "%s.tmp-%ld", path, (long)getpid());
	enum err err;

	if (length < 0 || (size_t)length >= sizeof temp_path)
		return err_set(info, ERR_LIMIT, "%.80s...: path is too long", path);
	err = write_new(temp_path, data, bytes, mode, info);
	if (err == ERR_NONE && rename(temp_path, path) != 0)
		err = err_set_errno(info, ERR_IO, errno, "%s: cannot replace", path);
	if (err != ERR_NONE) {
		unlink(temp_path);
		return err;
	}
	return sync_folder_of(path, info);
}

static enum err make_dir(const char *path, mode_t mode, struct err_info *info)
{
	struct stat status;

	if (mkdir(path, mode) == 0)
		return ERR_NONE;
	if (errno != EEXIST)
		return err_set_errno(info, ERR_IO, errno, "%s: cannot make the folder", path);
	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return err_set_errno(info, ERR_IO, ENOTDIR, "%s: cannot make the folder", path);
	return ERR_NONE;
}

enum err file_make_dirs(const char *path, mode_t mode, struct err_info *info)
{
	char partial[PATH_MAX];
	size_t length = strlen(path);
	size_t i;

	if (length == 0 || length >= sizeof partial)
		return err_set(info, ERR_LIMIT, "%.80s: folder path is empty or too long", path);
	memcpy(partial, path, length + 1);
	for (i = 1; i < length; i++) {
		enum err err;

		if (partial[i] != '/')
			continue;
		partial[i] = '\0';
		err = make_dir(partial, mode, info);
		partial[i] = '/';
		if (err != ERR_NONE)
			return err;
	}
	return make_dir(partial, mode, info);
}

bool file_is_readable_by_others(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && (status.st_mode & FILE_OTHERS_READ) != 0;
}

enum err file_join(char *out, size_t out_bytes, const char *dir, const char *name, struct err_info *info)
{
	size_t dir_bytes = strlen(dir);
	const char *separator = dir_bytes == 0 || dir[dir_bytes - 1] == '/' ? "" : "/";
	size_t need_bytes = dir_bytes + strlen(separator) + strlen(name) + 1;

	if (need_bytes > out_bytes)
		return err_set(info, ERR_LIMIT, "%.80s%s%.80s: path is longer than %zu bytes", dir, separator, name, out_bytes - 1);
	snprintf(out, out_bytes, "%s%s%s", dir, separator, name);
	return ERR_NONE;
}

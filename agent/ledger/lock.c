/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "ledger/ledger_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LOCK_TEXT_BYTES = 32, LOCK_PATH_BYTES = LEDGER_PATH_BYTES + 8 };

/* The pid that the holder wrote; "?" when it had no time to. Digits only: the file may hold anything. */
static void read_holder(int fd, char out[static LOCK_TEXT_BYTES])
{
	ssize_t bytes = pread(fd, out, LOCK_TEXT_BYTES - 1, 0);

	out[bytes > 0 ? bytes : 0] = '\0';
	out[strspn(out, "0123456789")] = '\0';
	if (out[0] == '\0')
		memcpy(out, "?", 2);
}

enum err lock_take(const char *path, int *lock_fd, struct err_info *info)
{
	char lock_path[LOCK_PATH_BYTES];
	char text[LOCK_TEXT_BYTES];
	int fd;

	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
	fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot open %s", lock_path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int reason = errno;

		read_holder(fd, text);
		close(fd);
		if (reason != EWOULDBLOCK)
			return err_set_errno(info, ERR_IO, reason, "cannot lock %s, so nothing is written to the ledger", lock_path);
		return err_set(info, ERR_BUSY,
			       "%s is being written by process %s: stop that one first, or give this one another folder (--state DIR)",
			       path, text);
	}
	snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	/* The pid is only for people; on a full disk the lock holds without it. */
	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, strlen(text), 0) < 0)
		errno = 0;
	*lock_fd = fd;
	return ERR_NONE;
}

void lock_release(int lock_fd)
{
	/* The file stays: removing it would let two processes lock two files of one name. */
	if (lock_fd >= 0)
		close(lock_fd);
}

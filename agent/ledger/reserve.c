/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many commits pass between tries to make the reserve again. */
enum { RESERVE_RETRY_COMMITS = 64, RESERVE_PATH_BYTES = LEDGER_PATH_BYTES + 16 };

void reserve_make(struct ledger *ledger)
{
	char path[RESERVE_PATH_BYTES];
	struct stat found;
	int fd;

	if (ledger->reserve_bytes == 0)
		return;
	if (ledger->commits_until_reserve > 0) {
		ledger->commits_until_reserve--;
		return;
	}
	ledger->commits_until_reserve = RESERVE_RETRY_COMMITS;
	snprintf(path, sizeof(path), "%s.reserve", ledger->path);
	if (stat(path, &found) == 0 && found.st_size == (off_t)ledger->reserve_bytes)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return;
	if (posix_fallocate(fd, 0, (off_t)ledger->reserve_bytes) != 0)
		unlink(path);
	close(fd);
}

bool reserve_give_back(struct ledger *ledger)
{
	char path[RESERVE_PATH_BYTES];

	if (ledger->reserve_bytes == 0)
		return false;
	ledger->commits_until_reserve = RESERVE_RETRY_COMMITS;
	snprintf(path, sizeof(path), "%s.reserve", ledger->path);
	return unlink(path) == 0;
}

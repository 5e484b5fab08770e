/* SPDX-License-Identifier: Apache-2.0 */
#include "run/ask.h"

#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* An agent that does not answer in this time is hung. */
enum { ANSWER_TIMEOUT_S = 10, MS_PER_S = 1000 };

/* One whose disk cannot be written carries an order out as soon as it can. */
enum { ORDER_TIMEOUT_S = 600 };

static enum err connect_to(int fd, const struct sockaddr_un *address, struct err_info *info)
{
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return ERR_NONE;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return err_set(
		    info, ERR_UNAVAILABLE,
		    "no agent runs with its control socket at %s: start it (systemctl start wattledger), or name its folder with --state",
		    address->sun_path);
	return err_set_errno(info, ERR_IO, errno, "cannot ask the agent at %s", address->sun_path);
}

/* poll(2)'s answer. */
static int wait_for(int fd, int timeout_s)
{
	struct pollfd answer = {.fd = fd, .events = POLLIN};
	int count;

	do
		count = poll(&answer, 1, timeout_s * MS_PER_S);
	while (count < 0 && errno == EINTR);
	return count;
}

static enum err await_answer(int fd, bool is_order, struct err_info *info)
{
	int count = wait_for(fd, ANSWER_TIMEOUT_S);

	if (count == 0 && is_order) {
		log_notice("the agent has the order and has not carried it out yet: waiting %d s at most", ORDER_TIMEOUT_S);
		count = wait_for(fd, ORDER_TIMEOUT_S);
	}
	if (count < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot wait for the agent");
	if (count > 0)
		return ERR_NONE;
	if (is_order)
		return err_set(info, ERR_IO,
			       "the agent has the order and has not carried it out within %d s, which it will when it can: `wattledger "
			       "status` has the reason; do not give it again",
			       ORDER_TIMEOUT_S);
	return err_set(info, ERR_IO, "the agent runs, and did not answer within %d s: this machine has too much else to do; ask again",
		       ANSWER_TIMEOUT_S);
}

static enum err ask(const char *state_dir, const char *request, bool is_order, struct buf *out, struct err_info *info)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", state_dir);
	enum err err;
	int fd;

	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return err_set(info, ERR_LIMIT, "the folder's path '%s' is too long for a socket (%zu bytes at most)", state_dir,
			       sizeof(address.sun_path) - sizeof("/control.sock"));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot make a socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	err = connect_to(fd, &address, info);
	if (err == ERR_NONE)
		err = file_write_all(fd, request, strlen(request), info);
	if (err == ERR_NONE)
		err = file_write_all(fd, "\n", 1, info);
	if (err == ERR_NONE)
		err = await_answer(fd, is_order, info);
	if (err == ERR_NONE)
		err = file_read_fd(fd, out, info);
	close(fd);
	return err;
}

enum err ask_agent(const char *state_dir, const char *request, struct buf *out, struct err_info *info)
{
	return ask(state_dir, request, false, out, info);
}

enum err ask_agent_to_do(const char *state_dir, const char *order, struct buf *out, struct err_info *info)
{
	size_t before_bytes = out->bytes;
	enum err err = ask(state_dir, order, true, out, info);

	if (err == ERR_NONE && out->bytes == before_bytes)
		return err_set(info, ERR_IO,
			       "the agent ended before it answered: entries.csv and statements.csv of `wattledger export` tell whether the "
			       "order was carried out; look there before you give it again");
	return err;
}

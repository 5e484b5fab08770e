/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/simulator.h"

#include "base/buf.h"
#include "run/spawn.h"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { READY_MS_MAX = 10000, READY_BYTES_MAX = 4096 };

/* The first line of a simulator's standard output, which it writes when it is ready. */
static enum err read_ready(int fd, struct buf *line, struct err_info *info)
{
	while (strchr(buf_text(line), '\n') == NULL) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		char bytes[512];
		ssize_t got;

		if (poll(&ready, 1, READY_MS_MAX) != 1)
			return err_set(info, ERR_UNAVAILABLE, "a simulator is not ready after %d s: is the machine too busy?",
				       READY_MS_MAX / 1000);
		got = read(fd, bytes, sizeof(bytes));
		if (got <= 0)
			return err_set(info, ERR_UNAVAILABLE, "a simulator ended before it was ready (its words stand above)");
		buf_add(line, bytes, (size_t)got);
		if (line->is_failed)
			return err_set(info, ERR_DATA,
				       "a simulator says more than its one line: is it of the same version as this program?");
	}
	return ERR_NONE;
}

static enum err parse_ready(const struct buf *line, struct simulator_ready *ready, struct err_info *info)
{
	json_t *document = json_loadb(buf_text(line), line->bytes, JSON_DISABLE_EOF_CHECK, NULL);
	json_int_t port = json_integer_value(json_object_get(document, "port"));
	json_int_t unit = json_integer_value(json_object_get(document, "recorded_unit"));

	json_decref(document);
	if (port <= 0 || port > UINT16_MAX || unit < 0 || unit > UINT8_MAX)
		return err_set(info, ERR_DATA, "a simulator does not tell its port: is it of the same version as this program?");
	*ready = (struct simulator_ready){.port = (uint16_t)port, .recorded_unit = (uint8_t)unit};
	return ERR_NONE;
}

enum err simulator_start(pid_t *pid, struct spawn_request *request, struct simulator_ready *ready, struct err_info *info)
{
	struct buf line;
	int ends[2];
	enum err err;

	*pid = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(info, ERR_IO, "cannot make a pipe");
	buf_init(&line, READY_BYTES_MAX);
	request->stdout_fd = ends[1];
	request->death_signal = SIGTERM;
	err = spawn_start(request, pid, info);
	close(ends[1]);
	if (err == ERR_NONE)
		err = read_ready(ends[0], &line, info);
	if (err == ERR_NONE && ready != NULL)
		err = parse_ready(&line, ready, info);
	/* It writes nothing more without --control. */
	close(ends[0]);
	buf_deinit(&line);
	return err;
}

void simulator_stop(pid_t pid)
{
	if (pid == 0)
		return;
	kill(pid, SIGTERM);
	(void)spawn_wait(pid);
}

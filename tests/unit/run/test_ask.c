/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of an agent that answers, and of one that ends instead. */
#include "run/ask.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct agent {
	char folder[64];
	struct sockaddr_un address;
	pid_t pid;
};

/* Takes one request to its end and gives `answer`. */
static void serve(int listener, const char *answer)
{
	int fd = accept(listener, NULL, NULL);
	char byte = '\0';

	while (byte != '\n' && read(fd, &byte, 1) == 1)
		;
	_exit(write(fd, answer, strlen(answer)) == (ssize_t)strlen(answer) ? 0 : 1);
}

static void begin(struct agent *agent, const char *answer)
{
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*agent = (struct agent){.folder = "/tmp/wattledger-ask-XXXXXX", .address = {.sun_family = AF_UNIX}};
	cr_assert_not_null(mkdtemp(agent->folder));
	snprintf(agent->address.sun_path, sizeof(agent->address.sun_path), "%s/control.sock", agent->folder);
	cr_assert_eq(bind(listener, (const struct sockaddr *)&agent->address, sizeof(agent->address)), 0);
	cr_assert_eq(listen(listener, 1), 0);
	agent->pid = fork();
	if (agent->pid == 0)
		serve(listener, answer);
	close(listener);
}

static void end(struct agent *agent)
{
	int status;

	cr_assert_eq(waitpid(agent->pid, &status, 0), agent->pid);
	cr_assert_eq(status, 0);
	unlink(agent->address.sun_path);
	rmdir(agent->folder);
}

Test(ask, an_order_is_answered)
{
	struct err_info info = {0};
	struct agent agent;
	struct buf out;

	begin(&agent, "0\nentered as 7\n");
	buf_init(&out, 100);
	cr_expect_eq(ask_agent_to_do(agent.folder, "enter", &out, &info), ERR_NONE, "%s", info.text);
	cr_expect_str_eq(buf_text(&out), "0\nentered as 7\n");
	buf_deinit(&out);
	end(&agent);
}

Test(ask, an_agent_that_ends_before_it_answers_may_have_carried_the_order_out)
{
	struct err_info info = {0};
	struct agent agent;
	struct buf out;

	begin(&agent, "");
	buf_init(&out, 100);
	cr_expect_eq(ask_agent_to_do(agent.folder, "enter", &out, &info), ERR_IO);
	cr_expect(strncmp(info.text, "the agent ended before it answered: ", 36) == 0, "%s", info.text);
	buf_deinit(&out);
	end(&agent);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* supervise_start: what each child is started with. */
#include "run/spawn.h"
#include "run/supervise_priv.h"
#include "wire/control.h"
#include "wire/packet.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { SOCKET_BUFFER_BYTES = 1 << 20 };

static enum err start_core(struct supervisor *supervisor, struct err_info *info)
{
	struct spawn_request request;
	int pair[2];
	enum err err = packet_pair(pair, SOCKET_BUFFER_BYTES, info);

	if (err != ERR_NONE)
		return err;
	spawn_request_init(&request, "wattledger-core");
	request.argument[0] = "--plan-fd";
	request.argument[1] = "3";
	request.argument[2] = "--control-fd";
	request.argument[3] = "4";
	request.fd[request.fd_count++] = supervisor->plans.fd[PLAN_CORE];
	request.fd[request.fd_count++] = pair[1];
	request.death_signal = SIGTERM; /* it commits what it has */
	(void)lseek(supervisor->plans.fd[PLAN_CORE], 0, SEEK_SET);
	err = spawn_start(&request, &supervisor->child[PLAN_CORE].pid, info);
	close(pair[1]);
	if (err != ERR_NONE) {
		close(pair[0]);
		return err;
	}
	supervisor->core_fd = pair[0];
	supervisor->is_core_ready = false;
	return ERR_NONE;
}

/* What every child but core is started with: its plan as descriptor 3. `program` is filled and borrowed by the request. */
static void fill_request(const struct supervisor *supervisor, enum plan_kind kind, struct spawn_request *request,
			 char program[static PLAN_ID_BYTES])
{
	snprintf(program, PLAN_ID_BYTES, "wattledger-%s", plan_kind_name(kind));
	spawn_request_init(request, program);
	request->argument[0] = "--plan-fd";
	request->argument[1] = "3";
	request->fd[request->fd_count++] = supervisor->plans.fd[kind];
	request->capability = spawn_capability_of(kind);
	request->death_signal = SIGKILL;
	(void)lseek(supervisor->plans.fd[kind], 0, SEEK_SET);
}

/* Asks at core's control socket for all it shows, as the command line does. */
static enum err start_page(struct supervisor *supervisor, struct err_info *info)
{
	struct spawn_request request;
	char program[PLAN_ID_BYTES];

	fill_request(supervisor, PLAN_PAGE, &request, program);
	return spawn_start(&request, &supervisor->child[PLAN_PAGE].pid, info);
}

static enum err start_peer(struct supervisor *supervisor, enum plan_kind kind, struct err_info *info)
{
	struct control peer = {.type = CONTROL_PEER, .kind = kind};
	struct spawn_request request;
	char program[PLAN_ID_BYTES];
	int pair[2];
	enum err err = packet_pair(pair, SOCKET_BUFFER_BYTES, info);

	if (err != ERR_NONE)
		return err;
	fill_request(supervisor, kind, &request, program);
	request.argument[2] = "--core-fd";
	request.argument[3] = "4";
	request.fd[request.fd_count++] = pair[1];
	err = control_send(supervisor->core_fd, &peer, pair[0], info);
	if (err == ERR_NONE)
		err = spawn_start(&request, &supervisor->child[kind].pid, info);
	close(pair[0]);
	close(pair[1]);
	return err;
}

enum err supervise_start(struct supervisor *supervisor, enum plan_kind kind, struct err_info *info)
{
	char program[PLAN_ID_BYTES];
	char path[PLAN_PATH_BYTES];

	snprintf(program, sizeof(program), "wattledger-%s", plan_kind_name(kind));
	if (spawn_find(program, path, sizeof(path), NULL) != ERR_NONE)
		return err_set(info, ERR_UNAVAILABLE, "%s is not installed: `apt install %s` (or dnf; from source `make deps all`)",
			       program, spawn_package_of(program));
	switch (kind) {
	case PLAN_CORE: return start_core(supervisor, info);
	case PLAN_PAGE: return start_page(supervisor, info);
	default: return start_peer(supervisor, kind, info);
	}
}

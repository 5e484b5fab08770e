/* SPDX-License-Identifier: Apache-2.0 */
/* core_control: the supervisor's messages, and the unix socket at which the command line asks. */
#include "run/core_priv.h"

#include "run/orders.h"
#include "wire/control.h"
#include "wire/order.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 128 << 20, BACKLOG = 8 };

/* A client that takes no answer is not waited for. */
#define CLIENT_NS (10 * CLOCK_NS_PER_S)

/* ---- Supervisor ---- */

void core_tell_supervisor(struct core *core, int type, int kind, const char *text)
{
	struct control message = {.type = (enum control_type)type, .kind = (enum plan_kind)kind};
	struct err_info info = {0};

	snprintf(message.text, sizeof(message.text), "%s", text);
	if (core->control_fd >= 0 && control_send(core->control_fd, &message, -1, &info) != ERR_NONE)
		log_warning("the supervisor does not hear: %s", info.text);
}

static bool wire_kind_of(enum plan_kind kind, enum wire_kind *out)
{
	for (int i = 0; i < WIRE_KIND_COUNT; i++) {
		if (strcmp(wire_kind_name((enum wire_kind)i), plan_kind_name(kind)) == 0) {
			*out = (enum wire_kind)i;
			return true;
		}
	}
	return false;
}

static void take_message(struct core *core, const struct control *message, int fd)
{
	enum wire_kind kind;

	if (message->type == CONTROL_PEER && fd >= 0 && wire_kind_of(message->kind, &kind)) {
		core_peer_attach(core, kind, fd);
	} else if (message->type == CONTROL_CHILD && fd < 0) {
		memcpy(core->absent[message->kind], message->text, sizeof(core->absent[message->kind]));
	} else if (message->type == CONTROL_RELOAD && fd >= 0) {
		memset(core->absent, 0, sizeof(core->absent)); /* all are tried again */
		core_reload(core, fd);
	} else {
		log_warning("the supervisor sent message %d for %s, which is not understood", (int)message->type,
			    plan_kind_name(message->kind));
		if (fd >= 0)
			close(fd);
	}
}

void core_control_drain(struct core *core)
{
	while (core->control_fd >= 0) {
		struct err_info info = {0};
		struct control message = {0};
		int fd = -1;
		enum err err = control_receive(core->control_fd, &message, &fd, &info);

		if (err == ERR_BUSY)
			return;
		if (err == ERR_NONE) {
			take_message(core, &message, fd);
			continue;
		}
		/* The supervisor is gone: nobody would restart or stop us. What we have is committed, then we end. */
		core_unwatch(core, core->control_fd);
		close(core->control_fd);
		core->control_fd = -1;
		core->is_stopping = true;
	}
}

/* ---- Clients ---- */

static void drop_client(struct core *core, struct core_client *client)
{
	core_unwatch(core, client->fd);
	close(client->fd);
	client->fd = -1;
	core_order_forget(core, client);
	client->is_waiting = false;
	buf_deinit(&client->request);
	buf_deinit(&client->answer);
}

enum err core_server_open(struct core *core, struct err_info *info)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (core->plan.control_path[0] == '\0')
		return ERR_NONE;
	if (strlen(core->plan.control_path) >= sizeof(address.sun_path))
		return err_set(info, ERR_CONFIG, "the control socket's path '%s' has more than %zu bytes: choose a shorter state folder",
			       core->plan.control_path, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, core->plan.control_path, strlen(core->plan.control_path) + 1);
	/* We hold the ledger's lock: a socket that is there was left by one that has ended. */
	(void)unlink(address.sun_path);
	core->server_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (core->server_fd < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot make the control socket");
	if (bind(core->server_fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot bind the control socket %s", address.sun_path);
	if (chmod(address.sun_path, 0660) != 0 || listen(core->server_fd, BACKLOG) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot open the control socket %s", address.sun_path);
	return core_watch(core, core->server_fd, CORE_SERVER, 0, info);
}

void core_server_close(struct core *core)
{
	for (size_t i = 0; i < CORE_CLIENTS_MAX; i++) {
		if (core->client[i].fd >= 0)
			drop_client(core, &core->client[i]);
	}
	if (core->server_fd < 0)
		return;
	close(core->server_fd);
	core->server_fd = -1;
	(void)unlink(core->plan.control_path);
}

/* A free place, or that of a client that has dawdled. */
static struct core_client *make_place(struct core *core)
{
	struct core_client *oldest = &core->client[0];

	for (size_t i = 0; i < CORE_CLIENTS_MAX; i++) {
		if (core->client[i].fd < 0)
			return &core->client[i];
		if (core->client[i].since_ns < oldest->since_ns)
			oldest = &core->client[i];
	}
	if (core->now.boot_ns - oldest->since_ns < CLIENT_NS)
		return NULL;
	drop_client(core, oldest);
	return oldest;
}

void core_server_accept(struct core *core)
{
	struct core_client *client = make_place(core);
	struct err_info info = {0};
	int fd = accept4(core->server_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (client == NULL) {
		close(fd);
		return;
	}
	*client = (struct core_client){.fd = fd, .since_ns = core->now.boot_ns};
	buf_init(&client->request, ORDER_BYTES_MAX);
	buf_init(&client->answer, ANSWER_BYTES_MAX);
	if (core_watch(core, fd, CORE_CLIENT, (uint32_t)(client - core->client), &info) != ERR_NONE) {
		log_error("control socket: %s", info.text);
		close(fd);
		client->fd = -1;
	}
}

/* The socket's group may ask (auditors are in it); orders are taken from root and from the agent's own user alone. */
static bool may_order(int fd)
{
	struct ucred peer = {0};
	socklen_t bytes = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 && (peer.uid == 0 || peer.uid == geteuid());
}

static void answer(struct core *core, struct core_client *client)
{
	const char *request = buf_text(&client->request);

	if (strcmp(request, "status") == 0) {
		core_status_write(core, &client->answer);
	} else if (strcmp(request, "metrics") == 0 || strcmp(request, "openmetrics") == 0) {
		core_metrics_write(core, &client->answer, request[0] == 'o');
	} else if (!may_order(client->fd)) {
		buf_add_text(&client->answer, "{\"error\":\"only root and the agent's own user may order that\"}\n");
	} else if (strcmp(request, "reload") == 0) {
		/* The supervisor reloads on SIGHUP; it is our parent as long as its socket is open. */
		buf_add_text(&client->answer, kill(getppid(), SIGHUP) == 0 ? "{\"reload\":\"begun\"}\n" : "{\"reload\":\"refused\"}\n");
	} else if (strcmp(request, "commit") == 0) {
		core->is_commit_forced = true;
		core->commit_due_ns = core->now.boot_ns;
		buf_add_text(&client->answer, "{\"commit\":\"begun\"}\n");
	} else if (orders_is_one(request)) {
		core_order_begin(core, client);
	} else {
		buf_add_text(
		    &client->answer,
		    "{\"error\":\"one of status, metrics, openmetrics, reload, commit, seal, restate, correct, enter, void is expected\"}\n");
	}
}

/* Reads until the request's line is whole, and cuts it there; false: not yet, or the client is gone (dropped then). */
static bool read_request(struct core *core, struct core_client *client)
{
	char bytes[4096];
	ssize_t got = read(client->fd, bytes, sizeof(bytes));
	char *end;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got > 0)
		buf_add(&client->request, bytes, (size_t)got);
	end = client->request.bytes == 0 ? NULL : memchr(client->request.data, '\n', client->request.bytes);
	if (end != NULL) {
		end[end > client->request.data && end[-1] == '\r' ? -1 : 0] = '\0';
		return true;
	}
	if (got <= 0 || client->request.is_failed)
		drop_client(core, client);
	return false;
}

static void wait_writable(struct core *core, struct core_client *client)
{
	struct epoll_event event = {
	    .events = EPOLLOUT,
	    .data.u64 = (uint64_t)CORE_CLIENT << 32 | (uint64_t)(client - core->client),
	};

	if (epoll_ctl(core->epoll_fd, EPOLL_CTL_MOD, client->fd, &event) != 0)
		drop_client(core, client);
}

static void send_answer(struct core *core, struct core_client *client)
{
	ssize_t sent = send(client->fd, client->answer.data + client->sent_bytes, client->answer.bytes - client->sent_bytes, MSG_NOSIGNAL);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		sent = 0;
	if (sent < 0) {
		drop_client(core, client);
		return;
	}
	client->sent_bytes += (size_t)sent;
	if (client->sent_bytes == client->answer.bytes)
		drop_client(core, client);
	else
		wait_writable(core, client);
}

void core_client_answer(struct core *core, struct core_client *client)
{
	client->is_waiting = false;
	send_answer(core, client);
}

void core_client_serve(struct core *core, uint32_t index)
{
	struct core_client *client = &core->client[index];

	if (client->fd < 0)
		return;
	if (client->is_waiting) {
		/* It had its say; that it is readable means that it is gone. What it ordered is done all the same. */
		drop_client(core, client);
		return;
	}
	if (client->answer.bytes == 0) {
		if (!read_request(core, client))
			return;
		answer(core, client);
		if (client->answer.bytes == 0)
			return;
	}
	send_answer(core, client);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp_server.h"

#include "base/clock.h"
#include "base/mem.h"
#include "udp.h"

#include <string.h>

enum { SOCKETS = 2, LATE_MAX = 4096, MS_MAX = 1000000 };

/* An answer that waits for its time. */
struct late {
	int64_t due_ns;
	struct udp *udp;
	struct udp_peer peer;
	uint8_t *data; /* NULL: the place is free */
	size_t bytes;
};

struct snmp_server {
	struct sim_fleet *fleet;
	const struct sim_agent *agent;
	const struct sim_clockwork *clock;
	struct udp *sockets[SOCKETS];
	size_t late_count;
	struct late late[LATE_MAX];
	uint8_t out[UDP_BATCH][SIM_MESSAGE_BYTES_MAX];
};

void sim_moment_now(const struct sim_clockwork *clock, struct sim_moment *now)
{
	int64_t real_ns = clock_boot_ns();

	now->t_s = sim_clockwork_t_s(clock, real_ns);
	now->real_ms = (real_ns - clock->real_start_ns) / CLOCK_NS_PER_MS;
}

enum err snmp_server_open(struct snmp_server **out, struct sim_fleet *fleet, const struct sim_agent *agent,
			  const struct sim_clockwork *clock, struct err_info *info)
{
	struct snmp_server *server = mem_new(sizeof *server);

	if (server == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for the answers' buffers");
	server->fleet = fleet;
	server->agent = agent;
	server->clock = clock;
	*out = server;
	return ERR_NONE;
}

enum err snmp_server_listen(struct snmp_server *server, struct sim_life *life, uint16_t *port, bool has_ipv6, struct err_info *info)
{
	enum err err = udp_open(&server->sockets[0], AF_INET, port, info);

	if (err == ERR_NONE)
		err = sim_life_watch(life, udp_fd(server->sockets[0]), SIM_LIFE_OWN, info);
	if (err == ERR_NONE && has_ipv6)
		err = udp_open(&server->sockets[1], AF_INET6, port, info);
	if (err == ERR_NONE && has_ipv6)
		err = sim_life_watch(life, udp_fd(server->sockets[1]), SIM_LIFE_OWN + 1, info);
	return err;
}

struct snmp_server *snmp_server_close(struct snmp_server *server)
{
	if (server == NULL)
		return NULL;
	for (size_t i = 0; i < LATE_MAX; i++)
		mem_free(server->late[i].data);
	for (size_t i = 0; i < SOCKETS; i++)
		server->sockets[i] = udp_close(server->sockets[i]);
	return mem_free(server);
}

/* Keeps a copy until it is due. When LATE_MAX wait already it is lost. */
static void keep_late(struct snmp_server *server, struct udp *udp, const struct udp_peer *peer, const uint8_t *data,
		      const struct sim_reply *reply)
{
	size_t i = 0;

	while (i < LATE_MAX && server->late[i].data != NULL)
		i++;
	if (i == LATE_MAX)
		return;
	uint8_t *copy = (uint8_t *)mem_dup_bytes(data, reply->bytes);
	if (copy == NULL)
		return;
	server->late[i] = (struct late){
	    .due_ns = clock_boot_ns() + reply->delay_ms * CLOCK_NS_PER_MS,
	    .udp = udp,
	    .peer = *peer,
	    .data = copy,
	    .bytes = reply->bytes,
	};
	server->late_count++;
}

static void answer_datagram(struct snmp_server *server, struct udp *udp, const struct udp_datagram *datagram, const struct sim_moment *now)
{
	struct ber_in request = {.at = datagram->data, .end = datagram->data + datagram->bytes};
	bool is_ipv6 = udp == server->sockets[1];
	struct sim_device *device = is_ipv6 ? server->fleet->devices : sim_fleet_find(server->fleet, datagram->to_address);
	struct sim_reply reply;

	if (device == NULL)
		return;
	if (udp_queued(udp) + 2 > UDP_BATCH)
		udp_flush(udp);
	uint8_t *out = server->out[udp_queued(udp)];
	sim_agent_answer(server->agent, device, now, request, out, &reply);
	if (reply.bytes == 0)
		return;
	if (reply.delay_ms > 0) {
		keep_late(server, udp, &datagram->peer, out, &reply);
		return;
	}
	for (uint32_t i = 0; i < reply.copies; i++)
		udp_send(udp, &datagram->peer, out, reply.bytes);
}

void snmp_server_serve(struct snmp_server *server, uint32_t id)
{
	if (id < SIM_LIFE_OWN || id >= SIM_LIFE_OWN + SOCKETS)
		return;
	struct udp *udp = server->sockets[id - SIM_LIFE_OWN];
	size_t count = udp_receive(udp);
	struct sim_moment now;

	sim_moment_now(server->clock, &now);
	for (size_t i = 0; i < count; i++)
		answer_datagram(server, udp, udp_datagram(udp, i), &now);
	udp_flush(udp);
}

int snmp_server_send_late(struct snmp_server *server)
{
	int64_t now_ns = clock_boot_ns();
	int64_t next_ns = INT64_MAX;

	if (server->late_count == 0)
		return -1;
	for (size_t i = 0; i < LATE_MAX; i++) {
		struct late *late = &server->late[i];

		if (late->data == NULL)
			continue;
		if (late->due_ns > now_ns) {
			next_ns = late->due_ns < next_ns ? late->due_ns : next_ns;
			continue;
		}
		udp_send(late->udp, &late->peer, late->data, late->bytes);
		udp_flush(late->udp);
		late->data = mem_free(late->data);
		server->late_count--;
	}
	if (server->late_count == 0)
		return -1;
	int64_t wait_ms = (next_ns - now_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
	return wait_ms > MS_MAX ? MS_MAX : (int)wait_ms;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* snmp_server: the sockets of a fleet: takes requests, lets the devices answer, and sends answers, late ones when their time has come. */
#ifndef WATTLEDGER_SIM_SNMP_SERVER_H
#define WATTLEDGER_SIM_SNMP_SERVER_H

#include "fleet.h"
#include "life.h"

#include <stdbool.h>
#include <stdint.h>

struct snmp_server;

/*
 * Opens UDP *port (0: a free one, put into *port) for the fleet, also on ::1 when has_ipv6; there device 0 answers. `fleet`, `agent`
 * and `clock` are borrowed. Errors: ERR_IO, ERR_PERMISSION, ERR_MEMORY.
 */
enum err snmp_server_open(struct snmp_server **out, struct sim_fleet *fleet, const struct sim_agent *agent,
			  const struct sim_clockwork *clock, struct err_info *info) MUST_CHECK;
enum err snmp_server_listen(struct snmp_server *server, struct sim_life *life, uint16_t *port, bool has_ipv6,
			    struct err_info *info) MUST_CHECK;
struct snmp_server *snmp_server_close(struct snmp_server *server);

/* Answers what stands at the socket that sim_life_wait() named by `id`. */
void snmp_server_serve(struct snmp_server *server, uint32_t id);

/* Sends late answers that are due; returns the ms until the next one, -1 when none is waiting. */
int snmp_server_send_late(struct snmp_server *server) MUST_CHECK;

/* The present moment of the simulation. */
void sim_moment_now(const struct sim_clockwork *clock, struct sim_moment *now);

#endif

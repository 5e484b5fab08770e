/* SPDX-License-Identifier: Apache-2.0 */
/* modbus_port: the connections and lines of the simulated meters: requests come whole, answers leave when they are due. */
#ifndef WATTLEDGER_SIM_MODBUS_PORT_H
#define WATTLEDGER_SIM_MODBUS_PORT_H

#include "base/err.h"
#include "life.h"
#include "modbus_fault.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODBUS_PORTS_MAX = 1200, MODBUS_PENDING_MAX = 4096 };

struct modbus_port {
	int fd; /* -1: free */
	bool is_tcp;
	bool is_line;     /* a pseudo-terminal: it is never closed */
	uint32_t address; /* the address that was connected to, host order; 0 for a line */
	uint64_t serial;  /* tells one connection from the next on the same place */
	size_t bytes;
	uint8_t byte[MODBUS_FRAME_BYTES_MAX];
};

struct modbus_pending {
	int64_t due_ns;
	uint32_t port;
	uint64_t serial;
	struct modbus_delivery delivery;
};

struct modbus_ports {
	struct sim_life *life;
	int listen_fd[2]; /* TCP, serial frames over TCP; -1 */
	uint16_t number[2];
	char line_path[256]; /* of the pseudo-terminal; "" none */
	struct modbus_port port[MODBUS_PORTS_MAX];
	struct modbus_pending *pending; /* MODBUS_PENDING_MAX */
	size_t pending_count;
	uint64_t serial;
	/* Called with each whole request: unit and PDU behind the header. */
	void (*take)(void *context, uint32_t port, const uint8_t *frame, size_t bytes);
	void *context;
};

/* Nothing is open. `pending` is the caller's. */
void modbus_ports_init(struct modbus_ports *ports, struct sim_life *life, struct modbus_pending *pending);
void modbus_ports_close(struct modbus_ports *ports);

/* Listens on all IPv4 loopback addresses (0.0.0.0 is bound), port 0: any. Errors: ERR_IO. */
enum err modbus_ports_listen(struct modbus_ports *ports, bool is_tcp, uint16_t number, struct err_info *info) MUST_CHECK;

/* Opens a pseudo-terminal and makes `link` a symbolic link to its other end. Errors: ERR_IO. */
enum err modbus_ports_open_line(struct modbus_ports *ports, const char *link, struct err_info *info) MUST_CHECK;

/* Something is ready under this id of sim_life_wait(). */
void modbus_ports_work(struct modbus_ports *ports, uint32_t id);

/* Sends now what has no delay, keeps the rest. */
void modbus_ports_send(struct modbus_ports *ports, uint32_t port, const struct modbus_delivery *delivery, int64_t now_ns);

/* Sends what is due; returns how many ms until the next, -1 when nothing waits. */
int modbus_ports_flush(struct modbus_ports *ports, int64_t now_ns) MUST_CHECK;

/* Closes all connections, as a device that restarts does. */
void modbus_ports_drop(struct modbus_ports *ports);

#endif

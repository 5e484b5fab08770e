/* SPDX-License-Identifier: Apache-2.0 */
/* transport: one UDP socket for each address family, whole batches in and out with one system call, arrival times from the kernel. */
#ifndef WATTLEDGER_SNMP_TRANSPORT_H
#define WATTLEDGER_SNMP_TRANSPORT_H

#include "base/err.h"
#include "snmp/address.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct c_snmp_transport;

/* take is called for each datagram: it came from `from`, at `arrived_boot_ns`. foresee *MAY* be set: `take` will get this one soon. */
struct c_snmp_receiver {
	void (*foresee)(void *context, const uint8_t *message, size_t bytes);
	void (*take)(void *context, const struct c_snmp_address *from, const uint8_t *message, size_t bytes, int64_t arrived_boot_ns);
	void *context;
};

/* NULL when out of memory. */
struct c_snmp_transport *c_snmp_transport_new(void) MUST_CHECK;
struct c_snmp_transport *c_snmp_transport_free(struct c_snmp_transport *transport);

/* Opens the socket of a family (AF_INET, AF_INET6), once. Asks for a receive buffer of 4 MiB. Errors: ERR_IO. */
enum err c_snmp_transport_open(struct c_snmp_transport *transport, int family, struct err_info *info) MUST_CHECK;

/* How many answers may be on their way at a time: as many full packets as the smallest receive buffer holds, 64 to 2048. */
size_t c_snmp_transport_window(const struct c_snmp_transport *transport) MUST_CHECK;

/* Queues a message of at most 1472 bytes; sends a batch when it is full. */
void c_snmp_transport_send(struct c_snmp_transport *transport, const struct c_snmp_address *to, const uint8_t *message, size_t bytes);

/* Sends what is queued. What the kernel does not take is lost: the engine repeats it. */
void c_snmp_transport_flush(struct c_snmp_transport *transport);

/* Hands over all that has arrived. */
void c_snmp_transport_receive(struct c_snmp_transport *transport, const struct c_snmp_receiver *receiver);

/* The open sockets, for poll; returns how many. */
size_t c_snmp_transport_watch(const struct c_snmp_transport *transport, struct pollfd *out, size_t max);

/* Datagrams that the kernel dropped because a receive buffer was full, since the start. */
uint64_t c_snmp_transport_dropped_count(const struct c_snmp_transport *transport) MUST_CHECK;

#endif

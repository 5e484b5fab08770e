/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream: SNMP over TCP (RFC 3430): a connection for each device that is read so, made when there is something to send and kept open.
 * Where a message ends is told by its BER length. Nothing here waits.
 */
#ifndef WATTLEDGER_SNMP_STREAM_H
#define WATTLEDGER_SNMP_STREAM_H

#include "base/err.h"
#include "snmp/address.h"
#include "snmp/transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	C_SNMP_STREAM_MESSAGE_MAX = 65536, /* a longer one ends the connection */
	C_SNMP_STREAM_QUEUE_MAX = 16384,   /* bytes that wait to be sent; what comes on top is dropped */
	C_SNMP_STREAM_PATIENCE_S = 5,      /* unanswered for so long: the next message goes over a new connection */
};

struct c_snmp_streams;

/*
 * Called when a connection could not be made, or broke while an answer was due. error: an errno value; ECONNRESET: the device closed it;
 * EPROTO: what came is no SNMP message. context: the receiver's.
 */
typedef void (*c_snmp_stream_lost)(void *context, uint32_t device, int error);

/* NULL when out of memory, or of descriptors. */
struct c_snmp_streams *c_snmp_streams_new(void) MUST_CHECK;
struct c_snmp_streams *c_snmp_streams_free(struct c_snmp_streams *streams);

/* Sends a message of a device, over the connection that it has or a new one. A failure is told by the next c_snmp_streams_receive(). */
void c_snmp_streams_send(struct c_snmp_streams *streams, uint32_t device, const struct c_snmp_address *to, const uint8_t *message,
			 size_t bytes);

/* Goes on with what is under way: hands over whole messages that came (their time is now), and tells what was lost. */
void c_snmp_streams_receive(struct c_snmp_streams *streams, const struct c_snmp_receiver *receiver, c_snmp_stream_lost lost);

/* true: a failure is to be told. */
bool c_snmp_streams_has_failed(const struct c_snmp_streams *streams) MUST_CHECK;

/* One descriptor that stands for all connections, for poll (POLLIN); returns 0 when there is no device, else 1. */
size_t c_snmp_streams_watch(const struct c_snmp_streams *streams, struct pollfd *out, size_t max);

/*
 * Bytes of the message that begins at `data`, its header included; 0: too few bytes to tell; SIZE_MAX: it is none, or longer than
 * C_SNMP_STREAM_MESSAGE_MAX. Pure.
 */
size_t c_snmp_stream_message_bytes(const uint8_t *data, size_t bytes) MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* packet: one SEQPACKET record in or out, with at most one descriptor beside it. The only user of sendmsg and recvmsg between our processes. */
#ifndef WATTLEDGER_WIRE_PACKET_H
#define WATTLEDGER_WIRE_PACKET_H

#include "base/err.h"

#include <stddef.h>

/* Never blocks. ERR_BUSY: the socket is full, nothing was sent; ERR_UNAVAILABLE: the other end is closed; ERR_IO. fd -1: none. */
enum err packet_send(int socket_fd, const void *data, size_t bytes, int fd, struct err_info *info) MUST_CHECK;

/*
 * Never blocks. *bytes is the record's length (an empty record and the end of the stream are both ERR_UNAVAILABLE). *fd: the descriptor
 * that came along, close-on-exec, yours; or -1. ERR_BUSY: nothing there; ERR_DATA: longer than `capacity`, or more than one descriptor
 * (all are closed then).
 */
enum err packet_receive(int socket_fd, void *data, size_t capacity, size_t *bytes, int *fd, struct err_info *info) MUST_CHECK;

/* A connected pair of SEQPACKET sockets, close-on-exec and non-blocking, with `buffer_bytes` asked for each direction. */
enum err packet_pair(int pair[2], int buffer_bytes, struct err_info *info) MUST_CHECK;

#endif

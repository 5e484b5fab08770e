/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adu: Modbus messages on the wire. Pure. An answer is taken only when it is exactly the one that is waited for: number, unit, function,
 * length and check sum; anything else is foreign, whatever it may mean.
 *
 * Formats: Modbus application protocol V1.1b3 (PDU), Modbus messaging on TCP/IP implementation guide V1.0b (MBAP header), Modbus over
 * serial line V1.02 (RTU frame, CRC in appendix B).
 */
#ifndef WATTLEDGER_MODBUS_ADU_H
#define WATTLEDGER_MODBUS_ADU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	C_MODBUS_ADU_BYTES_MAX = 260,
	C_MODBUS_PDU_BYTES_MAX = 253,
	C_MODBUS_REQUEST_BYTES_MAX = 16,
	C_MODBUS_READ_HOLDING = 3,
	C_MODBUS_READ_INPUT = 4,
	C_MODBUS_ENCAPSULATED = 43,
	C_MODBUS_DEVICE_ID = 14, /* its sub-function: read device identification */
	C_MODBUS_EXCEPTION_ADDRESS = 2,
	C_MODBUS_EXCEPTION_VALUE = 3,
	C_MODBUS_EXCEPTION_FAILURE = 4,
	C_MODBUS_EXCEPTION_ACKNOWLEDGE = 5,
	C_MODBUS_EXCEPTION_BUSY = 6,
	C_MODBUS_EXCEPTION_NO_PATH = 10,
	C_MODBUS_EXCEPTION_NO_ANSWER = 11,
};

/* What is asked. Function 3, 4: `count` registers from `address`. Function 43: device identification, read code 1, from object `address`. */
struct c_modbus_request {
	uint8_t unit;
	uint8_t function;
	uint16_t address;
	uint16_t count;
};

/* The unit and the PDU of a request, without header and check sum; returns the bytes. */
size_t c_modbus_adu_print_request(const struct c_modbus_request *request, uint8_t out[static C_MODBUS_REQUEST_BYTES_MAX]);

/* Puts the header of a TCP message before `bytes` of unit and PDU; returns the bytes. */
size_t c_modbus_adu_add_header(uint16_t transaction, const uint8_t *body, size_t bytes, uint8_t *out, size_t out_bytes);

/* CRC-16 of a serial frame; it stands low byte first behind it. */
uint16_t c_modbus_adu_crc(const uint8_t *bytes, size_t count) __attribute__((warn_unused_result));

enum c_modbus_verdict {
	C_MODBUS_MORE = 0,  /* so far it may become the answer */
	C_MODBUS_ANSWER,    /* data, data_bytes: behind the byte count (function 43: behind the function) */
	C_MODBUS_EXCEPTION, /* exception */
	C_MODBUS_FOREIGN,   /* it is not, and never will be */
};

struct c_modbus_answer {
	const uint8_t *data; /* within the bytes that were given */
	size_t data_bytes;
	uint8_t exception;
	size_t frame_bytes; /* from the start of what was given, an echo included */
};

/* Looks at what has come since the request was sent. TCP: with its header. */
enum c_modbus_verdict c_modbus_adu_take_tcp(const struct c_modbus_request *request, uint16_t transaction, const uint8_t *bytes,
					    size_t count, struct c_modbus_answer *out) __attribute__((warn_unused_result));

/*
 * The same for a serial frame; an exact echo of the request before it is passed over, and whole frames of other units behind it are no
 * matter.
 */
enum c_modbus_verdict c_modbus_adu_take_rtu(const struct c_modbus_request *request, const uint8_t *bytes, size_t count,
					    struct c_modbus_answer *out) __attribute__((warn_unused_result));

/*
 * Bytes at the start of what has come that are whole messages of no concern: on a serial line frames of other units, with a right check sum; on
 * TCP answers to earlier requests, by their number. *is_partial: what follows them may become one. `unit` 0: no unit is asked, all are others.
 */
size_t c_modbus_adu_skip_rtu(uint8_t unit, const uint8_t *bytes, size_t count, bool *is_partial) __attribute__((warn_unused_result));
size_t c_modbus_adu_skip_tcp(uint16_t transaction, const uint8_t *bytes, size_t count, bool *is_partial)
    __attribute__((warn_unused_result));

#endif

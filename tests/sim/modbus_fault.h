/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modbus_fault: what a simulated unit does wrong: one word, with a number behind a colon where it says so.
 *
 *   none  silent  late:MS  wrong-unit  wrong-function  wrong-length  wrong-check (CRC; TCP: number)  torn  noise  echo  duplicate:MS
 *   exception:CODE  other (registers beside those that were asked for, as a late answer has)  mix:MS (any of these or none, by chance,
 *   with delays of up to MS)  deaf:COUNT (silent when it is asked for so many registers)
 */
#ifndef WATTLEDGER_SIM_MODBUS_FAULT_H
#define WATTLEDGER_SIM_MODBUS_FAULT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum modbus_fault_kind {
	MODBUS_FAULT_NONE = 0,
	MODBUS_FAULT_SILENT,
	MODBUS_FAULT_LATE,
	MODBUS_FAULT_WRONG_UNIT,
	MODBUS_FAULT_WRONG_FUNCTION,
	MODBUS_FAULT_WRONG_LENGTH,
	MODBUS_FAULT_WRONG_CHECK,
	MODBUS_FAULT_TORN,
	MODBUS_FAULT_NOISE,
	MODBUS_FAULT_ECHO,
	MODBUS_FAULT_DUPLICATE,
	MODBUS_FAULT_EXCEPTION,
	MODBUS_FAULT_OTHER,
	MODBUS_FAULT_MIX,
	MODBUS_FAULT_DEAF,
	MODBUS_FAULT_COUNT
};

struct modbus_fault {
	enum modbus_fault_kind kind;
	uint32_t number; /* ms, the exception's code, or registers */
};

enum { MODBUS_FRAME_BYTES_MAX = 600 };

/* What is to be sent, and when; twice for a duplicate. */
struct modbus_delivery {
	int64_t delay_ms;
	int64_t again_ms; /* -1: once */
	size_t bytes;
	uint8_t byte[MODBUS_FRAME_BYTES_MAX];
};

/* Errors: ERR_USAGE. */
enum err modbus_fault_parse(const char *text, struct modbus_fault *out, struct err_info *info) MUST_CHECK;

/* A fault by chance for `mix`: about half of them none. *state is the source of chance. */
struct modbus_fault modbus_fault_draw(const struct modbus_fault *mix, uint64_t *state) MUST_CHECK;

/* CRC-16 of a serial frame. */
uint16_t modbus_fault_crc(const uint8_t *bytes, size_t count) MUST_CHECK;

/*
 * What becomes of an honest answer. Serial frames carry a CRC, which is made anew where the fault does not spoil it; frames of TCP begin with
 * seven bytes of header. bytes 0 in *out: nothing is sent.
 */
void modbus_fault_apply(const struct modbus_fault *fault, bool is_tcp, const uint8_t *request, size_t request_bytes, const uint8_t *answer,
			size_t answer_bytes, struct modbus_delivery *out);

#endif

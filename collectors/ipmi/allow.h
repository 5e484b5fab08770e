/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * allow: a request to a BMC and its answer, and the one list of requests that may leave. All of them read; what is not in it is refused
 * before it reaches the library. (To open and close a session the library itself sends what RMCP+ needs for that.)
 */
#ifndef WATTLEDGER_IPMI_ALLOW_H
#define WATTLEDGER_IPMI_ALLOW_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_IPMI_REQUEST_BYTES = 16, C_IPMI_ANSWER_BYTES = 128 };

/* Network functions (IPMI v2.0 rev. 1.1, table 5-1). */
enum c_ipmi_netfn {
	C_IPMI_SENSOR = 0x04,
	C_IPMI_APP = 0x06,
	C_IPMI_STORAGE = 0x0a,
	C_IPMI_GROUP = 0x2c,      /* the first byte of data says whose: 0xdc DCMI */
	C_IPMI_OEM_LENOVO = 0x2e, /* the first bytes of data say whose: 0x66 0x4a 0x00 Lenovo */
	C_IPMI_OEM_DELL = 0x30,
	C_IPMI_OEM_SD650 = 0x3a,
};

enum c_ipmi_command {
	C_IPMI_GET_DEVICE_ID = 0x01,      /* app */
	C_IPMI_GET_SYSTEM_GUID = 0x37,    /* app */
	C_IPMI_GET_SENSOR_READING = 0x2d, /* sensor */
	C_IPMI_RESERVE_SDR = 0x22,        /* storage: a number for what is read in parts; nothing is locked */
	C_IPMI_GET_SDR = 0x23,            /* storage */
	C_IPMI_DCMI_CAPABILITIES = 0x01,  /* group */
	C_IPMI_DCMI_POWER_READING = 0x02, /* group */
	C_IPMI_DCMI_TEMPERATURE = 0x10,   /* group */
	C_IPMI_DELL_ENERGY = 0x9c,        /* OEM, Dell */
	C_IPMI_LENOVO_ENERGY = 0x81,      /* OEM, Lenovo */
	C_IPMI_LENOVO_ARGUMENT = 0x82,    /* OEM, Lenovo: what the energy is asked with */
	C_IPMI_SD650_ENERGY = 0x32,       /* OEM, Lenovo SD650 */
};

struct c_ipmi_request {
	uint8_t netfn;
	uint8_t lun; /* 0..3 */
	uint8_t command;
	uint8_t bytes;
	uint8_t data[C_IPMI_REQUEST_BYTES];
};

struct c_ipmi_answer {
	uint8_t completion; /* 0 done; else why not (table 5-2) */
	uint8_t bytes;
	uint8_t data[C_IPMI_ANSWER_BYTES]; /* behind the completion code */
};

/* true for the requests that are in the list: they read and change nothing. */
bool c_ipmi_allow_is_read(const struct c_ipmi_request *request) MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identity: whose BMC it is, from Get Device ID and Get System GUID (IPMI v2.0 20.1, 22.14). Pure. */
#ifndef WATTLEDGER_IPMI_IDENTITY_H
#define WATTLEDGER_IPMI_IDENTITY_H

#include "ipmi/allow.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stdint.h>

/* Numbers of manufacturers (IANA private enterprise numbers) whose own commands are known. */
enum { C_IPMI_MANUFACTURER_DELL = 674, C_IPMI_MANUFACTURER_LENOVO = 19046 };

struct c_ipmi_identity {
	uint32_t manufacturer; /* 20 bits; 0 unspecified */
	uint16_t product;
	char vendor[METER_IDENTITY_BYTES];
	char model[METER_IDENTITY_BYTES];    /* "product 0x0f02": what a BMC itself tells */
	char firmware[METER_IDENTITY_BYTES]; /* "2.85" */
	char serial[METER_IDENTITY_BYTES];   /* of the machine: its GUID, in the order of its bytes; "" none */
};

/* Requests. */
struct c_ipmi_request c_ipmi_identity_ask_device(void) MUST_CHECK;
struct c_ipmi_request c_ipmi_identity_ask_guid(void) MUST_CHECK;

/* Answers with completion code 0. false: too short, or a GUID of zeros or ones alone, which stands for none. */
bool c_ipmi_identity_parse_device(const struct c_ipmi_answer *answer, struct c_ipmi_identity *out) MUST_CHECK;
bool c_ipmi_identity_parse_guid(const struct c_ipmi_answer *answer, struct c_ipmi_identity *out) MUST_CHECK;

#endif

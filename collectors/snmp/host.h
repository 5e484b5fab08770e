/* SPDX-License-Identifier: Apache-2.0 */
/* host: what the engine needs from outside. */
#ifndef WATTLEDGER_SNMP_HOST_H
#define WATTLEDGER_SNMP_HOST_H

#include "model/meter.h"
#include "model/sample.h"
#include "snmp/address.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the engine needs from outside. All MUST be set. */
struct c_snmp_host {
	void *context;
	/* Sends one message (borrowed) for a device; losing it is allowed. */
	void (*send)(void *context, uint32_t device, const struct c_snmp_address *address, bool is_tcp, const uint8_t *message,
		     size_t bytes);
	/* As the frame's functions of these names. */
	void (*put_meter)(void *context, uint32_t device, uint32_t meter, const struct meter_info *info);
	void (*mark_changed)(void *context, uint32_t device);
	void (*end_read)(void *context, uint32_t device, enum device_state state, uint32_t latency_us, const struct sample *sample,
			 size_t count);
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* address: where a device answers: a numeric IPv4 or IPv6 address and a port. */
#ifndef WATTLEDGER_SNMP_ADDRESS_H
#define WATTLEDGER_SNMP_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { C_SNMP_ADDRESS_TEXT_BYTES = 72 };

/* Value type. ip holds 4 bytes for AF_INET, 16 for AF_INET6, in network order. */
struct c_snmp_address {
	uint8_t ip[16];
	uint32_t scope; /* AF_INET6: interface number of a link-local address, 0 none */
	uint16_t port;
	uint8_t family;
};

/* From "192.0.2.1", "2001:db8::1" or "fe80::1%eth0" and a port. Errors: ERR_DATA. */
enum err c_snmp_address_parse(struct c_snmp_address *out, const char *host, uint16_t port, struct err_info *info) MUST_CHECK;

/* To and from what sockets take. from: false for other families. */
socklen_t c_snmp_address_to_socket(const struct c_snmp_address *address, struct sockaddr_storage *out);
bool c_snmp_address_from_socket(struct c_snmp_address *out, const struct sockaddr_storage *in) MUST_CHECK;

/* Same family, address, scope and port. */
bool c_snmp_address_is_same(const struct c_snmp_address *a, const struct c_snmp_address *b) MUST_CHECK;

/* "192.0.2.1:161", "[2001:db8::1]:161". */
void c_snmp_address_print(const struct c_snmp_address *address, char out[static C_SNMP_ADDRESS_TEXT_BYTES]);

#endif

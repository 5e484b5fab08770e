/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum err c_snmp_address_parse(struct c_snmp_address *out, const char *host, uint16_t port, struct err_info *info)
{
	struct c_snmp_address address = {.port = port, .family = AF_INET};
	char text[INET6_ADDRSTRLEN] = "";
	const char *percent = strchr(host, '%');
	size_t bytes = percent != NULL ? (size_t)(percent - host) : strlen(host);

	if (port == 0 || bytes >= sizeof text)
		return err_set(info, ERR_DATA, "%s:%u is no numeric address with a port", host, (unsigned)port);
	memcpy(text, host, bytes);
	if (percent == NULL && inet_pton(AF_INET, text, address.ip) == 1) {
		*out = address;
		return ERR_NONE;
	}
	address.family = AF_INET6;
	if (inet_pton(AF_INET6, text, address.ip) != 1)
		return err_set(info, ERR_DATA, "%s is no numeric address", host);
	if (percent != NULL) {
		address.scope = if_nametoindex(percent + 1);
		if (address.scope == 0)
			return err_set(info, ERR_DATA, "%s: there is no interface %s", host, percent + 1);
	}
	*out = address;
	return ERR_NONE;
}

socklen_t c_snmp_address_to_socket(const struct c_snmp_address *address, struct sockaddr_storage *out)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	if (address->family == AF_INET) {
		*in4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(address->port)};
		memcpy(&in4->sin_addr, address->ip, sizeof in4->sin_addr);
		return sizeof *in4;
	}
	*in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(address->port), .sin6_scope_id = address->scope};
	memcpy(&in6->sin6_addr, address->ip, sizeof in6->sin6_addr);
	return sizeof *in6;
}

bool c_snmp_address_from_socket(struct c_snmp_address *out, const struct sockaddr_storage *in)
{
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)in;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)in;

	*out = (struct c_snmp_address){.family = (uint8_t)in->ss_family};
	if (in->ss_family == AF_INET) {
		memcpy(out->ip, &in4->sin_addr, sizeof in4->sin_addr);
		out->port = ntohs(in4->sin_port);
	} else if (in->ss_family == AF_INET6) {
		memcpy(out->ip, &in6->sin6_addr, sizeof in6->sin6_addr);
		out->port = ntohs(in6->sin6_port);
		out->scope = in6->sin6_scope_id;
	}
	return in->ss_family == AF_INET || in->ss_family == AF_INET6;
}

bool c_snmp_address_is_same(const struct c_snmp_address *a, const struct c_snmp_address *b)
{
	return a->family == b->family && a->port == b->port && a->scope == b->scope && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

void c_snmp_address_print(const struct c_snmp_address *address, char out[static C_SNMP_ADDRESS_TEXT_BYTES])
{
	char text[INET6_ADDRSTRLEN] = "?";

	(void)inet_ntop(address->family, address->ip, text, sizeof text);
	(void)snprintf(out, C_SNMP_ADDRESS_TEXT_BYTES, address->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, (unsigned)address->port);
}

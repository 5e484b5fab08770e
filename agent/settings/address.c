/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/address.h"

#include "base/num.h"

#include <string.h>

enum { ADDRESS_SNMP_PORT = 161 };

/* Host and port of what follows "//". */
static bool parse_host(const char *text, struct address *address)
{
	const char *end = text + strcspn(text, ":");
	const char *host = text;
	int64_t port = ADDRESS_SNMP_PORT;

	if (text[0] == '[') {
		host = text + 1;
		end = strchr(host, ']');
		if (end == NULL)
			return false;
	}
	size_t bytes = (size_t)(end - host);
	if (bytes == 0 || bytes >= sizeof address->host)
		return false;
	memcpy(address->host, host, bytes);
	address->host[bytes] = '\0';
	const char *rest = text[0] == '[' ? end + 1 : end;
	if (rest[0] == ':' && (!num_parse_i64(rest + 1, &port) || port < 1 || port > UINT16_MAX))
		return false;
	if (rest[0] != ':' && rest[0] != '\0')
		return false;
	address->port = (uint16_t)port;
	size_t plain = strspn(address->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
	return text[0] == '[' ? strchr(address->host, ':') != NULL : address->host[plain] == '\0';
}

static bool parse_snmp(struct address *address, const struct yaml_node *node, const char *rest, struct problems *problems)
{
	if (strchr(rest, '@') != NULL) {
		problems_add_error(problems, node->place, "address: the community or user does not belong here: write community: or user:");
		return false;
	}
	if (!parse_host(rest, address)) {
		problems_add_error(
		    problems, node->place,
		    "address: \"%s\" is no host with an optional port: snmp://pdu1.example.net, snmp://192.0.2.7:161, snmp://[2001:db8::7]:161",
		    node->text);
		return false;
	}
	address->source = WIRE_KIND_SNMP;
	return true;
}

/* Schemes of collectors that this version does not have. */
static bool is_missing_scheme(const char *text, const char **collector)
{
	static const struct {
		const char *prefix;
		const char *collector;
	} missing[] = {{"modbus", "modbus"}, {"ipmi", "ipmi"}, {"redfish", "redfish"}, {"pcap", "traffic"}, {"traffic", "traffic"}};

	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
		size_t bytes = strlen(missing[i].prefix);
		if (strncmp(text, missing[i].prefix, bytes) != 0 || strchr(":+", text[bytes]) == NULL)
			continue;
		*collector = missing[i].collector;
		return true;
	}
	return false;
}

bool address_parse(struct address *address, const struct yaml_node *node, struct problems *problems)
{
	static const char udp[] = "snmp://";
	static const char tcp[] = "snmp+tcp://";
	const char *collector = NULL;

	if (node->kind != YAML_SCALAR)
		return false;
	if (strcmp(node->text, "rapl") == 0) {
		address->source = WIRE_KIND_RAPL;
		return true;
	}
	if (strncmp(node->text, udp, sizeof udp - 1) == 0)
		return parse_snmp(address, node, node->text + sizeof udp - 1, problems);
	address->is_tcp = strncmp(node->text, tcp, sizeof tcp - 1) == 0;
	if (address->is_tcp)
		return parse_snmp(address, node, node->text + sizeof tcp - 1, problems);
	if (is_missing_scheme(node->text, &collector))
		problems_add_error(problems, node->place, "address: this version has no %s collector yet", collector);
	else if (strstr(node->text, "://") == NULL && node->text[0] != '\0')
		problems_add_error(problems, node->place, "address: \"%s\" has no protocol: did you mean snmp://%s?", node->text,
				   node->text);
	else
		problems_add_error(problems, node->place,
				   "address: \"%s\" is not understood: snmp://HOST[:PORT], snmp+tcp://HOST[:PORT] or rapl", node->text);
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/address.h"

#include "base/num.h"
#include "base/text.h"

#include <string.h>

enum { ADDRESS_SNMP_PORT = 161, ADDRESS_IPMI_PORT = 623 };

/* Host and port of what follows "//". `port`: when none is written. */
static bool parse_host(const char *text, int64_t port, struct address *address)
{
	const char *end = text + strcspn(text, ":");
	const char *host = text;

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
	if (!parse_host(rest, ADDRESS_SNMP_PORT, address)) {
		problems_add_error(
		    problems, node->place,
		    "address: \"%s\" is no host with an optional port: snmp://pdu1.example.net, snmp://192.0.2.7:161, snmp://[2001:db8::7]:161",
		    node->text);
		return false;
	}
	address->source = WIRE_KIND_SNMP;
	return true;
}

/* USER@HOST[:PORT]; the user may hold an @ of its own. */
static bool parse_ipmi_network(struct address *address, const char *rest)
{
	const char *at = strrchr(rest, '@');
	size_t bytes = at == NULL ? 0 : (size_t)(at - rest);

	if (bytes == 0 || bytes >= sizeof address->user || memchr(rest, ':', bytes) != NULL)
		return false;
	memcpy(address->user, rest, bytes);
	address->user[bytes] = '\0';
	return parse_host(at + 1, ADDRESS_IPMI_PORT, address);
}

/* What follows "ipmi:": "//USER@HOST[:PORT]", "local" or a device file. */
static bool parse_ipmi(struct address *address, const struct yaml_node *node, const char *rest, struct problems *problems)
{
	static const char device[] = "/dev/ipmi";

	address->source = WIRE_KIND_IPMI;
	if (strcmp(rest, "local") == 0)
		return text_copy(address->path, sizeof address->path, "/dev/ipmi0");
	if (strncmp(rest, device, sizeof device - 1) == 0 && text_copy(address->path, sizeof address->path, rest))
		return true;
	if (strncmp(rest, "//", 2) == 0 && parse_ipmi_network(address, rest + 2))
		return true;
	/* A password may stand in it: it is not shown. */
	problems_add_error(
	    problems, node->place,
	    "address: ipmi is written as ipmi://USER@HOST[:PORT] with password: beside it, or ipmi:local for this host's own BMC");
	return false;
}

/* One unit: a range is for a scan. */
static bool parse_modbus(struct address *address, const struct yaml_node *node, struct problems *problems)
{
	if (!address_modbus_parse(&address->modbus, node->text) || address->modbus.first_unit != address->modbus.last_unit) {
		problems_add_error(problems, node->place, "address: \"%s\" is no Modbus unit: " ADDRESS_MODBUS_FORMS, node->text);
		return false;
	}
	address->source = WIRE_KIND_MODBUS;
	return true;
}

/* Schemes of collectors that this version does not have. */
static bool is_missing_scheme(const char *text, const char **collector)
{
	static const struct {
		const char *prefix;
		const char *collector;
	} missing[] = {{"redfish", "redfish"}};

	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
		size_t bytes = strlen(missing[i].prefix);
		if (strncmp(text, missing[i].prefix, bytes) != 0 || strchr(":+", text[bytes]) == NULL)
			continue;
		*collector = missing[i].collector;
		return true;
	}
	return false;
}

/* What the kernel and the drivers of this host show. */
static bool parse_local(struct address *address, const char *text)
{
	static const char *const name[PLAN_RAPL_KIND_COUNT] = {"rapl", "hwmon", "power_supply", "nvml"}; /* enum plan_rapl_kind */

	for (int kind = 0; kind < PLAN_RAPL_KIND_COUNT; kind++) {
		if (strcmp(text, name[kind]) != 0)
			continue;
		address->source = WIRE_KIND_RAPL;
		address->kind = (enum plan_rapl_kind)kind;
		return true;
	}
	return false;
}

/* An interface of this machine, or a file of packets. The name of an interface is no longer than the kernel's (IFNAMSIZ). */
static bool parse_traffic(struct address *address, const struct yaml_node *node, const char *rest, struct problems *problems)
{
	size_t bytes = strlen(rest);
	bool is_sound = address->is_file ? rest[0] == '/' && bytes < sizeof address->host
					 : bytes > 0 && bytes < ADDRESS_INTERFACE_BYTES && strpbrk(rest, "/: \t") == NULL;

	address->source = WIRE_KIND_TRAFFIC;
	if (is_sound)
		memcpy(address->host, rest, bytes + 1);
	else if (address->is_file)
		problems_add_error(problems, node->place,
				   "address: pcap: needs an absolute path of at most %zu bytes: pcap:/var/tmp/a.pcap",
				   sizeof address->host - 1);
	else
		problems_add_error(problems, node->place, "address: \"%s\" is no name of an interface: traffic:eth0 (`ip link` shows them)",
				   node->text);
	return is_sound;
}

bool address_parse(struct address *address, const struct yaml_node *node, struct problems *problems)
{
	static const char udp[] = "snmp://";
	static const char tcp[] = "snmp+tcp://";
	static const char ipmi[] = "ipmi:";
	static const char traffic[] = "traffic:";
	static const char pcap[] = "pcap:";
	const char *collector = NULL;

	if (node->kind != YAML_SCALAR)
		return false;
	if (parse_local(address, node->text))
		return true;
	if (strncmp(node->text, udp, sizeof udp - 1) == 0)
		return parse_snmp(address, node, node->text + sizeof udp - 1, problems);
	if (strncmp(node->text, ipmi, sizeof ipmi - 1) == 0)
		return parse_ipmi(address, node, node->text + sizeof ipmi - 1, problems);
	address->is_tcp = strncmp(node->text, tcp, sizeof tcp - 1) == 0;
	if (address->is_tcp)
		return parse_snmp(address, node, node->text + sizeof tcp - 1, problems);
	if (address_modbus_is_meant(node->text))
		return parse_modbus(address, node, problems);
	if (strncmp(node->text, traffic, sizeof traffic - 1) == 0)
		return parse_traffic(address, node, node->text + sizeof traffic - 1, problems);
	address->is_file = strncmp(node->text, pcap, sizeof pcap - 1) == 0;
	if (address->is_file)
		return parse_traffic(address, node, node->text + sizeof pcap - 1, problems);
	if (is_missing_scheme(node->text, &collector))
		problems_add_error(problems, node->place, "address: this version has no %s collector yet", collector);
	else if (strstr(node->text, "://") == NULL && node->text[0] != '\0')
		problems_add_error(problems, node->place, "address: \"%s\" has no protocol: did you mean snmp://%s?", node->text,
				   node->text);
	else
		problems_add_error(
		    problems, node->place,
		    "address: \"%s\" is not understood: snmp://HOST[:PORT], snmp+tcp://HOST[:PORT], ipmi://USER@HOST[:PORT], traffic:INTERFACE, "
		    "modbus://HOST[:PORT]/UNIT, rapl, hwmon, power_supply or nvml",
		    node->text);
	return false;
}

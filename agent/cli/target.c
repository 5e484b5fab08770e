/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/target_priv.h"
#include "settings/address_modbus.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	SNMP_PORT = 161,
	DEADLINE_MS = 20000,
	INTERVAL_MS_MIN = 1000,
	ADDRESSES_PER_S = 500, /* reads are spread over the interval: no faster than this */
	PREFIX_BITS_MAX = 32,
};

static const struct {
	const char *scheme;
	enum snmp_version version;
} scheme_table[] = {{"snmp://", SNMP_V2C}, {"snmp1://", SNMP_V1}, {"snmp3://", SNMP_V3}};

/* What a target says. */
struct parts {
	enum snmp_version version;
	char name[PLAN_NAME_BYTES]; /* community; v3: user */
	char host[PLAN_NAME_BYTES];
	uint16_t port;
	int prefix_bits; /* -1: no range */
};

void targets_deinit(struct targets *targets)
{
	struct plan_snmp devices = {.device = targets->snmp.device, .device_count = targets->snmp.device_count};

	plan_snmp_deinit(&devices);
	plan_ipmi_deinit(&targets->ipmi);
	mem_free(targets->modbus.bus);
	mem_free(targets->modbus.device);
	mem_free(targets->is_of_unit_range);
	mem_free(targets->is_of_range);
	*targets = (struct targets){0};
}

static bool set_access(struct plan_snmp_device *device, const struct targets *targets, const struct parts *parts)
{
	if (parts->version != SNMP_V3)
		return text_copy(device->community, sizeof(device->community), parts->name);
	device->auth = targets->secrets->auth;
	device->priv = targets->secrets->priv;
	return text_copy(device->user, sizeof(device->user), parts->name) &&
	       text_copy(device->auth_password, sizeof(device->auth_password), targets->secrets->auth_password) &&
	       text_copy(device->priv_password, sizeof(device->priv_password), targets->secrets->priv_password) &&
	       text_copy(device->context, sizeof(device->context), targets->secrets->context);
}

static enum err make_room(struct targets *targets, struct err_info *info)
{
	void *devices = targets->snmp.device;
	void *flags = targets->is_of_range;
	size_t count = targets->snmp.device_count;
	enum err err = mem_grow(&devices, &targets->snmp_capacity, count, TARGET_ADDRESSES_MAX, sizeof(*targets->snmp.device));

	targets->snmp.device = devices;
	if (err == ERR_NONE)
		err = mem_grow(&flags, &targets->is_of_range_capacity, count, TARGET_ADDRESSES_MAX, sizeof(*targets->is_of_range));
	targets->is_of_range = flags;
	if (err != ERR_NONE)
		return err_set(info, err == ERR_LIMIT ? ERR_USAGE : err, "more than %d addresses", TARGET_ADDRESSES_MAX);
	return ERR_NONE;
}

static enum err add_device(struct targets *targets, const struct parts *parts, const char *address, struct err_info *info)
{
	struct plan_snmp_device *device;
	enum err err = make_room(targets, info);

	if (err != ERR_NONE)
		return err;
	device = &targets->snmp.device[targets->snmp.device_count];
	*device = (struct plan_snmp_device){.port = parts->port,
					    .version = (uint8_t)parts->version,
					    .timeout_ms = targets->timeout_ms,
					    .retries = TARGET_RETRIES,
					    .deadline_ms = DEADLINE_MS,
					    .interval_ms = INTERVAL_MS_MIN,
					    .driver = PLAN_DRIVER_AUTO};
	snprintf(device->id, sizeof(device->id), "d%zu", targets->snmp.device_count);
	if (!text_copy(device->host, sizeof(device->host), address) || !set_access(device, targets, parts))
		return err_set(info, ERR_USAGE, "the address, the community or the user is too long");
	targets->is_of_range[targets->snmp.device_count++] = parts->prefix_bits >= 0;
	return ERR_NONE;
}

/* All of a.b.c.d/BITS. */
static enum err add_range(struct targets *targets, const struct parts *parts, struct err_info *info)
{
	struct in_addr address;
	uint32_t count = parts->prefix_bits == 0 ? 0 : UINT32_C(1) << (PREFIX_BITS_MAX - parts->prefix_bits);
	uint32_t first;
	uint32_t skipped = parts->prefix_bits <= 30 ? 1 : 0;
	enum err err = ERR_NONE;

	if (inet_pton(AF_INET, parts->host, &address) != 1)
		return err_set(info, ERR_USAGE, "'%s' is no IPv4 address: a range is written as 192.0.2.0/24", parts->host);
	if (count == 0 || count > TARGET_ADDRESSES_MAX)
		return err_set(info, ERR_USAGE, "/%d is too wide a range: /16 is the widest", parts->prefix_bits);
	first = ntohl(address.s_addr) & ~(count - 1);
	for (uint32_t i = skipped; err == ERR_NONE && i < count - skipped; i++) {
		struct in_addr one = {.s_addr = htonl(first + i)};
		char text[INET_ADDRSTRLEN];

		if (inet_ntop(AF_INET, &one, text, sizeof(text)) == NULL)
			return err_set(info, ERR_IO, "cannot print an address");
		err = add_device(targets, parts, text, info);
	}
	return err;
}

static enum err add_host(struct targets *targets, const struct parts *parts, struct err_info *info)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *found = NULL;
	char address[PLAN_NAME_BYTES];
	struct in6_addr plain;
	int code;

	if (inet_pton(AF_INET, parts->host, &plain) == 1 || inet_pton(AF_INET6, parts->host, &plain) == 1)
		return add_device(targets, parts, parts->host, info);
	code = getaddrinfo(parts->host, NULL, &hints, &found);
	if (code == 0)
		code = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof(address), NULL, 0, NI_NUMERICHOST);
	if (found != NULL)
		freeaddrinfo(found);
	if (code != 0)
		return err_set(info, ERR_UNAVAILABLE, "the name %s cannot be looked up: %s", parts->host, gai_strerror(code));
	return add_device(targets, parts, address, info);
}

/* "HOST", "[V6]" with what follows in *rest. */
static bool split_host(const char *text, struct parts *parts, const char **rest)
{
	const char *start = text[0] == '[' ? text + 1 : text;
	size_t length = strcspn(start, text[0] == '[' ? "]" : ":/");

	if (length == 0 || length >= sizeof(parts->host) || (text[0] == '[' && start[length] != ']'))
		return false;
	memcpy(parts->host, start, length);
	parts->host[length] = '\0';
	*rest = start + length + (text[0] == '[' ? 1 : 0);
	return true;
}

/* ":PORT" or "/BITS" or "/BITS:PORT" or nothing. */
static bool parse_rest(const char *rest, struct parts *parts)
{
	char bits_text[NUM_TEXT_BYTES];
	int64_t bits;
	int64_t port;

	if (rest[0] == '/') {
		size_t length = strcspn(++rest, ":");

		if (length >= sizeof(bits_text))
			return false;
		memcpy(bits_text, rest, length);
		bits_text[length] = '\0';
		if (!num_parse_i64(bits_text, &bits) || bits < 0 || bits > PREFIX_BITS_MAX)
			return false;
		parts->prefix_bits = (int)bits;
		rest += length;
	}
	if (rest[0] == '\0')
		return true;
	if (rest[0] != ':' || !num_parse_i64(rest + 1, &port) || port < 1 || port > UINT16_MAX)
		return false;
	parts->port = (uint16_t)port;
	return true;
}

/* The community may hold an @ of its own: the last one divides. */
static bool parse_place(const char *text, const char *community, struct parts *parts)
{
	const char *at = strrchr(text, '@');
	size_t length = at == NULL ? 0 : (size_t)(at - text);
	const char *rest;

	if (length >= sizeof(parts->name))
		return false;
	if (at != NULL)
		memcpy(parts->name, text, length);
	else if (!text_copy(parts->name, sizeof(parts->name), parts->version == SNMP_V3 ? "" : community))
		return false;
	return split_host(at == NULL ? text : at + 1, parts, &rest) && parse_rest(rest, parts);
}

static bool parse(const char *text, const char *community, struct parts *parts)
{
	*parts = (struct parts){.port = SNMP_PORT, .prefix_bits = -1};
	for (size_t i = 0; i < sizeof(scheme_table) / sizeof(scheme_table[0]); i++) {
		size_t length = strlen(scheme_table[i].scheme);

		if (strncmp(text, scheme_table[i].scheme, length) != 0)
			continue;
		parts->version = scheme_table[i].version;
		return parse_place(text + length, community, parts);
	}
	return false;
}

static enum err check_user(const struct targets *targets, const struct parts *parts, struct err_info *info)
{
	if (parts->version != SNMP_V3)
		return ERR_NONE;
	if (parts->name[0] == '\0')
		return err_set(info, ERR_USAGE, "snmp3:// needs a user: snmp3://USER@HOST[:PORT]");
	if (targets->secrets == NULL)
		return err_set(info, ERR_USAGE, "snmp3:// needs --secrets FILE (lines auth:, auth_password:, priv:, priv_password:)");
	return ERR_NONE;
}

enum err targets_add(struct targets *targets, const char *text, struct err_info *info)
{
	struct parts parts;
	uint32_t spread_ms;
	enum err err;

	if (strcmp(text, "local") == 0 || strncmp(text, "local:/", 7) == 0) {
		targets->has_local = true;
		if (!text_copy(targets->local_root, sizeof(targets->local_root), text[5] == ':' ? text + 6 : "/sys"))
			return err_set(info, ERR_USAGE, "the path is too long");
		return ERR_NONE;
	}
	if (address_modbus_is_meant(text))
		return targets_add_modbus(targets, text, info);
	if (strncmp(text, "ipmi:", 5) == 0)
		return targets_add_ipmi(targets, text, info);
	if (!parse(text, targets->community, &parts))
		return err_set(
		    info, ERR_USAGE,
		    "'%s' is not understood: snmp://[COMMUNITY@]HOST[:PORT], snmp3://USER@HOST[:PORT], HOST/BITS for a range, ipmi://USER@HOST[:PORT], "
		    "ipmi:local, modbus://HOST[:PORT]/UNIT, or local",
		    text);
	err = check_user(targets, &parts, info);
	if (err == ERR_NONE)
		err = parts.prefix_bits >= 0 ? add_range(targets, &parts, info) : add_host(targets, &parts, info);
	spread_ms = (uint32_t)(targets->snmp.device_count * 1000 / ADDRESSES_PER_S);
	for (size_t i = 0; i < targets->snmp.device_count; i++)
		targets->snmp.device[i].interval_ms = spread_ms > INTERVAL_MS_MIN ? spread_ms : INTERVAL_MS_MIN;
	return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* settings_resolve: host names of devices into addresses, once, when the agent starts or reloads. */
#include "base/text.h"
#include "settings/settings_priv.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

/* After so many times "the name server does not answer" in a row the rest is not asked: each costs seconds, and the agent has to start. */
enum { RESOLVE_SILENCE_MAX = 2 };

static int look_up(const char *host, int flags, char out[static PLAN_NAME_BYTES])
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = flags};
	struct addrinfo *found = NULL;
	char numeric[NI_MAXHOST];
	int code = getaddrinfo(host, NULL, &hints, &found);

	if (code == 0)
		code = getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof numeric, NULL, 0, NI_NUMERICHOST);
	if (found != NULL)
		freeaddrinfo(found);
	if (code == 0 && !text_copy(out, PLAN_NAME_BYTES, numeric))
		code = EAI_OVERFLOW;
	return code;
}

/* The field of the plan that wants the address; NULL: this device has none. */
static char *host_of(const struct loader *loader, const struct plan_device *device)
{
	const struct plan_modbus *modbus = &loader->out->modbus;

	if (device->source == WIRE_KIND_SNMP)
		return loader->out->snmp.device[device->source_device].host;
	if (device->source != WIRE_KIND_MODBUS || modbus->bus[modbus->device[device->source_device].bus].link == MODBUS_SERIAL)
		return NULL;
	return modbus->bus[modbus->device[device->source_device].bus].host;
}

void loader_resolve(struct loader *loader)
{
	int silent_count = 0;

	for (size_t i = 0; i < loader->out->core.device_count; i++) {
		const struct plan_device *device = &loader->out->core.device[i];
		const struct device_note *note = &loader->device_note[i];
		char *host = host_of(loader, device);
		if (host == NULL)
			continue;
		int code = look_up(note->host, AI_NUMERICHOST, host);
		if (code != 0 && silent_count < RESOLVE_SILENCE_MAX) {
			code = look_up(note->host, AI_ADDRCONFIG, host);
			silent_count = code == EAI_AGAIN ? silent_count + 1 : 0;
		} else if (code != 0) {
			code = EAI_AGAIN;
		}
		if (code == 0)
			continue;
		host[0] = '\0';
		problems_add_warning(loader->problems, note->address_place, "device %s is not polled: the name %s cannot be looked up (%s)",
				     device->id, note->host, gai_strerror(code));
	}
	problems_sort(loader->problems);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* settings_ipmi: a device that is a BMC: how it is asked, and how often. */
#include "base/text.h"
#include "settings/settings_device_priv.h"

#include <string.h>

enum {
	IPMI_INTERVAL_MS = 30000,     /* many BMCs renew their reading once a minute, none gains from being asked each second */
	IPMI_INTERVAL_MS_MIN = 10000, /* a BMC is a slow computer: some turn their fans up while they are asked */
	IPMI_DEADLINE_MS_MAX = 30000,
};

/* Interval, timeout and deadline have to go together. A default of another length is for other devices. */
static void place_times(struct loader *loader, const struct device_read *read, const struct yaml_node *node, struct plan_ipmi_device *ipmi)
{
	struct plan_device *device = &loader->out->core.device[loader->out->core.device_count - 1];
	const struct device_values *value = &read->value;
	const struct yaml_node *written = read->where.node[DEVICE_INTERVAL];

	if (written == NULL)
		device->interval_ms = value->interval_ms > IPMI_INTERVAL_MS ? value->interval_ms : IPMI_INTERVAL_MS;
	else if (value->interval_ms < IPMI_INTERVAL_MS_MIN)
		problems_add_error(loader->problems, written->place, "interval: a BMC is read every 10s or more rarely");
	ipmi->interval_ms = device->interval_ms;
	ipmi->timeout_ms = value->timeout_ms > 100 ? value->timeout_ms : 100;
	ipmi->deadline_ms = ipmi->interval_ms / 10 * 8 < IPMI_DEADLINE_MS_MAX ? ipmi->interval_ms / 10 * 8 : IPMI_DEADLINE_MS_MAX;
	written = read->where.node[DEVICE_DEADLINE];
	if (written != NULL && value->deadline_ms > ipmi->interval_ms)
		problems_add_error(loader->problems, device_place_of(loader, read, DEVICE_DEADLINE, node),
				   "deadline: a read has to end before the next is due (interval)");
	if (written != NULL)
		ipmi->deadline_ms = value->deadline_ms > 100 ? value->deadline_ms : 100;
}

static void check_user(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address)
{
	const struct yaml_node *password = device_where_of(loader, read, DEVICE_PASSWORD);

	if (address->path[0] != '\0') {
		if (read->where.node[DEVICE_PASSWORD] != NULL)
			problems_add_error(loader->problems, read->where.node[DEVICE_PASSWORD]->key_place,
					   "password is for a BMC on the network: %s needs none", address->path);
		return;
	}
	if (strlen(address->user) > PLAN_IPMI_USER_BYTES_MAX)
		problems_add_error(loader->problems, device_place_of(loader, read, DEVICE_ADDRESS, node),
				   "address: a user of a BMC has at most %d characters", PLAN_IPMI_USER_BYTES_MAX);
	if (password == NULL)
		problems_add_error(loader->problems, node->place,
				   "device %s has no password: write password: \"@cred:NAME\" or \"@file:/path\"", device_label(read));
	else if (strlen(read->value.password) > PLAN_IPMI_PASSWORD_BYTES_MAX)
		problems_add_error(loader->problems, password->place, "password: a BMC takes at most %d characters",
				   PLAN_IPMI_PASSWORD_BYTES_MAX);
}

void device_add_ipmi(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address)
{
	struct plan_ipmi *plan = &loader->out->ipmi;
	struct plan_core *core = &loader->out->core;
	void *list = plan->device;
	struct plan_ipmi_device *ipmi =
	    loader_append(loader, &list, &loader->ipmi_capacity, &plan->device_count, PLAN_IPMI_DEVICES_MAX, sizeof *ipmi);

	plan->device = list;
	if (ipmi == NULL)
		return;
	check_user(loader, read, node, address);
	text_copy(ipmi->id, sizeof ipmi->id, read->value.id);
	text_copy(ipmi->path, sizeof ipmi->path, address->path);
	text_copy(ipmi->host, sizeof ipmi->host, address->host);
	ipmi->port = address->port;
	if (address->path[0] == '\0') {
		text_copy(ipmi->user, sizeof ipmi->user, address->user);
		text_copy(ipmi->password, sizeof ipmi->password, read->value.password);
	}
	ipmi->privilege = (uint8_t)(IPMI_PRIVILEGE_USER + read->value.privilege);
	place_times(loader, read, node, ipmi);
	core->device[core->device_count - 1].source_device = (uint32_t)(plan->device_count - 1);
}

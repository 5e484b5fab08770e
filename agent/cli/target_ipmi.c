/* SPDX-License-Identifier: Apache-2.0 */
/* target_ipmi: BMCs that `scan` is told to look at. The text is read as the address of a configuration is. */
#include "base/mem.h"
#include "base/text.h"
#include "cli/target_priv.h"
#include "settings/address.h"

#include <stdio.h>
#include <string.h>

enum {
	SCAN_TIMEOUT_MS_MIN = 100,
	SCAN_DEADLINE_MS = 30000,
	SCAN_INTERVAL_MS = 10000, /* a BMC is not asked more often */
};

void target_print_ipmi(const struct plan_ipmi_device *device, char *out, size_t out_bytes)
{
	bool is_v6 = strchr(device->host, ':') != NULL;

	if (device->path[0] != '\0')
		snprintf(out, out_bytes, "ipmi:%s", device->path);
	else
		snprintf(out, out_bytes, "ipmi://%s@%s%s%s:%u", device->user, is_v6 ? "[" : "", device->host, is_v6 ? "]" : "",
			 (unsigned)device->port);
}

static enum err parse(const char *text, struct address *address, struct err_info *info)
{
	const struct yaml_node node = {.kind = YAML_SCALAR, .text = text};
	struct problems problems = {0};
	bool is_good = address_parse(address, &node, &problems);

	problems_deinit(&problems);
	if (!is_good)
		return err_set(info, ERR_USAGE, "'%s' is not understood: ipmi://USER@HOST[:PORT], ipmi:local or ipmi:/dev/ipmi1",
			       strchr(text, '@') == NULL ? text : "ipmi://...");
	return ERR_NONE;
}

static enum err set_user(struct plan_ipmi_device *device, const struct targets *targets, const struct address *address,
			 struct err_info *info)
{
	if (address->path[0] != '\0')
		return ERR_NONE;
	if (targets->ipmi_password == NULL)
		return err_set(info, ERR_USAGE, "ipmi:// needs --secrets FILE (a line password:, and privilege: when it is not user)");
	if (strlen(address->user) > PLAN_IPMI_USER_BYTES_MAX || strlen(targets->ipmi_password) > PLAN_IPMI_PASSWORD_BYTES_MAX)
		return err_set(info, ERR_USAGE, "a user of a BMC has at most %d characters, its password %d", PLAN_IPMI_USER_BYTES_MAX,
			       PLAN_IPMI_PASSWORD_BYTES_MAX);
	(void)text_copy(device->user, sizeof(device->user), address->user);
	(void)text_copy(device->password, sizeof(device->password), targets->ipmi_password);
	return ERR_NONE;
}

enum err targets_add_ipmi(struct targets *targets, const char *text, struct err_info *info)
{
	struct address address = {0};
	struct plan_ipmi *plan = &targets->ipmi;
	void *list = plan->device;
	enum err err = parse(text, &address, info);

	if (err != ERR_NONE)
		return err;
	err = mem_grow(&list, &targets->ipmi_capacity, plan->device_count, PLAN_IPMI_DEVICES_MAX, sizeof(*plan->device));
	plan->device = list;
	if (err != ERR_NONE)
		return err_set(info, err == ERR_LIMIT ? ERR_USAGE : err, "more than %d BMCs", PLAN_IPMI_DEVICES_MAX);
	struct plan_ipmi_device *device = &plan->device[plan->device_count];
	*device =
	    (struct plan_ipmi_device){.port = address.port,
				      .privilege = targets->ipmi_privilege != 0 ? targets->ipmi_privilege : IPMI_PRIVILEGE_USER,
				      .timeout_ms = targets->timeout_ms > SCAN_TIMEOUT_MS_MIN ? targets->timeout_ms : SCAN_TIMEOUT_MS_MIN,
				      .deadline_ms = SCAN_DEADLINE_MS,
				      .interval_ms = SCAN_INTERVAL_MS};
	snprintf(device->id, sizeof(device->id), "b%zu", plan->device_count);
	(void)text_copy(device->host, sizeof(device->host), address.host);
	(void)text_copy(device->path, sizeof(device->path), address.path);
	err = set_user(device, targets, &address, info);
	plan->device_count += err == ERR_NONE;
	return err;
}

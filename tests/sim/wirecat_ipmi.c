/* SPDX-License-Identifier: Apache-2.0 */
#include "wirecat_ipmi.h"

#include "base/mem.h"
#include "wire/plan_ipmi.h"

#include <errno.h>
#include <stdio.h>

enum { LINE_BYTES = 512, FIELDS = 8 };

static bool parse(const char *line, struct plan_ipmi_device *out)
{
	char host[PLAN_NAME_BYTES];
	unsigned port;
	unsigned privilege;
	unsigned timeout_ms;
	unsigned deadline_ms;

	if (sscanf(line, "%63s %95s %95s %95s %u %u %u %u", out->id, out->user, out->password, host, &port, &privilege, &timeout_ms,
		   &deadline_ms) != FIELDS)
		return false;
	if (host[0] == '/') {
		out->user[0] = out->password[0] = '\0';
		(void)snprintf(out->path, sizeof out->path, "%s", host);
	} else {
		(void)snprintf(out->host, sizeof out->host, "%s", host);
	}
	out->port = (uint16_t)port;
	out->privilege = (uint8_t)privilege;
	out->timeout_ms = timeout_ms;
	out->deadline_ms = deadline_ms;
	return true;
}

enum err wirecat_ipmi_encode(const char *path, uint32_t interval_ms, struct buf *out, struct err_info *info)
{
	struct plan_ipmi plan = {.device = mem_new_array(PLAN_IPMI_DEVICES_MAX, sizeof *plan.device)};
	FILE *file = fopen(path, "r");
	enum err err = ERR_NONE;
	char line[LINE_BYTES];

	if (file == NULL)
		err = err_set_errno(info, ERR_IO, errno, "%s", path);
	if (plan.device == NULL)
		err = err_set(info, ERR_MEMORY, "no memory");
	while (err == ERR_NONE && fgets(line, sizeof line, file) != NULL) {
		if (plan.device_count == PLAN_IPMI_DEVICES_MAX || !parse(line, &plan.device[plan.device_count]))
			err = err_set(info, ERR_DATA, "%s: line %zu is not understood", path, plan.device_count + 1);
		else
			plan.device[plan.device_count++].interval_ms = interval_ms;
	}
	if (err == ERR_NONE)
		err = plan_ipmi_encode(&plan, out, info);
	if (file != NULL)
		(void)fclose(file);
	plan_ipmi_deinit(&plan);
	return err;
}

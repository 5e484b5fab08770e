/* SPDX-License-Identifier: Apache-2.0 */
/* settings_snmp: a device that is read by SNMP: how it is asked, and when. */
#include "base/text.h"
#include "settings/settings_device_priv.h"

#include <string.h>

enum {
	SNMP_DEADLINE_MS_MAX = 30000,
	SNMP_PASSWORD_BYTES_MIN = 8, /* RFC 3414, 11.2 */
};

static const uint8_t version_of[] = {SNMP_V1, SNMP_V2C, SNMP_V3, SNMP_V2C}; /* by the choice of version: */

/* A password has its protocol and is long enough, or there is neither. */
static void check_password(struct loader *loader, const struct device_read *read, const struct yaml_node *node, enum device_at at,
			   uint8_t protocol)
{
	const struct yaml_node *written = device_where_of(loader, read, at);
	bool is_auth = at == DEVICE_AUTH_PASSWORD;
	const char *password = is_auth ? read->value.auth_password : read->value.priv_password;
	const char *key = is_auth ? "auth" : "priv";

	if (protocol != 0 && written == NULL)
		problems_add_error(loader->problems, node->place, "device %s: %s needs %s_password", device_label(read), key, key);
	if (protocol == 0 && written != NULL)
		problems_add_error(loader->problems, written->place, "%s_password needs %s: %s", key, key,
				   is_auth ? "sha256 (or sha, md5, sha512 ...)" : "aes128 (or aes256, des ...)");
	if (password[0] != '\0' && strlen(password) < SNMP_PASSWORD_BYTES_MIN)
		problems_add_error(loader->problems, written != NULL ? written->place : node->place,
				   "%s_password has to have at least %d characters", key, SNMP_PASSWORD_BYTES_MIN);
}

static void check_v3(struct loader *loader, const struct device_read *read, const struct yaml_node *node,
		     const struct plan_snmp_device *snmp)
{
	if (snmp->user[0] == '\0')
		problems_add_error(loader->problems, node->place, "device %s: version 3 needs a user", device_label(read));
	if (snmp->priv != SNMP_PRIV_NONE && snmp->auth == SNMP_AUTH_NONE)
		problems_add_error(loader->problems, node->place, "device %s: priv without auth does not exist", device_label(read));
	check_password(loader, read, node, DEVICE_AUTH_PASSWORD, snmp->auth);
	check_password(loader, read, node, DEVICE_PRIV_PASSWORD, snmp->priv);
}

static void check_access(struct loader *loader, const struct device_read *read, const struct yaml_node *node,
			 const struct plan_snmp_device *snmp)
{
	bool has_community = read->where.node[DEVICE_COMMUNITY] != NULL;

	if (snmp->version == SNMP_V3) {
		check_v3(loader, read, node, snmp);
		if (has_community)
			problems_add_error(loader->problems, read->where.node[DEVICE_COMMUNITY]->place,
					   "version 3 has a user, no community");
		return;
	}
	if (device_where_of(loader, read, DEVICE_COMMUNITY) == NULL)
		problems_add_error(loader->problems, node->place,
				   "device %s has no community: write one here or under defaults: (many devices answer to public)",
				   device_label(read));
	for (int i = DEVICE_USER; i <= DEVICE_CONTEXT; i++) {
		if (read->where.node[i] != NULL)
			problems_add_error(loader->problems, read->where.node[i]->key_place, "%s needs version: 3",
					   device_key_name((enum device_at)i));
	}
}

/* Interval, timeout, retries and deadline have to go together. */
static void place_times(struct loader *loader, const struct device_read *read, const struct yaml_node *node, struct plan_snmp_device *snmp)
{
	const struct device_values *value = &read->value;
	uint32_t most_ms = value->interval_ms / 10 * 8;

	snmp->interval_ms = value->interval_ms;
	snmp->retries = value->retries;
	snmp->deadline_ms = value->deadline_ms;
	if (device_where_of(loader, read, DEVICE_DEADLINE) == NULL)
		snmp->deadline_ms = most_ms < SNMP_DEADLINE_MS_MAX ? most_ms : SNMP_DEADLINE_MS_MAX;
	else if (value->deadline_ms > value->interval_ms)
		problems_add_error(loader->problems, device_place_of(loader, read, DEVICE_DEADLINE, node),
				   "deadline: a read has to end before the next is due (interval)");
	snmp->timeout_ms = value->timeout_ms;
	uint32_t fair_ms = snmp->deadline_ms / (snmp->retries + 1);
	if (device_where_of(loader, read, DEVICE_TIMEOUT) == NULL)
		snmp->timeout_ms = fair_ms > 0 && fair_ms < value->timeout_ms ? fair_ms : value->timeout_ms;
	else if ((uint64_t)value->timeout_ms * (snmp->retries + 1) > snmp->deadline_ms)
		problems_add_warning(
		    loader->problems, device_place_of(loader, read, DEVICE_TIMEOUT, node),
		    "timeout x (retries + 1) = %llu ms is longer than the deadline of %u ms: the last tries will not happen",
		    (unsigned long long)value->timeout_ms * (snmp->retries + 1), (unsigned)snmp->deadline_ms);
}

void device_add_snmp(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address)
{
	struct plan_snmp *plan = &loader->out->snmp;
	struct plan_core *core = &loader->out->core;
	struct device_note *note = &loader->device_note[core->device_count - 1];
	const struct device_values *value = &read->value;
	void *list = plan->device;
	struct plan_snmp_device *snmp =
	    loader_append(loader, &list, &loader->snmp_capacity, &plan->device_count, PLAN_DEVICES_MAX, sizeof *snmp);

	plan->device = list;
	if (snmp == NULL)
		return;
	bool has_version = device_where_of(loader, read, DEVICE_VERSION) != NULL;
	bool is_user_written = read->where.node[DEVICE_USER] != NULL;
	text_copy(snmp->id, sizeof snmp->id, value->id);
	snmp->port = address->port;
	snmp->is_tcp = address->is_tcp;
	snmp->version = !has_version && is_user_written ? SNMP_V3 : version_of[value->version];
	snmp->driver = PLAN_DRIVER_AUTO;
	text_copy(snmp->host, sizeof snmp->host, address->host);
	if (snmp->version == SNMP_V3) {
		text_copy(snmp->user, sizeof snmp->user, value->user);
		snmp->auth = (uint8_t)value->auth;
		snmp->priv = value->priv > SNMP_PRIV_AES256 ? SNMP_PRIV_AES128 : (uint8_t)value->priv;
		text_copy(snmp->auth_password, sizeof snmp->auth_password, value->auth_password);
		text_copy(snmp->priv_password, sizeof snmp->priv_password, value->priv_password);
		text_copy(snmp->context, sizeof snmp->context, value->context);
	} else {
		text_copy(snmp->community, sizeof snmp->community, value->community);
	}
	place_times(loader, read, node, snmp);
	check_access(loader, read, node, snmp);
	core->device[core->device_count - 1].source_device = (uint32_t)(plan->device_count - 1);
	text_copy(note->driver, sizeof note->driver, value->driver);
	text_copy(note->host, sizeof note->host, address->host);
}

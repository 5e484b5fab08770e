/* SPDX-License-Identifier: Apache-2.0 */
/* settings_traffic: where ports stand, and an interface of this machine whose octets are counted by flow. */
#include "base/buf.h"
#include "base/file.h"
#include "base/num.h"
#include "base/text.h"
#include "settings/settings_device_priv.h"

#include <arpa/inet.h>
#include <string.h>

enum { PREFIX_FILE_BYTES_MAX = 32 << 20, PREFIX_LINE_BYTES = 64, IPV4_BITS = 32, IPV6_BITS = 128, DSCP_MAX = 63, VLAN_MAX = 4094 };

enum flow_at { FLOW_NAME, FLOW_VLAN, FLOW_DSCP, FLOW_PREFIXES, FLOW_FILTER, FLOW_KEY_COUNT };

struct flow_values {
	char name[PLAN_FLOW_BYTES];
	char prefixes[PLAN_PATH_BYTES];
	char filter[PLAN_FILTER_BYTES];
};

static const struct schema_key flow_key[FLOW_KEY_COUNT] = {
    [FLOW_NAME] = {"name", SCHEMA_ID, SCHEMA_AT(flow_values, name), .is_required = true},
    [FLOW_VLAN] = {"vlan", SCHEMA_NODE, .offset = 0},
    [FLOW_DSCP] = {"dscp", SCHEMA_NODE, .offset = 0},
    [FLOW_PREFIXES] = {"prefixes", SCHEMA_TEXT, SCHEMA_AT(flow_values, prefixes)},
    [FLOW_FILTER] = {"filter", SCHEMA_TEXT, SCHEMA_AT(flow_values, filter)},
};
static const struct schema flow_schema = {"flow", flow_key, FLOW_KEY_COUNT};

/* ---- Ports ---- */

static void add_port(struct loader *loader, const struct yaml_node *node, enum ref ref, struct plan_device *device)
{
	const struct schema_key key = {"ports", SCHEMA_TEXT, .offset = 0, .bytes = PLAN_PORT_BYTES};
	struct plan_core *core = &loader->out->core;
	char pattern[PLAN_PORT_BYTES] = "";
	void *list = core->port;
	struct plan_port *port;

	if (!schema_read_value(&key, node, pattern, loader->problems) || pattern[0] == '\0')
		return;
	port = loader_append(loader, &list, &loader->port_capacity, &core->port_count, PLAN_PORTS_MAX, sizeof *port);
	core->port = list;
	if (port == NULL)
		return;
	port->ref = ref;
	text_copy(port->pattern, sizeof port->pattern, pattern);
	device->port_count++;
}

void device_read_ports(struct loader *loader, const struct device_read *read, struct plan_device *device)
{
	static const char *const names[] = {"none", "uni", "nni", "uplink", "mgmt", NULL};
	const struct yaml_node *map = device_where_of(loader, read, DEVICE_PORTS);

	device->ref = (enum ref)read->value.ref;
	device->first_port = (uint32_t)loader->out->core.port_count;
	if (map == NULL)
		return;
	if (map->kind != YAML_MAP) {
		problems_add_error(loader->problems, map->place,
				   "ports has to be a map, like {uni: [\"if/ge-0/0/*\"], uplink: [if/xe-0/1/0]}");
		return;
	}
	for (const struct yaml_node *list = map->child; list != NULL; list = list->next) {
		enum ref ref;

		if (!ref_find(list->key, &ref)) {
			schema_add_unknown(loader->problems, list->key_place, "ports", list->key, names);
			continue;
		}
		if (list->kind == YAML_SCALAR)
			add_port(loader, list, ref, device);
		for (const struct yaml_node *item = list->child; item != NULL; item = item->next)
			add_port(loader, item, ref, device);
	}
}

/* ---- Flows ---- */

/* One number, or a list of them, as bits: bit i % 8 of byte i / 8. */
static bool read_numbers(struct loader *loader, const struct yaml_node *node, const char *name, uint32_t most, uint8_t *bits)
{
	const struct schema_key key = {name, SCHEMA_U32, .offset = 0, .min = 0, .max = most};
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;

	while (item != NULL) {
		uint32_t value = 0;

		if (!schema_read_value(&key, item, &value, loader->problems))
			return false;
		bits[value / 8] = (uint8_t)(bits[value / 8] | 1U << value % 8);
		item = node->kind == YAML_LIST ? item->next : NULL;
	}
	return true;
}

/* "10.0.0.0/8", "2001:db8::/32", an address alone. Bits behind the prefix are an error: most often a slip. */
static bool parse_prefix(const char *text, struct plan_traffic_prefix *prefix)
{
	char address[PREFIX_LINE_BYTES];
	size_t bytes = strcspn(text, "/");
	int64_t bits;

	if (bytes >= sizeof address)
		return false;
	memcpy(address, text, bytes);
	address[bytes] = '\0';
	prefix->is_ipv6 = strchr(address, ':') != NULL;
	if (inet_pton(prefix->is_ipv6 ? AF_INET6 : AF_INET, address, prefix->address) != 1)
		return false;
	bits = prefix->is_ipv6 ? IPV6_BITS : IPV4_BITS;
	if (text[bytes] == '/' && (!num_parse_i64(text + bytes + 1, &bits) || bits < 0 || bits > (prefix->is_ipv6 ? IPV6_BITS : IPV4_BITS)))
		return false;
	prefix->bits = (uint8_t)bits;
	for (int64_t bit = bits; bit < (prefix->is_ipv6 ? IPV6_BITS : IPV4_BITS); bit++) {
		if ((prefix->address[bit / 8] & 0x80 >> bit % 8) != 0)
			return false;
	}
	return true;
}

static bool add_prefix(struct loader *loader, const char *text, uint8_t flow)
{
	struct plan_traffic *plan = &loader->out->traffic;
	struct plan_traffic_prefix read = {.flow = flow};
	void *list = plan->prefix;
	struct plan_traffic_prefix *prefix;

	if (!parse_prefix(text, &read))
		return false;
	prefix = loader_append(loader, &list, &loader->prefix_capacity, &plan->prefix_count, PLAN_PREFIXES_MAX, sizeof *prefix);
	plan->prefix = list;
	if (prefix != NULL)
		*prefix = read;
	return true;
}

/* One prefix a line; what follows # is a comment. `text` is cut up. */
static void read_lines(struct loader *loader, const struct yaml_node *node, char *text, uint8_t flow)
{
	unsigned line = 1;

	for (char *at = text; *at != '\0' && !loader->is_out_of_memory; line++) {
		char *end = at + strcspn(at, "\n");
		char *next = *end == '\0' ? end : end + 1;
		size_t bytes;

		*end = '\0';
		at += strspn(at, " \t\r");
		bytes = strcspn(at, " \t\r#");
		at[bytes] = '\0';
		if (bytes > 0 && !add_prefix(loader, at, flow)) {
			problems_add_error(
			    loader->problems, node->place,
			    "prefixes: %s, line %u: \"%.60s\" is no network: 192.0.2.0/24 or 2001:db8::/32, without bits behind it",
			    node->text, line, at);
			return;
		}
		at = next;
	}
}

static void read_prefixes(struct loader *loader, const struct yaml_node *node, const char *path, uint8_t flow)
{
	char full[PLAN_PATH_BYTES];
	struct err_info info = {0};
	struct buf text;
	enum err err = ERR_NONE;

	if (path[0] == '/')
		text_copy(full, sizeof full, path);
	else
		err = file_join(full, sizeof full, loader->config_dir, path, &info);
	buf_init(&text, PREFIX_FILE_BYTES_MAX);
	if (err == ERR_NONE)
		err = file_read(full, &text, &info);
	if (err != ERR_NONE)
		problems_add_error(loader->problems, node->place, "prefixes: %s", info.text);
	else if (text.data != NULL)
		read_lines(loader, node, text.data, flow);
	buf_deinit(&text);
}

static void add_flow(struct loader *loader, const struct yaml_node *node, struct plan_traffic_device *device)
{
	struct plan_traffic *plan = &loader->out->traffic;
	struct flow_values value = {.name = ""};
	struct schema_where where;
	uint8_t dscp[8] = {0};
	void *list = plan->flow;
	struct plan_traffic_flow *flow;

	if (!schema_read(&flow_schema, node, &value, &where, loader->problems))
		return;
	if (strcmp(value.name, "all") == 0 || strcmp(value.name, "other") == 0)
		problems_add_error(loader->problems, where.node[FLOW_NAME]->place, "name: %s has a meaning already", value.name);
	flow = loader_append(loader, &list, &loader->flow_capacity, &plan->flow_count, PLAN_PREFIXES_MAX, sizeof *flow);
	plan->flow = list;
	if (flow == NULL)
		return;
	text_copy(flow->name, sizeof flow->name, value.name);
	text_copy(flow->filter, sizeof flow->filter, value.filter);
	flow->has_vlan = where.node[FLOW_VLAN] != NULL && read_numbers(loader, where.node[FLOW_VLAN], "vlan", VLAN_MAX, flow->vlan);
	flow->has_dscp = where.node[FLOW_DSCP] != NULL && read_numbers(loader, where.node[FLOW_DSCP], "dscp", DSCP_MAX, dscp);
	for (unsigned i = 0; i < sizeof dscp; i++)
		flow->dscp |= (uint64_t)dscp[i] << 8 * i;
	flow->has_prefix = where.node[FLOW_PREFIXES] != NULL;
	if (flow->has_prefix)
		read_prefixes(loader, where.node[FLOW_PREFIXES], value.prefixes, (uint8_t)device->flow_count);
	if (!flow->has_vlan && !flow->has_dscp && !flow->has_prefix && flow->filter[0] == '\0')
		problems_add_error(loader->problems, node->place, "flow %s has no condition: vlan, dscp, prefixes or filter", flow->name);
	for (uint32_t i = 0; i < device->flow_count; i++) {
		if (strcmp(plan->flow[device->first_flow + i].name, flow->name) == 0)
			problems_add_error(loader->problems, node->place, "two flows of this device have the name %s", flow->name);
	}
	device->flow_count++;
}

static void read_flows(struct loader *loader, const struct yaml_node *list, struct plan_traffic_device *device)
{
	if (list->kind != YAML_LIST || list->child_count > PLAN_FLOWS_MAX) {
		problems_add_error(loader->problems, list->place, "flows has to be a list of at most %d flows (- name: ...)",
				   PLAN_FLOWS_MAX);
		return;
	}
	for (const struct yaml_node *node = list->child; node != NULL && !loader->is_out_of_memory; node = node->next)
		add_flow(loader, node, device);
}

void device_add_traffic(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address)
{
	struct plan_traffic *plan = &loader->out->traffic;
	struct plan_device *core = &loader->out->core.device[loader->out->core.device_count - 1];
	const struct yaml_node *flows = device_where_of(loader, read, DEVICE_FLOWS);
	void *list = plan->device;
	struct plan_traffic_device *device =
	    loader_append(loader, &list, &loader->traffic_capacity, &plan->device_count, PLAN_DEVICES_MAX, sizeof *device);

	plan->device = list;
	if (device == NULL)
		return;
	text_copy(device->id, sizeof device->id, read->value.id);
	if (address->is_file)
		text_copy(device->file, sizeof device->file, address->host);
	else
		text_copy(device->interface, sizeof device->interface, address->host);
	device->interval_ms = core->interval_ms;
	if (read->value.ring_bytes < PLAN_RING_BYTES_MIN || read->value.ring_bytes > PLAN_RING_BYTES_MAX)
		problems_add_error(loader->problems, device_place_of(loader, read, DEVICE_RING, node), "ring: 1MiB to 1GiB");
	else
		device->ring_bytes = (uint32_t)read->value.ring_bytes;
	device->first_flow = (uint32_t)plan->flow_count;
	device->first_prefix = (uint32_t)plan->prefix_count;
	if (flows != NULL)
		read_flows(loader, flows, device);
	device->prefix_count = (uint32_t)plan->prefix_count - device->first_prefix;
	core->source_device = (uint32_t)(plan->device_count - 1);
}

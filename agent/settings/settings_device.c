/* SPDX-License-Identifier: Apache-2.0 */
/* settings_device: what is polled: defaults: and devices:, and the plans of the collectors that follow from them. */
#include "base/mem.h"
#include "base/text.h"
#include "settings/settings_device_priv.h"
#include "settings/settings_facts_priv.h"
#include "wire/plan_texts.h"

#include <string.h>

enum {
	DEVICE_INTERVAL_MS = 10000,
	DEVICE_TIMEOUT_MS = 2000,
	DEVICE_RETRIES_DEFAULT = 2,
	DEVICE_GAP_MS_MIN = 60000,
	DEVICE_GAP_INTERVALS = 3,
	DEVICE_RING_BYTES = 16 << 20,
	DEVICE_RAPL_MS_MIN = 1000,
	DEVICE_RAPL_MS_MAX = 60000,
};

static const char *const point_choice[] = {"other", "site_ac", "ups_out", "pdu_out", "it_in", "dc_bus", NULL}; /* enum point */
static const char *const supply_choice[] = {"none", "grid", "genset", "pv", "battery", NULL};                  /* enum supply */
static const char *const in_total_choice[] = {"auto", "yes", "no", "true", "false", NULL}; /* enum in_total, then others */
static const char *const ref_choice[] = {"none", "uni", "nni", "uplink", "mgmt", NULL};    /* enum ref */
static const char *const version_choice[] = {"1", "2c", "3", "2", NULL};
static const char *const auth_choice[] = {"none", "md5", "sha", "sha224", "sha256", "sha384", "sha512", NULL}; /* enum snmp_auth */
static const char *const priv_choice[] = {"none", "des", "aes128", "aes192", "aes256", "aes", NULL}; /* enum snmp_priv, then others */

static const char *const privilege_choice[] = {"user", "operator", "admin", NULL}; /* from IPMI_PRIVILEGE_USER on */

#define ROW(name, type, member)                              \
	{                                                    \
		name, type, SCHEMA_AT(device_values, member) \
	}

static const struct schema_key device_key[DEVICE_COUNT] = {
    [DEVICE_ID] = ROW("id", SCHEMA_ID, id),
    [DEVICE_NAME] = ROW("name", SCHEMA_TEXT, name),
    [DEVICE_WAS] = ROW("was", SCHEMA_ID, was),
    [DEVICE_ADDRESS] = ROW("address", SCHEMA_TEXT, address),
    [DEVICE_FED_BY] = {"fed_by", SCHEMA_NODE, .offset = 0},
    [DEVICE_SITE] = ROW("site", SCHEMA_ID, site),
    [DEVICE_RACK] = ROW("rack", SCHEMA_TEXT, rack),
    [DEVICE_TENANT] = ROW("tenant", SCHEMA_TEXT, tenant),
    [DEVICE_INTERVAL] = {"interval", SCHEMA_DURATION_MS, SCHEMA_AT(device_values, interval_ms), .min = 100, .max = 3600000},
    [DEVICE_MAX_GAP] = {"max_gap", SCHEMA_DURATION_MS, SCHEMA_AT(device_values, max_gap_ms), .min = 1000, .max = 86400000},
    [DEVICE_RATED] = ROW("rated", SCHEMA_POWER_W, rated_w),
    [DEVICE_POINT] = {"point", SCHEMA_CHOICE, SCHEMA_AT(device_values, point), .choice = point_choice},
    [DEVICE_SUPPLY] = {"supply", SCHEMA_CHOICE, SCHEMA_AT(device_values, supply), .choice = supply_choice},
    [DEVICE_IN_TOTAL] = {"in_total", SCHEMA_CHOICE, SCHEMA_AT(device_values, in_total), .choice = in_total_choice},
    [DEVICE_CONTROL] = {"control", SCHEMA_CHOICE, SCHEMA_AT(device_values, control), .choice = settings_control_choice},
    [DEVICE_METER_CLASS] = {"meter_class", SCHEMA_CHOICE, SCHEMA_AT(device_values, meter_class), .choice = settings_meter_class_choice},
    [DEVICE_CT_CLASS] = {"ct_class", SCHEMA_CHOICE, SCHEMA_AT(device_values, ct_class), .choice = settings_ct_class_choice},
    [DEVICE_CALIBRATION] = ROW("calibration_due", SCHEMA_TEXT, calibration_due),
    [DEVICE_ROUND_TRIP] = ROW("round_trip", SCHEMA_TEXT, round_trip),
    [DEVICE_SYSFS] = ROW("sysfs", SCHEMA_TEXT, sysfs),
    [DEVICE_REF] = {"ref", SCHEMA_CHOICE, SCHEMA_AT(device_values, ref), .choice = ref_choice},
    [DEVICE_PORTS] = {"ports", SCHEMA_NODE, .offset = 0},
    [DEVICE_FLOWS] = {"flows", SCHEMA_NODE, .offset = 0},
    [DEVICE_RING] = ROW("ring", SCHEMA_BYTES, ring_bytes),
    [DEVICE_DRIVER] = ROW("driver", SCHEMA_ID, driver),
    [DEVICE_TIMEOUT] = {"timeout", SCHEMA_DURATION_MS, SCHEMA_AT(device_values, timeout_ms), .min = 50, .max = 60000},
    [DEVICE_RETRIES] = {"retries", SCHEMA_U32, SCHEMA_AT(device_values, retries), .min = 0, .max = 10},
    [DEVICE_DEADLINE] = {"deadline", SCHEMA_DURATION_MS, SCHEMA_AT(device_values, deadline_ms), .min = 50, .max = 3600000},
    [DEVICE_VERSION] = {"version", SCHEMA_CHOICE, SCHEMA_AT(device_values, version), .choice = version_choice},
    [DEVICE_COMMUNITY] = {"community", SCHEMA_NODE, .offset = 0},
    [DEVICE_USER] = ROW("user", SCHEMA_TEXT, user),
    [DEVICE_AUTH] = {"auth", SCHEMA_CHOICE, SCHEMA_AT(device_values, auth), .choice = auth_choice},
    [DEVICE_AUTH_PASSWORD] = {"auth_password", SCHEMA_NODE, .offset = 0},
    [DEVICE_PRIV] = {"priv", SCHEMA_CHOICE, SCHEMA_AT(device_values, priv), .choice = priv_choice},
    [DEVICE_PRIV_PASSWORD] = {"priv_password", SCHEMA_NODE, .offset = 0},
    [DEVICE_CONTEXT] = ROW("context", SCHEMA_TEXT, context),
    [DEVICE_PASSWORD] = {"password", SCHEMA_NODE, .offset = 0},
    [DEVICE_PRIVILEGE] = {"privilege", SCHEMA_CHOICE, SCHEMA_AT(device_values, privilege), .choice = privilege_choice},
    [DEVICE_CT_RATIO] = ROW("ct_ratio", SCHEMA_TEXT, ct_ratio),
    [DEVICE_PT_RATIO] = ROW("pt_ratio", SCHEMA_TEXT, pt_ratio),
    [DEVICE_INVERT] = ROW("invert", SCHEMA_BOOL, is_inverted),
};

/* Whose a key is that only one collector, or some of them, understand: bits of enum wire_kind; 0: any. */
#define OF_SNMP (1 << WIRE_KIND_SNMP)
#define OF_MODBUS (1 << WIRE_KIND_MODBUS)
#define OF_IPMI (1 << WIRE_KIND_IPMI)
static const uint8_t key_source[DEVICE_COUNT] = {
    [DEVICE_SYSFS] = 1 << WIRE_KIND_RAPL,
    [DEVICE_DRIVER] = OF_SNMP | OF_MODBUS,
    [DEVICE_TIMEOUT] = OF_SNMP | OF_MODBUS | OF_IPMI,
    [DEVICE_RETRIES] = OF_SNMP | OF_MODBUS,
    [DEVICE_DEADLINE] = OF_SNMP | OF_IPMI,
    [DEVICE_VERSION] = OF_SNMP,
    [DEVICE_COMMUNITY] = OF_SNMP,
    [DEVICE_USER] = OF_SNMP,
    [DEVICE_AUTH] = OF_SNMP,
    [DEVICE_AUTH_PASSWORD] = OF_SNMP,
    [DEVICE_PRIV] = OF_SNMP,
    [DEVICE_PRIV_PASSWORD] = OF_SNMP,
    [DEVICE_CONTEXT] = OF_SNMP,
    [DEVICE_CT_RATIO] = OF_MODBUS,
    [DEVICE_PT_RATIO] = OF_MODBUS,
    [DEVICE_INVERT] = OF_MODBUS,
    [DEVICE_PASSWORD] = OF_IPMI,
    [DEVICE_PRIVILEGE] = OF_IPMI,
    [DEVICE_REF] = OF_SNMP | 1 << WIRE_KIND_TRAFFIC,
    [DEVICE_PORTS] = OF_SNMP,
    [DEVICE_FLOWS] = 1 << WIRE_KIND_TRAFFIC,
    [DEVICE_RING] = 1 << WIRE_KIND_TRAFFIC,
};

bool device_key_is_of(size_t key, enum wire_kind source)
{
	return key_source[key] == 0 || (key_source[key] & 1 << source) != 0;
}

static const struct schema device_schema = {"device", device_key, DEVICE_COUNT};
static const struct schema defaults_schema = {"defaults", device_key, DEVICE_COUNT};

/* ---- secrets ---- */

/* The community "public" is no secret: it is what every device answers to from the factory. */
static void read_secret(struct loader *loader, const struct yaml_node *node, char out[static PLAN_NAME_BYTES])
{
	if (node == NULL)
		return;
	bool is_private = loader_is_private(loader, node->place) || strcmp(node->text, "public") == 0;
	(void)secret_read(&loader->secrets, node, is_private, out, PLAN_NAME_BYTES);
}

static void read_secrets(struct loader *loader, const struct schema_where *where, struct device_values *value)
{
	read_secret(loader, where->node[DEVICE_COMMUNITY], value->community);
	read_secret(loader, where->node[DEVICE_AUTH_PASSWORD], value->auth_password);
	read_secret(loader, where->node[DEVICE_PRIV_PASSWORD], value->priv_password);
	read_secret(loader, where->node[DEVICE_PASSWORD], value->password);
}

enum err loader_read_defaults(struct loader *loader, const struct yaml_node *map)
{
	struct device_read *defaults = mem_new(sizeof *defaults);

	if (defaults == NULL)
		return ERR_MEMORY;
	loader->defaults = defaults;
	defaults->value = (struct device_values){.interval_ms = DEVICE_INTERVAL_MS,
						 .timeout_ms = DEVICE_TIMEOUT_MS,
						 .retries = DEVICE_RETRIES_DEFAULT,
						 .version = 1, /* "2c" */
						 .driver = "auto",
						 .sysfs = "/sys",
						 .ring_bytes = DEVICE_RING_BYTES};
	if (map == NULL)
		return ERR_NONE;
	schema_read(&defaults_schema, map, &defaults->value, &defaults->where, loader->problems);
	for (int i = 0; i < DEVICE_OWN_COUNT; i++) {
		if (defaults->where.node[i] != NULL)
			problems_add_error(loader->problems, defaults->where.node[i]->key_place,
					   "%s belongs to one device: it cannot be a default", device_key[i].name);
	}
	read_secrets(loader, &defaults->where, &defaults->value);
	return ERR_NONE;
}

void loader_free_defaults(struct loader *loader)
{
	loader->defaults = mem_free_secret(loader->defaults, sizeof *loader->defaults);
}

/* ---- one device ---- */

const struct yaml_node *device_where_of(const struct loader *loader, const struct device_read *read, enum device_at at)
{
	return read->where.node[at] != NULL ? read->where.node[at] : loader->defaults->where.node[at];
}

struct place device_place_of(const struct loader *loader, const struct device_read *read, enum device_at at, const struct yaml_node *device)
{
	const struct yaml_node *node = device_where_of(loader, read, at);

	return node != NULL ? node->place : device->place;
}

const char *device_key_name(enum device_at at)
{
	return device_key[at].name;
}

/* What is written at the device itself has to be for its collector; a default may be for others. */
static void check_keys(struct loader *loader, const struct device_read *read, enum wire_kind source)
{
	for (int i = 0; i < DEVICE_COUNT; i++) {
		unsigned kind = 0;

		if (read->where.node[i] == NULL || device_key_is_of((size_t)i, source))
			continue;
		while ((key_source[i] & 1 << kind) == 0)
			kind++;
		problems_add_error(loader->problems, read->where.node[i]->key_place, "%s is for %s, this device is %s", device_key[i].name,
				   wire_kind_name((enum wire_kind)kind), wire_kind_name(source));
	}
}

static void add_rapl(struct loader *loader, const struct device_read *read, const struct yaml_node *node, enum plan_rapl_kind kind,
		     struct plan_device *device)
{
	struct plan_rapl *plan = &loader->out->rapl;
	const struct device_values *value = &read->value;
	void *list = plan->device;
	struct plan_rapl_device *rapl =
	    loader_append(loader, &list, &loader->rapl_capacity, &plan->device_count, PLAN_DEVICES_MAX, sizeof *rapl);

	plan->device = list;
	if (rapl == NULL)
		return;
	if (value->sysfs[0] != '/')
		problems_add_error(loader->problems, device_place_of(loader, read, DEVICE_SYSFS, node),
				   "sysfs: an absolute path is needed, like /sys");
	if (read->where.node[DEVICE_INTERVAL] != NULL &&
	    (value->interval_ms < DEVICE_RAPL_MS_MIN || value->interval_ms > DEVICE_RAPL_MS_MAX))
		problems_add_error(loader->problems, read->where.node[DEVICE_INTERVAL]->place,
				   "interval: rapl is read every 1s to 1min, since its counters wrap");
	/* A default for all devices may be longer. */
	if (device->interval_ms > DEVICE_RAPL_MS_MAX)
		device->interval_ms = DEVICE_RAPL_MS_MAX;
	if (device->interval_ms < DEVICE_RAPL_MS_MIN)
		device->interval_ms = DEVICE_RAPL_MS_MIN;
	text_copy(rapl->id, sizeof rapl->id, value->id);
	rapl->kind = kind;
	text_copy(rapl->sysfs_root, sizeof rapl->sysfs_root, value->sysfs);
	rapl->interval_ms = device->interval_ms;
	device->source_device = (uint32_t)(plan->device_count - 1);
}

static struct plan_device *add_device(struct loader *loader, struct place place)
{
	struct plan_core *core = &loader->out->core;
	size_t note_count = core->device_count;
	void *list = core->device;
	struct plan_device *device =
	    loader_append(loader, &list, &loader->device_capacity, &core->device_count, PLAN_DEVICES_MAX, sizeof *device);

	core->device = list;
	if (device == NULL)
		return NULL;
	device->id = device->was = device->name = device->rack = device->tenant = device->fed_by = device->facts = "";
	list = loader->device_note;
	struct device_note *note = loader_append(loader, &list, &loader->device_note_capacity, &note_count, PLAN_DEVICES_MAX, sizeof *note);
	loader->device_note = list;
	if (note == NULL) {
		core->device_count--;
		return NULL;
	}
	note->place = place;
	return device;
}

/* "" without memory, which is said at the end. */
static const char *keep_text(struct loader *loader, const char *text)
{
	struct plan_core *core = &loader->out->core;
	const char *kept;

	if (core->texts == NULL)
		core->texts = plan_texts_new();
	kept = core->texts == NULL ? NULL : plan_texts_keep(core->texts, text);
	if (kept == NULL)
		loader->is_out_of_memory = true;
	return kept == NULL ? "" : kept;
}

static void store_device(struct loader *loader, const struct device_read *read, struct plan_device *device)
{
	const struct device_values *value = &read->value;
	const struct device_facts_read facts = {.control = value->control,
						.meter_class = value->meter_class,
						.ct_class = value->ct_class,
						.calibration_due = value->calibration_due,
						.calibration_node = device_where_of(loader, read, DEVICE_CALIBRATION),
						.round_trip = value->round_trip,
						.round_trip_node = device_where_of(loader, read, DEVICE_ROUND_TRIP)};
	char feeds[FEEDS_BYTES];
	char text[FACTS_BYTES];

	device->id = keep_text(loader, value->id);
	device->was = keep_text(loader, value->was);
	device->name = keep_text(loader, value->name[0] != '\0' ? value->name : value->id);
	device->rack = keep_text(loader, value->rack);
	device->tenant = keep_text(loader, value->tenant);
	settings_read_feeds(loader, device_where_of(loader, read, DEVICE_FED_BY), feeds);
	device->fed_by = keep_text(loader, feeds);
	settings_read_device_facts(loader, &facts, text);
	device->facts = keep_text(loader, text);
	device->interval_ms = value->interval_ms;
	device->has_point = device_where_of(loader, read, DEVICE_POINT) != NULL;
	device->point = (enum point)value->point;
	device->supply = (enum supply)value->supply;
	device->rated_w = value->rated_w;
}

static void store_note(const struct loader *loader, const struct device_read *read, const struct yaml_node *node, struct device_note *note)
{
	text_copy(note->site, sizeof note->site, read->value.site);
	note->site_place = device_place_of(loader, read, DEVICE_SITE, node);
	note->fed_by_place = device_place_of(loader, read, DEVICE_FED_BY, node);
	note->was_place = device_place_of(loader, read, DEVICE_WAS, node);
	note->driver_place = device_place_of(loader, read, DEVICE_DRIVER, node);
	note->address_place = device_place_of(loader, read, DEVICE_ADDRESS, node);
	note->in_total = (enum in_total)(read->value.in_total > IN_TOTAL_NO ? read->value.in_total - IN_TOTAL_NO : read->value.in_total);
	note->has_supply = device_where_of(loader, read, DEVICE_SUPPLY) != NULL;
}

/* Power is integrated over gaps of up to three intervals, so that one missed answer loses nothing, and at least a minute. */
static void place_gap(struct loader *loader, const struct device_read *read, const struct yaml_node *node, struct plan_device *device)
{
	uint32_t least_ms = device->interval_ms * DEVICE_GAP_INTERVALS;

	device->max_gap_ms = least_ms > DEVICE_GAP_MS_MIN ? least_ms : DEVICE_GAP_MS_MIN;
	if (device_where_of(loader, read, DEVICE_MAX_GAP) == NULL)
		return;
	device->max_gap_ms = read->value.max_gap_ms;
	if (device->max_gap_ms < device->interval_ms)
		problems_add_error(loader->problems, device_place_of(loader, read, DEVICE_MAX_GAP, node),
				   "max_gap is shorter than the interval: nothing would ever be measured");
}

/* Into the plan of the collector that reads it. */
static void add_to_plan(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address,
			struct plan_device *device)
{
	check_keys(loader, read, address->source);
	switch (address->source) {
	case WIRE_KIND_RAPL: add_rapl(loader, read, node, address->kind, device); break;
	case WIRE_KIND_IPMI: device_add_ipmi(loader, read, node, address); break;
	case WIRE_KIND_MODBUS: device_add_modbus(loader, read, node, address); break;
	case WIRE_KIND_TRAFFIC: device_add_traffic(loader, read, node, address); break;
	default: device_add_snmp(loader, read, node, address); break;
	}
}

const char *device_label(const struct device_read *read)
{
	return read->where.node[DEVICE_ID] != NULL ? read->value.id : "without an id";
}

static void read_device(struct loader *loader, const struct yaml_node *node, struct device_read *read)
{
	struct address address = {.source = WIRE_KIND_SNMP};

	read->value = loader->defaults->value;
	if (!schema_read(&device_schema, node, &read->value, &read->where, loader->problems))
		return;
	read_secrets(loader, &read->where, &read->value);
	if (read->where.node[DEVICE_ID] == NULL)
		problems_add_error(loader->problems, node->place, "this device has no id: write one, like id: pdu-a1");
	const struct yaml_node *where = read->where.node[DEVICE_ADDRESS];
	if (where == NULL)
		problems_add_error(loader->problems, node->place,
				   "device %s has no address: snmp://HOST, modbus://HOST/UNIT, ipmi://USER@HOST, traffic:INTERFACE or rapl",
				   device_label(read));
	bool has_address = where != NULL && address_parse(&address, where, loader->problems);
	struct plan_device *device = add_device(loader, node->place);
	if (device == NULL)
		return;
	struct device_note *note = &loader->device_note[loader->out->core.device_count - 1];
	store_device(loader, read, device);
	store_note(loader, read, node, note);
	device->source = address.source;
	device_read_ports(loader, read, device);
	if (has_address)
		add_to_plan(loader, read, node, &address, device);
	place_gap(loader, read, node, device);
}

/* Room for the list's devices in all that is kept for each. */
static void reserve(struct loader *loader, size_t extra)
{
	struct plan_core *core = &loader->out->core;
	struct plan_snmp *snmp = &loader->out->snmp;
	void *list = core->device;

	if (extra > PLAN_DEVICES_MAX)
		return;
	loader_reserve(&list, &loader->device_capacity, core->device_count, extra, sizeof *core->device);
	core->device = list;
	list = loader->device_note;
	loader_reserve(&list, &loader->device_note_capacity, core->device_count, extra, sizeof *loader->device_note);
	loader->device_note = list;
	list = snmp->device;
	loader_reserve(&list, &loader->snmp_capacity, snmp->device_count, extra, sizeof *snmp->device);
	snmp->device = list;
}

void loader_read_devices(struct loader *loader, const struct yaml_node *list)
{
	struct device_read *read = NULL;

	if (list->kind == YAML_SCALAR && list->text[0] == '\0')
		return;
	if (list->kind != YAML_LIST) {
		problems_add_error(loader->problems, list->place, "devices has to be a list (- id: ...), not %s",
				   yaml_kind_name(list->kind));
		return;
	}
	read = mem_new(sizeof *read);
	if (read == NULL) {
		loader->is_out_of_memory = true;
		return;
	}
	reserve(loader, list->child_count);
	for (const struct yaml_node *node = list->child; node != NULL && !loader->is_out_of_memory; node = node->next)
		read_device(loader, node, read);
	mem_free_secret(read, sizeof *read);
}

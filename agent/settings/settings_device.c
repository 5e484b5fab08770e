/* SPDX-License-Identifier: Apache-2.0 */
/* settings_device: what is polled: defaults: and devices:, and the plans of the collectors that follow from them. */
#include "base/mem.h"
#include "base/text.h"
#include "settings/address.h"
#include "settings/settings_priv.h"

#include <string.h>

/* The keys that say what a device is, and cannot be a default, come first. */
enum device_at {
	DEVICE_ID,
	DEVICE_NAME,
	DEVICE_WAS,
	DEVICE_ADDRESS,
	DEVICE_FED_BY,
	DEVICE_OWN_COUNT,
	DEVICE_SITE = DEVICE_OWN_COUNT,
	DEVICE_RACK,
	DEVICE_TENANT,
	DEVICE_INTERVAL,
	DEVICE_MAX_GAP,
	DEVICE_RATED,
	DEVICE_POINT,
	DEVICE_SUPPLY,
	DEVICE_IN_TOTAL,
	DEVICE_SYSFS,
	DEVICE_SNMP_FIRST, /* from here on: snmp alone */
	DEVICE_DRIVER = DEVICE_SNMP_FIRST,
	DEVICE_TIMEOUT,
	DEVICE_RETRIES,
	DEVICE_DEADLINE,
	DEVICE_VERSION,
	DEVICE_COMMUNITY,
	DEVICE_USER,
	DEVICE_AUTH,
	DEVICE_AUTH_PASSWORD,
	DEVICE_PRIV,
	DEVICE_PRIV_PASSWORD,
	DEVICE_CONTEXT,
	DEVICE_COUNT
};

struct device_values {
	char id[PLAN_ID_BYTES];
	char name[PLAN_NAME_BYTES];
	char was[PLAN_ID_BYTES];
	char address[PLAN_PATH_BYTES];
	char fed_by[PLAN_ID_BYTES];
	char site[PLAN_ID_BYTES];
	char rack[PLAN_ID_BYTES];
	char tenant[PLAN_ID_BYTES];
	uint32_t interval_ms;
	uint32_t max_gap_ms;
	double rated_w;
	int point;
	int supply;
	int in_total;
	char sysfs[PLAN_PATH_BYTES];
	char driver[PLAN_ID_BYTES];
	uint32_t timeout_ms;
	uint32_t retries;
	uint32_t deadline_ms;
	int version;
	char community[PLAN_NAME_BYTES];
	char user[PLAN_NAME_BYTES];
	int auth;
	char auth_password[PLAN_NAME_BYTES];
	int priv;
	char priv_password[PLAN_NAME_BYTES];
	char context[PLAN_NAME_BYTES];
};

/* The values with where each was written: where.node[] NULL is our own default. */
struct device_read {
	struct device_values value;
	struct schema_where where;
};

enum {
	DEVICE_INTERVAL_MS = 10000,
	DEVICE_TIMEOUT_MS = 2000,
	DEVICE_RETRIES_DEFAULT = 2,
	DEVICE_GAP_MS_MIN = 60000,
	DEVICE_GAP_INTERVALS = 3,
	DEVICE_DEADLINE_MS_MAX = 30000,
	DEVICE_RAPL_MS_MIN = 1000,
	DEVICE_RAPL_MS_MAX = 60000,
	DEVICE_PASSWORD_BYTES_MIN = 8, /* RFC 3414, 11.2 */
};

static const char *const point_choice[] = {"other", "site_ac", "ups_out", "pdu_out", "it_in", "dc_bus", NULL}; /* enum point */
static const char *const supply_choice[] = {"none", "grid", "genset", "pv", "battery", NULL};                  /* enum supply */
static const char *const in_total_choice[] = {"auto", "yes", "no", "true", "false", NULL}; /* enum in_total, then others */
static const char *const version_choice[] = {"1", "2c", "3", "2", NULL};
static const uint8_t version_of[] = {SNMP_V1, SNMP_V2C, SNMP_V3, SNMP_V2C};
static const char *const auth_choice[] = {"none", "md5", "sha", "sha224", "sha256", "sha384", "sha512", NULL}; /* enum snmp_auth */
static const char *const priv_choice[] = {"none", "des", "aes128", "aes192", "aes256", "aes", NULL}; /* enum snmp_priv, then others */

#define ROW(name, type, member)                              \
	{                                                    \
		name, type, SCHEMA_AT(device_values, member) \
	}

static const struct schema_key device_key[DEVICE_COUNT] = {
    [DEVICE_ID] = ROW("id", SCHEMA_ID, id),
    [DEVICE_NAME] = ROW("name", SCHEMA_TEXT, name),
    [DEVICE_WAS] = ROW("was", SCHEMA_ID, was),
    [DEVICE_ADDRESS] = ROW("address", SCHEMA_TEXT, address),
    [DEVICE_FED_BY] = ROW("fed_by", SCHEMA_ID, fed_by),
    [DEVICE_SITE] = ROW("site", SCHEMA_ID, site),
    [DEVICE_RACK] = ROW("rack", SCHEMA_TEXT, rack),
    [DEVICE_TENANT] = ROW("tenant", SCHEMA_TEXT, tenant),
    [DEVICE_INTERVAL] = {"interval", SCHEMA_DURATION_MS, SCHEMA_AT(device_values, interval_ms), .min = 100, .max = 3600000},
    [DEVICE_MAX_GAP] = {"max_gap", SCHEMA_DURATION_MS, SCHEMA_AT(device_values, max_gap_ms), .min = 1000, .max = 86400000},
    [DEVICE_RATED] = ROW("rated", SCHEMA_POWER_W, rated_w),
    [DEVICE_POINT] = {"point", SCHEMA_CHOICE, SCHEMA_AT(device_values, point), .choice = point_choice},
    [DEVICE_SUPPLY] = {"supply", SCHEMA_CHOICE, SCHEMA_AT(device_values, supply), .choice = supply_choice},
    [DEVICE_IN_TOTAL] = {"in_total", SCHEMA_CHOICE, SCHEMA_AT(device_values, in_total), .choice = in_total_choice},
    [DEVICE_SYSFS] = ROW("sysfs", SCHEMA_TEXT, sysfs),
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
};
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
						 .sysfs = "/sys"};
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

static const struct yaml_node *where_of(const struct loader *loader, const struct device_read *read, enum device_at at)
{
	return read->where.node[at] != NULL ? read->where.node[at] : loader->defaults->where.node[at];
}

static struct place place_of(const struct loader *loader, const struct device_read *read, enum device_at at, const struct yaml_node *device)
{
	const struct yaml_node *node = where_of(loader, read, at);

	return node != NULL ? node->place : device->place;
}

/* A password has its protocol and is long enough, or there is neither. */
static void check_password(struct loader *loader, const struct device_read *read, const struct yaml_node *node, enum device_at at,
			   uint8_t protocol)
{
	const struct yaml_node *written = where_of(loader, read, at);
	bool is_auth = at == DEVICE_AUTH_PASSWORD;
	const char *password = is_auth ? read->value.auth_password : read->value.priv_password;
	const char *key = is_auth ? "auth" : "priv";

	if (protocol != 0 && written == NULL)
		problems_add_error(loader->problems, node->place, "device %s: %s needs %s_password", read->value.id, key, key);
	if (protocol == 0 && written != NULL)
		problems_add_error(loader->problems, written->place, "%s_password needs %s: %s", key, key,
				   is_auth ? "sha256 (or sha, md5, sha512 ...)" : "aes128 (or aes256, des ...)");
	if (password[0] != '\0' && strlen(password) < DEVICE_PASSWORD_BYTES_MIN)
		problems_add_error(loader->problems, written != NULL ? written->place : node->place,
				   "%s_password has to have at least %d characters", key, DEVICE_PASSWORD_BYTES_MIN);
}

static void check_v3(struct loader *loader, const struct device_read *read, const struct yaml_node *node,
		     const struct plan_snmp_device *snmp)
{
	if (snmp->user[0] == '\0')
		problems_add_error(loader->problems, node->place, "device %s: version 3 needs a user", read->value.id);
	if (snmp->priv != SNMP_PRIV_NONE && snmp->auth == SNMP_AUTH_NONE)
		problems_add_error(loader->problems, node->place, "device %s: priv without auth does not exist", read->value.id);
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
	if (where_of(loader, read, DEVICE_COMMUNITY) == NULL)
		problems_add_error(loader->problems, node->place,
				   "device %s has no community: write one here or under defaults: (many devices answer to public)",
				   read->value.id);
	for (int i = DEVICE_USER; i <= DEVICE_CONTEXT; i++) {
		if (read->where.node[i] != NULL)
			problems_add_error(loader->problems, read->where.node[i]->key_place, "%s needs version: 3", device_key[i].name);
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
	if (where_of(loader, read, DEVICE_DEADLINE) == NULL)
		snmp->deadline_ms = most_ms < DEVICE_DEADLINE_MS_MAX ? most_ms : DEVICE_DEADLINE_MS_MAX;
	else if (value->deadline_ms > value->interval_ms)
		problems_add_error(loader->problems, place_of(loader, read, DEVICE_DEADLINE, node),
				   "deadline: a read has to end before the next is due (interval)");
	snmp->timeout_ms = value->timeout_ms;
	uint32_t fair_ms = snmp->deadline_ms / (snmp->retries + 1);
	if (where_of(loader, read, DEVICE_TIMEOUT) == NULL)
		snmp->timeout_ms = fair_ms > 0 && fair_ms < value->timeout_ms ? fair_ms : value->timeout_ms;
	else if ((uint64_t)value->timeout_ms * (snmp->retries + 1) > snmp->deadline_ms)
		problems_add_warning(
		    loader->problems, place_of(loader, read, DEVICE_TIMEOUT, node),
		    "timeout x (retries + 1) = %llu ms is longer than the deadline of %u ms: the last tries will not happen",
		    (unsigned long long)value->timeout_ms * (snmp->retries + 1), (unsigned)snmp->deadline_ms);
}

static void add_snmp(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address,
		     struct plan_device *device, struct device_note *note)
{
	struct plan_snmp *plan = &loader->out->snmp;
	const struct device_values *value = &read->value;
	void *list = plan->device;
	struct plan_snmp_device *snmp =
	    loader_append(loader, &list, &loader->snmp_capacity, &plan->device_count, PLAN_DEVICES_MAX, sizeof *snmp);

	plan->device = list;
	if (snmp == NULL)
		return;
	bool has_version = where_of(loader, read, DEVICE_VERSION) != NULL;
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
	device->source_device = (uint32_t)(plan->device_count - 1);
	text_copy(note->driver, sizeof note->driver, value->driver);
	text_copy(note->host, sizeof note->host, address->host);
}

static void add_rapl(struct loader *loader, const struct device_read *read, const struct yaml_node *node, struct plan_device *device)
{
	struct plan_rapl *plan = &loader->out->rapl;
	const struct device_values *value = &read->value;
	void *list = plan->device;
	struct plan_rapl_device *rapl =
	    loader_append(loader, &list, &loader->rapl_capacity, &plan->device_count, PLAN_DEVICES_MAX, sizeof *rapl);

	plan->device = list;
	if (rapl == NULL)
		return;
	for (int i = DEVICE_SNMP_FIRST; i < DEVICE_COUNT; i++) {
		if (read->where.node[i] != NULL)
			problems_add_error(loader->problems, read->where.node[i]->key_place, "%s is for snmp, this device is rapl",
					   device_key[i].name);
	}
	if (value->sysfs[0] != '/')
		problems_add_error(loader->problems, place_of(loader, read, DEVICE_SYSFS, node),
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

static void store_device(const struct loader *loader, const struct device_read *read, struct plan_device *device)
{
	const struct device_values *value = &read->value;

	text_copy(device->id, sizeof device->id, value->id);
	text_copy(device->was, sizeof device->was, value->was);
	text_copy(device->name, sizeof device->name, value->name[0] != '\0' ? value->name : value->id);
	text_copy(device->rack, sizeof device->rack, value->rack);
	text_copy(device->tenant, sizeof device->tenant, value->tenant);
	text_copy(device->fed_by, sizeof device->fed_by, value->fed_by);
	device->interval_ms = value->interval_ms;
	device->has_point = where_of(loader, read, DEVICE_POINT) != NULL;
	device->point = (enum point)value->point;
	device->supply = (enum supply)value->supply;
	device->rated_w = value->rated_w;
}

static void store_note(const struct loader *loader, const struct device_read *read, const struct yaml_node *node, struct device_note *note)
{
	text_copy(note->site, sizeof note->site, read->value.site);
	note->site_place = place_of(loader, read, DEVICE_SITE, node);
	note->fed_by_place = place_of(loader, read, DEVICE_FED_BY, node);
	note->was_place = place_of(loader, read, DEVICE_WAS, node);
	note->driver_place = place_of(loader, read, DEVICE_DRIVER, node);
	note->address_place = place_of(loader, read, DEVICE_ADDRESS, node);
	note->in_total = (enum in_total)(read->value.in_total > IN_TOTAL_NO ? read->value.in_total - IN_TOTAL_NO : read->value.in_total);
	note->has_supply = where_of(loader, read, DEVICE_SUPPLY) != NULL;
}

/* Power is integrated over gaps of up to three intervals, so that one missed answer loses nothing, and at least a minute. */
static void place_gap(struct loader *loader, const struct device_read *read, const struct yaml_node *node, struct plan_device *device)
{
	uint32_t least_ms = device->interval_ms * DEVICE_GAP_INTERVALS;

	device->max_gap_ms = least_ms > DEVICE_GAP_MS_MIN ? least_ms : DEVICE_GAP_MS_MIN;
	if (where_of(loader, read, DEVICE_MAX_GAP) == NULL)
		return;
	device->max_gap_ms = read->value.max_gap_ms;
	if (device->max_gap_ms < device->interval_ms)
		problems_add_error(loader->problems, place_of(loader, read, DEVICE_MAX_GAP, node),
				   "max_gap is shorter than the interval: nothing would ever be measured");
}

static void read_device(struct loader *loader, const struct yaml_node *node, struct device_read *read)
{
	struct address address = {.source = WIRE_KIND_SNMP};

	read->value = loader->defaults->value;
	if (!schema_read(&device_schema, node, &read->value, &read->where, loader->problems))
		return;
	read_secrets(loader, &read->where, &read->value);
	if (read->where.node[DEVICE_ID] == NULL)
		problems_add_error(loader->problems, node->place, "this device has no id");
	const struct yaml_node *where = read->where.node[DEVICE_ADDRESS];
	if (where == NULL)
		problems_add_error(loader->problems, node->place, "device %s has no address: snmp://HOST or rapl", read->value.id);
	bool has_address = where != NULL && address_parse(&address, where, loader->problems);
	struct plan_device *device = add_device(loader, node->place);
	if (device == NULL)
		return;
	struct device_note *note = &loader->device_note[loader->out->core.device_count - 1];
	store_device(loader, read, device);
	store_note(loader, read, node, note);
	device->source = address.source;
	if (has_address && address.source == WIRE_KIND_RAPL)
		add_rapl(loader, read, node, device);
	else if (has_address)
		add_snmp(loader, read, node, &address, device, note);
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

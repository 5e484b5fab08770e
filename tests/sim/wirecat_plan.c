/* SPDX-License-Identifier: Apache-2.0 */
#include "wirecat_plan.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 32 };

/* A line cut into words. */
struct words {
	size_t count;
	char *word[WORDS_MAX];
};

struct reader {
	struct plan_snmp *plan;
	size_t driver_capacity;
	size_t device_capacity;
	struct plan_snmp_driver *driver;
	struct plan_group *group;
	bool is_bad;
};

static void cut(char *line, struct words *out)
{
	char *word;

	out->count = 0;
	while ((word = strsep(&line, " \t")) != NULL && out->count < WORDS_MAX)
		if (word[0] != '\0')
			out->word[out->count++] = word;
}

/* The text behind "KEY=", NULL when there is none. */
static const char *value_of(const struct words *words, const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 1; i < words->count; i++)
		if (strncmp(words->word[i], key, length) == 0 && words->word[i][length] == '=')
			return words->word[i] + length + 1;
	return NULL;
}

static int64_t number_of(struct reader *reader, const struct words *words, const char *key, int64_t otherwise)
{
	const char *text = value_of(words, key);
	int64_t value = otherwise;

	if (text != NULL && !num_parse_i64(text, &value))
		reader->is_bad = true;
	return value;
}

static double double_of(struct reader *reader, const struct words *words, const char *key, double otherwise)
{
	const char *text = value_of(words, key);
	double value = otherwise;

	if (text != NULL && !num_parse_double(text, &value))
		reader->is_bad = true;
	return value;
}

static void text_of(struct reader *reader, const struct words *words, const char *key, char *out, size_t out_bytes)
{
	const char *text = value_of(words, key);

	if (text != NULL && !text_copy(out, out_bytes, text))
		reader->is_bad = true;
}

static void oid_of(struct reader *reader, const struct words *words, const char *key, struct plan_oid *out)
{
	const char *text = value_of(words, key);

	if (text != NULL && !plan_oid_parse(out, text))
		reader->is_bad = true;
}

/* Numbers with commas between them; returns how many. */
static size_t list_of(struct reader *reader, const struct words *words, const char *key, int64_t *out, size_t max)
{
	const char *text = value_of(words, key);
	char copy[256];
	char *rest = copy, *item;
	size_t count = 0;

	if (text == NULL || !text_copy(copy, sizeof copy, text))
		return 0;
	while ((item = strsep(&rest, ",")) != NULL && count < max)
		if (!num_parse_i64(item, &out[count++]))
			reader->is_bad = true;
	return count;
}

/* ---- Lines ------------------------------------------------------------------------------------------------------------------------ */

static void read_driver(struct reader *reader, const struct words *words)
{
	struct plan_snmp *plan = reader->plan;
	const char *total = value_of(words, "total");

	if (words->count < 2 || mem_grow((void **)&plan->driver, &reader->driver_capacity, plan->driver_count, PLAN_DRIVERS_MAX,
					 sizeof *plan->driver) != ERR_NONE) {
		reader->is_bad = true;
		return;
	}
	reader->driver = &plan->driver[plan->driver_count++];
	reader->group = NULL;
	(void)text_copy(reader->driver->name, sizeof reader->driver->name, words->word[1]);
	text_of(reader, words, "vendor", reader->driver->vendor, sizeof reader->driver->vendor);
	reader->driver->sha256[0] = (uint8_t)plan->driver_count;
	reader->driver->total = total == NULL || strcmp(total, "none") == 0 ? TOTAL_NONE
				: strcmp(total, "sum") == 0                 ? TOTAL_SUM
									    : TOTAL_METER;
	reader->driver->priority = (int32_t)number_of(reader, words, "priority", 0);
	reader->driver->is_bulk_refused = number_of(reader, words, "bulk_refused", 0) == 1;
	reader->driver->is_stackable = number_of(reader, words, "stackable", 0) == 1;
	reader->driver->max_varbinds = (uint8_t)number_of(reader, words, "varbinds", 0);
	reader->driver->max_repetitions = (uint8_t)number_of(reader, words, "repetitions", 0);
	reader->driver->group = mem_new_array(PLAN_GROUPS_MAX, sizeof *reader->driver->group);
	reader->is_bad |= reader->driver->group == NULL;
}

static void read_rule(struct reader *reader, const struct words *words)
{
	struct plan_rule *rule;

	if (reader->driver == NULL || reader->driver->rule_count == PLAN_RULES_MAX) {
		reader->is_bad = true;
		return;
	}
	rule = &reader->driver->rule[reader->driver->rule_count++];
	rule->is_exception = number_of(reader, words, "exception", 0) == 1;
	oid_of(reader, words, "object_id", &rule->object_id);
	text_of(reader, words, "descr", rule->descr_pattern, sizeof rule->descr_pattern);
	oid_of(reader, words, "probe", &rule->probe);
	text_of(reader, words, "probe_pattern", rule->probe_pattern, sizeof rule->probe_pattern);
}

static void read_identity(struct reader *reader, const struct words *words)
{
	if (reader->driver == NULL) {
		reader->is_bad = true;
		return;
	}
	oid_of(reader, words, "vendor", &reader->driver->identity.vendor);
	oid_of(reader, words, "model", &reader->driver->identity.model);
	oid_of(reader, words, "serial", &reader->driver->identity.serial);
	oid_of(reader, words, "firmware", &reader->driver->identity.firmware);
	oid_of(reader, words, "uptime", &reader->driver->identity.uptime);
}

static void read_group(struct reader *reader, const struct words *words)
{
	const char *role = value_of(words, "role");
	const char *point = value_of(words, "point");
	struct plan_group *group;

	if (reader->driver == NULL || words->count < 2 || reader->driver->group_count == PLAN_GROUPS_MAX) {
		reader->is_bad = true;
		return;
	}
	group = reader->group = &reader->driver->group[reader->driver->group_count++];
	reader->is_bad |=
	    !text_copy(group->key, sizeof group->key, words->word[1]) || !text_copy(group->name, sizeof group->name, words->word[1]);
	text_of(reader, words, "label", group->name, sizeof group->name);
	text_of(reader, words, "parent", group->parent, sizeof group->parent);
	group->role = ROLE_PART;
	reader->is_bad |= (role != NULL && !role_find(role, &group->role)) || (point != NULL && !point_find(point, &group->point));
	group->is_table = number_of(reader, words, "table", 0) == 1;
	group->is_first_row_only = number_of(reader, words, "first", 0) == 1;
	group->summand = (enum plan_summand)number_of(reader, words, "summand", 0);
	group->is_optional = number_of(reader, words, "optional", 0) == 1;
	group->index_skip = (uint8_t)number_of(reader, words, "skip", 0);
	group->phase = (uint8_t)number_of(reader, words, "phase", 0);
	oid_of(reader, words, "key", &group->key_oid);
	oid_of(reader, words, "name", &group->name_oid);
}

static void read_filter(struct reader *reader, const struct words *words)
{
	struct plan_row_filter *filter;

	if (reader->group == NULL || reader->group->filter_count == 2) {
		reader->is_bad = true;
		return;
	}
	filter = &reader->group->filter[reader->group->filter_count++];
	oid_of(reader, words, "oid", &filter->oid);
	filter->value_count = (uint8_t)list_of(reader, words, "value", filter->value, PLAN_SENTINELS_MAX);
	text_of(reader, words, "pattern", filter->pattern, sizeof filter->pattern);
	filter->is_negated = number_of(reader, words, "negated", 0) == 1;
}

static void read_scale(struct reader *reader, const struct words *words, struct plan_scale *scale)
{
	const char *entity = value_of(words, "entity");
	char copy[256];
	char *comma;

	scale->factor = double_of(reader, words, "factor", 1);
	scale->num = number_of(reader, words, "num", 0);
	scale->den = number_of(reader, words, "den", 1);
	scale->sign = (int8_t)number_of(reader, words, "sign", 1);
	scale->is_scalar = number_of(reader, words, "scalar", 0) == 1;
	oid_of(reader, words, "pow10", &scale->oid);
	scale->kind = scale->oid.length > 0 ? SCALE_POW10 : SCALE_FIXED;
	if (entity == NULL || !text_copy(copy, sizeof copy, entity) || (comma = strchr(copy, ',')) == NULL)
		return;
	*comma = '\0';
	scale->kind = SCALE_ENTITY_SENSOR;
	reader->is_bad |= !plan_oid_parse(&scale->oid, copy) || !plan_oid_parse(&scale->oid2, comma + 1);
}

static void read_counter(struct reader *reader, const struct words *words, struct plan_point *point)
{
	point->counter = (struct counter_spec){.modulus = (uint64_t)number_of(reader, words, "modulus", 0),
					       .unit_num = point->scale.num,
					       .unit_den = point->scale.den,
					       .is_wrap_known = value_of(words, "modulus") != NULL};
}

static void read_point(struct reader *reader, const struct words *words)
{
	int64_t list[PLAN_SENTINELS_MAX];
	struct plan_point *point;

	if (reader->group == NULL || words->count < 3 || reader->group->point_count == PLAN_POINTS_MAX) {
		reader->is_bad = true;
		return;
	}
	point = &reader->group->point_list[reader->group->point_count++];
	point->quantity = quantity_find(words->word[1]);
	reader->is_bad |=
	    point->quantity == QUANTITY_NONE || (strcmp(words->word[2], "-") != 0 && !plan_oid_parse(&point->oid, words->word[2]));
	point->caliber = CALIBER_ACTUAL;
	read_scale(reader, words, &point->scale);
	if (quantity_is_counter(point->quantity))
		read_counter(reader, words, point);
	point->sentinel_count = (uint8_t)list_of(reader, words, "sentinel", point->sentinel, PLAN_SENTINELS_MAX);
	point->is_negative_absent = number_of(reader, words, "negative_absent", 0) == 1;
	point->is_zero_absent = number_of(reader, words, "zero_absent", 0) == 1;
	point->is_text = number_of(reader, words, "text", 0) == 1;
	point->has_range = value_of(words, "max") != NULL;
	point->min_value = double_of(reader, words, "min", 0);
	point->max_value = double_of(reader, words, "max", 0);
	point->interval_ms = (uint32_t)number_of(reader, words, "interval", 0);
	point->suffix_length = (uint8_t)list_of(reader, words, "suffix", list, 1);
	point->suffix[0] = (uint32_t)(point->suffix_length > 0 ? list[0] : 0);
	point->product_count = (uint8_t)list_of(reader, words, "product", list, 3);
	for (size_t i = 0; i < point->product_count; i++)
		point->product[i] = (uint8_t)list[i];
}

static uint8_t place_of(struct reader *reader, const struct words *words, const char *key, const char *const *names)
{
	const char *text = value_of(words, key);
	uint8_t at = 0;

	if (text == NULL)
		return 0;
	while (names[at] != NULL && strcmp(names[at], text) != 0)
		at++;
	reader->is_bad |= names[at] == NULL;
	return at;
}

static void read_security(struct reader *reader, const struct words *words, struct plan_snmp_device *device)
{
	static const char *const auth[] = {"none", "MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512", NULL};
	static const char *const priv[] = {"none", "DES", "AES", "AES-192", "AES-256", NULL};

	device->auth = place_of(reader, words, "auth", auth);
	device->priv = place_of(reader, words, "priv", priv);
	text_of(reader, words, "user", device->user, sizeof device->user);
	text_of(reader, words, "auth_password", device->auth_password, sizeof device->auth_password);
	text_of(reader, words, "priv_password", device->priv_password, sizeof device->priv_password);
	text_of(reader, words, "context", device->context, sizeof device->context);
}

static void read_device_line(struct reader *reader, const struct words *words, struct plan_snmp_device *device)
{
	const char *version = value_of(words, "version");
	const char *driver = value_of(words, "driver");
	int64_t port = 0;

	reader->is_bad |=
	    !text_copy(device->id, sizeof device->id, words->word[1]) || !text_copy(device->host, sizeof device->host, words->word[2]);
	reader->is_bad |= !num_parse_i64(words->word[3], &port);
	device->port = (uint16_t)port;
	(void)text_copy(device->community, sizeof device->community, "public");
	text_of(reader, words, "community", device->community, sizeof device->community);
	device->version = version == NULL || strcmp(version, "2c") == 0 ? SNMP_V2C : strcmp(version, "1") == 0 ? SNMP_V1 : SNMP_V3;
	device->is_tcp = number_of(reader, words, "tcp", 0) == 1;
	device->driver = driver != NULL && strcmp(driver, "auto") == 0 ? PLAN_DRIVER_AUTO : (uint32_t)number_of(reader, words, "driver", 0);
	device->interval_ms = (uint32_t)number_of(reader, words, "interval", 1000);
	device->timeout_ms = (uint32_t)number_of(reader, words, "timeout", 300);
	device->retries = (uint32_t)number_of(reader, words, "retries", 2);
	device->deadline_ms = (uint32_t)number_of(reader, words, "deadline", 5000);
	read_security(reader, words, device);
}

static void read_device(struct reader *reader, const struct words *words)
{
	struct plan_snmp *plan = reader->plan;
	struct plan_snmp_device device = {0};
	int64_t count = number_of(reader, words, "count", 1);
	struct in_addr address;

	if (words->count < 4) {
		reader->is_bad = true;
		return;
	}
	read_device_line(reader, words, &device);
	for (int64_t i = 0; i < count && !reader->is_bad; i++) {
		if (mem_grow((void **)&plan->device, &reader->device_capacity, plan->device_count, PLAN_DEVICES_MAX,
			     sizeof *plan->device) != ERR_NONE)
			reader->is_bad = true;
		else
			plan->device[plan->device_count++] = device;
		if (inet_pton(AF_INET, device.host, &address) != 1)
			continue;
		address.s_addr = htonl(ntohl(address.s_addr) + 1);
		(void)inet_ntop(AF_INET, &address, device.host, sizeof device.host);
		(void)snprintf(device.id, sizeof device.id, "%.40s-%lld", words->word[1], (long long)(i + 1));
	}
}

static void read_scan(struct reader *reader, const struct words *words)
{
	(void)words;
	reader->plan->is_scan = true;
}

static bool read_line(struct reader *reader, char *line)
{
	static const struct {
		const char *word;
		void (*read)(struct reader *reader, const struct words *words);
	} kinds[] = {{"driver", read_driver}, {"rule", read_rule},   {"identity", read_identity}, {"group", read_group},
		     {"filter", read_filter}, {"point", read_point}, {"device", read_device},     {"scan", read_scan}};
	struct words words;

	cut(line, &words);
	if (words.count == 0 || words.word[0][0] == '#')
		return true;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].word, words.word[0]) != 0)
			continue;
		kinds[i].read(reader, &words);
		return !reader->is_bad;
	}
	return false;
}

enum err wirecat_plan_read(struct plan_snmp *out, char *text, struct err_info *info)
{
	struct reader reader = {.plan = out};
	size_t number = 0;
	char *line;

	*out = (struct plan_snmp){0};
	while ((line = strsep(&text, "\n")) != NULL) {
		number++;
		if (read_line(&reader, line))
			continue;
		plan_snmp_deinit(out);
		return err_set(info, ERR_DATA, "line %zu of the plan is not understood", number);
	}
	return ERR_NONE;
}

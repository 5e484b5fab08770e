/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/finding.h"

#include "base/json.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/commission.h"
#include "model/units.h"
#include "wire/reason.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { POWER_DECIMALS = 3, ENERGY_DECIMALS = 6, WARNINGS_BYTES_MAX = 4096 };

/* It let nobody in: there is something, and nothing is known of it (a BMC that refuses the password). */
static bool is_shut(const struct gather_device *device)
{
	return device->state.state == DEVICE_REFUSED && device->state.driver[0] != '\0' && device->state.vendor[0] == '\0' &&
	       device->meter_count == 0;
}

bool finding_is_there(const struct finding *finding)
{
	return finding->device->has_state && finding->device->state.state != DEVICE_STARTING &&
	       finding->device->state.state != DEVICE_SILENT && finding->device->state.state != DEVICE_UNREADABLE &&
	       !is_shut(finding->device);
}

/* The newest value of a quantity; false: the device does not give it. */
static bool value_of(const struct gather_meter *meter, enum quantity quantity, double *value)
{
	const struct gather_reading *reading = gather_find(meter, quantity);

	return reading != NULL && gather_value(meter, &reading->last, value);
}

static const struct gather_meter *total_meter(const struct gather_device *device)
{
	for (size_t m = 0; m < device->meter_count; m++) {
		if (device->meter[m].is_announced && device->meter[m].info.role == ROLE_TOTAL && !device->meter[m].info.is_derived)
			return &device->meter[m];
	}
	return NULL;
}

bool finding_total(const struct finding *finding, enum quantity quantity, double *value)
{
	const struct gather_device *device = finding->device;
	const struct gather_meter *total = total_meter(device);

	return total != NULL ? value_of(total, quantity, value) : gather_sum(device, quantity, GATHER_LAST, value);
}

/* ---- Warnings ---- */

/* Neither power nor energy comes from it. */
static bool is_without_energy(const struct gather_device *device)
{
	for (size_t m = 0; m < device->meter_count; m++) {
		if (gather_find(&device->meter[m], QUANTITY_POWER) != NULL || gather_find(&device->meter[m], QUANTITY_ENERGY) != NULL)
			return false;
	}
	return true;
}

/* Why there is neither a total of power nor one of energy, where there are meters of either; a total of nothing is doubtful too. */
static void add_doubtful_total(struct buf *out, const struct finding *finding)
{
	const struct gather_device *device = finding->device;
	const struct gather_meter *silent = NULL;
	bool is_expected = false;
	double value;

	if (finding_total(finding, QUANTITY_POWER, &value)) {
		if (value == 0.0)
			buf_add_text(out,
				     "its total is 0 W: nothing draws power there, or it does not measure; then give it in_total: no\n");
		return;
	}
	if (finding_total(finding, QUANTITY_ENERGY, &value))
		return;
	for (size_t m = 0; m < device->meter_count; m++) {
		const struct gather_meter *meter = &device->meter[m];

		if (!meter->is_announced || meter->info.is_derived || (meter->info.role != ROLE_TOTAL && !meter->info.is_summand))
			continue;
		is_expected = true;
		if (silent == NULL && !value_of(meter, QUANTITY_POWER, &value))
			silent = meter;
	}
	if (!is_expected)
		buf_add_text(
		    out, "it has no total: its meters are parts, or other flows, and are never added; the meter that feeds it has it\n");
	else if (silent != NULL)
		buf_add_format(out, "its total is unknown: meter %s gives no power\n", silent->info.key);
}

/* Two meters that are each the whole device: both are counted, so one driver repeats the other. */
static void add_totals(struct buf *out, const struct gather_device *device)
{
	const struct meter_info *first = NULL;

	for (size_t m = 0; m < device->meter_count; m++) {
		const struct meter_info *info = &device->meter[m].info;

		if (!device->meter[m].is_announced || info->role != ROLE_TOTAL || info->is_derived)
			continue;
		if (first != NULL)
			buf_add_format(out, "meters %s and %s are both the total of the device: its energy would count twice\n", first->key,
				       info->key);
		first = first == NULL ? info : first;
	}
}

/* What to do about a device that answers and that no driver is sure of. */
static const char *no_driver_advice(const char *reason, bool is_modbus)
{
	if (strstr(reason, WIRE_REASON_MAY_BE) != NULL)
		return "write the one that is on its label behind driver:, and let `wattledger test` compare what it reads\n";
	if (is_modbus)
		return "a driver is one YAML file: drivers/MODBUS.md tells how to write it, from the list of its registers\n";
	return "a driver is one YAML file: drivers/README.md tells how to write it, from `snmpwalk -On` of the device\n";
}

void finding_add_warnings(struct buf *out, const struct finding *finding)
{
	const struct gather_device *device = finding->device;
	const struct wire_device *state = &device->state;
	bool is_modbus = finding->address != NULL && strncmp(finding->address, "modbus", 6) == 0; /* a recording has no address */

	if (!device->has_state) {
		buf_add_text(out, "no answer in time\n");
		return;
	}
	if (state->reason[0] != '\0')
		buf_add_format(out, "%s\n", state->reason);
	if (strncmp(state->reason, WIRE_REASON_NO_DRIVER, sizeof(WIRE_REASON_NO_DRIVER) - 1) == 0)
		buf_add_text(out, no_driver_advice(state->reason, is_modbus));
	else if (state->state <= DEVICE_PARTIAL && is_without_energy(device))
		buf_add_text(out, "it tells neither power nor energy: for those it needs another driver, or the meter that feeds it\n");
	else if (state->state <= DEVICE_PARTIAL)
		add_doubtful_total(out, finding);
	if (finding->same_as != NULL)
		buf_add_format(out, "the same device as %s (serial number %s): configure one of them, or its energy counts twice\n",
			       finding->same_as, state->serial);
	if (is_modbus)
		(void)commission_check(out, device);
	add_totals(out, device);
}

/* Calls `each` for each of them. */
static void each_warning(const struct finding *finding, void (*each)(void *context, const char *text), void *context)
{
	struct buf lines;
	char line[WIRE_TEXT_BYTES * 2];

	buf_init(&lines, WARNINGS_BYTES_MAX);
	finding_add_warnings(&lines, finding);
	for (const char *at = buf_text(&lines); *at != '\0'; at += strcspn(at, "\n") + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		each(context, line);
	}
	buf_deinit(&lines);
}

/* ---- JSON ---- */

static void add_json_warning(void *context, const char *text)
{
	json_add_text(context, NULL, text);
}

static void add_quantity(struct json *json, const char *key, const struct gather_meter *meter, enum quantity quantity, int decimals)
{
	double value;

	json_add_double(json, key, value_of(meter, quantity, &value) ? value : (double)NAN, decimals);
}

static void add_energy(struct json *json, bool has, double energy_j)
{
	json_add_double(json, "energy_kwh", has ? energy_j / (double)UNITS_J_PER_KWH : (double)NAN, ENERGY_DECIMALS);
}

static void add_total(struct json *json, const struct finding *finding)
{
	double power_w;
	double energy_j;
	bool has_power = finding_total(finding, QUANTITY_POWER, &power_w);
	bool has_energy = finding_total(finding, QUANTITY_ENERGY, &energy_j);
	const char *source = total_meter(finding->device) != NULL ? "meter" : "sum";

	json_open_object(json, "total");
	json_add_double(json, "power_w", has_power ? power_w : (double)NAN, POWER_DECIMALS);
	add_energy(json, has_energy, energy_j);
	json_add_text(json, "source", has_power || has_energy ? source : NULL);
	json_close_object(json);
}

static const char *none_if_empty(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

/* Any of the quantities' calibers: a driver gives a meter one. */
static enum caliber caliber_of(const struct gather_meter *meter)
{
	return meter->reading_count > 0 ? meter->reading[0].last.caliber : meter->info.caliber;
}

static void add_meter(struct json *json, const struct gather_meter *meter)
{
	double energy_j;
	bool has_energy = value_of(meter, QUANTITY_ENERGY, &energy_j);

	json_open_object(json, NULL);
	json_add_text(json, "key", meter->info.key);
	json_add_text(json, "name", meter->info.name);
	json_add_text(json, "role", role_name(meter->info.role));
	json_add_text(json, "parent", none_if_empty(meter->info.parent));
	json_add_text(json, "point", point_name(meter->info.point));
	if (meter->info.phase == 0)
		json_add_null(json, "phase");
	else
		json_add_i64(json, "phase", meter->info.phase);
	json_add_text(json, "caliber", caliber_name(caliber_of(meter)));
	add_quantity(json, "power_w", meter, QUANTITY_POWER, POWER_DECIMALS);
	add_energy(json, has_energy, energy_j);
	add_quantity(json, "voltage_v", meter, QUANTITY_VOLTAGE, POWER_DECIMALS);
	add_quantity(json, "current_a", meter, QUANTITY_CURRENT, POWER_DECIMALS);
	add_quantity(json, "power_factor", meter, QUANTITY_POWER_FACTOR, POWER_DECIMALS);
	json_close_object(json);
}

void finding_add_json(struct buf *out, const struct finding *finding)
{
	const struct gather_device *device = finding->device;
	const struct wire_device *state = &device->state;
	bool has = device->has_state;
	struct json json;

	json_init(&json, out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.scan/1");
	json_add_text(&json, "target", finding->target);
	json_add_text(&json, "driver", has ? none_if_empty(state->driver) : NULL);
	json_open_object(&json, "device");
	json_add_text(&json, "vendor", has ? none_if_empty(state->vendor) : NULL);
	json_add_text(&json, "model", has ? none_if_empty(state->model) : NULL);
	json_add_text(&json, "serial", has ? none_if_empty(state->serial) : NULL);
	json_add_text(&json, "firmware", has ? none_if_empty(state->firmware) : NULL);
	json_close_object(&json);
	add_total(&json, finding);
	json_open_array(&json, "meters");
	for (size_t m = 0; m < device->meter_count; m++) {
		if (device->meter[m].is_announced && !device->meter[m].info.is_derived)
			add_meter(&json, &device->meter[m]);
	}
	json_close_array(&json);
	json_open_array(&json, "warnings");
	each_warning(finding, add_json_warning, &json);
	json_close_array(&json);
	json_close_object(&json);
	buf_add_char(out, '\n');
}

/* ---- YAML ---- */

/* Letters and digits, small; runs of anything else become one dash. */
static size_t add_id_part(char *out, size_t at, const char *text)
{
	bool needs_dash = at > 0;

	for (; *text != '\0' && at + 2 < PLAN_ID_BYTES; text++) {
		if (isalnum((unsigned char)*text) == 0 || (unsigned char)*text >= 0x80) {
			needs_dash = at > 0;
			continue;
		}
		if (needs_dash)
			out[at++] = '-';
		needs_dash = false;
		out[at++] = (char)tolower((unsigned char)*text);
	}
	out[at] = '\0';
	return at;
}

void finding_print_id(char out[static PLAN_ID_BYTES], const struct finding *finding, size_t number)
{
	const struct wire_device *state = &finding->device->state;
	size_t at = add_id_part(out, 0, state->model);

	at = add_id_part(out, at, state->serial);
	if (at == 0)
		at = add_id_part(out, 0, finding->target);
	if (at == 0)
		snprintf(out, PLAN_ID_BYTES, "device-%zu", number);
}

/* A scalar in double quotes, which JSON's escapes are too. */
static void add_quoted(struct buf *out, const char *key, const char *value)
{
	buf_add_format(out, "    %s: ", key);
	text_add_json(out, value);
	buf_add_char(out, '\n');
}

static void add_word(struct buf *out, const char *word)
{
	if (word[0] != '\0')
		buf_add_format(out, " %s", word);
}

static void add_comment(void *context, const char *text)
{
	buf_add_format(context, "    # %s\n", text);
}

void finding_add_yaml(struct buf *out, const struct finding *finding, size_t number)
{
	const struct wire_device *state = &finding->device->state;
	char id[PLAN_ID_BYTES];
	char number_text[NUM_TEXT_BYTES];
	double power_w;
	double energy_j;

	finding_print_id(id, finding, number);
	buf_add_format(out, "  - id: %s\n", id);
	buf_add_text(out, "    #");
	add_word(out, state->vendor);
	add_word(out, state->model);
	add_word(out, state->serial);
	buf_add_format(out, " %zu meters", finding->device->meter_count);
	if (finding_total(finding, QUANTITY_POWER, &power_w)) {
		num_print_double(number_text, power_w, 1);
		buf_add_format(out, ", now %s W", number_text);
	}
	if (finding_total(finding, QUANTITY_ENERGY, &energy_j)) {
		num_print_double(number_text, energy_j / (double)UNITS_J_PER_KWH, POWER_DECIMALS);
		buf_add_format(out, ", counter at %s kWh", number_text);
	}
	buf_add_char(out, '\n');
	each_warning(finding, add_comment, out);
	add_quoted(out, "address", finding->address);
	if (finding->access != NULL)
		buf_add_text(out, finding->access);
	if ((strncmp(finding->address, "snmp", 4) == 0 || strncmp(finding->address, "modbus", 6) == 0) && state->driver[0] != '\0')
		buf_add_format(out, "    driver: %s\n", state->driver);
}

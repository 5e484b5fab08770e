/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/hwmon_rule.h"

#include "base/num.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* What ACPI 4.0 (10.4) gives for an unknown power, 0xffffffff milliwatts, as the driver scales it. */
static const int64_t ACPI_UNKNOWN_UW = INT64_C(4294967295) * 1000;

static const double UW_PER_W = 1e6;
static const double MILLI = 1e3;
static const double MILLIPERCENT = 1e5;

static const struct {
	const char *prefix;
	const char *suffix;
	enum quantity quantity;
} file_table[] = {
    {"power", "_average", QUANTITY_POWER},    {"power", "_input", QUANTITY_POWER},       {"energy", "_input", QUANTITY_ENERGY},
    {"temp", "_input", QUANTITY_TEMPERATURE}, {"humidity", "_input", QUANTITY_HUMIDITY},
};

bool c_rapl_hwmon_parse(const char *name, struct c_rapl_hwmon_file *out)
{
	for (size_t i = 0; i < sizeof file_table / sizeof file_table[0]; i++) {
		size_t prefix_bytes = strlen(file_table[i].prefix);
		size_t digits;
		char number[NUM_TEXT_BYTES];
		uint64_t index;

		if (strncmp(name, file_table[i].prefix, prefix_bytes) != 0)
			continue;
		digits = strspn(name + prefix_bytes, "0123456789");
		if (digits == 0 || digits > 4 || strcmp(name + prefix_bytes + digits, file_table[i].suffix) != 0)
			continue;
		memcpy(number, name + prefix_bytes, digits);
		number[digits] = '\0';
		if (!num_parse_u64(number, &index) || !text_copy(out->name, sizeof out->name, name))
			return false;
		out->index = (unsigned)index;
		out->quantity = file_table[i].quantity;
		return true;
	}
	return false;
}

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool c_rapl_hwmon_place(struct c_rapl_hwmon_file *file, bool has_humidity)
{
	file->scope = C_RAPL_HWMON_OTHER;
	if (file->quantity == QUANTITY_TEMPERATURE || file->quantity == QUANTITY_HUMIDITY) {
		file->scope = C_RAPL_HWMON_AIR;
		return has_humidity;
	}
	/* pout is a part of pin; amd_energy has a counter for each core, which its socket's holds already. */
	if (begins_with(file->label, "pout") || begins_with(file->label, "Ecore"))
		return false;
	if (begins_with(file->label, "pin"))
		file->scope = C_RAPL_HWMON_PIN;
	else if (strcmp(file->chip, "power_meter") == 0 || strcmp(file->chip, "acpi_power_meter") == 0)
		file->scope = C_RAPL_HWMON_ACPI;
	return true;
}

static bool is_same_index(const struct c_rapl_hwmon_file *a, const struct c_rapl_hwmon_file *b)
{
	return strcmp(a->folder, b->folder) == 0 && a->index == b->index && a->quantity == b->quantity;
}

size_t c_rapl_hwmon_prune(struct c_rapl_hwmon_file *files, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < kept && !is_same_index(&files[at], &files[i]))
			at++;
		if (at == kept)
			files[kept++] = files[i];
		else if (strstr(files[i].name, "_average") != NULL)
			files[at] = files[i];
	}
	return kept;
}

/* ---- Meters ------------------------------------------------------------------------------------------------------------------------------ */

static size_t count_scope(const struct c_rapl_hwmon_file *files, size_t count, enum c_rapl_hwmon_scope scope)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += files[i].scope == scope && files[i].quantity == QUANTITY_POWER;
	return found;
}

static bool is_whole(const struct c_rapl_hwmon_file *file, const struct c_rapl_hwmon_file *files, size_t count)
{
	return file->scope == C_RAPL_HWMON_ACPI && count_scope(files, count, C_RAPL_HWMON_ACPI) == 1;
}

bool c_rapl_hwmon_has_sum(const struct c_rapl_hwmon_file *files, size_t count)
{
	return count_scope(files, count, C_RAPL_HWMON_ACPI) == 0 && count_scope(files, count, C_RAPL_HWMON_PIN) > 0;
}

/* Letters, digits and dashes: the rest of a device's name (colons, spaces) becomes dashes. */
static void make_plain(char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._", *text) == NULL)
			*text = '-';
	}
}

static void make_key(const struct c_rapl_hwmon_file *file, char key[static METER_KEY_BYTES])
{
	char chip[2 * C_RAPL_CHIP_BYTES];

	snprintf(chip, sizeof chip, "%s%s%s", file->chip, file->place[0] != '\0' ? "-" : "", file->place);
	make_plain(chip);
	if (file->scope == C_RAPL_HWMON_AIR)
		snprintf(key, METER_KEY_BYTES, "%.55s/air", chip);
	else
		snprintf(key, METER_KEY_BYTES, "%.55s/%u", chip, file->index % 10000);
}

void c_rapl_hwmon_describe(const struct c_rapl_hwmon_file *file, const struct c_rapl_hwmon_file *files, size_t count,
			   struct meter_info *out)
{
	bool is_total = is_whole(file, files, count);

	*out = (struct meter_info){
	    .role = is_total ? ROLE_TOTAL : ROLE_PART,
	    .point = file->scope == C_RAPL_HWMON_AIR ? POINT_OTHER : POINT_IT_IN,
	    .caliber = CALIBER_ACTUAL,
	    .is_summand = file->scope == C_RAPL_HWMON_PIN && c_rapl_hwmon_has_sum(files, count),
	    .is_component = file->scope == C_RAPL_HWMON_OTHER,
	};
	if (is_total)
		(void)text_copy(out->key, sizeof out->key, "total");
	else
		make_key(file, out->key);
	if (out->is_summand)
		(void)text_copy(out->parent, sizeof out->parent, "total");
	snprintf(out->name, sizeof out->name, "%.38s%s%.38s", file->chip, file->label[0] != '\0' ? " " : "", file->label);
	for (size_t i = 0; i < count; i++) {
		/* microjoules; how far the counter runs is the driver's secret, so a fall is never taken for a wrap */
		if (files[i].quantity == QUANTITY_ENERGY && strcmp(files[i].folder, file->folder) == 0 && files[i].index == file->index &&
		    file->scope != C_RAPL_HWMON_AIR)
			out->energy = (struct counter_spec){.unit_num = 1, .unit_den = 1000};
	}
}

void c_rapl_hwmon_describe_sum(struct meter_info *out)
{
	*out = (struct meter_info){
	    .key = "total", .name = "Supplies", .role = ROLE_TOTAL, .point = POINT_IT_IN, .caliber = CALIBER_ACTUAL, .is_derived = true};
}

bool c_rapl_hwmon_value(const struct c_rapl_hwmon_file *file, int64_t raw, double *value)
{
	switch (file->quantity) {
	case QUANTITY_TEMPERATURE: *value = (double)raw / MILLI; return true;
	case QUANTITY_HUMIDITY: *value = (double)raw / MILLIPERCENT; return raw >= 0 && raw <= (int64_t)MILLIPERCENT;
	case QUANTITY_POWER: *value = (double)raw / UW_PER_W; break;
	default: *value = (double)raw; return raw >= 0;
	}
	return raw >= 0 && raw != ACPI_UNKNOWN_UW && (raw > 0 || file->scope != C_RAPL_HWMON_ACPI);
}

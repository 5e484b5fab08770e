/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/measure.h"

#include "base/num.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

enum { MEASURE_TEXT_BYTES = 64, MEASURE_DECIMALS = 9, MEASURE_UNITS_MAX = 8 };
#define MEASURE_POWER_W_MAX 1e9

/* What one unit is: num/den thousandths of SI. Several units of one name never occur within a quantity. */
struct unit {
	const char *name;
	int64_t num;
	int64_t den;
};

struct family {
	enum quantity quantity;
	const char *names; /* for messages */
	struct unit unit[MEASURE_UNITS_MAX];
};

/* clang-format off */
#define MEASURE_ENERGY {{"Wh", 3600000, 1}, {"kWh", 3600000000, 1}, {"MWh", 3600000000000, 1}, {"J", 1000, 1}, {"kJ", 1000000, 1}, \
	{"MJ", 1000000000, 1}, {"Ws", 1000, 1}}
#define MEASURE_OCTETS {{"octet", 1000, 1}, {"byte", 1000, 1}, {"kbyte", 1000000, 1}}
#define MEASURE_SECONDS {{"s", 1000, 1}, {"ms", 1, 1}, {"min", 60000, 1}, {"h", 3600000, 1}}
#define MEASURE_SHARE {{"1", 1000, 1}, {"%", 10, 1}}
#define MEASURE_LITRES {{"l", 1000, 1}, {"ml", 1, 1}, {"m3", 1000000, 1}}
/* clang-format on */

static const struct family family_table[] = {
    {QUANTITY_POWER, "W, mW, kW, MW", {{"W", 1000, 1}, {"mW", 1, 1}, {"kW", 1000000, 1}, {"MW", 1000000000, 1}}},
    {QUANTITY_ENERGY, "Wh, kWh, MWh, J, kJ, MJ, Ws", MEASURE_ENERGY},
    {QUANTITY_ENERGY_OUT, "Wh, kWh, MWh, J, kJ, MJ, Ws", MEASURE_ENERGY},
    {QUANTITY_VOLTAGE, "V, mV, kV", {{"V", 1000, 1}, {"mV", 1, 1}, {"kV", 1000000, 1}}},
    {QUANTITY_CURRENT, "A, mA", {{"A", 1000, 1}, {"mA", 1, 1}}},
    {QUANTITY_POWER_FACTOR, "1, %", MEASURE_SHARE},
    {QUANTITY_FREQUENCY, "Hz, mHz", {{"Hz", 1000, 1}, {"mHz", 1, 1}}},
    {QUANTITY_APPARENT_POWER, "VA, kVA", {{"VA", 1000, 1}, {"kVA", 1000000, 1}}},
    {QUANTITY_REACTIVE_POWER, "var, kvar", {{"var", 1000, 1}, {"kvar", 1000000, 1}}},
    {QUANTITY_RX_OCTETS, "octet, byte, kbyte", MEASURE_OCTETS},
    {QUANTITY_TX_OCTETS, "octet, byte, kbyte", MEASURE_OCTETS},
    {QUANTITY_UPTIME, "s, ms, min, h", MEASURE_SECONDS},
    {QUANTITY_DISCONTINUITY, "s, ms, min, h", MEASURE_SECONDS},
    {QUANTITY_TEMPERATURE, "C", {{"C", 1000, 1}}},
    {QUANTITY_HUMIDITY, "1, %", MEASURE_SHARE},
    {QUANTITY_CHARGE, "1, %", MEASURE_SHARE},
    {QUANTITY_LEVEL, "l, ml, m3", MEASURE_LITRES},
    {QUANTITY_FUEL_USED, "l, ml, m3", MEASURE_LITRES},
    {QUANTITY_RUN_TIME, "s, ms, min, h", MEASURE_SECONDS},
    {QUANTITY_STATE, "1", {{"1", 1000, 1}}},
    {QUANTITY_CAPTURED_OCTETS, "octet, byte, kbyte", MEASURE_OCTETS},
    {QUANTITY_CAPTURED_PACKETS, "1", {{"1", 1000, 1}}},
    {QUANTITY_DROPPED_PACKETS, "1", {{"1", 1000, 1}}},
};

static const struct family *find_family(enum quantity quantity)
{
	for (size_t i = 0; i < sizeof family_table / sizeof family_table[0]; i++) {
		if (family_table[i].quantity == quantity)
			return &family_table[i];
	}
	return NULL;
}

const char *measure_units(enum quantity quantity)
{
	const struct family *family = find_family(quantity);

	return family != NULL ? family->names : "";
}

/* Splits "0.1 kWh" into its number and its unit, either of which may be ""; false when the text is too long. */
static bool split(const char *text, char number[static MEASURE_TEXT_BYTES], char unit[static MEASURE_TEXT_BYTES])
{
	size_t bytes = strspn(text, "+-0123456789./");

	if (bytes >= MEASURE_TEXT_BYTES)
		return false;
	memcpy(number, text, bytes);
	number[bytes] = '\0';
	text += bytes;
	text += strspn(text, " ");
	return text_copy(unit, MEASURE_TEXT_BYTES, text);
}

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static void reduce(int64_t *num, int64_t *den)
{
	int64_t divisor = common_divisor(*num, *den);

	*num /= divisor;
	*den /= divisor;
}

/* (num/den) x (num2/den2), all > 0; false on overflow. */
static bool multiply(int64_t *num, int64_t *den, int64_t num2, int64_t den2)
{
	int64_t across = common_divisor(*num, den2);
	int64_t other = common_divisor(num2, *den);
	int64_t product = 0;
	int64_t divisor = 0;

	if (__builtin_mul_overflow(*num / across, num2 / other, &product) || __builtin_mul_overflow(*den / other, den2 / across, &divisor))
		return false;
	*num = product;
	*den = divisor;
	return true;
}

/* A decimal > 0, or a fraction of two, as num/den in lowest terms. */
static bool parse_fraction(const char *text, int64_t *num, int64_t *den)
{
	char above[MEASURE_TEXT_BYTES];
	const char *slash = strchr(text, '/');
	int64_t value = 0;
	int64_t below = 1000000000; /* 10^MEASURE_DECIMALS */

	if (slash == NULL) {
		if (!num_parse_fixed(text, MEASURE_DECIMALS, &value) || value <= 0)
			return false;
	} else {
		size_t bytes = (size_t)(slash - text);
		if (bytes >= sizeof above)
			return false;
		memcpy(above, text, bytes);
		above[bytes] = '\0';
		if (!num_parse_i64(above, &value) || !num_parse_i64(slash + 1, &below) || value <= 0 || below <= 0)
			return false;
	}
	*num = value;
	*den = below;
	reduce(num, den);
	return true;
}

bool measure_parse_step(const char *text, enum quantity quantity, int64_t *num, int64_t *den)
{
	const struct family *family = find_family(quantity);
	char number[MEASURE_TEXT_BYTES];
	char name[MEASURE_TEXT_BYTES];
	int64_t above = 1;
	int64_t below = 1;

	if (family == NULL || !split(text, number, name))
		return false;
	if (number[0] != '\0' && !parse_fraction(number, &above, &below))
		return false;
	/* A ratio's unit is 1 and may be left out. */
	const char *wanted = name[0] != '\0' ? name : "1";
	for (size_t i = 0; i < MEASURE_UNITS_MAX && family->unit[i].name != NULL; i++) {
		const struct unit *unit = &family->unit[i];
		if (strcmp(unit->name, wanted) != 0)
			continue;
		if (!multiply(&above, &below, unit->num, unit->den))
			return false;
		*num = above;
		*den = below;
		return true;
	}
	return false;
}

bool measure_scale(const char *factor, int64_t *num, int64_t *den)
{
	int64_t above = 1;
	int64_t below = 1;

	return parse_fraction(factor, &above, &below) && multiply(num, den, above, below);
}

bool measure_parse_power_w(const char *text, double *power_w)
{
	char number[MEASURE_TEXT_BYTES];
	char unit[MEASURE_TEXT_BYTES];
	double value = 0.0;
	double factor = 1.0;

	if (!split(text, number, unit) || !num_parse_double(number, &value))
		return false;
	if (strcmp(unit, "kW") == 0)
		factor = 1e3;
	else if (strcmp(unit, "MW") == 0)
		factor = 1e6;
	else if (unit[0] != '\0' && strcmp(unit, "W") != 0)
		return false;
	value *= factor;
	if (value < 0.0 || value > MEASURE_POWER_W_MAX)
		return false;
	*power_w = value;
	return true;
}

bool measure_parse_bytes(const char *text, uint64_t *bytes)
{
	static const struct {
		const char *name;
		int64_t bytes;
	} unit_table[] = {{"", 1},
			  {"B", 1},
			  {"kB", 1000},
			  {"MB", 1000000},
			  {"GB", 1000000000},
			  {"KiB", 1 << 10},
			  {"MiB", 1 << 20},
			  {"GiB", INT64_C(1) << 30},
			  {"TB", INT64_C(1000000000000)}};
	char number[MEASURE_TEXT_BYTES];
	char unit[MEASURE_TEXT_BYTES];
	int64_t value = 0;

	if (!split(text, number, unit) || !num_parse_fixed(number, 3, &value) || value < 0)
		return false;
	for (size_t i = 0; i < sizeof unit_table / sizeof unit_table[0]; i++) {
		int64_t product = 0;
		if (strcmp(unit_table[i].name, unit) != 0)
			continue;
		if (__builtin_mul_overflow(value, unit_table[i].bytes, &product) || product % 1000 != 0)
			return false;
		*bytes = (uint64_t)(product / 1000);
		return true;
	}
	return false;
}

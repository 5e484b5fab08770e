/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/address_modbus.h"

#include "base/num.h"
#include "base/text.h"

#include <string.h>

enum { ADDRESS_UNIT_MAX = 255, ADDRESS_BAUD_MIN = 50, ADDRESS_BAUD_MAX = 4000000, ADDRESS_WORD_BYTES = 32 };

bool address_modbus_is_meant(const char *text)
{
	return strncmp(text, "modbus:", 7) == 0 || strncmp(text, "modbus+", 7) == 0;
}

/* "UNIT" or "UNIT-UNIT". */
static bool parse_units(const char *text, struct address_modbus *out)
{
	const char *dash = strchr(text, '-');
	char word[ADDRESS_WORD_BYTES] = "";
	size_t bytes = dash != NULL ? (size_t)(dash - text) : strlen(text);
	int64_t first;
	int64_t last;

	if (bytes >= sizeof word)
		return false;
	memcpy(word, text, bytes);
	if (!num_parse_i64(word, &first) || first < 0 || first > ADDRESS_UNIT_MAX)
		return false;
	last = first;
	if (dash != NULL && (!num_parse_i64(dash + 1, &last) || last < first || last > ADDRESS_UNIT_MAX))
		return false;
	out->first_unit = (uint8_t)first;
	out->last_unit = (uint8_t)last;
	return true;
}

static bool parse_port(const char *text, uint16_t *port)
{
	int64_t number;

	if (!num_parse_i64(text, &number) || number < 1 || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

/* "HOST", "HOST:PORT", "[V6]:PORT". */
static bool parse_host(char *text, struct plan_modbus_bus *bus)
{
	char *host = text[0] == '[' ? text + 1 : text;
	char *end = text[0] == '[' ? strchr(host, ']') : host + strcspn(host, ":");
	char *rest;

	if (end == NULL || end == host)
		return false;
	rest = text[0] == '[' ? end + 1 : end;
	bus->port = ADDRESS_MODBUS_PORT;
	if (rest[0] == ':' && !parse_port(rest + 1, &bus->port))
		return false;
	if (rest[0] != ':' && rest[0] != '\0')
		return false;
	*end = '\0';
	if (text[0] == '[')
		return strchr(host, ':') != NULL && text_copy(bus->host, sizeof bus->host, host);
	return host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0' &&
	       text_copy(bus->host, sizeof bus->host, host);
}

static bool parse_setting(const char *word, struct plan_modbus_bus *bus)
{
	int64_t baud;

	if (strncmp(word, "baud=", 5) == 0) {
		if (!num_parse_i64(word + 5, &baud) || baud < ADDRESS_BAUD_MIN || baud > ADDRESS_BAUD_MAX)
			return false;
		bus->baud = (uint32_t)baud;
		return true;
	}
	if (strncmp(word, "parity=", 7) == 0 && strlen(word) == 8 && strchr("NEO", word[7]) != NULL) {
		bus->parity = word[7];
		return true;
	}
	if (strcmp(word, "stop=1") == 0 || strcmp(word, "stop=2") == 0) {
		bus->stop_bits = (uint8_t)(word[5] - '0');
		return true;
	}
	bus->is_rs485 = strcmp(word, "rs485=yes") == 0;
	return bus->is_rs485 || strcmp(word, "rs485=no") == 0;
}

/* "/dev/ttyX", "/dev/ttyX?baud=9600&parity=E". */
static bool parse_line(char *text, struct plan_modbus_bus *bus)
{
	char *query = strchr(text, '?');

	bus->link = MODBUS_SERIAL;
	if (query != NULL)
		*query++ = '\0';
	if (text[0] != '/' || !text_copy(bus->path, sizeof bus->path, text))
		return false;
	while (query != NULL && *query != '\0') {
		char *word = strsep(&query, "&");

		if (!parse_setting(word, bus))
			return false;
	}
	return true;
}

bool address_modbus_parse(struct address_modbus *out, const char *text)
{
	static const char tcp[] = "modbus://";
	static const char rtu[] = "modbus+rtu://";
	static const char line[] = "modbus:";
	char place[PLAN_PATH_BYTES];
	char *slash;

	*out = (struct address_modbus){.bus = {.baud = ADDRESS_MODBUS_BAUD, .parity = 'N', .stop_bits = 1}};
	if (!text_copy(place, sizeof place, text))
		return false;
	slash = strrchr(place, '/');
	if (slash == NULL || !parse_units(slash + 1, out))
		return false;
	*slash = '\0';
	if (strncmp(place, tcp, sizeof tcp - 1) == 0)
		return parse_host(place + sizeof tcp - 1, &out->bus);
	out->bus.link = MODBUS_RTU_TCP;
	if (strncmp(place, rtu, sizeof rtu - 1) == 0)
		return parse_host(place + sizeof rtu - 1, &out->bus);
	return strncmp(place, line, sizeof line - 1) == 0 && parse_line(place + sizeof line - 1, &out->bus);
}

bool address_modbus_is_same_bus(const struct plan_modbus_bus *a, const struct plan_modbus_bus *b)
{
	return a->link == b->link && a->port == b->port && strcmp(a->host, b->host) == 0 && strcmp(a->path, b->path) == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "output/influx.h"

#include <string.h>

/* RFC 3986, section 2.3 */
static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static void add_percent_encoded(struct buf *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_unreserved(*text)) {
			buf_add_char(out, *text);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, digits[c >> 4]);
		buf_add_char(out, digits[c & 15]);
	}
}

/* Behind "http://" or "https://"; NULL for anything else. */
static const char *after_scheme(const char *url)
{
	if (strncasecmp(url, "http://", 7) == 0)
		return url + 7;
	return strncasecmp(url, "https://", 8) == 0 ? url + 8 : NULL;
}

void influx_add_shown_url(struct buf *out, const char *url)
{
	const char *host = after_scheme(url);
	size_t authority_bytes;
	const char *user_end;

	if (host == NULL) {
		buf_add_text(out, "(not an http address)");
		return;
	}
	buf_add(out, url, (size_t)(host - url));
	authority_bytes = strcspn(host, "/?#");
	user_end = memrchr(host, '@', authority_bytes);
	if (user_end != NULL)
		host = user_end + 1;
	buf_add(out, host, strcspn(host, "?#"));
}

static enum err check_url(const char *url, struct err_info *info)
{
	struct buf shown;
	const char *host = after_scheme(url);
	const char *wrong = NULL;

	if (host == NULL)
		wrong = "has to start with http:// or https://";
	else if (strcspn(host, "/?#:") == 0)
		wrong = "has no host";
	else if (memchr(host, '@', strcspn(host, "/?#")) != NULL)
		wrong = "holds a user: use username and password instead";
	else if (strpbrk(host, "?# \t") != NULL)
		wrong = "holds a query: the database, bucket and organization have keys of their own";
	if (wrong == NULL)
		return ERR_NONE;
	buf_init(&shown, INFLUX_URL_BYTES);
	influx_add_shown_url(&shown, url);
	err_set(info, ERR_CONFIG, "address %s %s", buf_text(&shown), wrong);
	buf_deinit(&shown);
	return ERR_CONFIG;
}

/* "?name=value" or "&name=value"; nothing when the value is empty. */
static void add_parameter(struct buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_add_char(out, out->bytes > 0 && memchr(out->data, '?', out->bytes) != NULL ? '&' : '?');
	buf_add_text(out, name);
	buf_add_char(out, '=');
	add_percent_encoded(out, value);
}

static enum err check_names(const struct plan_target *target, struct err_info *info)
{
	if (target->kind == OUTPUT_INFLUXDB_V1 && target->database[0] == '\0')
		return err_set(info, ERR_CONFIG, "output %s: a database is missing", target->name);
	if (target->kind == OUTPUT_INFLUXDB_V2 && (target->bucket[0] == '\0' || target->organization[0] == '\0'))
		return err_set(info, ERR_CONFIG, "output %s: a bucket or an organization is missing", target->name);
	if (!output_kind_is_network(target->kind))
		return err_set(info, ERR_CONFIG, "output %s: not a network output", target->name);
	return ERR_NONE;
}

enum err influx_add_url(struct buf *out, const struct plan_target *target, size_t url_idx, struct err_info *info)
{
	const char *url = target->url[url_idx];
	size_t bytes = strlen(url);
	enum err err = check_names(target, info);

	if (err == ERR_NONE)
		err = check_url(url, info);
	if (err != ERR_NONE)
		return err;
	while (bytes > 0 && url[bytes - 1] == '/')
		bytes--;
	buf_add(out, url, bytes);
	buf_add_text(out, target->kind == OUTPUT_INFLUXDB_V2 ? "/api/v2/write" : "/write");
	if (target->kind == OUTPUT_INFLUXDB_V2) {
		add_parameter(out, "org", target->organization);
		add_parameter(out, "bucket", target->bucket);
	} else {
		add_parameter(out, "db", target->database);
		add_parameter(out, "rp", target->retention_policy);
	}
	add_parameter(out, "precision", "ns");
	return out->is_failed ? err_set(info, ERR_LIMIT, "output %s: the address is too long", target->name) : ERR_NONE;
}

enum err influx_add_authorization(struct buf *out, const struct plan_target *target, struct err_info *info)
{
	const char *c;

	if (target->token[0] == '\0')
		return ERR_NONE;
	for (c = target->token; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 127)
			return err_set(info, ERR_CONFIG, "output %s: the token holds a control character (a line break?)", target->name);
	}
	buf_add_text(out, "Authorization: ");
	buf_add_text(out, target->kind == OUTPUT_INFLUXDB_V2 ? "Token " : "Bearer ");
	buf_add_text(out, target->token);
	return out->is_failed ? err_set(info, ERR_LIMIT, "output %s: the token is too long", target->name) : ERR_NONE;
}

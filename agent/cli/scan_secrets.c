/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_secrets.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/sources.h"
#include "settings/schema.h"
#include "settings/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRETS_BYTES_MAX = 65536, PASSWORD_BYTES_MIN = 8 /* RFC 3414, 11.2 */ };

enum {
	SECRETS_AUTH = 0,
	SECRETS_AUTH_PASSWORD,
	SECRETS_PRIV,
	SECRETS_PRIV_PASSWORD,
	SECRETS_CONTEXT,
	SECRETS_PASSWORD,
	SECRETS_PRIVILEGE,
	SECRETS_COUNT
};

struct values {
	int auth;
	int priv;
	char context[PLAN_NAME_BYTES];
	int privilege;
};

/* In the order of enum snmp_auth and enum snmp_priv; "aes" is a second name. */
static const char *const auth_choice[] = {"none", "md5", "sha", "sha224", "sha256", "sha384", "sha512", NULL};
static const char *const priv_choice[] = {"none", "des", "aes128", "aes192", "aes256", "aes", NULL};

static const char *const privilege_choice[] = {"user", "operator", "admin", NULL}; /* from IPMI_PRIVILEGE_USER on */

static const struct schema_key secrets_key[SECRETS_COUNT] = {
    [SECRETS_AUTH] = {"auth", SCHEMA_CHOICE, SCHEMA_AT(values, auth), .choice = auth_choice},
    [SECRETS_AUTH_PASSWORD] = {"auth_password", SCHEMA_NODE, .offset = 0},
    [SECRETS_PRIV] = {"priv", SCHEMA_CHOICE, SCHEMA_AT(values, priv), .choice = priv_choice},
    [SECRETS_PRIV_PASSWORD] = {"priv_password", SCHEMA_NODE, .offset = 0},
    [SECRETS_CONTEXT] = {"context", SCHEMA_TEXT, SCHEMA_AT(values, context)},
    [SECRETS_PASSWORD] = {"password", SCHEMA_NODE, .offset = 0},
    [SECRETS_PRIVILEGE] = {"privilege", SCHEMA_CHOICE, SCHEMA_AT(values, privilege), .choice = privilege_choice},
};
static const struct schema secrets_schema = {"secrets", secrets_key, SECRETS_COUNT};

/* A file that is being read. */
struct reading {
	struct problems problems;
	char folder[PLAN_PATH_BYTES];
	uint32_t file;
};

/* A password and the protocol that uses it come together. */
struct password {
	const struct yaml_node *node; /* NULL: not there */
	const char *key;              /* of the protocol */
	bool is_needed;
	char *out;       /* PLAN_NAME_BYTES */
	char *reference; /* PLAN_PATH_BYTES */
};

static void note_reference(const struct yaml_node *node, char *reference)
{
	bool is_reference = strncmp(node->text, "@file:/", 7) == 0 || strncmp(node->text, "@cred:", 6) == 0;

	(void)text_copy(reference, PLAN_PATH_BYTES, is_reference ? node->text : "");
}

static void read_password(struct reading *reading, const struct password *password)
{
	struct secret_context context = {
	    .config_dir = reading->folder, .credentials_dir = getenv("CREDENTIALS_DIRECTORY"), .problems = &reading->problems};
	const struct yaml_node *node = password->node;

	if (node == NULL) {
		if (password->is_needed)
			problems_add_error(&reading->problems, (struct place){.file = reading->file}, "%s needs %s_password", password->key,
					   password->key);
		return;
	}
	if (!password->is_needed) {
		problems_add_error(&reading->problems, node->key_place, "%s_password needs %s: %s", password->key, password->key,
				   password->key[0] == 'a' ? "sha256 (or sha, md5, sha512 ...)" : "aes128 (or aes256, des ...)");
		return;
	}
	if (!secret_read(&context, node, true, password->out, PLAN_NAME_BYTES))
		return;
	if (strlen(password->out) < PASSWORD_BYTES_MIN)
		problems_add_error(&reading->problems, node->place, "%s_password has to have at least %d characters", password->key,
				   PASSWORD_BYTES_MIN);
	note_reference(node, password->reference);
}

/* The password of a BMC's user stands by itself. */
static void read_plain_password(struct reading *reading, const struct yaml_node *node, struct scan_secrets *out)
{
	struct secret_context context = {
	    .config_dir = reading->folder, .credentials_dir = getenv("CREDENTIALS_DIRECTORY"), .problems = &reading->problems};

	if (node == NULL || !secret_read(&context, node, true, out->password, sizeof(out->password)))
		return;
	out->has_password = true;
	note_reference(node, out->password_reference);
}

static void read_map(struct reading *reading, const struct yaml_node *map, struct scan_secrets *out)
{
	struct values values = {0};
	struct schema_where where = {0};
	struct plan_snmp_device *access = &out->access;

	if (!schema_read(&secrets_schema, map, &values, &where, &reading->problems))
		return;
	access->auth = (uint8_t)values.auth;
	access->priv = (uint8_t)(values.priv > SNMP_PRIV_AES256 ? SNMP_PRIV_AES128 : values.priv);
	(void)text_copy(access->context, sizeof(access->context), values.context);
	if (access->priv != SNMP_PRIV_NONE && access->auth == SNMP_AUTH_NONE)
		problems_add_error(&reading->problems, where.node[SECRETS_PRIV]->key_place, "priv without auth does not exist");
	read_password(reading, &(struct password){where.node[SECRETS_AUTH_PASSWORD], "auth", access->auth != SNMP_AUTH_NONE,
						  access->auth_password, out->auth_reference});
	read_password(reading, &(struct password){where.node[SECRETS_PRIV_PASSWORD], "priv", access->priv != SNMP_PRIV_NONE,
						  access->priv_password, out->priv_reference});
	out->privilege = (uint8_t)(IPMI_PRIVILEGE_USER + values.privilege);
	read_plain_password(reading, where.node[SECRETS_PASSWORD], out);
}

static void set_folder(struct reading *reading, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		(void)text_copy(reading->folder, sizeof(reading->folder), ".");
	else
		snprintf(reading->folder, sizeof(reading->folder), "%.*s", (int)(slash - path + 1), path);
}

enum err scan_secrets_read(struct scan_secrets *out, const char *path, struct err_info *info)
{
	struct reading reading = {0};
	struct scan_secrets secrets = {.is_read = true};
	struct yaml *yaml = NULL;
	struct buf text;
	enum err err;

	if (file_is_readable_by_others(path))
		return err_set(info, ERR_PERMISSION, "%s can be read by others; chmod 600 %s", path, path);
	buf_init(&text, SECRETS_BYTES_MAX);
	err = file_read(path, &text, info);
	if (err == ERR_NONE) {
		set_folder(&reading, path);
		reading.file = problems_add_file(&reading.problems, path);
		if (yaml_parse(&yaml, buf_text(&text), text.bytes, reading.file, &reading.problems) == ERR_NONE)
			read_map(&reading, yaml_root(yaml), &secrets);
		sources_print_problems(&reading.problems);
		if (problems_has_error(&reading.problems))
			err = err_set(info, ERR_CONFIG, "%s cannot be used (the reasons stand above)", path);
	}
	if (err == ERR_NONE)
		*out = secrets;
	scan_secrets_deinit(&secrets);
	yaml_free(yaml);
	problems_deinit(&reading.problems);
	explicit_bzero(text.data, text.data == NULL ? 0 : text.bytes);
	buf_deinit(&text);
	return err;
}

void scan_secrets_deinit(struct scan_secrets *secrets)
{
	explicit_bzero(secrets, sizeof(*secrets));
}

/* ---- As configuration ---- */

static void add_text(struct buf *out, const char *key, const char *value)
{
	buf_add_format(out, "    %s: ", key);
	text_add_json(out, value);
	buf_add_char(out, '\n');
}

static void add_password(struct buf *out, const char *key, const char *protocol, const char *reference)
{
	char name[PLAN_ID_BYTES];

	buf_add_format(out, "    %s: %s\n", key, protocol);
	if (reference[0] == '\0')
		buf_add_format(out, "    # put the password into the file secrets/snmp3-%s beside the configuration (chmod 600)\n", key);
	snprintf(name, sizeof(name), "%s_password", key);
	if (reference[0] != '\0')
		add_text(out, name, reference);
	else
		buf_add_format(out, "    %s: \"@cred:snmp3-%s\"\n", name, key);
}

void scan_secrets_add_yaml(struct buf *out, const struct scan_secrets *secrets, const char *user)
{
	const struct plan_snmp_device *access = &secrets->access;

	buf_add_text(out, "    version: 3\n");
	add_text(out, "user", user);
	if (access->auth != SNMP_AUTH_NONE)
		add_password(out, "auth", auth_choice[access->auth], secrets->auth_reference);
	if (access->priv != SNMP_PRIV_NONE)
		add_password(out, "priv", priv_choice[access->priv], secrets->priv_reference);
	if (access->context[0] != '\0')
		add_text(out, "context", access->context);
}

void scan_secrets_add_ipmi_yaml(struct buf *out, const struct scan_secrets *secrets)
{
	if (secrets->password_reference[0] == '\0')
		buf_add_text(out, "    # put the password into the file secrets/bmc beside the configuration (chmod 600)\n");
	add_text(out, "password", secrets->password_reference[0] != '\0' ? secrets->password_reference : "@cred:bmc");
	if (secrets->privilege > IPMI_PRIVILEGE_USER)
		buf_add_format(out, "    privilege: %s\n", privilege_choice[secrets->privilege - IPMI_PRIVILEGE_USER]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* settings_output: where points go. Keys have the names and meanings of Telegraf's influxdb outputs, so that a block can be pasted. */
#include "base/file.h"
#include "base/host.h"
#include "base/text.h"
#include "settings/settings_priv.h"

#include <string.h>

enum output_at {
	OUT_TYPE,
	OUT_NAME,
	OUT_SEND,
	OUT_MAX_BYTES,
	OUT_PATH,
	OUT_NETWORK_FIRST, /* from here on: network outputs alone */
	OUT_URLS = OUT_NETWORK_FIRST,
	OUT_TOKEN,
	OUT_ORGANIZATION,
	OUT_BUCKET,
	OUT_DATABASE,
	OUT_RETENTION,
	OUT_USERNAME,
	OUT_PASSWORD,
	OUT_TLS_CA,
	OUT_TLS_CERT,
	OUT_TLS_KEY,
	OUT_INSECURE,
	OUT_ENCODING,
	OUT_TIMEOUT,
	OUT_PROXY,
	OUT_COUNT
};

struct output_read {
	struct plan_output output;
	struct plan_target target;
	int kind;
	int send;
	int encoding;
};

static const char *const kind_choice[] = {"influxdb_v1", "influxdb_v2", "victoriametrics", "file", "stdout", NULL}; /* enum output_kind */
static const char *const send_choice[] = {"all", "minute", "slots", NULL};                                          /* enum output_send */
static const char *const encoding_choice[] = {"gzip", "identity", NULL};

static const struct schema_key output_key[OUT_COUNT] = {
    [OUT_TYPE] = {"type", SCHEMA_CHOICE, SCHEMA_AT(output_read, kind), .choice = kind_choice, .is_required = true},
    [OUT_NAME] = {"name", SCHEMA_ID, SCHEMA_AT(output_read, output.name)},
    [OUT_SEND] = {"send", SCHEMA_CHOICE, SCHEMA_AT(output_read, send), .choice = send_choice},
    [OUT_MAX_BYTES] = {"max_bytes_per_day", SCHEMA_BYTES, SCHEMA_AT(output_read, output.max_bytes_per_day)},
    [OUT_PATH] = {"path", SCHEMA_TEXT, SCHEMA_AT(output_read, output.path)},
    [OUT_URLS] = {"urls", SCHEMA_NODE, .offset = 0},
    [OUT_TOKEN] = {"token", SCHEMA_NODE, .offset = 0},
    [OUT_ORGANIZATION] = {"organization", SCHEMA_TEXT, SCHEMA_AT(output_read, target.organization)},
    [OUT_BUCKET] = {"bucket", SCHEMA_TEXT, SCHEMA_AT(output_read, target.bucket)},
    [OUT_DATABASE] = {"database", SCHEMA_TEXT, SCHEMA_AT(output_read, target.database)},
    [OUT_RETENTION] = {"retention_policy", SCHEMA_TEXT, SCHEMA_AT(output_read, target.retention_policy)},
    [OUT_USERNAME] = {"username", SCHEMA_TEXT, SCHEMA_AT(output_read, target.username)},
    [OUT_PASSWORD] = {"password", SCHEMA_NODE, .offset = 0},
    [OUT_TLS_CA] = {"tls_ca", SCHEMA_TEXT, SCHEMA_AT(output_read, target.tls_ca)},
    [OUT_TLS_CERT] = {"tls_cert", SCHEMA_TEXT, SCHEMA_AT(output_read, target.tls_cert)},
    [OUT_TLS_KEY] = {"tls_key", SCHEMA_TEXT, SCHEMA_AT(output_read, target.tls_key)},
    [OUT_INSECURE] = {"insecure_skip_verify", SCHEMA_BOOL, SCHEMA_AT(output_read, target.insecure_skip_verify)},
    [OUT_ENCODING] = {"content_encoding", SCHEMA_CHOICE, SCHEMA_AT(output_read, encoding), .choice = encoding_choice},
    [OUT_TIMEOUT] = {"timeout", SCHEMA_DURATION_MS, SCHEMA_AT(output_read, target.timeout_ms), .min = 100, .max = 300000},
    [OUT_PROXY] = {"http_proxy", SCHEMA_TEXT, SCHEMA_AT(output_read, target.http_proxy)},
};
static const struct schema output_schema = {"output", output_key, OUT_COUNT};

/* Which keys each kind has to have, which it cannot have. */
struct kind_rule {
	enum output_at needed[4];
	size_t needed_count;
	enum output_at refused[4];
	size_t refused_count;
};

static const struct kind_rule kind_rule[OUTPUT_KIND_COUNT] = {
    [OUTPUT_INFLUXDB_V1] = {{OUT_URLS, OUT_DATABASE}, 2, {OUT_TOKEN, OUT_ORGANIZATION, OUT_BUCKET, OUT_PATH}, 4},
    [OUTPUT_INFLUXDB_V2] = {{OUT_URLS, OUT_TOKEN, OUT_ORGANIZATION, OUT_BUCKET},
			    4,
			    {OUT_DATABASE, OUT_RETENTION, OUT_PASSWORD, OUT_PATH},
			    4},
    [OUTPUT_VICTORIAMETRICS] = {{OUT_URLS}, 1, {OUT_ORGANIZATION, OUT_BUCKET, OUT_RETENTION, OUT_PATH}, 4},
    [OUTPUT_FILE] = {{OUT_PATH}, 1, {OUT_PATH}, 0},
    [OUTPUT_STDOUT] = {{OUT_PATH}, 0, {OUT_PATH}, 1},
};

static void read_url(struct loader *loader, const struct yaml_node *node, struct plan_target *target)
{
	if (node->kind != YAML_SCALAR || !text_is_clean(node->text) || !loader_is_url(node->text, "?{}")) {
		/* A password may stand in it: the text is not repeated. */
		problems_add_error(
		    loader->problems, node->place,
		    "urls: an address like http://127.0.0.1:8086 is expected; user and password go into username: and password:");
		return;
	}
	if (target->url_count == PLAN_URLS_MAX || !text_copy(target->url[target->url_count], sizeof target->url[0], node->text)) {
		problems_add_error(loader->problems, node->place, "urls: at most %d, of at most %d bytes each", PLAN_URLS_MAX,
				   PLAN_URL_BYTES - 1);
		return;
	}
	target->url_count++;
}

static void read_urls(struct loader *loader, const struct yaml_node *node, struct plan_target *target)
{
	if (node->kind != YAML_LIST) {
		read_url(loader, node, target);
		return;
	}
	if (node->child_count == 0)
		problems_add_error(loader->problems, node->place, "urls is empty");
	for (const struct yaml_node *item = node->child; item != NULL; item = item->next)
		read_url(loader, item, target);
}

static void check_keys(struct loader *loader, const struct yaml_node *node, const struct schema_where *where, enum output_kind kind)
{
	const struct kind_rule *rule = &kind_rule[kind];

	for (size_t i = 0; i < rule->needed_count; i++) {
		if (where->node[rule->needed[i]] == NULL)
			problems_add_error(loader->problems, node->place, "an output of type %s needs %s", output_kind_name(kind),
					   output_key[rule->needed[i]].name);
	}
	for (size_t i = 0; i < rule->refused_count; i++) {
		const struct yaml_node *found = where->node[rule->refused[i]];
		if (found != NULL)
			problems_add_error(loader->problems, found->key_place, "%s is not for outputs of type %s", found->key,
					   output_kind_name(kind));
	}
	for (int i = OUT_NETWORK_FIRST; i < OUT_COUNT && !output_kind_is_network(kind); i++) {
		if (where->node[i] != NULL)
			problems_add_error(loader->problems, where->node[i]->key_place, "%s is for outputs over the network, not for %s",
					   where->node[i]->key, output_kind_name(kind));
	}
}

static void warn_clear_text(struct loader *loader, const struct schema_where *where, const struct plan_target *target)
{
	if (where->node[OUT_TOKEN] == NULL && where->node[OUT_PASSWORD] == NULL)
		return;
	for (size_t i = 0; i < target->url_count; i++) {
		if (strncmp(target->url[i], "http://", strlen("http://")) == 0 && !host_is_loopback_url(target->url[i]))
			problems_add_warning(loader->problems, where->node[OUT_URLS]->place,
					     "the token or password goes to %s unencrypted: use https://", target->url[i]);
	}
}

static void check_tls(struct loader *loader, const struct schema_where *where, const struct plan_target *target)
{
	if (target->insecure_skip_verify)
		problems_add_warning(loader->problems, where->node[OUT_INSECURE]->place,
				     "anybody between here and the store can read and change what is sent");
	if ((where->node[OUT_TLS_CERT] != NULL) != (where->node[OUT_TLS_KEY] != NULL)) {
		const struct yaml_node *one = where->node[OUT_TLS_CERT] != NULL ? where->node[OUT_TLS_CERT] : where->node[OUT_TLS_KEY];
		problems_add_error(loader->problems, one->key_place, "tls_cert and tls_key go together");
	}
	for (int i = OUT_TLS_CA; i <= OUT_TLS_KEY; i++) {
		if (where->node[i] != NULL && where->node[i]->text[0] != '/')
			problems_add_error(loader->problems, where->node[i]->place, "%s: an absolute path is needed", where->node[i]->key);
	}
	if (where->node[OUT_PROXY] != NULL && !loader_is_url(target->http_proxy, "?{}"))
		problems_add_error(loader->problems, where->node[OUT_PROXY]->place,
				   "http_proxy: an address like http://proxy:3128 is expected");
}

static void add_target(struct loader *loader, const struct schema_where *where, struct output_read *read)
{
	struct plan_deliver *deliver = &loader->out->deliver;
	struct plan_target *target = &read->target;
	void *list = deliver->target;

	if (where->node[OUT_URLS] != NULL)
		read_urls(loader, where->node[OUT_URLS], target);
	if (where->node[OUT_TOKEN] != NULL)
		(void)secret_read(&loader->secrets, where->node[OUT_TOKEN], loader_is_private(loader, where->node[OUT_TOKEN]->place),
				  target->token, sizeof target->token);
	if (where->node[OUT_PASSWORD] != NULL)
		(void)secret_read(&loader->secrets, where->node[OUT_PASSWORD], loader_is_private(loader, where->node[OUT_PASSWORD]->place),
				  target->password, sizeof target->password);
	warn_clear_text(loader, where, target);
	check_tls(loader, where, target);
	target->output = (uint32_t)(loader->out->core.output_count - 1);
	text_copy(target->name, sizeof target->name, read->output.name);
	target->kind = read->output.kind;
	target->is_gzip = read->encoding == 0;
	struct plan_target *stored =
	    loader_append(loader, &list, &loader->target_capacity, &deliver->target_count, PLAN_OUTPUTS_MAX, sizeof *stored);
	deliver->target = list;
	if (stored != NULL)
		*stored = *target;
}

static void check_name(struct loader *loader, const struct yaml_node *node, const struct plan_output *output)
{
	const struct plan_core *core = &loader->out->core;

	for (size_t i = 0; i < core->output_count; i++) {
		if (strcmp(core->output[i].name, output->name) == 0)
			problems_add_error(loader->problems, node->place,
					   "two outputs have the name %s: give one another name:", output->name);
	}
}

/* A path that is not absolute lies in the state folder. */
static void place_file(struct loader *loader, const struct schema_where *where, struct plan_output *output)
{
	char name[PLAN_PATH_BYTES];

	if (output->path[0] == '\0' || output->path[0] == '/')
		return;
	text_copy(name, sizeof name, output->path);
	if (file_join(output->path, sizeof output->path, loader->out->state_dir, name, NULL) != ERR_NONE)
		problems_add_error(loader->problems, where->node[OUT_PATH]->place, "path is too long");
}

static void read_output(struct loader *loader, const struct yaml_node *node)
{
	struct plan_core *core = &loader->out->core;
	struct output_read read = {.target = {.timeout_ms = 5000}, .kind = -1};
	struct schema_where where;
	void *list = core->output;

	if (!schema_read(&output_schema, node, &read, &where, loader->problems) || read.kind < 0)
		return;
	read.output.kind = (enum output_kind)read.kind;
	read.output.send = (enum output_send)read.send;
	if (where.node[OUT_NAME] == NULL)
		text_copy(read.output.name, sizeof read.output.name, output_kind_name(read.output.kind));
	check_name(loader, node, &read.output);
	check_keys(loader, node, &where, read.output.kind);
	struct plan_output *output =
	    loader_append(loader, &list, &loader->output_capacity, &core->output_count, PLAN_OUTPUTS_MAX, sizeof *output);
	core->output = list;
	if (output == NULL)
		return;
	*output = read.output;
	place_file(loader, &where, output);
	if (output_kind_is_network(output->kind))
		add_target(loader, &where, &read);
	explicit_bzero(&read, sizeof read);
}

void loader_read_outputs(struct loader *loader, const struct yaml_node *list)
{
	if (list->kind == YAML_SCALAR && list->text[0] == '\0')
		return;
	if (list->kind != YAML_LIST) {
		problems_add_error(loader->problems, list->place, "outputs has to be a list (- type: ...), not %s",
				   yaml_kind_name(list->kind));
		return;
	}
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next)
		read_output(loader, node);
}

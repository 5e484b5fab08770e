/* SPDX-License-Identifier: Apache-2.0 */
/* settings_series: hourly grid factors that come by themselves: folders that are watched, addresses that are asked. */
#include "account/factor.h"
#include "base/file.h"
#include "base/host.h"
#include "base/text.h"
#include "settings/series.h"
#include "settings/settings_priv.h"

#include <string.h>

enum series_at {
	SER_FOLDER,
	SER_ZONE,
	SER_BASIS,
	SER_PUBLISHER,
	SER_LICENCE,
	SER_SOURCE,
	SER_NETWORK_FIRST, /* from here on: addresses alone */
	SER_URL = SER_NETWORK_FIRST,
	SER_SHAPE,
	SER_TOKEN,
	SER_TLS_CA,
	SER_PROXY,
	SER_TIMEOUT,
	SER_EVERY,
	SER_BACK,
	SER_KEYS
};

struct series_source_read {
	struct plan_series_source source;
	int shape;
	int basis;
};

static const char *const basis_choice[] = {"direct", "lifecycle", NULL};                            /* enum factor_basis */
static const char *const shape_choice[] = {"csv", "uk-carbon-intensity", "electricity-maps", NULL}; /* enum series_shape */

static const struct schema_key series_key[SER_KEYS] = {
    [SER_FOLDER] = {"folder", SCHEMA_TEXT, SCHEMA_AT(series_source_read, source.folder)},
    [SER_ZONE] = {"zone", SCHEMA_ID, SCHEMA_AT(series_source_read, source.zone), .is_required = true},
    [SER_BASIS] = {"basis", SCHEMA_CHOICE, SCHEMA_AT(series_source_read, basis), .choice = basis_choice},
    [SER_PUBLISHER] = {"publisher", SCHEMA_TEXT, SCHEMA_AT(series_source_read, source.publisher)},
    [SER_LICENCE] = {"licence", SCHEMA_TEXT, SCHEMA_AT(series_source_read, source.licence)},
    [SER_SOURCE] = {"source", SCHEMA_TEXT, SCHEMA_AT(series_source_read, source.source)},
    [SER_URL] = {"url", SCHEMA_TEXT, SCHEMA_AT(series_source_read, source.url)},
    [SER_SHAPE] = {"shape", SCHEMA_CHOICE, SCHEMA_AT(series_source_read, shape), .choice = shape_choice},
    [SER_TOKEN] = {"token", SCHEMA_NODE, .offset = 0},
    [SER_TLS_CA] = {"tls_ca", SCHEMA_TEXT, SCHEMA_AT(series_source_read, source.tls_ca)},
    [SER_PROXY] = {"http_proxy", SCHEMA_TEXT, SCHEMA_AT(series_source_read, source.http_proxy)},
    [SER_TIMEOUT] = {"timeout", SCHEMA_DURATION_MS, SCHEMA_AT(series_source_read, source.timeout_ms), .min = 100, .max = 300000},
    [SER_EVERY] = {"every", SCHEMA_DURATION_S, SCHEMA_AT(series_source_read, source.every_s), .min = PLAN_SERIES_EVERY_S_MIN,
		   .max = PLAN_SERIES_EVERY_S_MAX},
    [SER_BACK] = {"back", SCHEMA_DURATION_S, SCHEMA_AT(series_source_read, source.back_s), .min = PLAN_SERIES_BACK_S_MIN,
		  .max = PLAN_SERIES_BACK_S_MAX},
};
static const struct schema series_schema = {"series", series_key, SER_KEYS};

static void read_token(struct loader *loader, const struct yaml_node *node, struct plan_series_source *source)
{
	(void)secret_read(&loader->secrets, node, loader_is_private(loader, node->place), source->token, sizeof source->token);
	if (strncmp(source->url, "http://", strlen("http://")) == 0 && !host_is_loopback_url(source->url))
		problems_add_warning(loader->problems, node->place, "the token goes to %s unencrypted: use https://", source->url);
}

static void check_address(struct loader *loader, const struct schema_where *where, struct plan_series_source *source)
{
	if (!loader_is_url(source->url, ""))
		problems_add_error(loader->problems, where->node[SER_URL]->place,
				   "url: an address like https://api.example.net/{from}/{to} is expected; a token goes into token:");
	if (source->tls_ca[0] != '\0' && source->tls_ca[0] != '/')
		problems_add_error(loader->problems, where->node[SER_TLS_CA]->place, "tls_ca: an absolute path is needed");
	if (source->http_proxy[0] != '\0' && !loader_is_url(source->http_proxy, "?{}"))
		problems_add_error(loader->problems, where->node[SER_PROXY]->place,
				   "http_proxy: an address like http://proxy:3128 is expected");
	if (where->node[SER_TOKEN] != NULL)
		read_token(loader, where->node[SER_TOKEN], source);
}

static void check_folder(struct loader *loader, const struct yaml_node *node, const struct schema_where *where,
			 struct plan_series_source *source)
{
	char name[PLAN_PATH_BYTES];

	for (int i = SER_NETWORK_FIRST; i < SER_KEYS; i++) {
		if (where->node[i] != NULL)
			problems_add_error(loader->problems, where->node[i]->key_place, "%s is for addresses, not for a folder",
					   where->node[i]->key);
	}
	if (source->source[0] == '\0')
		problems_add_error(loader->problems, node->place, "a folder needs source: where its files are published");
	if (source->folder[0] == '/')
		return;
	text_copy(name, sizeof name, source->folder);
	if (file_join(source->folder, sizeof source->folder, loader->config_dir, name, NULL) != ERR_NONE)
		problems_add_error(loader->problems, where->node[SER_FOLDER]->place, "folder: the path is too long");
}

static void read_series(struct loader *loader, const struct yaml_node *node)
{
	struct plan_series *plan = &loader->out->series;
	struct series_source_read read = {.source = {.timeout_ms = 30000, .every_s = 6 * 3600, .back_s = 48 * 3600}};
	struct schema_where where;
	void *list = plan->source;

	if (!schema_read(&series_schema, node, &read, &where, loader->problems))
		return;
	read.source.shape = (enum series_shape)read.shape;
	if (where.node[SER_BASIS] != NULL)
		text_copy(read.source.basis, sizeof read.source.basis, factor_basis_name((enum factor_basis)read.basis));
	if ((read.source.folder[0] == '\0') == (read.source.url[0] == '\0')) {
		problems_add_error(loader->problems, node->place, "a series has a folder or a url");
		return;
	}
	if (read.source.url[0] != '\0')
		check_address(loader, &where, &read.source);
	else
		check_folder(loader, node, &where, &read.source);
	struct plan_series_source *source =
	    loader_append(loader, &list, &loader->series_capacity, &plan->source_count, PLAN_SERIES_MAX, sizeof *source);
	plan->source = list;
	if (source != NULL)
		*source = read.source;
	explicit_bzero(&read, sizeof read);
}

/* Beside the ledger, where `factors import` puts its own and reports look. */
static void place_shelf(struct loader *loader)
{
	const char *ledger = loader->out->core.ledger_path;
	const char *slash = strrchr(ledger, '/');
	char folder[PLAN_PATH_BYTES];

	text_copy(folder, sizeof folder, ledger);
	folder[slash == NULL ? 0 : slash - ledger] = '\0';
	if (file_join(loader->out->series.shelf, PLAN_PATH_BYTES, folder[0] == '\0' ? "." : folder, SERIES_FOLDER, NULL) != ERR_NONE)
		problems_add_error(loader->problems, (struct place){0}, "%s: the path is too long for %s beside it", ledger, SERIES_FOLDER);
}

void loader_read_series(struct loader *loader, const struct yaml_node *list)
{
	if (list->kind == YAML_SCALAR && list->text[0] == '\0')
		return;
	if (list->kind != YAML_LIST) {
		problems_add_error(loader->problems, list->place, "series has to be a list (- folder: ... or - url: ...), not %s",
				   yaml_kind_name(list->kind));
		return;
	}
	place_shelf(loader);
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next)
		read_series(loader, node);
}

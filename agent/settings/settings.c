/* SPDX-License-Identifier: Apache-2.0 */
/* settings: the files of a config, and what stands at its top. */
#include "settings/settings.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/search.h"
#include "settings/settings_priv.h"

#include <sodium.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum top_at {
	TOP_SITES = ONCE_COUNT, /* the first are those of enum settings_once */
	TOP_DEVICES,
	TOP_OUTPUTS,
	TOP_SERIES,
	TOP_COUNT
};

static const struct schema_key top_key[TOP_COUNT] = {
    [ONCE_DEFAULTS] = {"defaults", SCHEMA_NODE, .offset = 0},   [ONCE_LEDGER] = {"ledger", SCHEMA_NODE, .offset = 0},
    [ONCE_STATE_DIR] = {"state_dir", SCHEMA_NODE, .offset = 0}, [ONCE_AGENT] = {"agent", SCHEMA_NODE, .offset = 0},
    [ONCE_LOCAL] = {"local", SCHEMA_NODE, .offset = 0},         [ONCE_DRIVERS] = {"drivers", SCHEMA_NODE, .offset = 0},
    [ONCE_GRID] = {"grid", SCHEMA_NODE, .offset = 0},           [ONCE_PAGE] = {"page", SCHEMA_NODE, .offset = 0},
    [TOP_SITES] = {"sites", SCHEMA_NODE, .offset = 0},          [TOP_DEVICES] = {"devices", SCHEMA_NODE, .offset = 0},
    [TOP_OUTPUTS] = {"outputs", SCHEMA_NODE, .offset = 0},      [TOP_SERIES] = {"series", SCHEMA_NODE, .offset = 0},
};
static const struct schema top_schema = {"config", top_key, TOP_COUNT};

enum profile { PROFILE_NORMAL = 0, PROFILE_FLASH };
enum ledger_at {
	LEDGER_PATH,
	LEDGER_SLOT,
	LEDGER_COMMIT,
	LEDGER_PROFILE,
	LEDGER_GRACE,
	LEDGER_MAX_BYTES,
	LEDGER_MAX_AGE,
	LEDGER_SEAL_AFTER,
	LEDGER_COUNT
};

struct ledger_read {
	char path[PLAN_PATH_BYTES];
	int slot;
	uint32_t commit_ms;
	int profile;
	uint32_t grace_s;
	uint64_t outbox_max_bytes;
	uint32_t outbox_max_age_s;
	uint32_t seal_after_s;
};

static const char *const slot_choice[] = {"15min", "5min", "1min", NULL};
static const uint32_t slot_s[] = {900, 300, 60};
static const char *const profile_choice[] = {"normal", "flash", NULL}; /* enum profile */

static const struct schema_key ledger_key[LEDGER_COUNT] = {
    [LEDGER_PATH] = {"path", SCHEMA_TEXT, SCHEMA_AT(ledger_read, path)},
    [LEDGER_SLOT] = {"slot", SCHEMA_CHOICE, SCHEMA_AT(ledger_read, slot), .choice = slot_choice},
    [LEDGER_COMMIT] = {"commit", SCHEMA_DURATION_MS, SCHEMA_AT(ledger_read, commit_ms), .min = 1000, .max = 600000},
    [LEDGER_PROFILE] = {"profile", SCHEMA_CHOICE, SCHEMA_AT(ledger_read, profile), .choice = profile_choice},
    [LEDGER_GRACE] = {"grace", SCHEMA_DURATION_S, SCHEMA_AT(ledger_read, grace_s), .min = 0, .max = 86400},
    [LEDGER_MAX_BYTES] = {"outbox_max_bytes", SCHEMA_BYTES, SCHEMA_AT(ledger_read, outbox_max_bytes)},
    [LEDGER_MAX_AGE] = {"outbox_max_age", SCHEMA_DURATION_S, SCHEMA_AT(ledger_read, outbox_max_age_s), .min = 60, .max = 400 * 86400},
    [LEDGER_SEAL_AFTER] = {"seal_after", SCHEMA_DURATION_S, SCHEMA_AT(ledger_read, seal_after_s), .min = 86400, .max = 400 * 86400},
};
static const struct schema ledger_schema = {"ledger", ledger_key, LEDGER_COUNT};

/*
 * Ours, on the high side: server processors of 100 to 300 W have 16 to 64 cores. What the agent causes in memory, disks and network beside is not in it.
 */
#define BUSY_W_DEFAULT 10.0

struct agent_read {
	char host[PLAN_ID_BYTES];
	char site[PLAN_ID_BYTES];
	int clock;
	double busy_w;
};

static const char *const clock_choice[] = {"kernel", "assumed", NULL};

static const struct schema_key agent_key[] = {
    {"host", SCHEMA_ID, SCHEMA_AT(agent_read, host)},
    {"site", SCHEMA_ID, SCHEMA_AT(agent_read, site)},
    {"clock", SCHEMA_CHOICE, SCHEMA_AT(agent_read, clock), .choice = clock_choice},
    {"busy_core", SCHEMA_POWER_W, SCHEMA_AT(agent_read, busy_w), .min = 0, .max = 1000},
};
static const struct schema agent_schema = {"agent", agent_key, sizeof agent_key / sizeof agent_key[0]};

/* In the place of a map that no file has: its defaults are seen by who watches. */
static const struct yaml_node no_map = {.kind = YAML_MAP};

static const char *const local_choice[] = {"auto", "yes", "no", "true", "false", NULL};

bool loader_is_private(const struct loader *loader, struct place place)
{
	for (size_t i = 0; i < loader->file_count; i++) {
		if (loader->file[i].file == place.file)
			return loader->file[i].is_private;
	}
	return false;
}

void *loader_append(struct loader *loader, void **list, size_t *capacity, size_t *count, size_t count_max, size_t item_bytes)
{
	enum err err = mem_grow(list, capacity, *count, count_max, item_bytes);

	if (err == ERR_LIMIT)
		problems_add_error(loader->problems, (struct place){0}, "more than %zu entries of one list", count_max);
	else if (err != ERR_NONE)
		loader->is_out_of_memory = true;
	if (err != ERR_NONE)
		return NULL;
	return (char *)*list + (*count)++ * item_bytes;
}

void loader_reserve(void **list, size_t *capacity, size_t count, size_t extra, size_t item_bytes)
{
	if (*capacity >= count + extra)
		return;
	void *larger = mem_new_array(count + extra, item_bytes);
	if (larger == NULL)
		return;
	if (count > 0)
		memcpy(larger, *list, count * item_bytes);
	/* The old one may hold secrets. */
	mem_free_secret(*list, *list != NULL ? count * item_bytes : 0);
	*list = larger;
	*capacity = count + extra;
}

static void read_file(struct loader *loader, const char *path, crypto_hash_sha256_state *digest)
{
	void *list = loader->file;
	struct settings_file *file =
	    loader_append(loader, &list, &loader->file_capacity, &loader->file_count, SETTINGS_FILES_MAX, sizeof *file);
	struct err_info info = {0};
	struct buf data;

	loader->file = list;
	if (file == NULL)
		return;
	file->file = problems_add_file(loader->problems, path);
	file->is_private = !file_is_readable_by_others(path);
	buf_init(&data, YAML_FILE_BYTES_MAX);
	if (file_read(path, &data, &info) != ERR_NONE) {
		/* "PATH: why": the place names the file already. */
		size_t named = strncmp(info.text, path, strlen(path)) == 0 ? strlen(path) + strlen(": ") : 0;

		problems_add_error(loader->problems, (struct place){.file = file->file}, "%s", info.text + named);
	} else {
		crypto_hash_sha256_update(digest, (const unsigned char *)buf_text(&data), data.bytes);
		if (yaml_parse(&file->yaml, buf_text(&data), data.bytes, file->file, loader->problems) == ERR_MEMORY)
			loader->is_out_of_memory = true;
	}
	if (data.data != NULL)
		explicit_bzero(data.data, data.capacity_bytes);
	buf_deinit(&data);
}

/* The config, then conf.d/ *.yaml beside it. Its digest is that of `cat FILE conf.d/ *.yaml`. */
static void read_files(struct loader *loader, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PLAN_PATH_BYTES];
	struct search search = {0};
	struct err_info info = {0};
	crypto_hash_sha256_state digest;

	text_copy(loader->config_dir, sizeof loader->config_dir, slash == path ? "/" : ".");
	if (slash != NULL && slash != path && (size_t)(slash - path) < sizeof loader->config_dir) {
		memcpy(loader->config_dir, path, (size_t)(slash - path));
		loader->config_dir[slash - path] = '\0';
	}
	loader->secrets.config_dir = loader->config_dir;
	crypto_hash_sha256_init(&digest);
	read_file(loader, path, &digest);
	enum err err = file_join(folder, sizeof folder, loader->config_dir, "conf.d", &info);
	if (err == ERR_NONE)
		err = search_add_folder(&search, folder, ".yaml", true, &info);
	if (err != ERR_NONE)
		problems_add_error(loader->problems, (struct place){0}, "%s", info.text);
	for (size_t i = 0; i < search.count; i++)
		read_file(loader, search.file[i].path, &digest);
	search_deinit(&search);
	crypto_hash_sha256_final(&digest, loader->out->core.config_sha256);
}

/* Keys that may be there once are remembered; the second place is an error. */
static void take_once(struct loader *loader, const struct schema_where *where)
{
	for (int i = 0; i < ONCE_COUNT; i++) {
		const struct yaml_node *node = where->node[i];
		const struct yaml_node *first = loader->once[i];
		if (node == NULL)
			continue;
		if (first != NULL)
			problems_add_error(loader->problems, node->key_place, "%s is here a second time: first in %s:%u", node->key,
					   problems_file_name(loader->problems, first->key_place.file), (unsigned)first->key_place.line);
		else
			loader->once[i] = node;
	}
}

static bool read_one(struct loader *loader, enum settings_once once, const struct schema_key *key, void *out)
{
	return loader->once[once] != NULL && schema_read_value(key, loader->once[once], out, loader->problems);
}

/* A path that is not absolute belongs beside the config. */
static void read_folder(struct loader *loader, enum settings_once once, const char *name, char out[static PLAN_PATH_BYTES])
{
	char text[PLAN_PATH_BYTES] = "";
	const struct schema_key key = {name, SCHEMA_TEXT, .offset = 0, .bytes = sizeof text};

	if (!read_one(loader, once, &key, text) || text[0] == '\0')
		return;
	if (text[0] == '/')
		text_copy(out, PLAN_PATH_BYTES, text);
	else if (file_join(out, PLAN_PATH_BYTES, loader->config_dir, text, NULL) != ERR_NONE)
		problems_add_error(loader->problems, loader->once[once]->place, "%s: the path is too long", name);
}

static void read_state_dir(struct loader *loader)
{
	struct settings *out = loader->out;

	text_copy(out->state_dir, sizeof out->state_dir, SETTINGS_DEFAULT_STATE_DIR);
	read_folder(loader, ONCE_STATE_DIR, "state_dir", out->state_dir);
	if (loader->options->state_dir != NULL && !text_copy(out->state_dir, sizeof out->state_dir, loader->options->state_dir))
		problems_add_error(loader->problems, (struct place){0}, "--state: the path is too long");
}

static void place_ledger(struct loader *loader, const char *path)
{
	struct plan_core *core = &loader->out->core;
	const char *state_dir = loader->out->state_dir;
	struct err_info info = {0};
	/* --state moves everything: a trial must not write the ledger that the config names. */
	bool is_absolute = path[0] == '/' && loader->options->state_dir == NULL;
	const char *name = path[0] == '\0' || (path[0] == '/' && !is_absolute) ? "ledger.db" : path;
	enum err err = ERR_NONE;

	if (is_absolute)
		text_copy(core->ledger_path, sizeof core->ledger_path, path);
	else
		err = file_join(core->ledger_path, sizeof core->ledger_path, state_dir, name, &info);
	if (err == ERR_NONE)
		err = file_join(core->control_path, sizeof core->control_path, state_dir, "control.sock", &info);
	if (err != ERR_NONE)
		problems_add_error(loader->problems, (struct place){0}, "%s", info.text);
	else if (strlen(core->control_path) >= sizeof((struct sockaddr_un *)0)->sun_path)
		problems_add_error(loader->problems, (struct place){0},
				   "the socket %s would have too long a name (at most %zu bytes): choose a shorter state_dir",
				   core->control_path, sizeof((struct sockaddr_un *)0)->sun_path - 1);
}

static const struct yaml_node *once_or_nothing(const struct loader *loader, enum settings_once once)
{
	return loader->once[once] != NULL ? loader->once[once] : &no_map;
}

static void read_ledger(struct loader *loader)
{
	struct plan_core *core = &loader->out->core;
	struct ledger_read read = {.grace_s = 120, .outbox_max_bytes = UINT64_C(1) << 30, .outbox_max_age_s = 90 * 86400};
	struct schema_where where = {{NULL}};

	schema_read(&ledger_schema, once_or_nothing(loader, ONCE_LEDGER), &read, &where, loader->problems);
	core->slot_s = slot_s[read.slot];
	core->is_flash = read.profile == PROFILE_FLASH;
	core->commit_ms = where.node[LEDGER_COMMIT] != NULL ? read.commit_ms : core->is_flash ? 60000 : 10000;
	core->grace_s = read.grace_s;
	core->outbox_max_bytes = read.outbox_max_bytes;
	core->outbox_max_age_s = read.outbox_max_age_s;
	core->seal_after_s = read.seal_after_s;
	if (where.node[LEDGER_MAX_BYTES] != NULL && read.outbox_max_bytes < (UINT64_C(1) << 20))
		problems_add_error(loader->problems, where.node[LEDGER_MAX_BYTES]->place, "outbox_max_bytes: at least 1MiB");
	place_ledger(loader, read.path);
}

/* A host's name as an id: what is no letter, digit, . _ - becomes -. */
static void take_host(char out[static PLAN_ID_BYTES], const char *name)
{
	size_t bytes = 0;

	for (; bytes < PLAN_ID_BYTES - 1 && name[bytes] != '\0'; bytes++) {
		char one[2] = {name[bytes], '\0'};
		bool is_kept = text_is_id(one) || (bytes > 0 && strchr("._-", one[0]) != NULL);
		out[bytes] = is_kept ? one[0] : '-';
	}
	out[bytes] = '\0';
	if (!text_is_id(out))
		text_copy(out, PLAN_ID_BYTES, "localhost");
}

static void read_agent(struct loader *loader)
{
	struct agent_read read = {.host = "", .busy_w = BUSY_W_DEFAULT};
	struct schema_where where;
	char name[SETTINGS_HOST_BYTES] = "";

	schema_read(&agent_schema, once_or_nothing(loader, ONCE_AGENT), &read, &where, loader->problems);
	text_copy(loader->local_site, sizeof loader->local_site, read.site);
	loader->out->core.is_clock_assumed = read.clock == 1;
	loader->out->core.busy_w = read.busy_w;
	if (loader->options->host != NULL)
		text_copy(name, sizeof name, loader->options->host);
	else if (gethostname(name, sizeof name - 1) != 0)
		name[0] = '\0';
	take_host(loader->out->core.host, read.host[0] != '\0' ? read.host : name);
}

static void read_top(struct loader *loader)
{
	const struct schema_key local = {"local", SCHEMA_CHOICE, .offset = 0, .choice = local_choice};

	read_state_dir(loader);
	read_ledger(loader);
	loader_read_page(loader);
	read_agent(loader);
	read_folder(loader, ONCE_DRIVERS, "drivers", loader->drivers_dir);
	read_folder(loader, ONCE_GRID, "grid", loader->grid_dir);
	if (read_one(loader, ONCE_LOCAL, &local, &loader->local) && loader->local > 2)
		loader->local -= 2;
}

/* Each file's head twice: first what is there once, since devices need the defaults of any file. */
static void read_content(struct loader *loader)
{
	struct schema_where *where = mem_new_array(loader->file_count > 0 ? loader->file_count : 1, sizeof *where);

	if (where == NULL) {
		loader->is_out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < loader->file_count; i++) {
		char nothing = 0;
		if (loader->file[i].yaml == NULL)
			continue;
		schema_read(&top_schema, yaml_root(loader->file[i].yaml), &nothing, &where[i], loader->problems);
		take_once(loader, &where[i]);
	}
	read_top(loader);
	if (loader_read_defaults(loader, loader->once[ONCE_DEFAULTS]) != ERR_NONE)
		loader->is_out_of_memory = true;
	for (size_t i = 0; i < loader->file_count && !loader->is_out_of_memory; i++) {
		if (where[i].node[TOP_SITES] != NULL)
			loader_read_sites(loader, where[i].node[TOP_SITES]);
		if (where[i].node[TOP_DEVICES] != NULL)
			loader_read_devices(loader, where[i].node[TOP_DEVICES]);
		if (where[i].node[TOP_OUTPUTS] != NULL)
			loader_read_outputs(loader, where[i].node[TOP_OUTPUTS]);
		if (where[i].node[TOP_SERIES] != NULL)
			loader_read_series(loader, where[i].node[TOP_SERIES]);
	}
	mem_free(where);
}

static void load(struct loader *loader, const char *path)
{
	read_files(loader, path);
	read_content(loader);
	if (loader->out->core.site_count == 0)
		loader_add_default_site(loader);
	loader_add_local(loader);
	if (!loader->is_out_of_memory)
		loader_check(loader);
	if (!loader->is_out_of_memory)
		loader_read_tables(loader);
	if (loader->options->is_resolving && !problems_has_error(loader->problems))
		loader_resolve(loader);
}

enum err settings_load(struct settings **out, const char *path, const struct settings_options *options, struct problems *problems)
{
	struct loader *loader = mem_new(sizeof *loader);
	struct settings *settings = mem_new(sizeof *settings);
	enum err err = ERR_MEMORY;

	if (loader != NULL && settings != NULL) {
		loader->options = options;
		loader->out = settings;
		loader->problems = problems;
		loader->secrets = (struct secret_context){.credentials_dir = options->credentials_dir, .problems = problems};
		load(loader, path);
		problems_sort(problems);
		if (loader->is_out_of_memory || problems->is_out_of_memory)
			problems->is_out_of_memory = true;
		else
			err = problems_has_error(problems) ? ERR_CONFIG : ERR_NONE;
		for (size_t i = 0; i < loader->file_count; i++)
			yaml_free(loader->file[i].yaml);
		mem_free(loader->file);
		mem_free(loader->site_note);
		mem_free(loader->device_note);
		loader_free_defaults(loader);
	}
	mem_free(loader);
	if (err == ERR_NONE)
		*out = settings;
	else
		settings_free(settings);
	return err;
}

struct settings *settings_free(struct settings *settings)
{
	if (settings == NULL)
		return NULL;
	plan_core_deinit(&settings->core);
	plan_deliver_deinit(&settings->deliver);
	plan_snmp_deinit(&settings->snmp);
	plan_rapl_deinit(&settings->rapl);
	plan_ipmi_deinit(&settings->ipmi);
	plan_modbus_deinit(&settings->modbus);
	plan_traffic_deinit(&settings->traffic);
	plan_series_deinit(&settings->series);
	return mem_free(settings);
}

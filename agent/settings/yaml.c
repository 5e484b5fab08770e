/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/yaml.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <libfyaml.h>
#include <string.h>

/*
 * Nodes and texts are cut from blocks: a config of 5,000 devices has 100,000 of them and they all end together. A driver file takes little, and
 * there are hundreds: the first block is small, each further one is twice as large, up to the largest.
 */
enum { YAML_BLOCK_FIRST_BYTES = 8 << 10, YAML_BLOCK_MAX_BYTES = 256 << 10, YAML_ALIGN = 16 };

struct yaml_block {
	struct yaml_block *next;
	size_t used_bytes;
	size_t bytes;
	_Alignas(YAML_ALIGN) char data[];
};

struct yaml {
	struct yaml_block *block;
	struct yaml_node *root;
};

/* One open map or list while events arrive. */
struct yaml_level {
	struct yaml_node *node;
	struct yaml_node *last; /* its newest child */
	const char *key;        /* of the entry that is due; NULL: a key is due (map) */
	struct place key_place;
};

struct yaml_builder {
	struct yaml *yaml;
	struct problems *problems;
	uint32_t file;
	struct yaml_level level[YAML_DEPTH_MAX + 1];
	size_t depth; /* levels in use; level[0] takes the root */
	size_t document_count;
	struct place last; /* of the newest event */
	bool is_out_of_memory;
};

/* Of the block behind `last` (NULL: of the first), which has to hold `bytes`. */
static size_t next_block_bytes(const struct yaml_block *last, size_t bytes)
{
	size_t usual = last == NULL ? YAML_BLOCK_FIRST_BYTES : last->bytes * 2;

	if (usual > YAML_BLOCK_MAX_BYTES)
		usual = YAML_BLOCK_MAX_BYTES;
	return usual > bytes ? usual : bytes;
}

static void *take_bytes(struct yaml *yaml, size_t bytes)
{
	size_t rounded = (bytes + YAML_ALIGN - 1) / YAML_ALIGN * YAML_ALIGN;
	struct yaml_block *block = yaml->block;

	if (block == NULL || block->bytes - block->used_bytes < rounded) {
		size_t room = next_block_bytes(block, rounded);

		block = mem_new(sizeof *block + room);
		if (block == NULL)
			return NULL;
		block->bytes = room;
		block->next = yaml->block;
		yaml->block = block;
	}
	void *out = block->data + block->used_bytes;
	block->used_bytes += rounded;
	return out;
}

static struct place place_of(struct yaml_builder *builder, struct fy_event *event)
{
	const struct fy_mark *mark = fy_event_start_mark(event);

	/* A value that is not there has no mark: it is looked for behind what came before. */
	if (mark != NULL)
		builder->last =
		    (struct place){.file = builder->file, .line = (uint32_t)mark->line + 1, .column = (uint32_t)mark->column + 1};
	return builder->last;
}

/* A copy of a scalar's text; NULL when out of memory, or when it holds a NUL (then with a problem). */
static const char *copy_text(struct yaml_builder *builder, struct fy_token *token, struct place place)
{
	size_t bytes = 0;
	const char *text = token != NULL ? fy_token_get_text(token, &bytes) : "";

	if (text == NULL) {
		text = "";
		bytes = 0;
	}
	if (memchr(text, '\0', bytes) != NULL) {
		problems_add_error(builder->problems, place, "a NUL byte is not allowed here");
		text = "";
		bytes = 0;
	}
	char *copy = take_bytes(builder->yaml, bytes + 1);
	if (copy == NULL) {
		builder->is_out_of_memory = true;
		return NULL;
	}
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	return copy;
}

static void append(struct yaml_builder *builder, struct yaml_node *node)
{
	struct yaml_level *level = &builder->level[builder->depth - 1];

	node->key = level->key;
	node->key_place = level->key_place;
	level->key = NULL;
	if (level->last == NULL)
		level->node->child = node;
	else
		level->last->next = node;
	level->last = node;
	level->node->child_count++;
}

static struct yaml_node *new_node(struct yaml_builder *builder, enum yaml_kind kind, struct place place)
{
	struct yaml_node *node = take_bytes(builder->yaml, sizeof *node);

	if (node == NULL) {
		builder->is_out_of_memory = true;
		return NULL;
	}
	*node = (struct yaml_node){.kind = kind, .text = "", .place = place};
	append(builder, node);
	return node;
}

static bool is_key_due(const struct yaml_builder *builder)
{
	const struct yaml_level *level = &builder->level[builder->depth - 1];

	return level->node->kind == YAML_MAP && level->key == NULL;
}

static void take_key(struct yaml_builder *builder, struct fy_token *token, struct place place)
{
	struct yaml_level *level = &builder->level[builder->depth - 1];
	const char *key = copy_text(builder, token, place);

	if (key == NULL)
		return;
	for (const struct yaml_node *node = level->node->child; node != NULL; node = node->next) {
		if (strcmp(node->key, key) == 0) {
			problems_add_error(builder->problems, place, "the key %s is here twice: first in line %u", key,
					   (unsigned)node->key_place.line);
			break;
		}
	}
	level->key = key;
	level->key_place = place;
}

static void take_scalar(struct yaml_builder *builder, struct fy_event *event)
{
	struct place place = place_of(builder, event);
	enum fy_scalar_style style = event->scalar.value != NULL ? fy_token_scalar_style(event->scalar.value) : FYSS_PLAIN;

	/* The mark of a quoted text is behind its quote. */
	if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && place.column > 1)
		place.column--;
	if (is_key_due(builder)) {
		take_key(builder, event->scalar.value, place);
		return;
	}
	struct yaml_node *node = new_node(builder, YAML_SCALAR, place);
	if (node == NULL)
		return;
	const char *text = copy_text(builder, event->scalar.value, place);
	if (text == NULL)
		return;
	node->text = text;
	node->is_quoted = style != FYSS_PLAIN;
}

/* false: what comes cannot be taken any more. */
static bool open_level(struct yaml_builder *builder, struct fy_event *event, enum yaml_kind kind)
{
	struct place place = place_of(builder, event);

	if (is_key_due(builder)) {
		problems_add_error(builder->problems, place, "a key has to be a text, not %s", yaml_kind_name(kind));
		return false;
	}
	if (builder->depth > YAML_DEPTH_MAX) {
		problems_add_error(builder->problems, place, "more than %d levels inside each other", YAML_DEPTH_MAX);
		return false;
	}
	struct yaml_node *node = new_node(builder, kind, place);
	if (node == NULL)
		return false;
	builder->level[builder->depth++] = (struct yaml_level){.node = node};
	return true;
}

static void refuse_decoration(struct yaml_builder *builder, struct fy_event *event, const struct fy_token *anchor,
			      const struct fy_token *tag)
{
	if (anchor != NULL)
		problems_add_error(builder->problems, place_of(builder, event),
				   "anchors (&name) are not used here: what devices have in common goes under defaults:");
	if (tag != NULL)
		problems_add_error(builder->problems, place_of(builder, event), "tags (!name) are not used here: every value is a text");
}

static bool start_document(struct yaml_builder *builder, struct fy_event *event)
{
	if (builder->document_count++ == 0)
		return true;
	problems_add_error(builder->problems, place_of(builder, event), "a second document (---): one file is one document");
	return false;
}

/* false: stop reading. */
static bool take_event(struct yaml_builder *builder, struct fy_event *event)
{
	switch (event->type) {
	case FYET_DOCUMENT_START: return start_document(builder, event);
	case FYET_SCALAR:
		refuse_decoration(builder, event, event->scalar.anchor, event->scalar.tag);
		take_scalar(builder, event);
		return true;
	case FYET_MAPPING_START:
		refuse_decoration(builder, event, event->mapping_start.anchor, event->mapping_start.tag);
		return open_level(builder, event, YAML_MAP);
	case FYET_SEQUENCE_START:
		refuse_decoration(builder, event, event->sequence_start.anchor, event->sequence_start.tag);
		return open_level(builder, event, YAML_LIST);
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END: builder->depth--; return true;
	case FYET_ALIAS:
		problems_add_error(builder->problems, place_of(builder, event),
				   "aliases (*name) are not used here: what devices have in common goes under defaults:");
		return false;
	default: return true;
	}
}

/* libfyaml counts errors' lines from 1 and columns from 1. */
static void take_syntax_errors(struct yaml_builder *builder, struct fy_diag *diag)
{
	struct fy_diag_error *error;
	void *at = NULL;

	while ((error = fy_diag_errors_iterate(diag, &at)) != NULL) {
		struct place place = {.file = builder->file};
		if (error->line > 0 && error->column > 0) {
			place.line = (uint32_t)error->line;
			place.column = (uint32_t)error->column;
		}
		const char *text = error->msg != NULL ? error->msg : "not valid YAML";
		bool is_quote_missing = strstr(text, "plain scalar cannot start") != NULL;
		problems_add_error(builder->problems, place, "%s%s", text, is_quote_missing ? ": put the value in quotes (\"...\")" : "");
	}
}

static void run_parser(struct yaml_builder *builder, struct fy_parser *parser, struct fy_diag *diag)
{
	size_t errors_before = builder->problems->error_count;
	bool is_going_on = true;

	while (is_going_on && !builder->is_out_of_memory) {
		struct fy_event *event = fy_parser_parse(parser);
		if (event == NULL)
			break;
		is_going_on = take_event(builder, event);
		fy_parser_event_free(parser, event);
	}
	take_syntax_errors(builder, diag);
	if (is_going_on && fy_parser_get_stream_error(parser) && builder->problems->error_count == errors_before)
		problems_add_error(builder->problems, (struct place){.file = builder->file}, "not valid YAML");
}

static enum err parse_text(struct yaml_builder *builder, const char *data, size_t bytes)
{
	struct fy_diag_cfg diag_cfg;
	enum err err = ERR_MEMORY;

	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	diag_cfg.colorize = false;
	struct fy_diag *diag = fy_diag_create(&diag_cfg);
	if (diag == NULL)
		return ERR_MEMORY;
	fy_diag_set_collect_errors(diag, true);
	const struct fy_parse_cfg cfg = {.search_path = "", .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE, .diag = diag};
	struct fy_parser *parser = fy_parser_create(&cfg);
	if (parser != NULL && fy_parser_set_string(parser, data, bytes) == 0) {
		run_parser(builder, parser, diag);
		err = builder->is_out_of_memory ? ERR_MEMORY : ERR_NONE;
	}
	if (parser != NULL)
		fy_parser_destroy(parser);
	fy_diag_destroy(diag);
	return err;
}

/*
 * The library takes a NUL for the end, and what follows would be left out in silence; at bytes that are not UTF-8 its scanner of
 * directives turns for ever (0.7.12).
 */
static bool refuse_bytes(const char *data, size_t bytes, uint32_t file, struct problems *problems)
{
	struct place place = {.file = file, .line = 1, .column = 1};
	const char *end = data + bytes;

	for (const char *at = data; at < end;) {
		struct utf8_char got = utf8_decode(at, (size_t)(end - at));
		if (*at == '\0' || !got.is_valid) {
			problems_add_error(problems, place,
					   *at == '\0' ? "a NUL byte is not allowed here"
						       : "this is not UTF-8: save the file in that encoding");
			return true;
		}
		place.column = *at == '\n' ? 1 : place.column + 1;
		place.line += *at == '\n' ? 1 : 0;
		at += got.bytes;
	}
	return false;
}

enum err yaml_parse(struct yaml **out, const void *data, size_t bytes, uint32_t file, struct problems *problems)
{
	size_t errors_before = problems->error_count;

	if (refuse_bytes(data, bytes, file, problems))
		return ERR_CONFIG;
	struct yaml *yaml = mem_new(sizeof *yaml);
	struct yaml_builder *builder = mem_new(sizeof *builder);
	enum err err = ERR_MEMORY;

	if (yaml == NULL || builder == NULL)
		goto out;
	*builder = (struct yaml_builder){.yaml = yaml, .problems = problems, .file = file, .depth = 1, .last = {.file = file}};
	/* A list of one takes the root; without content the root is an empty map. */
	struct yaml_node top = {.kind = YAML_LIST};
	builder->level[0].node = &top;
	err = bytes > 0 ? parse_text(builder, data, bytes) : ERR_NONE;
	yaml->root = top.child;
	if (err == ERR_NONE && (yaml->root == NULL || (yaml->root->kind == YAML_SCALAR && yaml->root->text[0] == '\0'))) {
		yaml->root = take_bytes(yaml, sizeof *yaml->root);
		err = yaml->root != NULL ? ERR_NONE : ERR_MEMORY;
		if (err == ERR_NONE)
			*yaml->root = (struct yaml_node){.kind = YAML_MAP, .text = "", .place = {.file = file, .line = 1, .column = 1}};
	}
	if (err == ERR_NONE && problems->error_count > errors_before)
		err = ERR_CONFIG;
out:
	if (err == ERR_MEMORY)
		problems->is_out_of_memory = true;
	mem_free(builder);
	if (err == ERR_NONE)
		*out = yaml;
	else
		yaml_free(yaml);
	return err;
}

struct yaml *yaml_free(struct yaml *yaml)
{
	if (yaml == NULL)
		return NULL;
	for (struct yaml_block *block = yaml->block; block != NULL;) {
		struct yaml_block *next = block->next;
		/* Texts may be secrets. */
		mem_free_secret(block, sizeof *block + block->used_bytes);
		block = next;
	}
	return mem_free(yaml);
}

const struct yaml_node *yaml_root(const struct yaml *yaml)
{
	return yaml->root;
}

const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_node *node = map->child; node != NULL; node = node->next) {
		if (strcmp(node->key, key) == 0)
			return node;
	}
	return NULL;
}

const char *yaml_kind_name(enum yaml_kind kind)
{
	static const char *const name[] = {"a text", "a map", "a list"};

	return (unsigned)kind < sizeof name / sizeof name[0] ? name[kind] : "nothing";
}

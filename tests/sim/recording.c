/* SPDX-License-Identifier: Apache-2.0 */
#include "recording.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "recording_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX = 1 << 20 };

static enum err read_text(struct sim_recording *recording, const char *path, struct err_info *info)
{
	struct buf data;
	enum err err;

	buf_init(&data, SIM_RECORDING_BYTES_MAX);
	err = file_read(path, &data, info);
	if (err == ERR_NONE) {
		recording->text = (char *)mem_dup_bytes(buf_text(&data), data.bytes + 1); /* with the zero behind it */
		if (recording->text == NULL)
			err = err_set(info, ERR_MEMORY, "out of memory for %s", path);
	}
	buf_deinit(&data);
	return err;
}

static enum err keep_variable(struct sim_recording *recording, const struct recording_line *line, struct err_info *info)
{
	void *array = recording->column;
	enum err err = mem_grow(&array, &recording->column_capacity, recording->column_count, VARIABLES_MAX, sizeof *recording->column);

	recording->column = array;
	if (err != ERR_NONE)
		return err_set(info, err, "more variables than there is room for");
	recording->column[recording->column_count++] = (struct sim_column){.oid = line->oid,
									   .tag = line->tag,
									   .what = SIM_WHAT_RECORDED,
									   .text = line->text,
									   .text_bytes = line->text_bytes,
									   .number = line->number};
	return ERR_NONE;
}

static enum err read_variables(struct sim_recording *recording, struct err_info *info)
{
	char *rest = recording->text;
	size_t number = 0;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && rest != NULL) {
		struct recording_line line;
		size_t first = number + 1;
		enum recording_kind kind = recording_line_read(&rest, &number, &line);

		if (kind == RECORDING_VARIABLE)
			err = keep_variable(recording, &line, info);
		else if (kind == RECORDING_ODD && recording->skipped_count++ == 0)
			recording->skipped_line = first;
	}
	return err;
}

/* Of two variables with one OID the later stands behind the earlier: instances are in the order of the file until they are sorted. */
static int compare_instances(const void *a, const void *b)
{
	const struct sim_instance *left = a;
	const struct sim_instance *right = b;
	int order = oid_compare(left->arcs, left->arc_count, right->arcs, right->arc_count);

	if (order != 0)
		return order;
	return left->column < right->column ? -1 : 1;
}

/* false: an OID that is longer than an instance's. */
static bool make_instance(struct sim_instance *instance, const struct sim_column *column)
{
	struct ber_out ber = {.data = instance->ber, .capacity_bytes = sizeof instance->ber};

	*instance = (struct sim_instance){.column = column, .share = 1};
	instance->arc_count = oid_parse(column->oid, instance->arcs, SIM_INSTANCE_ARCS_MAX);
	if (instance->arc_count < 2)
		return false;
	instance->column_arc_count = instance->arc_count - 1;
	ber_add_oid(&ber, instance->arcs, instance->arc_count);
	instance->ber_bytes = ber.bytes;
	return !ber.is_full;
}

static void drop_doubles(struct sim_tree *tree)
{
	size_t kept = 0;

	for (size_t i = 0; i < tree->count; i++) {
		const struct sim_instance *here = &tree->instances[i];
		const struct sim_instance *next = here + 1;

		if (i + 1 < tree->count && oid_compare(here->arcs, here->arc_count, next->arcs, next->arc_count) == 0)
			continue;
		if (kept != i)
			tree->instances[kept] = *here;
		kept++;
	}
	tree->count = kept;
}

static enum err make_tree(struct sim_tree *tree, struct sim_recording *recording, struct err_info *info)
{
	*tree = (struct sim_tree){.model = &recording->model, .recording = recording};
	tree->instances = mem_new_array(recording->column_count + 1, sizeof *tree->instances);
	if (tree->instances == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for %zu variables", recording->column_count);
	for (size_t i = 0; i < recording->column_count; i++) {
		if (make_instance(&tree->instances[tree->count], &recording->column[i]))
			tree->count++;
		else
			recording->skipped_count++;
	}
	qsort(tree->instances, tree->count, sizeof *tree->instances, compare_instances);
	drop_doubles(tree);
	tree->total = tree->count;
	return tree->count > 0 ? ERR_NONE
			       : err_set(info, ERR_DATA,
					 "there is no variable in it: lines like 1.3.6.1.2.1.1.1.0|4|text, or of snmpwalk -On, "
					 "are expected");
}

static void set_name(struct sim_recording *recording, const char *path)
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(recording->name, sizeof recording->name, "%.*s", (int)sizeof recording->name - 1, slash != NULL ? slash + 1 : path);
	recording->model = (struct sim_model){.name = recording->name, .prefix = ""};
}

enum err sim_recording_load(struct sim_tree *tree, const char *path, struct err_info *info)
{
	struct sim_recording *recording = mem_new(sizeof *recording);
	struct sim_tree made = {.recording = recording};
	enum err err = recording == NULL ? err_set(info, ERR_MEMORY, "out of memory for %s", path) : ERR_NONE;

	if (err == ERR_NONE) {
		set_name(recording, path);
		err = read_text(recording, path, info);
	}
	if (err == ERR_NONE)
		err = read_variables(recording, info);
	if (err == ERR_NONE) {
		err = make_tree(&made, recording, info);
		if (err != ERR_NONE)
			err_prefix(info, "%s", path);
	}
	if (err == ERR_NONE)
		*tree = made;
	else
		sim_tree_deinit(&made);
	return err;
}

struct sim_recording *sim_recording_free(struct sim_recording *recording)
{
	if (recording == NULL)
		return NULL;
	mem_free(recording->column);
	mem_free(recording->text);
	return mem_free(recording);
}

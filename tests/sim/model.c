/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include "base/mem.h"
#include "model_tables.h"
#include "recording.h"

#include <string.h>

static const struct sim_model *const all_models[] = {
    &sim_model_apc_rpdu2, &sim_model_farm, &sim_model_if_mib, &sim_model_raritan_px2, &sim_model_ups_mib,
};

const struct sim_model *sim_model_find(const char *name)
{
	for (size_t i = 0; i < SIM_COUNT_OF(all_models); i++)
		if (strcmp(all_models[i]->name, name) == 0)
			return all_models[i];
	return NULL;
}

const char *const *sim_model_names(void)
{
	static const char *const names[] = {"apc-rpdu2", "farm", "if-mib", "raritan-px2", "ups-mib", NULL};

	return names;
}

bool sim_what_is_counter(enum sim_what what)
{
	return what == SIM_WHAT_ENERGY || what == SIM_WHAT_BYTES_IN || what == SIM_WHAT_BYTES_OUT;
}

enum sim_what sim_instance_what(const struct sim_instance *instance)
{
	if (instance->column->what == SIM_WHAT_SENSOR && instance->sensor != NULL)
		return instance->sensor->what;
	return instance->column->what;
}

/* Parts weigh 2, 3, 4, 2, 3, 4 ...: unequal, so that a mix-up of rows is seen. */
static size_t part_weight(size_t part)
{
	return 2 + part % 3;
}

static double part_share(const struct sim_rows *rows, size_t part)
{
	size_t whole = 0;

	if (rows == NULL)
		return 1.0;
	for (size_t i = 0; i < rows->part_count; i++)
		whole += part_weight(i);
	return (double)part_weight(part) / (double)whole;
}

static size_t count_rows(const struct sim_rows *rows)
{
	if (rows == NULL)
		return 1;
	return rows->part_count * (rows->sensor_count > 0 ? rows->sensor_count : 1);
}

/* Appends the index of row `row` to the instance's arcs. */
static void add_index(struct sim_instance *instance, const struct sim_rows *rows, size_t row)
{
	size_t sensor_count = rows != NULL && rows->sensor_count > 0 ? rows->sensor_count : 1;

	if (rows == NULL) {
		instance->arcs[instance->arc_count++] = 0;
		return;
	}
	instance->part = row / sensor_count;
	for (size_t i = 0; i < rows->prefix_count; i++)
		instance->arcs[instance->arc_count++] = rows->prefix[i];
	instance->arcs[instance->arc_count++] = (uint32_t)(instance->part + 1);
	if (rows->sensor_count > 0) {
		instance->sensor = &rows->sensors[row % sensor_count];
		instance->arcs[instance->arc_count++] = instance->sensor->type;
	}
}

static enum err make_instance(struct sim_instance *instance, const struct sim_column *column, size_t row, struct err_info *info)
{
	enum { INDEX_ARCS_MAX = SIM_PREFIX_MAX + 2 };
	struct ber_out ber = {.data = instance->ber, .capacity_bytes = sizeof instance->ber};

	instance->column = column;
	instance->column_arc_count = oid_parse(column->oid, instance->arcs, SIM_INSTANCE_ARCS_MAX - INDEX_ARCS_MAX);
	if (instance->column_arc_count < 2)
		return err_set(info, ERR_DATA, "device model: %s is no OID", column->oid);
	instance->arc_count = instance->column_arc_count;
	add_index(instance, column->rows, row);
	instance->share = part_share(column->rows, instance->part);
	ber_add_oid(&ber, instance->arcs, instance->arc_count);
	instance->ber_bytes = ber.bytes;
	return ber.is_full ? err_set(info, ERR_DATA, "device model: %s is too long", column->oid) : ERR_NONE;
}

/* Makes the rows of one column at instances[*count] on and checks that each stands behind the one before it. */
static enum err add_column(struct sim_tree *tree, const struct sim_column *column, struct err_info *info)
{
	for (size_t row = 0; row < count_rows(column->rows); row++) {
		struct sim_instance *here = &tree->instances[tree->count];
		enum err err = make_instance(here, column, row, info);

		if (err != ERR_NONE)
			return err;
		if (tree->count > 0 && oid_compare(here[-1].arcs, here[-1].arc_count, here->arcs, here->arc_count) >= 0)
			return err_set(info, ERR_DATA, "device model %s: %s is out of order", tree->model->name, column->oid);
		tree->count++;
	}
	return ERR_NONE;
}

static size_t find_total(const struct sim_tree *tree)
{
	const char *oid = tree->model->total_counter;

	for (size_t i = 0; oid != NULL && i < tree->count; i++)
		if (strcmp(tree->instances[i].column->oid, oid) == 0 && sim_what_is_counter(sim_instance_what(&tree->instances[i])))
			return i;
	return tree->count;
}

enum err sim_tree_init(struct sim_tree *tree, const struct sim_model *model, struct err_info *info)
{
	size_t count = 0;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < model->column_count; i++)
		count += count_rows(model->columns[i].rows);
	*tree = (struct sim_tree){.model = model, .instances = mem_new_array(count, sizeof *tree->instances)};
	if (tree->instances == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for the device model %s", model->name);
	for (size_t i = 0; i < model->column_count && err == ERR_NONE; i++)
		err = add_column(tree, &model->columns[i], info);
	if (err != ERR_NONE)
		sim_tree_deinit(tree);
	tree->total = find_total(tree);
	return err;
}

void sim_tree_deinit(struct sim_tree *tree)
{
	tree->instances = mem_free(tree->instances);
	tree->recording = sim_recording_free(tree->recording);
	tree->count = 0;
}

size_t sim_tree_next(const struct sim_tree *tree, const uint32_t *arcs, size_t arc_count)
{
	size_t low = 0;
	size_t high = tree->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct sim_instance *instance = &tree->instances[middle];

		if (oid_compare(instance->arcs, instance->arc_count, arcs, arc_count) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t sim_tree_find(const struct sim_tree *tree, const uint32_t *arcs, size_t arc_count)
{
	size_t next = sim_tree_next(tree, arcs, arc_count);

	if (next == 0)
		return tree->count;
	const struct sim_instance *before = &tree->instances[next - 1];
	return oid_compare(before->arcs, before->arc_count, arcs, arc_count) == 0 ? next - 1 : tree->count;
}

bool sim_tree_has_object(const struct sim_tree *tree, const uint32_t *arcs, size_t arc_count)
{
	size_t next = sim_tree_next(tree, arcs, arc_count);

	/* instances are sorted, so one of the column stands right before or right behind the OID */
	for (size_t i = next == 0 ? 0 : next - 1; i <= next && i < tree->count; i++)
		if (oid_is_prefix(tree->instances[i].arcs, tree->instances[i].column_arc_count, arcs, arc_count))
			return true;
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "shell.h"

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"

#include <unistd.h>

enum { TRUTH_MODE = 0644 };

void sim_shell_print(struct buf *line)
{
	buf_add_char(line, '\n');
	if (line->is_failed || file_write_all(STDOUT_FILENO, line->data, line->bytes, NULL) != ERR_NONE)
		log_warning("standard output cannot be written");
	buf_deinit(line);
}

void sim_shell_print_outcome(enum err err, const struct err_info *info)
{
	struct buf line;
	struct json json;

	buf_init(&line, SIM_SHELL_LINE_BYTES_MAX);
	json_init(&json, &line);
	json_open_object(&json, NULL);
	json_add_bool(&json, "ok", err == ERR_NONE);
	if (err != ERR_NONE)
		json_add_text(&json, "error", info->text);
	json_close_object(&json);
	sim_shell_print(&line);
}

enum err sim_shell_write_truth(const char *path, struct buf *text, struct err_info *info)
{
	enum err err = ERR_NONE;

	if (text->is_failed)
		err = err_set(info, ERR_MEMORY, "out of memory for the truth");
	else if (path != NULL)
		err = file_replace(path, text->data, text->bytes, TRUTH_MODE, info);
	buf_deinit(text);
	return err;
}

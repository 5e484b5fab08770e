/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/secret.h"

#include "base/file.h"
#include "base/text.h"
#include "wire/plan.h"

#include <string.h>
#include <unistd.h>

enum { SECRET_FILE_BYTES_MAX = 4096 };

static bool take(const struct secret_context *context, const struct yaml_node *node, const char *text, size_t bytes, char *out,
		 size_t out_bytes)
{
	if (bytes == 0) {
		problems_add_error(context->problems, node->place, "%s is empty", node->key);
		return false;
	}
	if (memchr(text, '\0', bytes) != NULL || bytes >= out_bytes) {
		problems_add_error(context->problems, node->place, "%s is too long or holds a NUL: at most %zu bytes", node->key,
				   out_bytes - 1);
		return false;
	}
	memcpy(out, text, bytes);
	out[bytes] = '\0';
	return true;
}

static bool read_file(const struct secret_context *context, const struct yaml_node *node, const char *path, char *out, size_t out_bytes)
{
	struct err_info info = {0};
	struct buf data;
	bool is_taken = false;

	buf_init(&data, SECRET_FILE_BYTES_MAX);
	if (file_read(path, &data, &info) != ERR_NONE) {
		problems_add_error(context->problems, node->place, "%s: %s", node->key, info.text);
	} else {
		size_t bytes = data.bytes;
		if (bytes > 0 && data.data[bytes - 1] == '\n')
			bytes--;
		if (bytes > 0 && data.data[bytes - 1] == '\r')
			bytes--;
		is_taken = take(context, node, buf_text(&data), bytes, out, out_bytes);
	}
	if (data.data != NULL)
		explicit_bzero(data.data, data.capacity_bytes);
	buf_deinit(&data);
	return is_taken;
}

static bool read_private_file(const struct secret_context *context, const struct yaml_node *node, const char *path, char *out,
			      size_t out_bytes)
{
	if (file_is_readable_by_others(path)) {
		problems_add_error(context->problems, node->place, "%s: others can read %s: chmod 600 %s", node->key, path, path);
		return false;
	}
	return read_file(context, node, path, out, out_bytes);
}

static bool read_credential(const struct secret_context *context, const struct yaml_node *node, const char *name, char *out,
			    size_t out_bytes)
{
	char path[PLAN_PATH_BYTES];
	char folder[PLAN_PATH_BYTES];

	if (!text_is_id(name)) {
		problems_add_error(context->problems, node->place, "%s: what follows @cred: is a name of letters, digits, . _ -",
				   node->key);
		return false;
	}
	if (context->credentials_dir != NULL && file_join(path, sizeof path, context->credentials_dir, name, NULL) == ERR_NONE &&
	    access(path, F_OK) == 0)
		return read_file(context, node, path, out, out_bytes);
	if (file_join(folder, sizeof folder, context->config_dir, "secrets", NULL) == ERR_NONE &&
	    file_join(path, sizeof path, folder, name, NULL) == ERR_NONE && access(path, F_OK) == 0)
		return read_private_file(context, node, path, out, out_bytes);
	problems_add_error(context->problems, node->place,
			   "%s: there is no credential %s: neither systemd's (LoadCredential=) nor the file %s/secrets/%s", node->key, name,
			   context->config_dir, name);
	return false;
}

bool secret_read(const struct secret_context *context, const struct yaml_node *node, bool is_private, char *out, size_t out_bytes)
{
	static const char cred[] = "@cred:";
	static const char file[] = "@file:";
	char path[PLAN_PATH_BYTES];

	if (node->kind != YAML_SCALAR) {
		problems_add_error(context->problems, node->place, "%s has to be one value, not %s", node->key, yaml_kind_name(node->kind));
		return false;
	}
	if (strncmp(node->text, cred, sizeof cred - 1) == 0)
		return read_credential(context, node, node->text + sizeof cred - 1, out, out_bytes);
	if (strncmp(node->text, file, sizeof file - 1) == 0) {
		const char *name = node->text + sizeof file - 1;
		bool is_absolute = name[0] == '/';
		if (is_absolute ? text_copy(path, sizeof path, name)
				: file_join(path, sizeof path, context->config_dir, name, NULL) == ERR_NONE)
			return read_private_file(context, node, path, out, out_bytes);
		problems_add_error(context->problems, node->place, "%s: the path is too long", node->key);
		return false;
	}
	if (!is_private) {
		const char *config = problems_file_name(context->problems, node->place.file);
		problems_add_error(
		    context->problems, node->place,
		    "%s is written in a file that others can read: chmod 600 %s, or name it with \"@file:/path\" or \"@cred:name\"",
		    node->key, config);
		return false;
	}
	return take(context, node, node->text, strlen(node->text), out, out_bytes);
}

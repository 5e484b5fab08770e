/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/status_doc.h"

#include "base/num.h"

#include <string.h>

enum err status_doc_parse(json_t **out, const char *text, size_t bytes, struct err_info *info)
{
	json_error_t error;
	json_t *document = json_loadb(text, bytes, 0, &error);

	if (strcmp(status_doc_text(document, "schema"), "wattledger.status/1") != 0) {
		json_decref(document);
		return err_set(
		    info, ERR_DATA,
		    "the agent's answer is no status document of this version: the running agent is an older or a newer one; restart it (systemctl restart wattledger)");
	}
	*out = document;
	return ERR_NONE;
}

const char *status_doc_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

bool status_doc_i64(const json_t *object, const char *key, int64_t *value)
{
	const json_t *item = json_object_get(object, key);

	if (json_is_integer(item)) {
		*value = json_integer_value(item);
		return true;
	}
	return json_is_string(item) && num_parse_i64(json_string_value(item), value);
}

bool status_doc_number(const json_t *object, const char *key, double *value)
{
	const json_t *item = json_object_get(object, key);

	if (!json_is_number(item))
		return false;
	*value = json_number_value(item);
	return true;
}

bool status_doc_energy(const json_t *source, int64_t *millij)
{
	int64_t value;

	if (!status_doc_i64(source, "energy_millij", &value) || (value == 0 && !json_is_number(json_object_get(source, "power_w"))))
		return false;
	*millij = value;
	return true;
}

void status_doc_count_sources(const json_t *document, size_t *up, size_t *all)
{
	const json_t *sources = json_object_get(document, "sources");

	*all = json_array_size(sources);
	*up = 0;
	for (size_t i = 0; i < *all; i++) {
		const char *state = status_doc_text(json_array_get(sources, i), "state");

		*up += strcmp(state, "up") == 0 || strcmp(state, "partial") == 0 ? 1 : 0;
	}
}

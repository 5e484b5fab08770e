/* SPDX-License-Identifier: Apache-2.0 */
#include "model/feeds.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

bool feed_parse(struct feed *out, const char *text, size_t bytes)
{
	const char *slash = memchr(text, '/', bytes);
	size_t id_bytes = slash == NULL ? bytes : (size_t)(slash - text);
	size_t key_bytes = slash == NULL ? 0 : bytes - id_bytes - 1;

	if (id_bytes >= sizeof(out->device) || key_bytes >= sizeof(out->key) || (slash != NULL && key_bytes == 0) ||
	    memchr(text, ',', bytes) != NULL)
		return false;
	memcpy(out->device, text, id_bytes);
	out->device[id_bytes] = '\0';
	if (key_bytes > 0)
		memcpy(out->key, slash + 1, key_bytes);
	out->key[key_bytes] = '\0';
	return text_is_id(out->device) && text_is_clean(out->key);
}

size_t feeds_parse(struct feed out[static FEEDS_MAX], const char *text)
{
	size_t count = 0;

	while (*text != '\0') {
		size_t bytes = strcspn(text, ",");

		if (count == FEEDS_MAX || !feed_parse(&out[count], text, bytes))
			return SIZE_MAX;
		count++;
		text += bytes;
		if (*text == ',' && *++text == '\0')
			return SIZE_MAX;
	}
	return count;
}

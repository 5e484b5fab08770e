/* SPDX-License-Identifier: Apache-2.0 */
/* settings_url: what an address on the network may look like. */
#include "settings/settings_priv.h"

#include <string.h>

bool loader_is_url(const char *text, const char *without)
{
	static const char *const scheme[] = {"http://", "https://"};

	for (size_t i = 0; i < sizeof scheme / sizeof scheme[0]; i++) {
		size_t bytes = strlen(scheme[i]);
		if (strncmp(text, scheme[i], bytes) == 0)
			return text[bytes] != '\0' && text[bytes] != '/' && text[bytes] != ':' &&
			       strpbrk(text + bytes, " @#\"<>\\^`|") == NULL && strpbrk(text + bytes, without) == NULL;
	}
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "oid.h"

int oid_compare(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
	for (size_t i = 0; i < a_count && i < b_count; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	if (a_count == b_count)
		return 0;
	return a_count < b_count ? -1 : 1;
}

bool oid_is_prefix(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
	return a_count <= b_count && oid_compare(a, a_count, b, a_count) == 0;
}

size_t oid_parse(const char *text, uint32_t *arcs, size_t arcs_max)
{
	size_t count = 0;

	for (const char *at = text;; at++) {
		uint64_t arc = 0;

		if (*at < '0' || *at > '9' || count == arcs_max)
			return 0;
		for (; *at >= '0' && *at <= '9'; at++) {
			arc = arc * 10 + (uint64_t)(*at - '0');
			if (arc > UINT32_MAX)
				return 0;
		}
		arcs[count++] = (uint32_t)arc;
		if (*at == '\0')
			return count;
		if (*at != '.')
			return 0;
	}
}

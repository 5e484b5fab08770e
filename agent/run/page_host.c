/* SPDX-License-Identifier: Apache-2.0 */
#include "run/page_host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { HOST_BYTES_MAX = 64 };

static bool is_loopback(const char *text)
{
	struct in6_addr ip6;
	struct in_addr ip4;

	if (inet_pton(AF_INET, text, &ip4) == 1)
		return ntohl(ip4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, text, &ip6) == 1 && IN6_IS_ADDR_LOOPBACK(&ip6);
}

bool page_host_is_ours(const char *listen, const char *host)
{
	char name[HOST_BYTES_MAX];
	size_t bytes;

	if (!is_loopback(listen))
		return true;
	if (host == NULL)
		return false;
	if (host[0] == '[')
		bytes = strcspn(++host, "]");
	else
		bytes = strcspn(host, ":");
	if (bytes >= sizeof name)
		return false;
	memcpy(name, host, bytes);
	name[bytes] = '\0';
	return strcasecmp(name, "localhost") == 0 || is_loopback(name);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { HOST_BYTES_MAX = 64 };

bool host_is_loopback(const char *host)
{
	struct in6_addr ip6;
	struct in_addr ip4;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &ip4) == 1)
		return ntohl(ip4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &ip6) == 1 && IN6_IS_ADDR_LOOPBACK(&ip6);
}

bool host_is_loopback_at(const char *authority)
{
	char host[HOST_BYTES_MAX];
	bool is_bracketed = authority[0] == '[';
	size_t bytes = strcspn(authority + is_bracketed, is_bracketed ? "]" : ":/?#");
	size_t end = strcspn(authority, "@/?#");

	/* Before an @ stands a user with a password (RFC 3986, section 3.2), and the host behind it. */
	if (bytes >= sizeof host || (is_bracketed && authority[1 + bytes] != ']') || authority[end] == '@')
		return false;
	memcpy(host, authority + is_bracketed, bytes);
	host[bytes] = '\0';
	return host_is_loopback(host);
}

bool host_is_loopback_url(const char *url)
{
	const char *scheme_end = strstr(url, "://");

	return scheme_end != NULL && host_is_loopback_at(scheme_end + strlen("://"));
}

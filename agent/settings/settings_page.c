/* SPDX-License-Identifier: Apache-2.0 */
/* settings_page: the status page. It shows what the ledger knows to everybody who reaches it, so it listens on loopback unless it is told else. */
#include "base/host.h"
#include "base/num.h"
#include "base/text.h"
#include "settings/settings_priv.h"

#include <arpa/inet.h>
#include <string.h>

enum { PAGE_LISTEN_BYTES = PLAN_NAME_BYTES };

struct page_read {
	char listen[PAGE_LISTEN_BYTES];
};

static const struct schema_key page_key[] = {{"listen", SCHEMA_TEXT, SCHEMA_AT(page_read, listen), .is_required = true}};
static const struct schema page_schema = {"page", page_key, sizeof page_key / sizeof page_key[0]};

/* "127.0.0.1:8080", "[::1]:8080": a number and a port, nothing that has to be looked up. */
static bool parse_listen(struct plan_page *page, const char *text)
{
	const char *colon = strrchr(text, ':');
	bool is_6 = text[0] == '[';
	const char *host = text + (is_6 ? 1 : 0);
	size_t bytes = colon == NULL ? 0 : (size_t)(colon - host);
	unsigned char address[sizeof(struct in6_addr)];
	int64_t port;

	if (is_6 && (bytes == 0 || host[--bytes] != ']'))
		return false;
	if (bytes == 0 || bytes >= sizeof page->host || !num_parse_i64(colon + 1, &port) || port < 0 || port > UINT16_MAX)
		return false;
	memcpy(page->host, host, bytes);
	page->host[bytes] = '\0';
	page->port = (uint16_t)port;
	return inet_pton(is_6 ? AF_INET6 : AF_INET, page->host, address) == 1;
}

void loader_read_page(struct loader *loader)
{
	const struct yaml_node *node = loader->once[ONCE_PAGE];
	struct plan_page *page = &loader->out->page;
	struct page_read read = {.listen = ""};
	struct schema_where where;

	if (node == NULL || !schema_read(&page_schema, node, &read, &where, loader->problems) || where.node[0] == NULL)
		return;
	if (!parse_listen(page, read.listen)) {
		problems_add_error(loader->problems, where.node[0]->place,
				   "listen: '%s' is no ADDRESS:PORT with a number for an address, as 127.0.0.1:8080 or [::1]:8080",
				   read.listen);
		return;
	}
	if (!host_is_loopback(page->host))
		problems_add_warning(
		    loader->problems, where.node[0]->place,
		    "listen: whoever reaches %s can read the page: it asks for no password. Loopback, and a web server with TLS "
		    "and a login before it, is safer",
		    read.listen);
	text_copy(page->state_dir, sizeof page->state_dir, loader->out->state_dir);
	text_copy(page->ledger_path, sizeof page->ledger_path, loader->out->core.ledger_path);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/page.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "run/ask.h"
#include "run/child.h"
#include "run/page_assets.h"
#include "run/page_host.h"
#include "run/page_today.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, CONNECTION_TIMEOUT_S = 15, CONNECTION_BYTES_MAX = 16 << 10, POLL_MS_MAX = 60000 };

/* What is shown to several browsers is asked for once. */
#define STATUS_KEPT_NS CLOCK_NS_PER_S
#define TODAY_KEPT_NS (5 * CLOCK_NS_PER_S)

/* An answer that is made now and then, and kept meanwhile. */
struct document {
	struct buf text;
	int64_t made_ns; /* 0: never */
	unsigned status; /* of HTTP */
};

struct page {
	const struct plan_page *plan;
	struct MHD_Daemon *daemon;
	struct document status;
	struct document today;
	struct document metrics[2]; /* text format, OpenMetrics */
};

/* ---- Documents ---- */

static void set_failed(struct document *document, const char *why)
{
	buf_clear(&document->text);
	buf_add_text(&document->text, "{\"error\":");
	text_add_json(&document->text, why);
	buf_add_text(&document->text, "}\n");
	document->status = MHD_HTTP_SERVICE_UNAVAILABLE;
}

static bool is_fresh(const struct document *document, int64_t kept_ns)
{
	return document->made_ns != 0 && clock_boot_ns() - document->made_ns < kept_ns;
}

static void finish(struct document *document, enum err err, const char *why)
{
	document->status = MHD_HTTP_OK;
	if (err != ERR_NONE || document->text.is_failed)
		set_failed(document, err != ERR_NONE ? why : "no memory for the answer");
	document->made_ns = clock_boot_ns();
}

/* What core says to `request`. */
static struct document *ask(struct page *page, struct document *document, const char *request)
{
	struct err_info info = {0};

	if (is_fresh(document, STATUS_KEPT_NS))
		return document;
	buf_clear(&document->text);
	finish(document, ask_agent(page->plan->state_dir, request, &document->text, &info), info.text);
	return document;
}

static struct document *make_today(struct page *page)
{
	struct err_info info = {0};

	if (is_fresh(&page->today, TODAY_KEPT_NS))
		return &page->today;
	buf_clear(&page->today.text);
	finish(&page->today, page_today_write(&page->today.text, page->plan->ledger_path, &info), info.text);
	return &page->today;
}

/* ---- Answers ---- */

static enum MHD_Result send_bytes(struct MHD_Connection *connection, unsigned status, const char *type, const void *data, size_t bytes)
{
	static const char *const HEADER[][2] = {
	    {"Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"Referrer-Policy", "no-referrer"},
	    {"Cache-Control", "no-cache"},
	};
	struct MHD_Response *response = MHD_create_response_from_buffer(bytes, (void *)(uintptr_t)data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(response, "Content-Type", type);
	for (size_t i = 0; i < sizeof HEADER / sizeof HEADER[0]; i++)
		(void)MHD_add_response_header(response, HEADER[i][0], HEADER[i][1]);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, "Allow", "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
	return send_bytes(connection, status, "text/plain; charset=utf-8", text, strlen(text));
}

static enum MHD_Result send_document(struct MHD_Connection *connection, const struct document *document, const char *type)
{
	bool is_good = document->status == MHD_HTTP_OK;

	return send_bytes(connection, document->status, is_good ? type : "application/json", buf_text(&document->text),
			  document->text.bytes);
}

static enum MHD_Result send_metrics(struct page *page, struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
	bool is_open = accept != NULL && strstr(accept, "application/openmetrics-text") != NULL;

	return send_document(connection, ask(page, &page->metrics[is_open], is_open ? "openmetrics" : "metrics"),
			     is_open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
				     : "text/plain; version=0.0.4; charset=utf-8");
}

static enum MHD_Result route(struct page *page, struct MHD_Connection *connection, const char *url)
{
	const struct page_asset *asset = page_assets_find(url);

	if (asset != NULL)
		return send_bytes(connection, MHD_HTTP_OK, asset->type, asset->data, asset->bytes);
	if (strcmp(url, "/api/status") == 0)
		return send_document(connection, ask(page, &page->status, "status"), "application/json");
	if (strcmp(url, "/api/today") == 0)
		return send_document(connection, make_today(page), "application/json");
	if (strcmp(url, "/metrics") == 0)
		return send_metrics(page, connection);
	return send_text(connection, MHD_HTTP_NOT_FOUND, "There is /, /api/status, /api/today and /metrics.\n");
}

/* Called by the library for each request. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
			      const char *upload, size_t *upload_bytes, void **request)
{
	struct page *page = context;
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");

	(void)version;
	(void)upload;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return *upload_bytes > 0
			   ? MHD_NO
			   : send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Nothing here takes anything: GET and HEAD only.\n");
	if (!page_host_is_ours(page->plan->host, host))
		return send_text(connection, MHD_HTTP_FORBIDDEN,
				 "This page listens on loopback: ask for it by its address or as localhost, not by another name.\n");
	return route(page, connection, url);
}

/* ---- Listening ---- */

union page_address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

static void fill_address(union page_address *address, const struct plan_page *plan)
{
	*address = (union page_address){.ip4 = {.sin_family = AF_INET, .sin_port = htons(plan->port)}};
	if (inet_pton(AF_INET, plan->host, &address->ip4.sin_addr) == 1)
		return;
	*address = (union page_address){.ip6 = {.sin6_family = AF_INET6, .sin6_port = htons(plan->port)}};
	(void)inet_pton(AF_INET6, plan->host, &address->ip6.sin6_addr);
}

__attribute__((format(printf, 2, 0))) static void log_library(void *context, const char *format, va_list arguments)
{
	char text[256];

	(void)context;
	vsnprintf(text, sizeof text, format, arguments);
	text[strcspn(text, "\n")] = '\0';
	log_debug("http: %s", text);
}

static enum err start(struct page *page, struct err_info *info)
{
	const union MHD_DaemonInfo *listening;
	union page_address address;
	unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG;

	fill_address(&address, page->plan);
	if (address.any.sa_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	page->daemon = MHD_start_daemon(flags, page->plan->port, NULL, NULL, answer, page, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
					MHD_OPTION_SOCK_ADDR, &address.any, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
					MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
					(size_t)CONNECTION_BYTES_MAX, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
	if (page->daemon == NULL)
		return err_set(info, ERR_UNAVAILABLE,
			       "cannot listen at %s port %u: another program may be there, or the address is not this host's",
			       page->plan->host, (unsigned)page->plan->port);
	listening = MHD_get_daemon_info(page->daemon, MHD_DAEMON_INFO_BIND_PORT);
	log_notice("the status page is at http://%s%s%s:%u/", address.any.sa_family == AF_INET6 ? "[" : "", page->plan->host,
		   address.any.sa_family == AF_INET6 ? "]" : "",
		   listening != NULL ? (unsigned)listening->port : (unsigned)page->plan->port);
	return ERR_NONE;
}

/* Milliseconds until the library has to look at a connection's time. */
static int wait_ms(struct page *page)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	if (MHD_get_timeout(page->daemon, &timeout_ms) != MHD_YES)
		return -1;
	return timeout_ms > POLL_MS_MAX ? POLL_MS_MAX : (int)timeout_ms;
}

static void serve(struct page *page, int signal_fd)
{
	const union MHD_DaemonInfo *daemon = MHD_get_daemon_info(page->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd wait[] = {
	    {.fd = daemon != NULL ? daemon->epoll_fd : -1, .events = POLLIN},
	    {.fd = signal_fd, .events = POLLIN},
	};

	for (;;) {
		(void)poll(wait, sizeof wait / sizeof wait[0], wait_ms(page));
		if (wait[1].revents != 0)
			return;
		(void)MHD_run(page->daemon);
	}
}

static struct document make_document(void)
{
	struct document document = {.made_ns = 0};

	buf_init(&document.text, ASK_ANSWER_BYTES_MAX);
	return document;
}

enum err page_run(const struct plan_page *plan, struct err_info *info)
{
	struct page page = {
	    .plan = plan, .status = make_document(), .today = make_document(), .metrics = {make_document(), make_document()}};
	int signal_fd = -1;
	enum err err = child_open_signals(&signal_fd, info);

	if (err == ERR_NONE)
		err = start(&page, info);
	if (err == ERR_NONE) {
		serve(&page, signal_fd);
		MHD_stop_daemon(page.daemon);
	}
	if (signal_fd >= 0)
		close(signal_fd);
	buf_deinit(&page.status.text);
	buf_deinit(&page.today.text);
	buf_deinit(&page.metrics[0].text);
	buf_deinit(&page.metrics[1].text);
	return err;
}

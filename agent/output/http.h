/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: POST and GET requests by libcurl, many at once, none blocking the others; waits for them together with descriptors of the caller's.
 *
 * Certificates are verified, TLS is 1.2 or newer. Only http and https. Redirects are not followed, the environment's proxies, .netrc and
 * cookies are not looked at, no signals are used. Connections are kept. Every request has a deadline that holds from name resolution to
 * the last byte. Answers' bodies are kept up to HTTP_BODY_BYTES; a longer one is read to a limit and then cut off.
 */
#ifndef WATTLEDGER_OUTPUT_HTTP_H
#define WATTLEDGER_OUTPUT_HTTP_H

#include "base/err.h"
#include "output/policy.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_BODY_BYTES = 4096, HTTP_DETAIL_BYTES = 256, HTTP_TRANSFERS_MAX = 64 };

struct buf;
struct http;

/* A request; all texts are copied, the body is borrowed until http_take() gives its answer or http_cancel(). "" means none. */
struct http_request {
	const char *url;
	const char *authorization; /* a whole header line; not sent to a proxy */
	const char *username;
	const char *password;
	const char *proxy;
	const char *tls_ca;   /* PEM file of authorities; "": the system's */
	const char *tls_cert; /* client certificate, PEM */
	const char *tls_key;
	bool is_insecure;    /* certificates are not verified */
	bool is_gzip;        /* the body is: Content-Encoding */
	uint32_t timeout_ms; /* > 0 */
	const char *body;    /* NULL: GET */
	size_t body_bytes;
	struct buf *
	    answer; /* borrowed as `body` is: the answer's body is added to it, up to its max_bytes, and not to http_answer.body; NULL: it is kept there */
	void *owner; /* comes back in the answer; one request of an owner at a time */
};

struct http_answer {
	void *owner;
	enum policy_failure failure;
	uint32_t http_status;           /* 0 with a failure */
	uint32_t retry_after_s;         /* 0 not said */
	char detail[HTTP_DETAIL_BYTES]; /* libcurl's words for a failure, the Location of a redirect (without its query), "" none */
	char body[HTTP_BODY_BYTES];
	size_t body_bytes;
};

/* `user_agent` is copied. ERR_MEMORY. Once per process: it initialises libcurl. */
enum err http_new(struct http **out, const char *user_agent, struct err_info *info) MUST_CHECK;

/* Ends all requests without an answer. */
struct http *http_free(struct http *http);

/* ERR_MEMORY; ERR_LIMIT: HTTP_TRANSFERS_MAX are under way; ERR_CONFIG: libcurl does not take the address or a TLS option. */
enum err http_start(struct http *http, const struct http_request *request, struct err_info *info) MUST_CHECK;

/*
 * Waits until a request or one of the caller's descriptors (revents is set) needs attention, at most timeout_ms, and moves all requests on.
 * ERR_IO.
 */
enum err http_wait(struct http *http, struct pollfd *fd, size_t fd_count, int timeout_ms, struct err_info *info) MUST_CHECK;

/* The next finished request; false when there is none. */
bool http_take(struct http *http, struct http_answer *out) MUST_CHECK;

#endif

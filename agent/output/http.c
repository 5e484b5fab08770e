/* SPDX-License-Identifier: Apache-2.0 */
#include "output/http.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include <curl/curl.h>
#include <string.h>

enum {
	CONNECT_TIMEOUT_MS_MAX = 10000,
	ANSWER_BYTES_MAX = 1 << 20, /* of a body that is thrown away; more ends the request */
	KEEPALIVE_S = 120,
	/* Longer than a slot of 15 min: a store that keeps the connection spares a metered link the handshakes. */
	IDLE_MAX_S = 20 * 60,
};

/* Values of X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED (openssl/x509_vfy.h), part of OpenSSL's interface. */
enum { VERIFY_OK = 0, VERIFY_UNSPECIFIED = 1, VERIFY_NOT_YET_VALID = 9, VERIFY_EXPIRED = 10 };

/* One request slot. The easy handle stays and is used again. */
struct transfer {
	CURL *easy;
	struct curl_slist *header;
	bool is_busy;
	void *owner;
	size_t read_bytes;
	size_t body_bytes;
	struct buf *answer; /* the caller's, NULL: body */
	char body[HTTP_BODY_BYTES];
	char error[CURL_ERROR_SIZE];
};

struct http {
	CURLM *multi;
	char *user_agent;
	struct transfer *transfer[HTTP_TRANSFERS_MAX];
};

enum err http_new(struct http **out, const char *user_agent, struct err_info *info)
{
	struct http *http = mem_new(sizeof *http);

	if (http == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		mem_free(http);
		return err_set(info, ERR_MEMORY, "libcurl cannot be initialised");
	}
	http->multi = curl_multi_init();
	http->user_agent = mem_dup(user_agent);
	if (http->multi == NULL || http->user_agent == NULL) {
		http_free(http);
		return err_set(info, ERR_MEMORY, "no memory for libcurl");
	}
	*out = http;
	return ERR_NONE;
}

static void release(struct http *http, struct transfer *transfer)
{
	if (transfer->is_busy)
		curl_multi_remove_handle(http->multi, transfer->easy);
	curl_easy_reset(transfer->easy); /* drops the secrets that were set */
	curl_slist_free_all(transfer->header);
	transfer->header = NULL;
	transfer->is_busy = false;
}

struct http *http_free(struct http *http)
{
	size_t i;

	if (http == NULL)
		return NULL;
	for (i = 0; i < HTTP_TRANSFERS_MAX && http->transfer[i] != NULL; i++) {
		release(http, http->transfer[i]);
		curl_easy_cleanup(http->transfer[i]->easy);
		mem_free(http->transfer[i]);
	}
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);
	mem_free(http->user_agent);
	curl_global_cleanup();
	return mem_free(http);
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t bytes = size * count;
	size_t room = sizeof transfer->body - transfer->body_bytes;
	size_t kept = bytes < room ? bytes : room;

	if (transfer->answer != NULL) {
		buf_add(transfer->answer, data, bytes);
		return transfer->answer->is_failed ? 0 : bytes;
	}
	memcpy(transfer->body + transfer->body_bytes, data, kept);
	transfer->body_bytes += kept;
	transfer->read_bytes += bytes;
	return transfer->read_bytes > ANSWER_BYTES_MAX ? 0 : bytes;
}

/* A free slot, made when there is none; NULL: full or out of memory. */
static struct transfer *find_slot(struct http *http)
{
	size_t i;

	for (i = 0; i < HTTP_TRANSFERS_MAX && http->transfer[i] != NULL; i++) {
		if (!http->transfer[i]->is_busy)
			return http->transfer[i];
	}
	if (i == HTTP_TRANSFERS_MAX)
		return NULL;
	http->transfer[i] = mem_new(sizeof *http->transfer[i]);
	if (http->transfer[i] == NULL)
		return NULL;
	http->transfer[i]->easy = curl_easy_init();
	if (http->transfer[i]->easy == NULL)
		http->transfer[i] = mem_free(http->transfer[i]);
	return http->transfer[i];
}

static bool add_header(struct transfer *transfer, const char *line)
{
	struct curl_slist *longer;

	if (line[0] == '\0')
		return true;
	longer = curl_slist_append(transfer->header, line);
	if (longer == NULL)
		return false;
	transfer->header = longer;
	return true;
}

/* The first failure of a row of curl_easy_setopt(). */
#define SET(easy, option, value) (code = code != CURLE_OK ? code : curl_easy_setopt((easy), (option), (value)))

static CURLcode set_tls(CURL *easy, const struct http_request *request)
{
	CURLcode code = CURLE_OK;

	SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(easy, CURLOPT_SSL_VERIFYPEER, request->is_insecure ? 0L : 1L);
	SET(easy, CURLOPT_SSL_VERIFYHOST, request->is_insecure ? 0L : 2L);
	if (request->tls_ca[0] != '\0') {
		SET(easy, CURLOPT_CAINFO, request->tls_ca);
		SET(easy, CURLOPT_CAPATH, NULL); /* that authority alone */
	}
	if (request->tls_cert[0] != '\0')
		SET(easy, CURLOPT_SSLCERT, request->tls_cert);
	if (request->tls_key[0] != '\0')
		SET(easy, CURLOPT_SSLKEY, request->tls_key);
	return code;
}

static CURLcode set_target(CURL *easy, const struct http_request *request)
{
	CURLcode code = CURLE_OK;

#if LIBCURL_VERSION_NUM >= 0x075500
	SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(easy, CURLOPT_URL, request->url);
	SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(easy, CURLOPT_PROXY, request->proxy); /* "": none, whatever the environment says */
	SET(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	if (request->username[0] != '\0') {
		SET(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		SET(easy, CURLOPT_USERNAME, request->username);
		SET(easy, CURLOPT_PASSWORD, request->password);
	}
	return code;
}

static CURLcode set_method(CURL *easy, const struct http_request *request)
{
	CURLcode code = CURLE_OK;

	if (request->body != NULL) {
		SET(easy, CURLOPT_POST, 1L);
		SET(easy, CURLOPT_POSTFIELDS, request->body);
		SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_bytes);
		return code;
	}
	SET(easy, CURLOPT_HTTPGET, 1L);
	return code;
}

static CURLcode set_rest(struct http *http, struct transfer *transfer, const struct http_request *request)
{
	CURL *easy = transfer->easy;
	uint32_t connect_ms = request->timeout_ms < CONNECT_TIMEOUT_MS_MAX ? request->timeout_ms : CONNECT_TIMEOUT_MS_MAX;
	CURLcode code = CURLE_OK;

	SET(easy, CURLOPT_HTTPHEADER, transfer->header);
	SET(easy, CURLOPT_USERAGENT, http->user_agent);
	SET(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	SET(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	SET(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
	SET(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
	SET(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_MAX_S);
	SET(easy, CURLOPT_NOSIGNAL, 1L);
	SET(easy, CURLOPT_NOPROGRESS, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	SET(easy, CURLOPT_QUICK_EXIT, 1L); /* never waits for a resolver that hangs */
#endif
	SET(easy, CURLOPT_ERRORBUFFER, transfer->error);
	SET(easy, CURLOPT_WRITEFUNCTION, on_body);
	SET(easy, CURLOPT_WRITEDATA, transfer);
	SET(easy, CURLOPT_PRIVATE, transfer);
	return code;
}

static enum err prepare(struct http *http, struct transfer *transfer, const struct http_request *request, struct err_info *info)
{
	CURLcode code;

	if (!add_header(transfer, request->body != NULL ? "Content-Type: text/plain; charset=utf-8" : "") ||
	    !add_header(transfer, "Expect:") || !add_header(transfer, request->is_gzip ? "Content-Encoding: gzip" : "") ||
	    !add_header(transfer, request->authorization))
		return err_set(info, ERR_MEMORY, "no memory for a request's headers");
	code = set_target(transfer->easy, request);
	if (code == CURLE_OK)
		code = set_method(transfer->easy, request);
	if (code == CURLE_OK)
		code = set_tls(transfer->easy, request);
	if (code == CURLE_OK)
		code = set_rest(http, transfer, request);
	return code == CURLE_OK ? ERR_NONE : err_set(info, ERR_CONFIG, "a request cannot be made: %s", curl_easy_strerror(code));
}

enum err http_start(struct http *http, const struct http_request *request, struct err_info *info)
{
	struct transfer *transfer = find_slot(http);
	enum err err;

	if (transfer == NULL)
		return err_set(info, ERR_LIMIT, "%d requests are under way, or no memory for one more", HTTP_TRANSFERS_MAX);
	transfer->owner = request->owner;
	transfer->answer = request->answer;
	transfer->read_bytes = 0;
	transfer->body_bytes = 0;
	transfer->error[0] = '\0';
	err = prepare(http, transfer, request, info);
	if (err == ERR_NONE && curl_multi_add_handle(http->multi, transfer->easy) != CURLM_OK)
		err = err_set(info, ERR_MEMORY, "libcurl takes no further request");
	if (err == ERR_NONE)
		transfer->is_busy = true;
	else
		release(http, transfer);
	return err;
}

/* Requests under way, those included whose answer was not taken yet. */
static int count_busy(const struct http *http)
{
	int count = 0;
	size_t i;

	for (i = 0; i < HTTP_TRANSFERS_MAX && http->transfer[i] != NULL; i++)
		count += http->transfer[i]->is_busy;
	return count;
}

enum err http_wait(struct http *http, struct pollfd *fd, size_t fd_count, int timeout_ms, struct err_info *info)
{
	struct curl_waitfd waited[16];
	CURLMcode code;
	int running;
	size_t i;

	if (fd_count > sizeof waited / sizeof waited[0])
		return err_set(info, ERR_LIMIT, "too many descriptors to wait for");
	for (i = 0; i < fd_count; i++)
		waited[i] = (struct curl_waitfd){.fd = fd[i].fd,
						 .events = (short)(((fd[i].events & POLLIN) != 0 ? CURL_WAIT_POLLIN : 0) |
								   ((fd[i].events & POLLOUT) != 0 ? CURL_WAIT_POLLOUT : 0))};
	/* New requests do not show up in the wait before they were moved on once; and one may end by that alone. */
	code = curl_multi_perform(http->multi, &running);
	if (code == CURLM_OK)
		code = curl_multi_poll(http->multi, waited, (unsigned)fd_count, running < count_busy(http) ? 0 : timeout_ms, NULL);
	if (code == CURLM_OK)
		code = curl_multi_perform(http->multi, &running);
	/* libcurl does not pass on POLLHUP and POLLERR, so the caller's descriptors are asked once more. */
	if (code == CURLM_OK && fd_count > 0 && poll(fd, (nfds_t)fd_count, 0) < 0)
		for (i = 0; i < fd_count; i++)
			fd[i].revents = 0;
	return code == CURLM_OK ? ERR_NONE : err_set(info, ERR_IO, "libcurl: %s", curl_multi_strerror(code));
}

static enum policy_failure failure_of_certificate(long verify_result)
{
	switch (verify_result) {
	case VERIFY_OK:
	case VERIFY_UNSPECIFIED: return POLICY_FAILURE_HOST; /* libcurl looks at the name before it asks for OpenSSL's verdict */
	case VERIFY_NOT_YET_VALID: return POLICY_FAILURE_NOT_YET;
	case VERIFY_EXPIRED: return POLICY_FAILURE_EXPIRED;
	default: return POLICY_FAILURE_CERTIFICATE;
	}
}

static enum policy_failure failure_of(CURLcode code, long verify_result)
{
	switch (code) {
	case CURLE_OK: return POLICY_FAILURE_NONE;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY: return POLICY_FAILURE_RESOLVE;
	case CURLE_COULDNT_CONNECT: return POLICY_FAILURE_CONNECT;
	case CURLE_OPERATION_TIMEDOUT: return POLICY_FAILURE_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION: return failure_of_certificate(verify_result);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
	case CURLE_USE_SSL_FAILED: return POLICY_FAILURE_TLS;
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_OUT_OF_MEMORY:
	case CURLE_URL_MALFORMAT: return POLICY_FAILURE_LOCAL;
	default: return POLICY_FAILURE_BROKEN;
	}
}

/* Where a redirect points, without its query; else libcurl's words for a failure. */
static void fill_detail(struct http_answer *out, const struct transfer *transfer, CURLcode code)
{
	char *location = NULL;

	if (code != CURLE_OK) {
		const char *words = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);

		text_clean(out->detail, sizeof out->detail, words, strlen(words));
		return;
	}
	if (curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location) == CURLE_OK && location != NULL)
		text_clean(out->detail, sizeof out->detail, location, strcspn(location, "?#"));
}

static void fill_answer(struct http_answer *out, const struct transfer *transfer, CURLcode code)
{
	curl_off_t retry_after_s = 0;
	long verify_result = 0;
	long status = 0;

	*out = (struct http_answer){.owner = transfer->owner, .body_bytes = transfer->body_bytes};
	memcpy(out->body, transfer->body, transfer->body_bytes);
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
	curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	/* A refusal counts even when its text is torn; a success does not. */
	if (code != CURLE_OK && status >= 400 && status < 600)
		code = CURLE_OK;
	fill_detail(out, transfer, code);
	out->failure = failure_of(code, verify_result);
	if (out->failure != POLICY_FAILURE_NONE)
		return;
	out->http_status = status > 0 && status < 1000 ? (uint32_t)status : 0;
	out->retry_after_s = retry_after_s > 0 && retry_after_s < UINT32_MAX ? (uint32_t)retry_after_s : 0;
}

bool http_take(struct http *http, struct http_answer *out)
{
	struct transfer *transfer;
	CURLMsg *message;
	CURLcode code;
	int left;

	do {
		message = curl_multi_info_read(http->multi, &left);
		if (message == NULL)
			return false;
	} while (message->msg != CURLMSG_DONE);
	code = message->data.result;
	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
	fill_answer(out, transfer, code);
	release(http, transfer);
	return true;
}

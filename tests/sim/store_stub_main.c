/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-store_stub: NOT a time-series store. It answers write requests as its options say, so that tests can have the answers that
 * a real store gives only when it is ill: refusals of size and rate, hangs, broken connections. It also stands in for InfluxDB 2, of which
 * Debian has no package: POST /api/v2/write with token, org and bucket, 204, and the JSON errors, written from the published API
 * ("InfluxDB OSS API v2", operation PostWrite: statuses 204, 400, 401, 404, 413, 422, 429, 503). What it takes it keeps as a set of lines.
 */
#include "base/buf.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, REQUEST_BYTES_MAX = 64 << 20, ANSWERS_MAX = 64, TRICKLE_MS = 100, USAGE_EXIT_CODE = 64 };

static const char help[] =
    "usage: wattledger-sim-store_stub --port N --log FILE --lines FILE [OPTION...]\n"
    "  --answers \"A B C\"  what the requests get in turn, the last again and again (default 204):\n"
    "      204, 503, ...       that status (with a JSON error from 400 on); 503/7: with Retry-After: 7\n"
    "      page                200 with an HTML page    redirect  307 to http://elsewhere.invalid/?token=leak\n"
    "      hang                no answer                trickle   an answer that never ends, a byte each 100 ms\n"
    "      reset               the connection is reset before anything is kept; commit-reset: after\n"
    "  --max-bytes N       bigger bodies get 413\n"
    "  --refuse TEXT       lines that hold TEXT are bad; --words parse: nothing is kept and they are quoted (default);\n"
    "                      partial: the rest is kept, how many are bad is said; opaque: nothing is kept, nothing is said\n"
    "  --token T --org O --bucket B   what /api/v2/write wants; others get 401, 404\n";

struct connection {
	int fd;
	struct buf in;
	bool is_trickling;
	bool is_hanging;
};

struct stub {
	const char *log_path, *lines_path, *refuse, *words, *token, *org, *bucket;
	char *answer[ANSWERS_MAX];
	size_t answer_count, answer_next;
	int64_t max_bytes;
	int listen_fd;
	FILE *log, *lines;
	struct connection connection[CONNECTIONS_MAX];
	size_t connection_count;
};

/* A whole request, borrowed from its connection's buffer. */
struct request {
	char *line, *headers, *body;
	size_t body_bytes;
};

static void die(const char *what)
{
	fprintf(stderr, "store_stub: %s\n", what);
	exit(USAGE_EXIT_CODE);
}

static void send_text(const struct connection *connection, const char *text)
{
	if (send(connection->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		perror("store_stub: send");
}

/* An answer with a JSON error of the v2 API's form, or empty. */
static void answer_status(const struct connection *connection, int status, int retry_after_s, const char *code, const char *message)
{
	struct buf body;
	struct buf out;

	buf_init(&body, REQUEST_BYTES_MAX);
	buf_init(&out, REQUEST_BYTES_MAX);
	if (message != NULL) {
		buf_add_format(&body, "{\"code\":\"%s\",\"message\":", code);
		text_add_json(&body, message);
		buf_add_text(&body, "}");
	}
	buf_add_format(&out, "HTTP/1.1 %d Stub\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n", status, body.bytes);
	if (retry_after_s > 0)
		buf_add_format(&out, "Retry-After: %d\r\n", retry_after_s);
	buf_add_text(&out, "\r\n");
	buf_add_text(&out, buf_text(&body));
	send_text(connection, buf_text(&out));
	buf_deinit(&body);
	buf_deinit(&out);
}

static void close_connection(struct stub *stub, struct connection *connection, bool is_reset)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	if (is_reset)
		setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(connection->fd);
	buf_deinit(&connection->in);
	*connection = stub->connection[--stub->connection_count];
}

static bool is_bad_line(const struct stub *stub, const char *line, size_t bytes)
{
	return stub->refuse != NULL && memmem(line, bytes, stub->refuse, strlen(stub->refuse)) != NULL;
}

/* Keeps the good lines (or none, when only counting); returns the number of bad ones. The first bad ones' quotes into `words`. */
static int keep_lines(struct stub *stub, const struct request *request, bool is_kept, struct buf *words)
{
	size_t at = 0;
	int bad_count = 0;

	while (at < request->body_bytes) {
		const char *line = request->body + at;
		const char *end = memchr(line, '\n', request->body_bytes - at);
		size_t bytes = end == NULL ? request->body_bytes - at : (size_t)(end - line);

		if (is_bad_line(stub, line, bytes)) {
			bad_count++;
			buf_add_format(words, "%sunable to parse '%.*s': invalid field format", words->bytes == 0 ? "" : "\n", (int)bytes,
				       line);
		} else if (is_kept) {
			fprintf(stub->lines, "%.*s\n", (int)bytes, line);
		}
		at += bytes + 1;
	}
	fflush(stub->lines);
	return bad_count;
}

/* Takes the body as a store does, bad lines and all. Returns the status. */
static int take_body(struct stub *stub, const struct connection *connection, const struct request *request)
{
	struct buf words;
	int bad_count;
	int status = 204;

	buf_init(&words, REQUEST_BYTES_MAX);
	bad_count = keep_lines(stub, request, false, &words);
	if (bad_count == 0 || strcmp(stub->words, "partial") == 0)
		keep_lines(stub, request, true, &words);
	if (bad_count > 0 && strcmp(stub->words, "partial") == 0) {
		status = 422;
		buf_clear(&words);
		buf_add_format(&words, "failure writing points to database: partial write: max-values-per-tag limit exceeded dropped=%d",
			       bad_count);
		answer_status(connection, status, 0, "unprocessable entity", buf_text(&words));
	} else if (bad_count > 0) {
		status = 400;
		answer_status(connection, status, 0, "invalid",
			      strcmp(stub->words, "parse") == 0 ? buf_text(&words) : "line protocol poorly formed");
	} else {
		answer_status(connection, status, 0, NULL, NULL);
	}
	buf_deinit(&words);
	return status;
}

/* What /api/v2/write wants before it looks at the body; 0: all is well. */
static int check_v2(const struct stub *stub, const struct connection *connection, const struct request *request)
{
	char wanted[512];

	if (stub->token == NULL)
		return 0;
	snprintf(wanted, sizeof wanted, "\r\nAuthorization: Token %s\r\n", stub->token);
	if (strstr(request->headers, wanted) == NULL) {
		answer_status(connection, 401, 0, "unauthorized", "unauthorized access");
		return 401;
	}
	snprintf(wanted, sizeof wanted, "POST /api/v2/write?org=%s&bucket=%s&precision=ns HTTP/1.1", stub->org, stub->bucket);
	if (strcmp(request->line, wanted) != 0) {
		answer_status(connection, 404, 0, "not found", "bucket not found");
		return 404;
	}
	return 0;
}

/* Plain statuses; "503/7" has a Retry-After. Returns the status. */
static int answer_plainly(struct stub *stub, const struct connection *connection, const struct request *request, const char *answer)
{
	const char *slash = strchr(answer, '/');
	int status = (int)strtol(answer, NULL, 10);
	int retry_after_s = slash == NULL ? 0 : (int)strtol(slash + 1, NULL, 10);

	if (stub->max_bytes > 0 && request->body_bytes > (size_t)stub->max_bytes)
		status = 413;
	if (status == 204)
		return take_body(stub, connection, request);
	answer_status(connection, status, retry_after_s, status == 413 ? "request too large" : "error", "the stub was told to say so");
	return status;
}

/* Answers one request; false when the connection is gone. */
static bool answer(struct stub *stub, struct connection *connection, const struct request *request)
{
	const char *what = stub->answer[stub->answer_next];
	int status = check_v2(stub, connection, request);

	if (stub->answer_next + 1 < stub->answer_count)
		stub->answer_next++;
	if (status == 0 && what[0] >= '0' && what[0] <= '9')
		status = answer_plainly(stub, connection, request, what);
	fprintf(stub->log, "%s | %zu bytes | %d %s%s\n", request->line, request->body_bytes, status, status == 0 ? what : "",
		strstr(request->headers, "\r\nAuthorization:") == NULL ? "" : " authorized");
	fflush(stub->log);
	if (status != 0)
		return true;
	if (strcmp(what, "page") == 0)
		send_text(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 19\r\n\r\n<html>Log in</html>");
	if (strcmp(what, "redirect") == 0)
		send_text(connection, "HTTP/1.1 307 Moved\r\nLocation: http://elsewhere.invalid/?token=leak\r\nContent-Length: 0\r\n\r\n");
	connection->is_hanging = strcmp(what, "hang") == 0;
	connection->is_trickling = strcmp(what, "trickle") == 0;
	if (connection->is_trickling)
		send_text(connection, "HTTP/1.1 503 Slow\r\nContent-Length: 100000\r\n\r\n");
	if (strcmp(what, "commit-reset") == 0) {
		struct buf words;

		buf_init(&words, REQUEST_BYTES_MAX);
		keep_lines(stub, request, true, &words);
		buf_deinit(&words);
	}
	if (strstr(what, "reset") == NULL)
		return true;
	close_connection(stub, connection, true);
	return false;
}

/* Takes a whole request from the front of the buffer; false when there is none yet. */
static bool find_request(struct connection *connection, struct request *out, size_t *used)
{
	char *text = connection->in.data;
	char *end = connection->in.bytes == 0 ? NULL : strstr(text, "\r\n\r\n");
	char *length;
	size_t body_bytes = 0;

	if (end == NULL)
		return false;
	length = strcasestr(text, "\r\nContent-Length: ");
	if (length != NULL && length < end)
		body_bytes = strtoul(length + strlen("\r\nContent-Length: "), NULL, 10);
	*used = (size_t)(end - text) + 4 + body_bytes;
	if (connection->in.bytes < *used)
		return false;
	end[2] = '\0'; /* behind the last header's line break */
	*out = (struct request){.line = text, .headers = strstr(text, "\r\n"), .body = end + 4, .body_bytes = body_bytes};
	return true;
}

/* Reads what came; false when the connection is gone. */
static bool serve(struct stub *stub, struct connection *connection)
{
	static char chunk[65536];
	ssize_t bytes = recv(connection->fd, chunk, sizeof chunk, 0);
	struct request request;
	size_t used;

	if (bytes <= 0) {
		close_connection(stub, connection, false);
		return false;
	}
	buf_add(&connection->in, chunk, (size_t)bytes);
	while (find_request(connection, &request, &used)) {
		char line[4096];
		char *line_end = strstr(request.line, "\r\n");

		snprintf(line, sizeof line, "%.*s", (int)(line_end - request.line), request.line);
		request.line = line;
		if (!answer(stub, connection, &request))
			return false;
		memmove(connection->in.data, connection->in.data + used, connection->in.bytes - used + 1);
		connection->in.bytes -= used;
	}
	return true;
}

static void take_connection(struct stub *stub)
{
	int fd = accept4(stub->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (stub->connection_count == CONNECTIONS_MAX) {
		close(fd);
		return;
	}
	stub->connection[stub->connection_count] = (struct connection){.fd = fd};
	buf_init(&stub->connection[stub->connection_count].in, REQUEST_BYTES_MAX);
	stub->connection_count++;
}

static void run(struct stub *stub)
{
	struct pollfd wait[CONNECTIONS_MAX + 1];
	size_t i;

	for (;;) {
		bool is_trickling = false;
		size_t count = stub->connection_count;

		wait[count] = (struct pollfd){.fd = stub->listen_fd, .events = POLLIN};
		for (i = 0; i < count; i++) {
			wait[i] = (struct pollfd){.fd = stub->connection[i].fd, .events = POLLIN};
			is_trickling = is_trickling || stub->connection[i].is_trickling;
		}
		poll(wait, (nfds_t)count + 1, is_trickling ? TRICKLE_MS : -1);
		/* From the end, since a closed one is replaced by the last. */
		for (i = count; i-- > 0;) {
			if (stub->connection[i].is_trickling)
				send_text(&stub->connection[i], "x");
			if (wait[i].revents != 0)
				serve(stub, &stub->connection[i]);
		}
		if (wait[count].revents != 0)
			take_connection(stub);
	}
}

static void listen_on(struct stub *stub, int64_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;

	stub->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(stub->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(stub->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(stub->listen_fd, CONNECTIONS_MAX) != 0)
		die("cannot listen on that port");
}

static void read_answers(struct stub *stub, char *text)
{
	char *rest = text;
	char *word;

	while ((word = strsep(&rest, " ")) != NULL) {
		if (word[0] == '\0')
			continue;
		if (stub->answer_count == ANSWERS_MAX)
			die("too many answers");
		stub->answer[stub->answer_count++] = word;
	}
}

static FILE *open_file(const char *path)
{
	FILE *file = path == NULL ? NULL : fopen(path, "ae");

	if (file == NULL)
		die("--log and --lines have to be files that can be written");
	return file;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"port", required_argument, NULL, 'p'},
	    {"log", required_argument, NULL, 'l'},
	    {"lines", required_argument, NULL, 'k'},
	    {"answers", required_argument, NULL, 'a'},
	    {"max-bytes", required_argument, NULL, 'm'},
	    {"refuse", required_argument, NULL, 'r'},
	    {"words", required_argument, NULL, 'w'},
	    {"token", required_argument, NULL, 't'},
	    {"org", required_argument, NULL, 'o'},
	    {"bucket", required_argument, NULL, 'b'},
	    {NULL, 0, NULL, 0},
	};
	static struct stub stub = {.words = "parse"};
	static char default_answers[] = "204";
	int64_t port = 0;
	int key;

	log_init("store_stub", LOG_LEVEL_INFO);
	signal(SIGPIPE, SIG_IGN);
	while ((key = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (key) {
		case 'p':
			if (!num_parse_i64(optarg, &port))
				die("a port is a number");
			break;
		case 'm':
			if (!num_parse_i64(optarg, &stub.max_bytes))
				die("--max-bytes is a number");
			break;
		case 'l': stub.log_path = optarg; break;
		case 'k': stub.lines_path = optarg; break;
		case 'a': read_answers(&stub, optarg); break;
		case 'r': stub.refuse = optarg; break;
		case 'w': stub.words = optarg; break;
		case 't': stub.token = optarg; break;
		case 'o': stub.org = optarg; break;
		case 'b': stub.bucket = optarg; break;
		default: fputs(help, stderr); return USAGE_EXIT_CODE;
		}
	}
	if (stub.answer_count == 0)
		read_answers(&stub, default_answers);
	stub.log = open_file(stub.log_path);
	stub.lines = open_file(stub.lines_path);
	listen_on(&stub, port);
	run(&stub);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-feeder: plays core for wattledger-deliver. Starts it with a plan made from the command line, hands it files of line protocol
 * as batches and prints what it answers. Ends with deliver's exit code, or 124 when a verdict did not come in time.
 *
 *   verdict ID ok|retry|rejected status=N after=S rejected=I,J|all|- text=WORDS
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "wire/packet.h"
#include "wire/plan.h"

#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BATCHES_MAX = 4096,
	FILE_BYTES_MAX = 64 << 20,
	SOCKET_BYTES = 1 << 20,
	TIMEOUT_MS_DEFAULT = 5000,
	LATE_EXIT_CODE = 124,
	PATIENCE_MS = 60000
};

static const char help[] = "usage: wattledger-sim-feeder --deliver PROGRAM TARGET... BATCH...\n"
			   "  --output KIND           begins a target: influxdb_v1, influxdb_v2, victoriametrics\n"
			   "  --url URL (several)     --database --retention-policy --username --password --token --organization --bucket\n"
			   "  --tls-ca --tls-cert --tls-key FILE  --insecure  --gzip  --proxy URL  --timeout MS\n"
			   "  --live FILE, --backlog FILE   a batch for the target begun last\n"
			   "  --twice                 offers every batch a second time when it is stored\n"
			   "  --until-stored          offers a batch that is to be retried again after the time given\n"
			   "  --one-by-one            offers the next batch when the one before has its verdict\n"
			   "  --unsealed, --lie       breaks the contract: the memory file is not sealed; one point more than there are\n"
			   "  --hold                  after the last verdict waits for a line on standard input, or its end\n"
			   "  --patience MS           gives up when no verdict comes for so long (default 60000)\n";

struct batch {
	const char *path;
	uint32_t output;
	uint32_t point_count;
	size_t bytes;
	bool is_live;
	bool is_offered; /* no verdict yet */
	bool is_done;
	int left_count;      /* times that it is still to be stored */
	int64_t due_boot_ns; /* when it is to be offered */
};

struct feeder {
	const char *deliver_path;
	struct plan_deliver plan;
	struct batch batch[BATCHES_MAX];
	size_t batch_count;
	bool is_twice, is_until_stored, is_one_by_one, is_unsealed, is_lying, is_holding;
	int64_t patience_ms;
	int core_fd;
	pid_t deliver_pid;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "feeder: %s\n", what);
	exit(64);
}

/* ---- Options ------------------------------------------------------------------------------------------------------------------------ */

/* Capital letters: texts of a target. */
static const struct option options[] = {
    {"deliver", required_argument, NULL, 'd'},
    {"output", required_argument, NULL, 'o'},
    {"url", required_argument, NULL, 'U'},
    {"database", required_argument, NULL, 'D'},
    {"retention-policy", required_argument, NULL, 'R'},
    {"username", required_argument, NULL, 'N'},
    {"password", required_argument, NULL, 'P'},
    {"token", required_argument, NULL, 'T'},
    {"organization", required_argument, NULL, 'O'},
    {"bucket", required_argument, NULL, 'B'},
    {"tls-ca", required_argument, NULL, 'A'},
    {"tls-cert", required_argument, NULL, 'C'},
    {"tls-key", required_argument, NULL, 'K'},
    {"insecure", no_argument, NULL, 'i'},
    {"gzip", no_argument, NULL, 'g'},
    {"proxy", required_argument, NULL, 'X'},
    {"timeout", required_argument, NULL, 't'},
    {"live", required_argument, NULL, 'l'},
    {"backlog", required_argument, NULL, 'b'},
    {"twice", no_argument, NULL, 'w'},
    {"until-stored", no_argument, NULL, 's'},
    {"one-by-one", no_argument, NULL, '1'},
    {"unsealed", no_argument, NULL, 'u'},
    {"lie", no_argument, NULL, 'e'},
    {"hold", no_argument, NULL, 'h'},
    {"patience", required_argument, NULL, 'p'},
    {NULL, 0, NULL, 0},
};

static void add_target(struct feeder *feeder, const char *kind)
{
	struct plan_target *target;
	unsigned i;

	if (feeder->plan.target_count == PLAN_OUTPUTS_MAX)
		die("too many targets");
	target = &feeder->plan.target[feeder->plan.target_count];
	for (i = 0; i < OUTPUT_KIND_COUNT && strcmp(output_kind_name((enum output_kind)i), kind) != 0; i++)
		;
	if (i == OUTPUT_KIND_COUNT)
		die("no such kind of output");
	*target = (struct plan_target){
	    .output = (uint32_t)feeder->plan.target_count, .kind = (enum output_kind)i, .timeout_ms = TIMEOUT_MS_DEFAULT};
	snprintf(target->name, sizeof target->name, "out%zu", feeder->plan.target_count);
	feeder->plan.target_count++;
}

static struct plan_target *last_target(struct feeder *feeder)
{
	if (feeder->plan.target_count == 0)
		die("--output has to come first");
	return &feeder->plan.target[feeder->plan.target_count - 1];
}

static void add_batch(struct feeder *feeder, const char *path, bool is_live)
{
	if (feeder->batch_count == BATCHES_MAX)
		die("too many batches");
	feeder->batch[feeder->batch_count++] = (struct batch){.path = path, .output = last_target(feeder)->output, .is_live = is_live};
}

static int64_t number_of(const char *text)
{
	int64_t value;

	if (!num_parse_i64(text, &value) || value < 0 || value > INT32_MAX)
		die("not a number");
	return value;
}

/* true when it was a text option of a target. */
static bool set_text(struct feeder *feeder, int key, const char *value)
{
	struct plan_target *target = key >= 'A' && key <= 'Z' ? last_target(feeder) : &feeder->plan.target[0];
	const struct {
		int key;
		char *field;
		size_t bytes;
	} fields[] = {
	    {'D', target->database, sizeof target->database},     {'R', target->retention_policy, sizeof target->retention_policy},
	    {'N', target->username, sizeof target->username},     {'P', target->password, sizeof target->password},
	    {'T', target->token, sizeof target->token},           {'O', target->organization, sizeof target->organization},
	    {'B', target->bucket, sizeof target->bucket},         {'A', target->tls_ca, sizeof target->tls_ca},
	    {'C', target->tls_cert, sizeof target->tls_cert},     {'K', target->tls_key, sizeof target->tls_key},
	    {'X', target->http_proxy, sizeof target->http_proxy},
	};
	size_t i;

	for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (fields[i].key == key) {
			if (!text_copy(fields[i].field, fields[i].bytes, value))
				die("too long");
			return true;
		}
	}
	if (key != 'U')
		return false;
	if (target->url_count == PLAN_URLS_MAX || !text_copy(target->url[target->url_count++], PLAN_URL_BYTES, value))
		die("too many addresses, or too long");
	return true;
}

static void set_option(struct feeder *feeder, int key, const char *value)
{
	switch (key) {
	case 'd': feeder->deliver_path = value; break;
	case 'o': add_target(feeder, value); break;
	case 'i': last_target(feeder)->insecure_skip_verify = true; break;
	case 'g': last_target(feeder)->is_gzip = true; break;
	case 't': last_target(feeder)->timeout_ms = (uint32_t)number_of(value); break;
	case 'l': add_batch(feeder, value, true); break;
	case 'b': add_batch(feeder, value, false); break;
	case 'p': feeder->patience_ms = number_of(value); break;
	default: fputs(help, stderr); exit(64);
	}
}

static bool set_switch(struct feeder *feeder, int key)
{
	const struct {
		int key;
		bool *field;
	} switches[] = {
	    {'w', &feeder->is_twice},    {'s', &feeder->is_until_stored}, {'1', &feeder->is_one_by_one},
	    {'u', &feeder->is_unsealed}, {'e', &feeder->is_lying},        {'h', &feeder->is_holding},
	};
	size_t i;

	for (i = 0; i < sizeof switches / sizeof switches[0]; i++) {
		if (switches[i].key == key) {
			*switches[i].field = true;
			return true;
		}
	}
	return false;
}

/* ---- Deliver ------------------------------------------------------------------------------------------------------------------------ */

static int make_plan_fd(struct feeder *feeder)
{
	struct err_info info = {0};
	struct buf bytes;
	int fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	buf_init(&bytes, FILE_BYTES_MAX);
	if (fd < 0 || plan_deliver_encode(&feeder->plan, &bytes, &info) != ERR_NONE ||
	    file_write_all(fd, bytes.data, bytes.bytes, &info) != ERR_NONE)
		die(info.text);
	buf_deinit(&bytes);
	return fd;
}

static void start_deliver(struct feeder *feeder)
{
	struct err_info info = {0};
	char plan_text[NUM_TEXT_BYTES];
	char core_text[NUM_TEXT_BYTES];
	int pair[2];
	int plan_fd = make_plan_fd(feeder);

	if (packet_pair(pair, SOCKET_BYTES, &info) != ERR_NONE)
		die(info.text);
	num_print_i64(plan_text, plan_fd);
	num_print_i64(core_text, pair[1]);
	feeder->deliver_pid = fork();
	if (feeder->deliver_pid == 0) {
		fcntl(plan_fd, F_SETFD, 0);
		fcntl(pair[1], F_SETFD, 0);
		execl(feeder->deliver_path, "wattledger-deliver", "--plan-fd", plan_text, "--core-fd", core_text, (char *)NULL);
		_exit(127);
	}
	close(plan_fd);
	close(pair[1]);
	feeder->core_fd = pair[0];
	printf("deliver %d\n", (int)feeder->deliver_pid);
}

static int load_batch(const struct feeder *feeder, struct batch *batch)
{
	struct err_info info = {0};
	struct buf bytes;
	size_t i;
	int fd = memfd_create("batch", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	buf_init(&bytes, FILE_BYTES_MAX);
	if (fd < 0 || file_read(batch->path, &bytes, &info) != ERR_NONE ||
	    file_write_all(fd, buf_text(&bytes), bytes.bytes, &info) != ERR_NONE)
		die(info.text);
	if (!feeder->is_unsealed && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		die("cannot seal");
	batch->point_count = feeder->is_lying ? 1 : 0;
	for (i = 0; i < bytes.bytes; i++)
		batch->point_count += bytes.data[i] == '\n';
	batch->bytes = bytes.bytes;
	buf_deinit(&bytes);
	return fd;
}

/* false: the socket is full. */
static bool offer(struct feeder *feeder, size_t i)
{
	struct batch *batch = &feeder->batch[i];
	struct err_info info = {0};
	uint8_t bytes[128];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_batch record = {.batch_id = i, .output = batch->output, .is_live = batch->is_live};
	int fd = load_batch(feeder, batch);
	enum err err;

	record.point_count = batch->point_count;
	record.payload_bytes = (uint32_t)batch->bytes;
	wire_put_batch(&writer, &record);
	err = packet_send(feeder->core_fd, bytes, writer.length, fd, &info);
	close(fd);
	batch->is_offered = err == ERR_NONE;
	return err == ERR_NONE;
}

static void print_rejected(const struct wire_verdict *verdict, const struct batch *batch)
{
	uint32_t i;

	if (verdict->rejected_count == 0) {
		printf(" rejected=-");
	} else if (verdict->rejected_count > sizeof verdict->rejected_line / sizeof verdict->rejected_line[0] ||
		   verdict->rejected_count == batch->point_count) {
		printf(" rejected=all");
	} else {
		printf(" rejected=");
		for (i = 0; i < verdict->rejected_count; i++)
			printf("%s%u", i == 0 ? "" : ",", verdict->rejected_line[i]);
	}
}

static void take_verdict(struct feeder *feeder, const struct wire_verdict *verdict)
{
	static const char *const names[VERDICT_COUNT] = {"ok", "retry", "rejected"};
	struct batch *batch = verdict->batch_id < feeder->batch_count ? &feeder->batch[verdict->batch_id] : NULL;

	if (batch == NULL || !batch->is_offered)
		die("a verdict for a batch that was not offered, or a second one");
	printf("verdict %llu %s status=%u after=%u", (unsigned long long)verdict->batch_id, names[verdict->code], verdict->http_status,
	       verdict->retry_after_s);
	print_rejected(verdict, batch);
	printf(" text=%s\n", verdict->text);
	batch->is_offered = false;
	if (verdict->code == VERDICT_RETRY) {
		batch->is_done = !feeder->is_until_stored;
		batch->due_boot_ns = clock_boot_ns() + (int64_t)verdict->retry_after_s * CLOCK_NS_PER_S;
	} else {
		batch->is_done = --batch->left_count <= 0;
	}
}

/* One record; false when there is none. *is_gone: deliver closed the socket. */
static bool take_record(struct feeder *feeder, bool *is_gone)
{
	struct err_info info = {0};
	uint8_t bytes[WIRE_RECORD_BYTES_MAX];
	struct wire_reader reader = {.bytes = bytes};
	struct wire_verdict verdict;
	struct wire_hello hello;
	enum wire_type type;
	int fd;
	enum err err = packet_receive(feeder->core_fd, bytes, sizeof bytes, &reader.length, &fd, &info);

	*is_gone = err == ERR_UNAVAILABLE;
	if (err == ERR_BUSY || err == ERR_UNAVAILABLE)
		return false;
	if (err != ERR_NONE || fd >= 0 || wire_read_header(&reader, &type, &info) != ERR_NONE)
		die("a strange record");
	if (type == WIRE_VERDICT && wire_get_verdict(&reader, &verdict, &info) == ERR_NONE)
		take_verdict(feeder, &verdict);
	else if (type == WIRE_HELLO && wire_get_hello(&reader, &hello, &info) == ERR_NONE)
		printf("hello kind=%s devices=%u\n", wire_kind_name(hello.kind), hello.device_count);
	else if (type != WIRE_STATS)
		die("a strange record");
	return true;
}

/* ---- The loop ----------------------------------------------------------------------------------------------------------------------- */

/* Offers what is due; returns when the next one is (INT64_MAX: none waits). *open_count: batches without a final verdict. */
static int64_t offer_due(struct feeder *feeder, size_t *open_count)
{
	int64_t now_ns = clock_boot_ns();
	int64_t next_ns = INT64_MAX;
	size_t i;

	*open_count = 0;
	for (i = 0; i < feeder->batch_count; i++) {
		struct batch *batch = &feeder->batch[i];

		if (batch->is_done)
			continue;
		++*open_count;
		if (!batch->is_offered && batch->due_boot_ns <= now_ns && !offer(feeder, i))
			next_ns = now_ns + CLOCK_NS_PER_MS;
		else if (!batch->is_offered && batch->due_boot_ns < next_ns)
			next_ns = batch->due_boot_ns;
		if (feeder->is_one_by_one)
			break;
	}
	return next_ns;
}

static bool feed(struct feeder *feeder)
{
	int64_t give_up_ns = clock_boot_ns() + feeder->patience_ms * CLOCK_NS_PER_MS;
	size_t open_count;
	bool is_gone = false;

	while (!is_gone) {
		int64_t next_ns = offer_due(feeder, &open_count);
		struct pollfd wait = {.fd = feeder->core_fd, .events = POLLIN};
		int64_t now_ns = clock_boot_ns();
		int64_t until_ns = next_ns < give_up_ns ? next_ns : give_up_ns;

		if (open_count == 0)
			return true;
		if (now_ns >= give_up_ns)
			return false;
		poll(&wait, 1, until_ns <= now_ns ? 0 : (int)((until_ns - now_ns) / CLOCK_NS_PER_MS) + 1);
		while (take_record(feeder, &is_gone))
			give_up_ns = clock_boot_ns() + feeder->patience_ms * CLOCK_NS_PER_MS;
		fflush(stdout);
	}
	return true;
}

/* Until something comes on standard input, or its end; what deliver says meanwhile is printed. */
static void hold(struct feeder *feeder)
{
	struct pollfd wait[2] = {{.fd = 0, .events = POLLIN}, {.fd = feeder->core_fd, .events = POLLIN}};
	bool is_gone = false;
	char ignored[256];

	printf("holding\n");
	fflush(stdout);
	while (!is_gone) {
		poll(wait, 2, -1);
		while (take_record(feeder, &is_gone))
			fflush(stdout);
		if (wait[0].revents != 0 && read(0, ignored, sizeof ignored) >= 0)
			return;
	}
}

int main(int argc, char **argv)
{
	static struct feeder feeder = {.patience_ms = PATIENCE_MS};
	bool is_answered;
	int status = 0;
	size_t i;
	int key;

	log_init("feeder", LOG_LEVEL_INFO);
	signal(SIGPIPE, SIG_IGN);
	feeder.plan.target = mem_new_array(PLAN_OUTPUTS_MAX, sizeof *feeder.plan.target);
	if (feeder.plan.target == NULL)
		die("no memory");
	while ((key = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (!set_switch(&feeder, key) && !set_text(&feeder, key, optarg))
			set_option(&feeder, key, optarg);
	}
	if (feeder.deliver_path == NULL || feeder.plan.target_count == 0)
		die("--deliver and --output are needed");
	for (i = 0; i < feeder.batch_count; i++)
		feeder.batch[i].left_count = feeder.is_twice ? 2 : 1;
	start_deliver(&feeder);
	is_answered = feed(&feeder);
	if (is_answered && feeder.is_holding)
		hold(&feeder);
	close(feeder.core_fd);
	if (!is_answered)
		kill(feeder.deliver_pid, SIGTERM);
	waitpid(feeder.deliver_pid, &status, 0);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	printf("exit %d\n", status);
	plan_deliver_deinit(&feeder.plan);
	return is_answered ? status : LATE_EXIT_CODE;
}

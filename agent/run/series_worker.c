/* SPDX-License-Identifier: Apache-2.0 */
#include "run/series_worker.h"

#include "base/file.h"
#include "base/guard.h"
#include "base/log.h"
#include "settings/problems.h"
#include "settings/series_json.h"
#include "wire/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SOCKET_BYTES = 4096,
	FDS_MAX = 64, /* nothing else is open so early */
	CPU_S_MAX = 60,
	WAIT_MS = 90000,
	/* The largest file and its rows take less; 4 MiB of JSON that is made for it would take more than the whole agent may (MemoryHigh=). */
	MEMORY_BYTES_MAX = 256 << 20,
	/* Our own form of a publisher's largest file, and the head. */
	ANSWER_BYTES_MAX = 2 * SERIES_FILE_BYTES_MAX,
};

/* First byte of what comes back; our own form of the series or the words follow it. */
enum { ANSWER_SERIES = 'S', ANSWER_WORDS = 'W' };

/* ---- The process for one text ---- */

static const char *said(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

static enum err read_text(const struct series_job *job, const void *data, size_t bytes, struct series *series, struct problems *problems)
{
	const struct series_hints hints = {.zone = said(job->zone),
					   .basis = said(job->basis),
					   .publisher = said(job->publisher),
					   .edition = said(job->edition),
					   .licence = said(job->licence),
					   .source = said(job->source),
					   .imported_utc_ms = job->imported_utc_ms};
	uint32_t file = problems_add_file(problems, job->name);
	struct err_info info = {0};
	struct buf rows;
	enum err err;

	if (job->shape == SERIES_SHAPE_CSV)
		return series_read(series, data, bytes, file, &hints, problems);
	buf_init(&rows, SERIES_FILE_BYTES_MAX);
	err = series_json_to_csv(&rows, data, bytes, job->shape, &info);
	if (err == ERR_NONE)
		err = series_read(series, buf_text(&rows), rows.bytes, file, &hints, problems);
	else
		problems_add_error(problems, (struct place){.file = file}, "%s", info.text);
	buf_deinit(&rows);
	if (err == ERR_NONE)
		crypto_hash_sha256(series->file_sha256, data, bytes); /* as it came */
	return err;
}

/* Descriptor `fd`: a job and its text in, the answer out. */
static enum err work(int fd, struct err_info *info)
{
	struct problems problems = {0};
	struct series series = {0};
	struct series_job job;
	struct buf in;
	struct buf out;
	enum err err;

	buf_init(&in, sizeof job + SERIES_FILE_BYTES_MAX);
	buf_init(&out, ANSWER_BYTES_MAX);
	(void)lseek(fd, 0, SEEK_SET);
	err = file_read_fd(fd, &in, info);
	if (err == ERR_NONE && in.bytes < sizeof job)
		err = err_set(info, ERR_DATA, "the job is torn");
	if (err != ERR_NONE)
		return err;
	memcpy(&job, in.data, sizeof job);
	if (read_text(&job, in.data + sizeof job, in.bytes - sizeof job, &series, &problems) == ERR_NONE) {
		buf_add_char(&out, ANSWER_SERIES);
		series_print(&series, &out);
	} else {
		buf_add_char(&out, ANSWER_WORDS);
		problems_sort(&problems);
		problems_print(&problems, &out);
	}
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 || out.is_failed)
		return err_set(info, ERR_IO, "no room for the answer");
	return file_write_all(fd, out.data, out.bytes, info);
}

/* ---- The helper ---- */

static void read_in_child(int fd, int socket_fd)
{
	struct err_info info = {0};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		enum err err;

		close(socket_fd);
		err = guard_to_memory(CPU_S_MAX, MEMORY_BYTES_MAX, &info);
		if (err == ERR_NONE)
			err = work(fd, &info);
		else
			log_error("series of grid factors cannot be read: %s", info.text); /* beyond the guard nothing may be said */
		_exit(err_exit_code(err));
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

/* Until the other end is closed. */
static void help(int socket_fd)
{
	struct pollfd wait = {.fd = socket_fd, .events = POLLIN};
	struct err_info info = {0};

	for (;;) {
		size_t bytes;
		char word;
		int fd = -1;
		enum err err = packet_receive(socket_fd, &word, sizeof word, &bytes, &fd, &info);

		if (err == ERR_BUSY) {
			(void)poll(&wait, 1, -1);
			continue;
		}
		if (err != ERR_NONE)
			return;
		if (fd >= 0) {
			read_in_child(fd, socket_fd);
			close(fd);
		}
		if (packet_send(socket_fd, &word, sizeof word, -1, &info) != ERR_NONE)
			return;
	}
}

enum err series_worker_start(struct series_worker *worker, struct err_info *info)
{
	int pair[2];
	enum err err = packet_pair(pair, SOCKET_BYTES, info);
	pid_t parent = getpid();

	if (err != ERR_NONE)
		return err;
	json_object_seed(0); /* while the system may still be asked for randomness */
	worker->pid = fork();
	if (worker->pid == 0) {
		for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++) {
			if (fd != pair[1])
				close(fd); /* the plan, with its secrets, among them */
		}
		if (guard_process(parent, info) == ERR_NONE)
			help(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	worker->fd = pair[0];
	if (worker->pid > 0)
		return ERR_NONE;
	close(pair[0]);
	worker->fd = 0;
	return err_set_errno(info, ERR_IO, errno, "no process for reading series");
}

void series_worker_stop(struct series_worker *worker)
{
	if (worker->fd <= 0)
		return;
	close(worker->fd);
	kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*worker = (struct series_worker){0};
}

/* ---- The asking side ---- */

static enum err hand_over(struct series_worker *worker, int fd, struct err_info *info)
{
	struct pollfd wait = {.fd = worker->fd, .events = POLLIN};
	size_t bytes;
	char word = 'R';
	int other = -1;
	enum err err = worker->fd > 0 ? packet_send(worker->fd, &word, sizeof word, fd, info)
				      : err_set(info, ERR_UNAVAILABLE, "the helper that reads series does not run");

	if (err == ERR_NONE && poll(&wait, 1, WAIT_MS) <= 0)
		err = err_set(info, ERR_UNAVAILABLE, "the helper that reads series hangs");
	if (err == ERR_NONE)
		err = packet_receive(worker->fd, &word, sizeof word, &bytes, &other, info);
	if (other >= 0)
		close(other);
	return err == ERR_BUSY ? ERR_UNAVAILABLE : err;
}

static enum err take_answer(const struct series_job *job, const struct buf *answer, struct series *out, struct buf *words,
			    struct err_info *info)
{
	if (answer->bytes > 1 && answer->data[0] == ANSWER_SERIES)
		return series_parse(out, job->name, answer->data + 1, answer->bytes - 1, info);
	if (answer->bytes > 0 && answer->data[0] == ANSWER_WORDS)
		buf_add(words, answer->data + 1, answer->bytes - 1);
	return err_set(info, ERR_CONFIG, "%s is not taken", job->name);
}

enum err series_worker_read(struct series_worker *worker, const struct series_job *job, const struct buf *data, struct series *out,
			    struct buf *words, struct err_info *info)
{
	int fd = memfd_create("series", MFD_CLOEXEC);
	struct buf answer;
	enum err err = fd < 0 ? err_set_errno(info, ERR_IO, errno, "no memory file for a series") : ERR_NONE;

	buf_init(&answer, ANSWER_BYTES_MAX);
	if (err == ERR_NONE)
		err = file_write_all(fd, job, sizeof *job, info);
	if (err == ERR_NONE)
		err = file_write_all(fd, buf_text(data), data->bytes, info);
	if (err == ERR_NONE)
		err = hand_over(worker, fd, info);
	if (err == ERR_NONE && lseek(fd, 0, SEEK_SET) == 0)
		err = file_read_fd(fd, &answer, info);
	if (err == ERR_NONE)
		err = take_answer(job, &answer, out, words, info);
	buf_deinit(&answer);
	if (fd >= 0)
		close(fd);
	return err;
}

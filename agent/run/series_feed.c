/* SPDX-License-Identifier: Apache-2.0 */
#include "run/series_feed_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "run/child.h"
#include "run/series_shelf.h"
#include "run/series_volume.h"
#include "wire/packet.h"
#include "wire/record.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { STATS_S = 60, SCAN_S = 600, WORDS_BYTES_MAX = 1 << 20, LINES_LOGGED = 20, SEND_MS = 1000, INOTIFY_BYTES = 4096 };

/* ---- To core ------------------------------------------------------------------------------------------------------------------------ */

static void send_record(struct series_feed *feed, const struct wire_writer *writer)
{
	struct pollfd wait = {.fd = feed->options.core_fd, .events = POLLOUT};
	struct err_info info = {0};
	enum err err = packet_send(feed->options.core_fd, writer->bytes, writer->length, -1, &info);

	if (err == ERR_BUSY && poll(&wait, 1, SEND_MS) > 0)
		err = packet_send(feed->options.core_fd, writer->bytes, writer->length, -1, &info);
	if (err == ERR_UNAVAILABLE)
		feed->is_core_gone = true;
	else if (err != ERR_NONE)
		log_error("core is not told: %s", info.text);
}

static void say_hello(struct series_feed *feed)
{
	uint8_t bytes[64];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	const struct wire_hello hello = {.kind = WIRE_KIND_SERIES, .pid = (uint32_t)getpid()};

	wire_put_hello(&writer, &hello);
	send_record(feed, &writer);
}

void series_feed_tell(struct series_feed *feed, enum wire_note_kind kind, const char *fmt, ...)
{
	uint8_t bytes[WIRE_NOTE_BYTES + 64];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_note note = {.kind = kind};
	char text[2 * WIRE_NOTE_BYTES];
	va_list arguments;

	va_start(arguments, fmt);
	vsnprintf(text, sizeof text, fmt, arguments);
	va_end(arguments);
	text_clean(note.text, sizeof note.text, text, strlen(text));
	if (kind == NOTE_SERIES_REFUSED || kind == NOTE_SERIES_MISSING)
		log_warning("%s", note.text);
	else
		log_notice("%s", note.text);
	wire_put_note(&writer, &note);
	send_record(feed, &writer);
}

void series_feed_tell_stats(struct series_feed *feed)
{
	uint8_t bytes[128];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_stats stats = {.wake_count = feed->wake_count, .poll_count = feed->asked_count, .failed_count = feed->failed_count};

	if (clock_boot_ns() < feed->stats_due_ns)
		return;
	feed->stats_due_ns = clock_boot_ns() + STATS_S * CLOCK_NS_PER_S;
	child_measure(&stats);
	wire_put_stats(&writer, &stats);
	send_record(feed, &writer);
}

/* ---- What came ---------------------------------------------------------------------------------------------------------------------- */

static void fill_job(struct series_job *job, const struct plan_series_source *plan, const struct series_arrival *arrival)
{
	static const char *const PUBLISHER[SERIES_SHAPE_COUNT] = {
	    [SERIES_SHAPE_CSV] = "", [SERIES_SHAPE_UK_INTENSITY] = "NESO", [SERIES_SHAPE_ELECTRICITY_MAPS] = "Electricity Maps"};
	char now_text[CLOCK_TEXT_BYTES];
	struct clock_reading now;

	clock_read(&now);
	*job = (struct series_job){.shape = plan->shape, .imported_utc_ms = now.utc_ns / CLOCK_NS_PER_S * CLOCK_MS_PER_S};
	clock_print_utc(now_text, job->imported_utc_ms);
	text_clean(job->name, sizeof job->name, arrival->name, strlen(arrival->name));
	text_copy(job->zone, sizeof job->zone, plan->zone);
	text_copy(job->basis, sizeof job->basis, plan->basis);
	text_copy(job->publisher, sizeof job->publisher, plan->publisher[0] != '\0' ? plan->publisher : PUBLISHER[plan->shape]);
	text_copy(job->licence, sizeof job->licence, plan->licence);
	text_copy(job->source, sizeof job->source, arrival->source);
	snprintf(job->edition, sizeof job->edition, "%s %s", plan->folder[0] != '\0' ? "imported" : "fetched", now_text);
}

/* Its first line to core, more of them to the log. */
static void tell_words(struct series_feed *feed, struct series_source *source, const struct series_job *job, const struct buf *words)
{
	const char *line = buf_text(words);
	size_t first = strcspn(line, "\n");
	size_t count = 0;

	first = first < WIRE_NOTE_BYTES / 2 ? first : WIRE_NOTE_BYTES / 2;
	if (source->plan->url[0] != '\0' && first > 0 && strncmp(source->told, line, first) == 0 && source->told[first] == '\0')
		return; /* an address goes on as before */
	memcpy(source->told, line, first);
	source->told[first] = '\0';
	for (const char *at = line; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n' ? 1 : 0) {
		if (count++ < LINES_LOGGED)
			log_warning("%.*s", (int)strcspn(at, "\n"), at);
	}
	if (count == 0)
		series_feed_tell(feed, NOTE_SERIES_REFUSED, "%s: its reader was ended (too long, or astray): nothing of it was taken",
				 job->name);
	else
		series_feed_tell(feed, NOTE_SERIES_REFUSED, "%.*s%s: nothing of it was taken", (int)first, line,
				 count > 1 ? " (and more, in the log)" : "");
}

static void tell_kept(struct series_feed *feed, const struct series *series, const struct series_kept *kept, const char *name)
{
	char digest[2 * sizeof series->file_sha256 + 1];
	char first[CLOCK_TEXT_BYTES];
	char last[CLOCK_TEXT_BYTES];
	size_t estimated_count = 0;

	for (size_t i = 0; i < series->count; i++)
		estimated_count += series->row[i].is_estimated;
	sodium_bin2hex(digest, sizeof digest, series->file_sha256, sizeof series->file_sha256);
	clock_print_utc(first, kept->first_s * CLOCK_MS_PER_S);
	clock_print_utc(last, kept->last_s * CLOCK_MS_PER_S);
	series_feed_tell(
	    feed, NOTE_SERIES_TAKEN,
	    "%s, %s, %.60s: %zu new intervals and %zu changed ones from %s to %s, %zu estimated; totals that are not sealed have them "
	    "at once; sha256 %s, %.140s, kept as %s",
	    series->zone, factor_basis_name(series->basis), series->publisher, kept->new_count, kept->changed_count, first, last,
	    estimated_count, digest, name, kept->name);
}

enum err series_feed_take(struct series_feed *feed, struct series_source *source, const struct series_arrival *arrival)
{
	struct series_job *job = mem_new(sizeof *job);
	struct series series = {0};
	struct err_info info = {0};
	struct series_kept kept;
	struct buf words;
	enum err err = job == NULL ? err_set(&info, ERR_MEMORY, "no memory for a series") : ERR_NONE;

	buf_init(&words, WORDS_BYTES_MAX);
	if (err == ERR_NONE) {
		fill_job(job, source->plan, arrival);
		err = series_worker_read(feed->options.worker, job, arrival->data, &series, &words, &info);
	}
	if (err == ERR_CONFIG)
		tell_words(feed, source, job, &words);
	feed->is_worker_gone |= err == ERR_UNAVAILABLE;
	if (err == ERR_NONE)
		err = series_shelf_keep(feed->options.plan->shelf, &series, arrival->is_whole, &kept, &info);
	if (err == ERR_NONE && kept.is_new)
		tell_kept(feed, &series, &kept, arrival->name);
	else if (err != ERR_NONE && err != ERR_CONFIG && !arrival->is_retry)
		series_feed_tell(feed, NOTE_SERIES_REFUSED, "%.200s: nothing of it was taken: %s", arrival->name, info.text);
	if (err == ERR_NONE && kept.is_new && series_volume_make(feed->options.plan->shelf, series.zone, series.basis, &info) != ERR_NONE)
		log_warning("the series that are kept stay many small files: %s", info.text);
	series_deinit(&series);
	buf_deinit(&words);
	mem_free(job);
	return err;
}

/* ---- The loop ----------------------------------------------------------------------------------------------------------------------- */

static bool is_folder(const struct series_source *source)
{
	return source->plan->folder[0] != '\0';
}

/* Folders that are told of; a folder that went away is looked for with the figures. */
static void scan_folders(struct series_feed *feed, bool is_all)
{
	bool is_due = is_all || clock_boot_ns() >= feed->scan_due_ns;

	if (is_due)
		feed->scan_due_ns = clock_boot_ns() + SCAN_S * CLOCK_NS_PER_S;
	for (size_t i = 0; i < feed->count && !feed->is_worker_gone; i++) {
		if (is_folder(&feed->source[i]) && (is_due || feed->source[i].watch < 0))
			series_folder_scan(feed, &feed->source[i]);
	}
}

/* What changed is found by looking: names of events may have been lost. */
static void read_events(struct series_feed *feed)
{
	_Alignas(struct inotify_event) char bytes[INOTIFY_BYTES];
	bool is_told = false;
	ssize_t length;

	while ((length = read(feed->inotify_fd, bytes, sizeof bytes)) > 0) {
		for (const char *at = bytes; at < bytes + length;) {
			const struct inotify_event *event = (const void *)at;

			for (size_t i = 0; i < feed->count; i++) {
				if (feed->source[i].watch == event->wd && (event->mask & (IN_IGNORED | IN_MOVE_SELF)) != 0)
					feed->source[i].watch = -1;
			}
			is_told = true;
			at += sizeof *event + event->len;
		}
	}
	if (is_told)
		scan_folders(feed, true);
}

static void ask_due(struct series_feed *feed)
{
	for (size_t i = 0; i < feed->count; i++) {
		struct series_source *source = &feed->source[i];

		if (!is_folder(source) && !source->is_asked && clock_boot_ns() >= source->due_ns)
			series_fetch_start(feed, source);
	}
}

static void take_answers(struct series_feed *feed)
{
	struct http_answer answer;

	while (feed->http != NULL && http_take(feed->http, &answer))
		series_fetch_take(feed, answer.owner, &answer);
}

static int next_timeout_ms(const struct series_feed *feed)
{
	int64_t due_ns = feed->stats_due_ns;
	int64_t left_ns;

	for (size_t i = 0; i < feed->count; i++) {
		const struct series_source *source = &feed->source[i];

		if (!is_folder(source) && !source->is_asked && source->due_ns < due_ns)
			due_ns = source->due_ns;
	}
	left_ns = due_ns - clock_boot_ns();
	return left_ns <= 0 ? 0 : (int)(left_ns / CLOCK_NS_PER_MS) + 1;
}

static enum err wait_once(struct series_feed *feed, struct err_info *info)
{
	struct pollfd fd[3] = {
	    {.fd = feed->options.core_fd, .events = POLLIN},
	    {.fd = feed->options.signal_fd, .events = POLLIN},
	    {.fd = feed->inotify_fd, .events = POLLIN},
	};
	int timeout_ms = next_timeout_ms(feed);
	enum err err = ERR_NONE;

	if (feed->http != NULL)
		err = http_wait(feed->http, fd, 3, timeout_ms, info);
	else if (poll(fd, 3, timeout_ms) < 0 && errno != EINTR)
		err = err_set_errno(info, ERR_IO, errno, "cannot wait");
	feed->wake_count++;
	feed->is_core_gone |= err == ERR_NONE && fd[0].revents != 0; /* it says nothing: it has ended */
	feed->is_stopping |= err == ERR_NONE && (fd[1].revents & POLLIN) != 0;
	if (err == ERR_NONE && (fd[2].revents & POLLIN) != 0)
		read_events(feed);
	return err;
}

enum err series_feed_run(struct series_feed *feed, struct err_info *info)
{
	enum err err = ERR_NONE;

	say_hello(feed);
	scan_folders(feed, true);
	while (err == ERR_NONE && !feed->is_core_gone && !feed->is_stopping && !feed->is_worker_gone) {
		ask_due(feed);
		err = wait_once(feed, info);
		take_answers(feed);
		if (clock_boot_ns() >= feed->stats_due_ns) {
			series_feed_tell_stats(feed);
			scan_folders(feed, false);
		}
	}
	if (err == ERR_NONE && feed->is_worker_gone)
		err = err_set(info, ERR_UNAVAILABLE, "the helper that reads series is gone: this process starts anew");
	return err;
}

/* ---- Beginning and end -------------------------------------------------------------------------------------------------------------- */

enum err series_feed_new(struct series_feed **out, const struct series_feed_options *options, struct err_info *info)
{
	struct series_feed *feed = mem_new(sizeof *feed);
	bool has_address = false;
	enum err err = ERR_NONE;

	if (feed != NULL)
		feed->source = mem_new_array(options->plan->source_count + 1, sizeof *feed->source);
	if (feed == NULL || feed->source == NULL) {
		mem_free(feed);
		return err_set(info, ERR_MEMORY, "no memory for sources of series");
	}
	feed->options = *options;
	feed->count = options->plan->source_count;
	feed->stats_due_ns = clock_boot_ns() + STATS_S * CLOCK_NS_PER_S;
	for (size_t i = 0; i < feed->count; i++) {
		feed->source[i] = (struct series_source){.plan = &options->plan->source[i], .watch = -1};
		has_address = has_address || !is_folder(&feed->source[i]);
	}
	feed->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (feed->inotify_fd < 0)
		err = err_set_errno(info, ERR_IO, errno, "cannot watch folders");
	if (err == ERR_NONE && has_address)
		err = http_new(&feed->http, "wattledger/" WATTLEDGER_VERSION, info);
	if (err != ERR_NONE)
		series_feed_free(feed);
	else
		*out = feed;
	return err;
}

struct series_feed *series_feed_free(struct series_feed *feed)
{
	if (feed == NULL)
		return NULL;
	feed->http = http_free(feed->http); /* it borrows the answers */
	for (size_t i = 0; i < feed->count; i++) {
		buf_deinit(&feed->source[i].answer);
		explicit_bzero(feed->source[i].authorization, sizeof feed->source[i].authorization);
		series_folder_deinit(&feed->source[i]);
	}
	if (feed->inotify_fd >= 0)
		close(feed->inotify_fd);
	mem_free(feed->source);
	return mem_free(feed);
}

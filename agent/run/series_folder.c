/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series_folder: CSV files of a folder. What was taken stays taken when its file is gone; one that is changed is read anew, one that could not be
 * read or kept is tried again.
 */
#include "run/series_feed_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "settings/search.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static void free_seen(struct series_seen *seen, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mem_free(seen[i].path);
	mem_free(seen);
}

void series_folder_deinit(struct series_source *source)
{
	free_seen(source->seen, source->seen_count);
	source->seen = NULL;
	source->seen_count = 0;
}

static int compare_path(const void *a, const void *b)
{
	return strcmp(((const struct series_seen *)a)->path, ((const struct series_seen *)b)->path);
}

static int compare_age(const void *a, const void *b)
{
	const struct series_seen *x = *(const struct series_seen *const *)a;
	const struct series_seen *y = *(const struct series_seen *const *)b;

	if (x->changed_ns != y->changed_ns)
		return x->changed_ns < y->changed_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Looks at the files; the list is by path. Those that vanish meanwhile are left out. NULL: no memory. */
static struct series_seen *look(const struct search *search, size_t *count)
{
	struct series_seen *seen = mem_new_array(search->count + 1, sizeof *seen);

	*count = 0;
	for (size_t i = 0; seen != NULL && i < search->count; i++) {
		struct series_seen *file = &seen[*count];
		struct stat status;

		if (stat(search->file[i].path, &status) != 0 || !S_ISREG(status.st_mode))
			continue;
		file->path = mem_dup(search->file[i].path);
		file->changed_ns = status.st_mtim.tv_sec * CLOCK_NS_PER_S + status.st_mtim.tv_nsec;
		file->bytes = status.st_size;
		*count += file->path != NULL;
	}
	if (*count > 0)
		qsort(seen, *count, sizeof *seen, compare_path);
	return seen;
}

/* New, another than it was, or owed, which it stays until it is read. */
static bool is_wanted(const struct series_source *source, struct series_seen *file)
{
	const struct series_seen *before =
	    source->seen_count == 0 ? NULL : bsearch(file, source->seen, source->seen_count, sizeof *file, compare_path);

	if (before == NULL || before->changed_ns != file->changed_ns || before->bytes != file->bytes)
		return true;
	file->is_owed = before->is_owed;
	return file->is_owed;
}

/* Whoever may write into the folder may not have the agent read what he cannot: links are refused, and what is no file. */
static enum err read_file(const char *path, struct buf *out, struct err_info *info)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;
	enum err err;

	if (fd < 0)
		return errno == ELOOP ? err_set(info, ERR_DATA, "%s is a link, which is not followed: put the file itself there", path)
				      : err_set_errno(info, ERR_IO, errno, "%s: cannot open", path);
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		err = err_set(info, ERR_DATA, "%s is no file", path);
	else if ((err = file_read_fd(fd, out, info)) != ERR_NONE)
		err_prefix(info, "%s", path);
	close(fd);
	return err;
}

/* A link, or a file that is wrong or too large, stays so until it is changed; what could not be read or kept is owed. */
static void take_file(struct series_feed *feed, struct series_source *source, struct series_seen *file)
{
	struct series_arrival arrival = {.name = file->path, .source = source->plan->source, .is_whole = true, .is_retry = file->is_owed};
	struct err_info info = {0};
	struct buf data;
	enum err err;

	buf_init(&data, SERIES_FILE_BYTES_MAX);
	arrival.data = &data;
	err = read_file(file->path, &data, &info);
	if (err != ERR_NONE && !file->is_owed)
		series_feed_tell(feed, NOTE_SERIES_REFUSED, "%s", info.text);
	file->is_owed = err != ERR_NONE && err != ERR_DATA && err != ERR_LIMIT;
	if (err == ERR_NONE) {
		err = series_feed_take(feed, source, &arrival);
		file->is_owed = err != ERR_NONE && err != ERR_CONFIG;
	}
	buf_deinit(&data);
}

/* The oldest first, so that of two files of the same hours the later one counts. */
static void take_changed(struct series_feed *feed, struct series_source *source, struct series_seen *seen, size_t count)
{
	struct series_seen **changed = mem_new_array(count + 1, sizeof(struct series_seen *));
	size_t changed_count = 0;

	for (size_t i = 0; changed != NULL && i < count; i++) {
		if (is_wanted(source, &seen[i]))
			changed[changed_count++] = &seen[i];
	}
	if (changed_count > 0)
		qsort(changed, changed_count, sizeof *changed, compare_age);
	for (size_t i = 0; i < changed_count && !feed->is_worker_gone; i++) {
		take_file(feed, source, changed[i]);
		series_feed_tell_stats(feed); /* many large files take longer than core waits for a sign of life */
	}
	mem_free(changed);
}

/* Watched before it is looked at, so that nothing that comes meanwhile is missed. */
static enum err watch(struct series_feed *feed, struct series_source *source, struct search *search, struct err_info *info)
{
	if (source->watch < 0)
		source->watch = inotify_add_watch(feed->inotify_fd, source->plan->folder,
						  IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
	return search_add_folder(search, source->plan->folder, ".csv", false, info);
}

void series_folder_scan(struct series_feed *feed, struct series_source *source)
{
	struct err_info info = {0};
	struct search search = {0};
	size_t count = 0;
	enum err err = watch(feed, source, &search, &info);
	struct series_seen *seen = err == ERR_NONE ? look(&search, &count) : NULL;

	if (err != ERR_NONE && !source->is_missing)
		series_feed_tell(feed, NOTE_SERIES_MISSING, "no series come from there until the folder can be read: %s", info.text);
	if (err == ERR_NONE && source->is_missing)
		series_feed_tell(feed, NOTE_SERIES_BACK, "%s can be read now", source->plan->folder);
	source->is_missing = err != ERR_NONE;
	if (seen != NULL) {
		take_changed(feed, source, seen, count);
		free_seen(source->seen, source->seen_count);
		source->seen = seen;
		source->seen_count = count;
	}
	search_deinit(&search);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/cpu.h"

#include "base/text.h"
#include "wire/plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first processor's lines are within this; a machine with hundreds of them has a megabyte. */
enum { HEAD_BYTES = 8192 };

/* The value of a line "KEY\t: VALUE" as a bounded piece of the text; NULL when the line is not that. */
static const char *value_of(const char *line, const char *key, size_t *bytes)
{
	size_t key_bytes = strlen(key);
	const char *colon;

	if (strncmp(line, key, key_bytes) != 0)
		return NULL;
	colon = line + key_bytes + strspn(line + key_bytes, "\t ");
	if (*colon != ':')
		return NULL;
	*bytes = strcspn(colon + 1, "\n");
	return colon + 1;
}

static bool has_word(const char *text, size_t bytes, const char *word)
{
	const char *found = memmem(text, bytes, word, strlen(word));

	return found != NULL && found > text && found[-1] == ' ' && strchr(" \n", found[strlen(word)]) != NULL;
}

static void take_line(const char *line, struct c_rapl_cpu *out)
{
	size_t bytes;
	const char *value = value_of(line, "vendor_id", &bytes);

	if (value != NULL)
		(void)text_clean(out->vendor, sizeof out->vendor, value, bytes);
	value = value_of(line, "model name", &bytes);
	if (value != NULL)
		(void)text_clean(out->model, sizeof out->model, value, bytes);
	value = value_of(line, "flags", &bytes);
	if (value != NULL)
		out->is_virtual = has_word(value, bytes, "hypervisor");
}

void c_rapl_cpu_parse(const char *text, struct c_rapl_cpu *out)
{
	*out = (struct c_rapl_cpu){0};
	/* An empty line ends the first processor. */
	while (*text != '\0' && *text != '\n') {
		take_line(text, out);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

void c_rapl_cpu_read(const char *sysfs_root, struct c_rapl_cpu *out)
{
	char path[PLAN_PATH_BYTES + sizeof "/../proc/cpuinfo"];
	char text[HEAD_BYTES + 1];
	size_t bytes = 0;
	ssize_t got = 0;
	int fd;

	*out = (struct c_rapl_cpu){0};
	snprintf(path, sizeof path, "%s/../proc/cpuinfo", sysfs_root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	do {
		got = read(fd, text + bytes, HEAD_BYTES - bytes);
		bytes += got > 0 ? (size_t)got : 0;
	} while (got > 0 && bytes < HEAD_BYTES);
	(void)close(fd);
	text[bytes] = '\0';
	c_rapl_cpu_parse(text, out);
}

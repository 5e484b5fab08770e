/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { MEM_GROW_FIRST_COUNT = 8, MEM_LARGE_BYTES = 128 << 10, MEM_GROW_EIGHTHS_BYTES = 1 << 20 };

/* The product, at least 1 (so that NULL always means "out of memory"); 0 when it overflows. */
static size_t product_bytes(size_t count, size_t item_bytes)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, item_bytes, &bytes))
		return 0;
	return bytes == 0 ? 1 : bytes;
}

void *mem_new_array(size_t count, size_t item_bytes)
{
	size_t bytes = product_bytes(count, item_bytes);

	return bytes == 0 ? NULL : calloc(1, bytes);
}

void *mem_new(size_t bytes)
{
	return mem_new_array(1, bytes);
}

void *mem_resize_array(void *old, size_t count, size_t item_bytes)
{
	size_t bytes = product_bytes(count, item_bytes);

	return bytes == 0 ? NULL : realloc(old, bytes);
}

/*
 * The next capacity that holds item `count`, at most count_max. Large arrays grow by an eighth: they stay for long, and what is behind their
 * last item is memory for nothing; the C library moves such blocks without copying.
 */
static size_t grown_capacity(size_t capacity, size_t count, size_t count_max, size_t item_bytes)
{
	if (capacity < MEM_GROW_FIRST_COUNT)
		capacity = MEM_GROW_FIRST_COUNT;
	while (capacity <= count && capacity <= SIZE_MAX / 2)
		capacity += capacity < MEM_GROW_EIGHTHS_BYTES / item_bytes ? capacity : capacity / 8 + 1;
	return capacity > count_max || capacity <= count ? count_max : capacity;
}

enum err mem_grow(void **array, size_t *capacity, size_t count, size_t count_max, size_t item_bytes)
{
	size_t new_capacity;
	char *grown;

	if (count >= count_max)
		return ERR_LIMIT;
	if (count < *capacity)
		return ERR_NONE;
	new_capacity = grown_capacity(*capacity, count, count_max, item_bytes);
	grown = mem_resize_array(*array, new_capacity, item_bytes);
	if (grown == NULL)
		return ERR_MEMORY;
	memset(grown + *capacity * item_bytes, 0, (new_capacity - *capacity) * item_bytes);
	*array = grown;
	*capacity = new_capacity;
	return ERR_NONE;
}

char *mem_dup(const char *text)
{
	return mem_dup_bytes(text, strlen(text));
}

char *mem_dup_bytes(const void *data, size_t bytes)
{
	char *copy = bytes == SIZE_MAX ? NULL : malloc(bytes + 1);

	if (copy == NULL)
		return NULL;
	if (bytes > 0)
		memcpy(copy, data, bytes);
	copy[bytes] = '\0';
	return copy;
}

void *mem_free(void *block)
{
	free(block);
	return NULL;
}

void *mem_free_secret(void *block, size_t bytes)
{
	if (block != NULL)
		explicit_bzero(block, bytes);
	free(block);
	return NULL;
}

/* Set, the threshold stays: by itself it grows with the largest block that was ever freed, up to 32 MiB, and such blocks are kept then. */
void mem_keep_large_apart(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, MEM_LARGE_BYTES);
	(void)mallopt(M_ARENA_MAX, 1);
#endif
}

void mem_trim(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdint.h>

Test(mem, new_array_is_zeroed)
{
	int *numbers = mem_new_array(5, sizeof *numbers);

	cr_assert_not_null(numbers);
	for (int i = 0; i < 5; i++)
		cr_expect_eq(numbers[i], 0);
	cr_assert_null(mem_free(numbers));
}

Test(mem, new_array_of_nothing_is_not_out_of_memory)
{
	void *block = mem_new_array(0, 8);

	cr_assert_not_null(block);
	mem_free(block);
}

Test(mem, product_that_overflows_is_refused)
{
	cr_assert_null(mem_new_array(SIZE_MAX / 2, 3));
	cr_assert_null(mem_resize_array(NULL, SIZE_MAX, SIZE_MAX));
}

Test(mem, resize_keeps_what_was_there)
{
	char *text = mem_dup("abc");
	char *grown = mem_resize_array(text, 100, 1);

	cr_assert_not_null(grown);
	cr_assert_str_eq(grown, "abc");
	mem_free(grown);
}

Test(mem, grow_doubles_and_zeroes_new_items)
{
	void *array = NULL;
	size_t capacity = 0;
	int *numbers;

	cr_assert_eq(mem_grow(&array, &capacity, 0, 100, sizeof(int)), ERR_NONE);
	cr_assert_eq(capacity, 8);
	numbers = array;
	numbers[7] = 42;
	cr_assert_eq(mem_grow(&array, &capacity, 8, 100, sizeof(int)), ERR_NONE);
	cr_assert_eq(capacity, 16);
	numbers = array;
	cr_assert_eq(numbers[7], 42);
	for (int i = 8; i < 16; i++)
		cr_expect_eq(numbers[i], 0);
	mem_free(array);
}

Test(mem, a_large_array_grows_by_an_eighth)
{
	void *array = NULL;
	size_t capacity = 0;

	cr_assert_eq(mem_grow(&array, &capacity, 0, 100, 1 << 20), ERR_NONE);
	cr_assert_eq(capacity, 8);
	cr_assert_eq(mem_grow(&array, &capacity, 8, 100, 1 << 20), ERR_NONE);
	cr_assert_eq(capacity, 10); /* 8 + 8 / 8 + 1 */
	mem_free(array);
}

Test(mem, grow_stops_at_its_bound)
{
	void *array = NULL;
	size_t capacity = 0;

	cr_assert_eq(mem_grow(&array, &capacity, 9, 10, 4), ERR_NONE);
	cr_assert_eq(capacity, 10);
	cr_assert_eq(mem_grow(&array, &capacity, 10, 10, 4), ERR_LIMIT);
	cr_assert_eq(capacity, 10);
	mem_free(array);
}

Test(mem, grow_out_of_memory_changes_nothing)
{
	void *array = NULL;
	size_t capacity = 0;

	cr_assert_eq(mem_grow(&array, &capacity, 0, SIZE_MAX, SIZE_MAX / 4), ERR_MEMORY);
	cr_assert_null(array);
	cr_assert_eq(capacity, 0);
}

Test(mem, dup_bytes_ends_with_nul)
{
	char *copy = mem_dup_bytes("abcdef", 3);

	cr_assert_str_eq(copy, "abc");
	mem_free(copy);
	cr_assert_null(mem_dup_bytes("", SIZE_MAX));
}

Test(mem, free_of_null_is_allowed)
{
	cr_assert_null(mem_free(NULL));
	cr_assert_null(mem_free_secret(NULL, 0));
	cr_assert_null(mem_free_secret(mem_dup("secret"), 6));
}

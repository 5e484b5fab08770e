/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/plan_texts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(plan_texts, thousands_stay_where_they_are)
{
	enum { COUNT = 3000 };
	static const char *kept[COUNT];
	struct plan_texts *texts = plan_texts_new();
	char text[32];

	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "device-%d", i);
		kept[i] = plan_texts_keep(texts, text);
	}
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "device-%d", i);
		cr_assert_str_eq(kept[i], text);
	}
	cr_expect_null(plan_texts_free(texts));
}

Test(plan_texts, text_of_the_neighbour_is_shared)
{
	struct plan_texts *texts = plan_texts_new();
	const char *rack = plan_texts_keep(texts, "r1");

	cr_expect_neq(plan_texts_keep(texts, "pdu-1"), rack);
	cr_expect_eq(plan_texts_keep(texts, "r1"), rack);
	cr_expect_str_eq(plan_texts_keep(texts, ""), "");
	plan_texts_free(texts);
}

Test(plan_texts, text_longer_than_a_block_is_kept)
{
	struct plan_texts *texts = plan_texts_new();
	static char text[10000];

	memset(text, 'x', sizeof(text) - 1);
	cr_expect_str_eq(plan_texts_keep(texts, text), text);
	cr_expect_str_eq(plan_texts_keep(texts, "y"), "y");
	plan_texts_free(texts);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as a tree with places, and what is refused of it. */
#include "settings/yaml.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Parses, expects success; free with yaml_free. */
static struct yaml *parse(const char *text)
{
	struct problems problems = {0};
	struct yaml *yaml = NULL;

	cr_assert_eq(yaml_parse(&yaml, text, strlen(text), problems_add_file(&problems, "t.yaml"), &problems), ERR_NONE);
	problems_deinit(&problems);
	return yaml;
}

/* Parses, expects failure with exactly these lines. */
static void expect_refused(const char *text, size_t bytes, const char *expected)
{
	struct problems problems = {0};
	struct yaml *yaml = NULL;
	struct buf out;

	buf_init(&out, 65536);
	cr_expect_eq(yaml_parse(&yaml, text, bytes, problems_add_file(&problems, "t.yaml"), &problems), ERR_CONFIG, "%s", text);
	problems_sort(&problems);
	problems_print(&problems, &out);
	cr_expect_str_eq(buf_text(&out), expected);
	buf_deinit(&out);
	problems_deinit(&problems);
}

Test(yaml, scalars_are_text_and_places_count_from_one)
{
	struct yaml *yaml = parse("zone: NO\nlist:\n  - x: 007\n    y: ~\n  - \"q\"\n");
	const struct yaml_node *root = yaml_root(yaml);
	const struct yaml_node *zone = yaml_find(root, "zone");
	const struct yaml_node *list = yaml_find(root, "list");

	cr_assert_not_null(zone);
	cr_expect_str_eq(zone->text, "NO");
	cr_expect_eq(zone->place.line, 1);
	cr_expect_eq(zone->place.column, 7);
	cr_expect_eq(zone->key_place.column, 1);
	cr_assert_not_null(list);
	cr_expect_eq(list->kind, YAML_LIST);
	cr_expect_eq(list->child_count, 2);
	cr_expect_str_eq(yaml_find(list->child, "x")->text, "007");
	cr_expect_str_eq(yaml_find(list->child, "y")->text, "~");
	cr_expect_eq(yaml_find(list->child, "y")->place.line, 4);
	cr_expect(list->child->next->is_quoted);
	cr_expect_null(yaml_find(root, "nothing"));
	yaml_free(yaml);
}

Test(yaml, nothing_is_an_empty_map)
{
	static const char *const empty[] = {"", "# a comment\n", "---\n", "\n\n"};

	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
		struct yaml *yaml = parse(empty[i]);
		cr_expect_eq(yaml_root(yaml)->kind, YAML_MAP, "%s", empty[i]);
		cr_expect_eq(yaml_root(yaml)->child_count, 0);
		yaml_free(yaml);
	}
}

Test(yaml, syntax_errors_have_their_place)
{
	expect_refused("a:\n\tb: 1\n", 8, "t.yaml:2:1: tab character may not be used as indentation\n");
	expect_refused("a: 1\nb\nc: 2\n", 12, "t.yaml:2:1: could not find expected ':'\n");
	expect_refused("a: @cred:x\n", 11, "t.yaml:1:4: plain scalar cannot start with '@': put the value in quotes (\"...\")\n");
}

Test(yaml, a_key_stands_once)
{
	expect_refused("a: 1\nb: 2\na: 3\n", 15, "t.yaml:3:1: the key a is here twice: first in line 1\n");
}

Test(yaml, one_file_is_one_document)
{
	expect_refused("a: 1\n---\nb: 2\n", 14, "t.yaml:2:1: a second document (---): one file is one document\n");
}

Test(yaml, anchors_aliases_and_tags_are_refused)
{
	expect_refused("a: &x 1\nb: *x\n", 14,
		       "t.yaml:1:7: anchors (&name) are not used here: what devices have in common goes under defaults:\n"
		       "t.yaml:2:5: aliases (*name) are not used here: what devices have in common goes under defaults:\n");
	expect_refused("a: !!int 1\n", 11, "t.yaml:1:10: tags (!name) are not used here: every value is a text\n");
}

Test(yaml, keys_are_texts)
{
	expect_refused("? [1]\n: 2\n", 10, "t.yaml:1:3: a key has to be a text, not a list\n");
}

Test(yaml, nul_bytes_are_refused)
{
	expect_refused("a: 1\nb: \0x\n", 11, "t.yaml:2:4: a NUL byte is not allowed here\n");
	expect_refused("a: \"\\0\"\n", 8, "t.yaml:1:4: a NUL byte is not allowed here\n");
}

Test(yaml, bytes_that_are_not_utf8_are_refused_before_the_library_turns_on_them)
{
	expect_refused("%\xa4", 2, "t.yaml:1:2: this is not UTF-8: save the file in that encoding\n");
	expect_refused("a: \xc3\xa9\nb: \xe9\n", 10, "t.yaml:2:4: this is not UTF-8: save the file in that encoding\n");
}

Test(yaml, depth_is_bounded)
{
	char text[2 * YAML_DEPTH_MAX + 8];
	char expected[128];

	memset(text, '[', sizeof text);
	snprintf(expected, sizeof expected, "t.yaml:1:%d: more than %d levels inside each other\n", YAML_DEPTH_MAX + 1, YAML_DEPTH_MAX);
	expect_refused(text, sizeof text, expected);
}

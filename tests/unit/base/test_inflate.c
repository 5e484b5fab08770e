/* SPDX-License-Identifier: Apache-2.0 */
/* Deflated bytes, as gzip(1) writes them. */
#include "base/inflate.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <string.h>

/* printf 'zone,name\nNO,Norway\n' | gzip -9n | xxd -i */
static const unsigned char zones[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0xca, 0xcf, 0x4b,
				      0xd5, 0xc9, 0x4b, 0xcc, 0x4d, 0xe5, 0xf2, 0xf3, 0xd7, 0xf1, 0xcb, 0x2f, 0x2a, 0x4f,
				      0xac, 0xe4, 0x02, 0x00, 0xa9, 0xf1, 0x6f, 0x33, 0x14, 0x00, 0x00, 0x00};
static const char plain[] = "zone,name\nNO,Norway\n";

static enum err inflate(struct buf *out, size_t bytes, size_t limit_bytes)
{
	struct err_info info = {0};
	enum err err = inflate_add(out, zones, bytes, limit_bytes, &info);

	cr_expect_eq(err, info.code);
	return err;
}

Test(inflate, adds_what_gzip_deflated_behind_what_is_there)
{
	struct buf out;

	buf_init(&out, 100);
	buf_add_text(&out, "# ");
	cr_expect_eq(inflate(&out, sizeof zones, sizeof plain - 1), ERR_NONE);
	cr_expect_str_eq(buf_text(&out), "# zone,name\nNO,Norway\n");
	buf_deinit(&out);
}

/* As `cat a.gz b.gz` makes it. */
Test(inflate, reads_every_member_and_not_what_is_none_behind_them)
{
	unsigned char twice[2 * sizeof zones];
	struct buf out;

	memcpy(twice, zones, sizeof zones);
	memcpy(twice + sizeof zones, zones, sizeof zones);
	buf_init(&out, 100);
	cr_expect_eq(inflate_add(&out, twice, sizeof twice, 2 * (sizeof plain - 1), NULL), ERR_NONE);
	cr_expect_str_eq(buf_text(&out), "zone,name\nNO,Norway\nzone,name\nNO,Norway\n");
	buf_clear(&out);
	cr_expect_eq(inflate_add(&out, twice, sizeof twice, 2 * (sizeof plain - 1) - 1, NULL), ERR_LIMIT);
	buf_clear(&out);
	cr_expect_eq(inflate_add(&out, twice, sizeof twice - 1, 100, NULL), ERR_DATA);
	buf_clear(&out);
	twice[sizeof zones] = 0;
	cr_expect_eq(inflate_add(&out, twice, sizeof twice, 100, NULL), ERR_NONE);
	cr_expect_str_eq(buf_text(&out), plain);
	buf_deinit(&out);
}

Test(inflate, refuses_every_cut_and_what_is_none)
{
	struct buf out;

	buf_init(&out, 100);
	for (size_t bytes = 0; bytes < sizeof zones; bytes++) {
		buf_clear(&out);
		cr_expect_eq(inflate(&out, bytes, 100), ERR_DATA, "%zu bytes", bytes);
	}
	buf_clear(&out);
	cr_expect_eq(inflate_add(&out, plain, sizeof plain, 100, NULL), ERR_DATA);
	buf_deinit(&out);
}

Test(inflate, stops_at_the_limit_and_at_the_end_of_the_buffer)
{
	struct buf out;

	buf_init(&out, 100);
	cr_expect_eq(inflate(&out, sizeof zones, sizeof plain - 2), ERR_LIMIT);
	buf_deinit(&out);
	buf_init(&out, sizeof plain - 2);
	cr_expect_eq(inflate(&out, sizeof zones, 100), ERR_LIMIT);
	buf_deinit(&out);
}

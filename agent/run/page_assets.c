/* SPDX-License-Identifier: Apache-2.0 */
#include "run/page_assets.h"

#include <string.h>

/* The assembler takes the file in: no tool of the build has to turn it into C. Paths are those of the tree's top, where make compiles. */
#define INCLUDE_FILE(name, path)                     \
	__asm__(".section .rodata." #name ",\"a\"\n" \
		".global page_asset_" #name "\n"     \
		"page_asset_" #name ":\n"            \
		".incbin \"" path "\"\n"             \
		".global page_asset_" #name "_end\n" \
		"page_asset_" #name "_end:\n"        \
		".byte 0\n"                          \
		".text\n");                          \
	extern const char page_asset_##name[];       \
	extern const char page_asset_##name##_end[]

INCLUDE_FILE(html, "agent/run/page.html");
INCLUDE_FILE(css, "agent/run/page.css");
INCLUDE_FILE(js, "agent/run/page.js");

const struct page_asset *page_assets_find(const char *url)
{
	static struct page_asset asset[] = {
	    {"/", "text/html; charset=utf-8", page_asset_html, 0},
	    {"/page.css", "text/css; charset=utf-8", page_asset_css, 0},
	    {"/page.js", "text/javascript; charset=utf-8", page_asset_js, 0},
	};

	asset[0].bytes = (size_t)(page_asset_html_end - page_asset_html);
	asset[1].bytes = (size_t)(page_asset_css_end - page_asset_css);
	asset[2].bytes = (size_t)(page_asset_js_end - page_asset_js);
	for (size_t i = 0; i < sizeof asset / sizeof asset[0]; i++) {
		if (strcmp(asset[i].url, url) == 0)
			return &asset[i];
	}
	return NULL;
}

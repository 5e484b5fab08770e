/* SPDX-License-Identifier: Apache-2.0 */
#include "run/books_scope_priv.h"

#include "model/facts.h"

int books_scope_of(const struct books *books, const struct books_device *device)
{
	struct facts site;
	struct facts own;

	/* Both were checked when the plan was read. */
	(void)facts_parse(&site, books->options.plan->site[device->plan->site].facts);
	(void)facts_parse(&own, device->plan->facts);
	return facts_is_scope3(site.boundary, facts_control_of(&site, &own)) ? 3 : 2;
}

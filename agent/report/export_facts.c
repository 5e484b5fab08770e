/* SPDX-License-Identifier: Apache-2.0 */
/* export_facts: the cells of totals.csv that the configuration makes: who reports, what is whose, how good the meters are. */
#include "report/export_scopes_priv.h"

#include "base/num.h"
#include "model/facts.h"
#include "report/figure.h"

#include <stdio.h>
#include <string.h>

enum { SHARE_SCALE = 4, SHARE_DECIMALS = 2 };

/* Of a row's site: a meter's as they were in force for it, else the newest. */
static const char *site_facts_of(const struct export_row *cells)
{
	if (cells->row->level == REPORT_METER)
		return cells->row->meter->site_facts;
	return cells->row->site == NULL ? "" : cells->row->site->facts;
}

static struct facts parse(const char *text)
{
	struct facts facts;

	(void)facts_parse(&facts, text); /* of a later version: what is understood counts */
	return facts;
}

static struct facts device_of(const struct export_row *cells)
{
	return parse(cells->row->meter != NULL ? cells->row->meter->facts : "");
}

/* Of several sites what they have in common. */
static void put_common(struct buf *out, const struct export_row *cells,
		       void (*print)(char out[static FACTS_TEXT_BYTES], const struct facts *facts))
{
	const struct report_register *reg = &cells->package->totals.reg;
	struct facts facts = parse(site_facts_of(cells));
	char text[FACTS_TEXT_BYTES];
	char other[FACTS_TEXT_BYTES];

	print(text, &facts);
	for (size_t i = 0; cells->row->site == NULL && i < reg->site_count; i++) {
		facts = parse(reg->site[i].facts);
		print(other, &facts);
		if (i > 0 && strcmp(text, other) != 0) {
			export_put_text(out, "several");
			return;
		}
		memcpy(text, other, sizeof(text));
	}
	export_put_text(out, text);
}

static void print_entity(char out[static FACTS_TEXT_BYTES], const struct facts *facts)
{
	memcpy(out, facts->entity, FACTS_TEXT_BYTES);
}

static void print_boundary(char out[static FACTS_TEXT_BYTES], const struct facts *facts)
{
	char share[NUM_TEXT_BYTES];

	num_print_fixed(share, facts->share_micro, SHARE_SCALE, SHARE_DECIMALS);
	if (facts->share_micro == 0)
		snprintf(out, FACTS_TEXT_BYTES, "%s", facts_boundary_name(facts->boundary));
	else
		snprintf(out, FACTS_TEXT_BYTES, "%s%s%s %%", facts_boundary_name(facts->boundary),
			 facts->boundary == FACTS_BOUNDARY_UNSAID ? "" : " ", share);
}

void export_put_entity(struct buf *out, const struct export_row *cells)
{
	put_common(out, cells, print_entity);
}

void export_put_boundary_approach(struct buf *out, const struct export_row *cells)
{
	put_common(out, cells, print_boundary);
}

void export_put_meter_class(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, device_of(cells).meter_class);
}

void export_put_ct_class(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, device_of(cells).ct_class);
}

void export_put_calibration_due(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, device_of(cells).calibration_due);
}

/* ---- Whose it is ---- */

/* A site's own word, a device's before it; n/a for several sites. */
void export_put_control(struct buf *out, const struct export_row *cells)
{
	struct facts site = parse(site_facts_of(cells));
	struct facts device = device_of(cells);

	export_put_text(out, cells->row->site == NULL ? NULL : facts_control_name(facts_control_of(&site, &device)));
}

void export_put_scope3_category(struct buf *out, const struct export_row *cells)
{
	bool is_leased = cells->row->level == REPORT_OVERHEAD || (cells->row->level == REPORT_METER && report_leased_is(cells->row->meter));

	export_put_text(out, is_leased ? REPORT_LEASED_CATEGORY : NULL);
}

void export_put_cat8_mg(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, report_leased_has(&cells->row->leased), cells->row->leased.mg);
}

void export_put_cat8_kg(struct buf *out, const struct export_row *cells)
{
	export_put_kg(out, report_leased_has(&cells->row->leased), cells->row->leased.mg);
}

/* ---- What a host's site takes on top ---- */

static void put_overhead(struct buf *out, const struct export_row *cells, const char *text)
{
	bool is_there = cells->row->level == REPORT_OVERHEAD;

	export_put_text(out, is_there && cells->row->overhead.has_many ? "several" : text);
}

void export_put_overhead_factor(struct buf *out, const struct export_row *cells)
{
	const struct report_total *row = cells->row;
	int64_t micro = row->level == REPORT_METER      ? report_overhead_factor(row->meter)
			: row->level == REPORT_OVERHEAD ? row->overhead.factor_micro
							: 0;
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, micro, FACTS_DECIMALS, FACTS_DECIMALS);
	put_overhead(out, cells, micro == 0 ? NULL : text);
}

void export_put_overhead_source(struct buf *out, const struct export_row *cells)
{
	put_overhead(out, cells, cells->row->level == REPORT_OVERHEAD ? parse(cells->row->site->facts).overhead_source : NULL);
}

void export_put_overhead_year(struct buf *out, const struct export_row *cells)
{
	char text[NUM_TEXT_BYTES];

	num_print_i64(text, cells->row->overhead.year);
	put_overhead(out, cells, cells->row->level == REPORT_OVERHEAD ? text : NULL);
}

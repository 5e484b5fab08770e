/* SPDX-License-Identifier: Apache-2.0 */
#include "report/seal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/entry.h"
#include "ledger/ledger.h"
#include "ledger/statement.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/export_priv.h"
#include "report/figure.h"
#include "report/seal_priv.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { BATCH_BYTES_MAX = 16 << 20, GAP_MS = UNITS_MS_PER_S, GAPS_TOLD = 5, LINE_BYTES_MAX = 16 << 10 };

static const char *const REASONS[] = {"FACTOR_EDITION", "METHOD", "BOUNDARY", "ERROR", "LATE_DATA"};

bool seal_is_reason(const char *code, const char **list)
{
	if (list != NULL)
		*list = "FACTOR_EDITION, METHOD, BOUNDARY, ERROR, LATE_DATA";
	for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++) {
		if (strcmp(REASONS[i], code) == 0)
			return true;
	}
	return false;
}

/* One site's statement while it is made. Texts and rows are owned. */
struct draft {
	const struct report_site *site;
	struct ledger_statement row;
	struct buf line;
	struct buf body;
	const struct plan_factor **factor;
	size_t factor_count;
	size_t factor_capacity;
	struct report_sealed before; /* statement_id 0: none */
	bool is_newly_entered;       /* what figures are made of was entered, or voided, since then */
};

struct sealing {
	struct ledger *ledger;
	const struct seal_request *request;
	struct report_totals totals;
	struct draft *draft;
	size_t count;
};

/* ---- What stands in the way ---- */

static void add_duration(struct buf *out, int64_t ms)
{
	int64_t minutes = (ms / UNITS_MS_PER_S + UNITS_S_PER_MIN - 1) / UNITS_S_PER_MIN;

	buf_add_format(out, "%lld h %lld min", (long long)(minutes / 60), (long long)(minutes % 60));
}

/* Time of a meter that counts which is covered by nothing: neither measured nor decided upon. */
static int64_t undecided_ms(const struct report_total *row)
{
	int64_t covered_ms = 0;

	for (int i = 0; i < COVERAGE_COUNT; i++)
		covered_ms += row->covered_ms[i];
	return row->expected_ms - covered_ms;
}

static enum err check_gaps(const struct sealing *sealing, struct err_info *info)
{
	size_t count = 0;
	struct buf text;
	enum err err = ERR_NONE;

	if (sealing->request->reason_code != NULL || sealing->request->reason[0] != '\0')
		return ERR_NONE;
	buf_init(&text, SEAL_ANSWER_BYTES_MAX);
	for (size_t i = 0; i < sealing->totals.count; i++) {
		const struct report_total *row = &sealing->totals.row[i];

		if (row->level != REPORT_METER || !row->meter->is_in_total || undecided_ms(row) < GAP_MS)
			continue;
		if (count++ >= GAPS_TOLD)
			continue;
		buf_add_format(&text, "%s%s/%s/%s: ", count > 1 ? ", " : "", row->site->id, row->meter->device, row->meter->key);
		add_duration(&text, undecided_ms(row));
	}
	if (count > 0)
		err = err_set(info, ERR_DATA,
			      "undecided gaps: %zu meter%s not covered for the whole period (%s%s); --accept REASON seals all the same",
			      count, count == 1 ? " is" : "s are", buf_text(&text), count > GAPS_TOLD ? ", ..." : "");
	buf_deinit(&text);
	return err;
}

static enum err check_clock(const struct sealing *sealing, const struct report_site *site, struct err_info *info)
{
	uint64_t waiting = 0;
	enum err err = ledger_query_unplaced_count(sealing->ledger, site->site_id, &waiting, info);

	if (err != ERR_NONE || (waiting == 0 && !sealing->request->is_clock_untrusted))
		return err;
	if (waiting > 0)
		return err_set(
		    info, ERR_DATA,
		    "site '%s' has %llu slots that wait for a trusted clock and may belong to this period: run an NTP client first",
		    site->id, (unsigned long long)waiting);
	return err_set(info, ERR_DATA,
		       "the wall clock is not trusted now, so nobody knows that the period is over: run an NTP client first");
}

static enum err check_site(const struct sealing *sealing, const struct draft *draft, struct err_info *info)
{
	const struct report_site *site = draft->site;
	bool is_sealed = draft->before.statement_id != 0;

	if (site->span.end_s * UNITS_MS_PER_S > sealing->request->report.now_utc_ms)
		return err_set(info, ERR_DATA, "%s is not over yet in %s (site '%s')", site->period.label, site->time_zone, site->id);
	if (sealing->request->reason_code == NULL && is_sealed)
		return err_set(info, ERR_DATA,
			       "%s is sealed already at site '%s' (revision %d): a statement is never edited; `wattledger restate` makes "
			       "another that supersedes it",
			       site->period.label, site->id, (int)draft->before.revision);
	if (sealing->request->reason_code != NULL && !is_sealed)
		return err_set(info, ERR_DATA,
			       "%s is not sealed at site '%s', so there is nothing to restate: `wattledger seal` comes first",
			       site->period.label, site->id);
	return check_clock(sealing, site, info);
}

/* ---- The statement ---- */

static enum err pin_factor(struct draft *draft, const struct plan_factor *factor, struct err_info *info)
{
	void *array = draft->factor;
	enum err err;

	for (size_t i = 0; i < draft->factor_count; i++) {
		if (draft->factor[i] == factor)
			return ERR_NONE;
	}
	err = mem_grow(&array, &draft->factor_capacity, draft->factor_count, PLAN_FACTORS_MAX, sizeof(*draft->factor));
	draft->factor = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu factors", draft->factor_count + 1);
	draft->factor[draft->factor_count++] = factor;
	return ERR_NONE;
}

/* All that a meter's figures were computed with. */
static enum err pin_factors(struct draft *draft, const struct report_total *row, struct err_info *info)
{
	const struct plan_factor *const used[] = {row->factor, row->market.residual, row->market.rest, row->upstream.of,
						  row->upstream.losses};
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < sizeof(used) / sizeof(used[0]); i++) {
		if (used[i] != NULL)
			err = pin_factor(draft, used[i], info);
	}
	return err;
}

static enum err make_body(const struct sealing *sealing, struct draft *draft, struct err_info *info)
{
	struct export_request unused = {.export_id = ""};
	struct package package = {.request = &unused, .totals = sealing->totals};
	struct export_evidence none = {0};
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < sealing->totals.count; i++) {
		struct export_row cells = {&package, &sealing->totals.row[i], &none, i};

		if (cells.row->level == REPORT_TOTAL || cells.row->site != draft->site)
			continue;
		seal_add_body_row(&draft->body, &cells);
		if (cells.row->level == REPORT_METER)
			err = pin_factors(draft, cells.row, info);
		if (cells.row->level != REPORT_SITE)
			continue;
		draft->row.has_energy = cells.row->has_energy;
		draft->row.energy_millij = cells.row->energy_millij;
		draft->row.has_location = cells.row->has_location;
		draft->row.location_mg = cells.row->location_mg;
	}
	if (err == ERR_NONE && draft->body.is_failed)
		err = err_set(info, ERR_LIMIT, "the statement of site '%s' is larger than %d bytes", draft->site->id,
			      LEDGER_STATEMENT_BODY_BYTES_MAX);
	return err;
}

static void make_line(struct draft *draft)
{
	uint8_t body_sha256[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(body_sha256, (const unsigned char *)buf_text(&draft->body), draft->body.bytes);
	seal_add_line(&draft->line, draft->site->id, &draft->row, body_sha256);
	crypto_hash_sha256(draft->row.row_sha256, (const unsigned char *)buf_text(&draft->line), draft->line.bytes);
	draft->row.line = buf_text(&draft->line);
	draft->row.body = buf_text(&draft->body);
}

static enum err take_head(void *context, const struct ledger_statement *row, struct err_info *info)
{
	uint8_t *chain = context;

	(void)info;
	memcpy(chain, row->chain_sha256, crypto_hash_sha256_BYTES);
	return ERR_NONE;
}

static enum err chain_up(const struct sealing *sealing, struct draft *draft, struct err_info *info)
{
	uint8_t both[2 * crypto_hash_sha256_BYTES] = {0};
	struct ledger_statement_filter filter = {.site_id = draft->site->site_id};
	enum err err = ledger_query_statements(sealing->ledger, &filter, take_head, both, info);

	memcpy(both + crypto_hash_sha256_BYTES, draft->row.row_sha256, crypto_hash_sha256_BYTES);
	crypto_hash_sha256(draft->row.chain_sha256, both, sizeof(both));
	return err;
}

static enum err make_statement(const struct sealing *sealing, struct draft *draft, struct err_info *info)
{
	const struct seal_request *request = sealing->request;
	enum err err = make_body(sealing, draft, info);

	if (err != ERR_NONE)
		return err;
	draft->row.site_id = draft->site->site_id;
	draft->row.label = draft->site->period.label;
	draft->row.start_s = draft->site->span.start_s;
	draft->row.end_s = draft->site->span.end_s;
	draft->row.revision = draft->before.statement_id == 0 ? 0 : draft->before.revision + 1;
	draft->row.sealed_utc_ms = request->report.now_utc_ms;
	draft->row.author = request->author;
	draft->row.reason_code = request->reason_code == NULL ? "SEAL" : request->reason_code;
	draft->row.reason = request->reason;
	draft->row.edition = request->report.edition == NULL ? "" : request->report.edition;
	make_line(draft);
	return chain_up(sealing, draft, info);
}

/* ---- Whether it says anything new ---- */

struct looking {
	const struct report_entered *entered;
	struct draft *draft;
};

static enum err take_entry(void *context, const struct ledger_entry *entry, struct err_info *info)
{
	const struct looking *looking = context;
	struct draft *draft = looking->draft;

	(void)info;
	for (size_t i = 0; entry->entered_utc_ms > draft->before.sealed_utc_ms && i < looking->entered->count; i++) {
		const struct report_entered_row *row = &looking->entered->row[i];

		if (row->entry_id == (entry->voids != 0 ? entry->voids : entry->entry_id) && report_entered_is_in_figures(row->kind))
			draft->is_newly_entered = true;
	}
	return ERR_NONE;
}

/* Certificates of a month are cancelled long after it is over: they move no figure of the statement itself, and count from the next one on. */
static enum err find_entered(const struct sealing *sealing, struct draft *draft, struct err_info *info)
{
	return report_entered_walk(sealing->ledger, draft->site, take_entry, &(struct looking){&sealing->totals.entered, draft}, info);
}

/* A factor that the statement that is there did not have. */
static bool has_new_factor(const struct sealing *sealing, const struct draft *draft)
{
	const struct report_factor_set *had = &draft->before.factors;

	for (size_t i = 0; i < draft->factor_count; i++) {
		size_t at = 0;

		while (at < had->count && &sealing->totals.factors.row[had->factor_idx[at]] != draft->factor[i])
			at++;
		if (at == had->count)
			return true;
	}
	return false;
}

static bool is_corrected(const struct sealing *sealing, const struct draft *draft)
{
	const struct report_request *report = &sealing->request->report;

	for (size_t i = 0; i < report->pending_count; i++) {
		if (report->pending[i].site_id == draft->site->site_id && report_entered_touches(&report->pending[i], draft->site))
			return true;
	}
	return false;
}

static bool is_change(const struct sealing *sealing, const struct draft *draft)
{
	struct report_stated stated;

	report_stated_read(&stated, buf_text(&draft->body));
	return draft->before.statement_id == 0 || report_stated_differs(&draft->before.stated, &stated) ||
	       draft->before.has_energy != draft->row.has_energy || draft->before.energy_millij != draft->row.energy_millij ||
	       draft->before.has_location != draft->row.has_location || draft->before.location_mg != draft->row.location_mg ||
	       draft->is_newly_entered || has_new_factor(sealing, draft) || is_corrected(sealing, draft);
}

static enum err check_change(const struct sealing *sealing, struct err_info *info)
{
	for (size_t i = 0; i < sealing->count; i++) {
		if (is_change(sealing, &sealing->draft[i]))
			return ERR_NONE;
	}
	return err_set(info, ERR_DATA, "nothing changes: the figures would be those of the statement that is there");
}

/* ---- The whole ---- */

static enum err put_factors(struct ledger *ledger, const struct seal_request *request, struct err_info *info)
{
	struct ledger_batch batch;
	enum err err = ERR_NONE;

	if (request->factor_count == 0)
		return ERR_NONE;
	ledger_batch_init(&batch, BATCH_BYTES_MAX);
	for (size_t i = 0; err == ERR_NONE && i < request->factor_count; i++)
		err = ledger_batch_add_factor(&batch, &request->factor[i], info);
	if (err == ERR_NONE)
		err = ledger_commit(ledger, &batch, NULL, info);
	ledger_batch_deinit(&batch);
	return err;
}

static enum err make_drafts(struct sealing *sealing, struct err_info *info)
{
	const struct report_register *reg = &sealing->totals.reg;
	enum err err = ERR_NONE;

	if (reg->site_count == 0)
		return err_set(info, ERR_DATA, "the ledger has no meters yet");
	sealing->draft = mem_new_array(reg->site_count, sizeof(*sealing->draft));
	if (sealing->draft == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu statements", reg->site_count);
	for (size_t i = 0; i < reg->site_count; i++) {
		sealing->draft[i].site = &reg->site[i];
		buf_init(&sealing->draft[i].line, LINE_BYTES_MAX);
		buf_init(&sealing->draft[i].body, LEDGER_STATEMENT_BODY_BYTES_MAX);
	}
	sealing->count = reg->site_count;
	for (size_t i = 0; err == ERR_NONE && i < sealing->count; i++) {
		struct draft *draft = &sealing->draft[i];

		err = report_sealed_load(&draft->before, sealing->ledger, draft->site->site_id, &draft->site->span,
					 &sealing->totals.factors, info);
		if (err == ERR_NONE)
			err = check_site(sealing, draft, info);
		if (err == ERR_NONE)
			err = make_statement(sealing, draft, info);
		if (err == ERR_NONE)
			err = find_entered(sealing, draft, info);
	}
	return err;
}

static enum err write_drafts(const struct sealing *sealing, struct err_info *info)
{
	struct ledger_statement_item *item = mem_new_array(sealing->count, sizeof(*item));
	size_t count = 0;
	enum err err;

	if (item == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu statements", sealing->count);
	for (size_t i = 0; i < sealing->count; i++) {
		const struct draft *draft = &sealing->draft[i];

		if (is_change(sealing, draft))
			item[count++] = (struct ledger_statement_item){&draft->row, draft->factor, draft->factor_count};
	}
	err = ledger_statement_add(sealing->ledger, item, count, info);
	mem_free(item);
	return err;
}

static void deinit(struct sealing *sealing)
{
	for (size_t i = 0; i < sealing->count; i++) {
		buf_deinit(&sealing->draft[i].line);
		buf_deinit(&sealing->draft[i].body);
		mem_free(sealing->draft[i].factor);
		report_sealed_deinit(&sealing->draft[i].before);
	}
	mem_free(sealing->draft);
	report_totals_deinit(&sealing->totals);
}

static enum err put_corrections(const struct sealing *sealing, struct err_info *info)
{
	const struct report_request *report = &sealing->request->report;
	int64_t first_id;

	return report->pending_count == 0 ? ERR_NONE
					  : ledger_entry_add(sealing->ledger, report->pending, report->pending_count, &first_id, info);
}

static void tell(struct buf *out, const struct sealing *sealing, const struct draft *draft)
{
	if (is_change(sealing, draft))
		seal_tell_statement(out, draft->site, &draft->before, &draft->row);
	else
		buf_add_format(out, "%s: %s stays as it is, revision %d\n", draft->site->id, draft->site->period.label,
			       (int)draft->before.revision);
}

static bool is_all_sealed(const struct sealing *sealing)
{
	bool is_all = true;

	for (size_t i = 0; is_all && i < sealing->totals.reg.site_count; i++) {
		const struct report_site *site = &sealing->totals.reg.site[i];
		struct report_sealed sealed = {0};

		is_all =
		    report_sealed_load(&sealed, sealing->ledger, site->site_id, &site->span, &sealing->totals.factors, NULL) == ERR_NONE &&
		    sealed.statement_id != 0;
		report_sealed_deinit(&sealed);
	}
	return is_all;
}

/* In the ledger's own events, so that whoever reads them sees that the totals are final from here on. */
static enum err put_events(const struct sealing *sealing, struct err_info *info)
{
	struct ledger_batch batch;
	enum err err = ERR_NONE;

	ledger_batch_init(&batch, BATCH_BYTES_MAX);
	for (size_t i = 0; err == ERR_NONE && i < sealing->count; i++) {
		const struct draft *draft = &sealing->draft[i];
		struct ledger_event event = {.utc_ms = draft->row.sealed_utc_ms,
					     .level = LOG_LEVEL_NOTICE,
					     .code = draft->row.revision == 0 ? "period_sealed" : "period_restated",
					     .site_id = draft->row.site_id,
					     .before = draft->row.reason_code,
					     .after = draft->row.label,
					     .millij = draft->row.energy_millij,
					     .text = draft->row.reason};

		if (is_change(sealing, draft))
			err = ledger_batch_add_event(&batch, &event, info);
	}
	if (err == ERR_NONE)
		err = ledger_commit(sealing->ledger, &batch, NULL, info);
	ledger_batch_deinit(&batch);
	return err;
}

enum err seal_make(struct ledger *ledger, const struct seal_request *request, struct buf *out, struct err_info *info)
{
	struct sealing sealing = {.ledger = ledger, .request = request};
	struct report_request report = request->report;
	enum err err = put_factors(ledger, request, info);

	report.is_unsealed = true;
	if (err == ERR_NONE)
		err = report_totals_make(&sealing.totals, ledger, &report, REPORT_METER, info);
	if (err != ERR_NONE)
		return err;
	if (request->is_sealed_fine && is_all_sealed(&sealing)) {
		report_totals_deinit(&sealing.totals);
		return ERR_NONE;
	}
	err = make_drafts(&sealing, info);
	if (err == ERR_NONE)
		err = check_gaps(&sealing, info);
	if (err == ERR_NONE)
		err = check_change(&sealing, info);
	if (err == ERR_NONE)
		err = put_corrections(&sealing, info);
	if (err == ERR_NONE)
		err = write_drafts(&sealing, info);
	if (err == ERR_NONE)
		err = put_events(&sealing, info);
	for (size_t i = 0; err == ERR_NONE && i < sealing.count; i++)
		tell(out, &sealing, &sealing.draft[i]);
	deinit(&sealing);
	return err;
}

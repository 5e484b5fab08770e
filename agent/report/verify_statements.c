/* SPDX-License-Identifier: Apache-2.0 */
/* verify_statements: the chain of sealed periods, the rows of each revision, and that the totals are those of the newest. */
#include "report/verify_priv.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "report/figure.h"
#include "report/seal_priv.h"

#include <sodium.h>
#include <string.h>

enum { STATEMENTS_MAX = 1000000, TEXT_BYTES_MAX = 64 << 10, NAME_BYTES = 64, HEX_BYTES = 2 * crypto_hash_sha256_BYTES + 1 };

/* Which statement: its site, span and revision as they stand in the files. */
struct name {
	char site[NAME_BYTES];
	char start[NAME_BYTES];
	char end[NAME_BYTES];
	char revision[NAME_BYTES];
};

struct statement {
	struct name name;
	char body_sha256[HEX_BYTES];
	char energy[NAME_BYTES];
	char mg[NAME_BYTES];
	bool has_rows;
};

struct verify_chain {
	struct statement *statement;
	size_t count;
	size_t capacity;
	char site[NAME_BYTES]; /* of the row before */
	uint8_t head[crypto_hash_sha256_BYTES];
	/* The statement whose rows are being read. */
	struct name name;
	bool has_name;
	crypto_hash_sha256_state body;
};

/* ---- statements.csv ---- */

/* `count` cells as CSV, joined by commas. */
static void add_cells(struct buf *out, const char *const *cell, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		text_add_csv(out, cell[i]);
	}
}

static void check_digest(struct verification *verification, size_t line, const char *what, const uint8_t *digest, const char *cell)
{
	char hex[HEX_BYTES];

	sodium_bin2hex(hex, sizeof(hex), digest, crypto_hash_sha256_BYTES);
	if (strcmp(hex, cell) != 0)
		verify_find(verification, SEAL_STATEMENTS_FILE ":%zu: %s is %.64s, computed it is %s", line, what, cell, hex);
}

static void check_chain(struct verification *verification, const struct csv_row *row, const char *const *cell)
{
	struct verify_chain *chain = verification->chain;
	uint8_t both[2 * crypto_hash_sha256_BYTES];
	struct buf line;

	if (strcmp(chain->site, cell[0]) != 0) {
		memset(chain->head, 0, sizeof(chain->head));
		(void)text_copy(chain->site, sizeof(chain->site), cell[0]);
	}
	buf_init(&line, TEXT_BYTES_MAX);
	add_cells(&line, cell, SEAL_LINE_COUNT);
	memcpy(both, chain->head, sizeof(chain->head));
	crypto_hash_sha256(both + sizeof(chain->head), (const unsigned char *)buf_text(&line), line.bytes);
	buf_deinit(&line);
	crypto_hash_sha256(chain->head, both, sizeof(both));
	check_digest(verification, row->line, "row_sha256", both + crypto_hash_sha256_BYTES, cell[SEAL_LINE_COUNT]);
	check_digest(verification, row->line, "chain_sha256", chain->head, cell[SEAL_LINE_COUNT + 1]);
}

static void set_name(struct name *name, const char *site, const char *start, const char *end, const char *revision)
{
	(void)text_copy(name->site, sizeof(name->site), site);
	(void)text_copy(name->start, sizeof(name->start), start);
	(void)text_copy(name->end, sizeof(name->end), end);
	(void)text_copy(name->revision, sizeof(name->revision), revision);
}

/* The statement with which the chain stood where somebody read it. */
static void note_head(struct verification *verification, const char *const *cell)
{
	if (verification->head != NULL && memcmp(verification->head, verification->chain->head, sizeof(verification->chain->head)) == 0)
		snprintf(verification->summary->head_of, VERIFY_HEAD_BYTES, "%.64s, revision %.16s of %.64s", cell[0], cell[4], cell[1]);
}

static enum err take_statement(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_chain *chain = verification->chain;
	void *array = chain->statement;
	struct statement *statement;
	enum err err = mem_grow(&array, &chain->capacity, chain->count, STATEMENTS_MAX, sizeof(*chain->statement));

	chain->statement = array;
	if (err != ERR_NONE)
		return err_set(info, err, SEAL_STATEMENTS_FILE ": no room for its rows");
	check_chain(verification, row, cell);
	note_head(verification, cell);
	statement = &chain->statement[chain->count++];
	*statement = (struct statement){0};
	set_name(&statement->name, cell[0], cell[2], cell[3], cell[4]);
	(void)text_copy(statement->energy, sizeof(statement->energy), cell[10]);
	(void)text_copy(statement->mg, sizeof(statement->mg), cell[11]);
	(void)text_copy(statement->body_sha256, sizeof(statement->body_sha256), cell[12]);
	return ERR_NONE;
}

/* ---- statement_rows.csv ---- */

static bool is_same(const struct name *a, const struct name *b)
{
	return strcmp(a->site, b->site) == 0 && strcmp(a->start, b->start) == 0 && strcmp(a->end, b->end) == 0 &&
	       strcmp(a->revision, b->revision) == 0;
}

static struct statement *find_statement(const struct verify_chain *chain, const struct name *name)
{
	for (size_t i = 0; i < chain->count; i++) {
		if (is_same(&chain->statement[i].name, name))
			return &chain->statement[i];
	}
	return NULL;
}

/* No later revision of the same site and span is there. */
static bool is_newest(const struct verify_chain *chain, const struct name *name)
{
	const struct statement *newest = NULL;

	for (size_t i = 0; i < chain->count; i++) {
		struct name other = chain->statement[i].name;

		(void)text_copy(other.revision, sizeof(other.revision), name->revision);
		if (is_same(&other, name))
			newest = &chain->statement[i];
	}
	return newest != NULL && is_same(&newest->name, name);
}

static void end_body(struct verification *verification)
{
	struct verify_chain *chain = verification->chain;
	struct statement *statement = chain->has_name ? find_statement(chain, &chain->name) : NULL;
	uint8_t digest[crypto_hash_sha256_BYTES];
	char hex[HEX_BYTES];

	if (!chain->has_name)
		return;
	chain->has_name = false;
	crypto_hash_sha256_final(&chain->body, digest);
	sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	if (statement == NULL) {
		verify_find(verification, SEAL_ROWS_FILE ": revision %s of %s, %s is not in " SEAL_STATEMENTS_FILE, chain->name.revision,
			    chain->name.site, chain->name.start);
		return;
	}
	statement->has_rows = true;
	if (strcmp(hex, statement->body_sha256) != 0)
		verify_find(verification,
			    SEAL_ROWS_FILE ": the rows of revision %s of %s, %s have the digest %s, " SEAL_STATEMENTS_FILE " says %s",
			    chain->name.revision, chain->name.site, chain->name.start, hex, statement->body_sha256);
}

/* Columns of statement_rows.csv that are looked at, in the order of seal_row_columns(). */
enum {
	AT_TYPE = 4,
	AT_NODE,
	AT_START,
	AT_END,
	AT_ZONE,
	AT_SUPPLY,
	AT_ENERGY = 11,
	AT_YEAR = 19,
	AT_EDITION = 22,
	AT_TABLE,
	AT_MG = 25,
	AT_STATED
};

static void check_division(struct verification *verification, size_t line, const char *const *cell)
{
	const char *const name[VERIFY_FACTOR_CELLS] = {cell[AT_ZONE], cell[AT_YEAR], cell[AT_EDITION], cell[AT_TABLE]};
	const struct plan_factor *factor;
	int64_t millij;
	int64_t mg;

	if (strcmp(cell[AT_TYPE], "meter") != 0 || strcmp(cell[AT_MG], FIGURE_NONE) == 0)
		return;
	factor = verify_find_factor(verification, name);
	if (factor == NULL) {
		verify_find(verification, SEAL_ROWS_FILE ":%zu: the factor of %s is not in factors.csv", line, cell[AT_NODE]);
		return;
	}
	if (!num_parse_i64(cell[AT_ENERGY], &millij) || !num_parse_i64(cell[AT_MG], &mg) ||
	    account_carbon_mg(millij, factor->microg_per_kwh) != mg)
		verify_find(verification, SEAL_ROWS_FILE ":%zu: %s has %s mg CO2e, energy and factor give something else", line,
			    cell[AT_NODE], cell[AT_MG]);
}

static bool says(bool has, int64_t value, const char *cell)
{
	int64_t said;

	return has ? num_parse_i64(cell, &said) && said == value : strcmp(cell, FIGURE_NONE) == 0;
}

/* All of it, or a forger could write beside it what no digest holds. */
static bool is_unstated(const char *const *cell)
{
	for (int i = 0; i < REPORT_STATED_COUNT; i++) {
		if (cell[AT_STATED + i] != NULL && strcmp(cell[AT_STATED + i], SEAL_UNSTATED) != 0)
			return false;
	}
	return true;
}

static bool is_as_stated(const struct verify_total *total, const char *const *cell)
{
	bool is_same = true;

	for (int i = 0; !is_unstated(cell) && i < REPORT_STATED_COUNT; i++)
		is_same = is_same && strcmp(total->stated[i], cell[AT_STATED + i]) == 0;
	return is_same;
}

/* totals.csv shows what was sealed; levels that it leaves out cannot be compared. */
static void check_totals(struct verification *verification, size_t line, const char *const *cell)
{
	const struct verify_total *total;
	enum report_level level;
	int64_t start_ms;

	if (!report_level_find(cell[AT_TYPE], &level) || !clock_parse_utc(cell[AT_START], &start_ms)) {
		verify_find(verification, SEAL_ROWS_FILE ":%zu: it has no level or no start", line);
		return;
	}
	total = verify_find_total(verification, level, cell[AT_NODE], start_ms);
	if (total == NULL) {
		if (level == REPORT_SITE || verification->summary->has_meters)
			verify_find(verification, SEAL_ROWS_FILE ":%zu: totals.csv has no row of %s", line, cell[AT_NODE]);
		return;
	}
	if (!says(total->has_energy, total->energy_millij, cell[AT_ENERGY]) ||
	    !says(total->has_location, total->location_mg, cell[AT_MG]) || !is_as_stated(total, cell))
		verify_find(verification, "totals.csv:%zu: %s is not what was sealed (" SEAL_ROWS_FILE ":%zu)", total->line, total->node,
			    line);
}

/* What the statement says of its site is what its rows do. */
static void check_site(struct verification *verification, size_t line, const char *const *cell)
{
	struct name name = {0};
	const struct statement *statement;

	set_name(&name, cell[0], cell[1], cell[2], cell[3]);
	statement = strcmp(cell[AT_TYPE], report_level_name(REPORT_SITE)) == 0 ? find_statement(verification->chain, &name) : NULL;
	if (statement != NULL && (strcmp(statement->energy, cell[AT_ENERGY]) != 0 || strcmp(statement->mg, cell[AT_MG]) != 0))
		verify_find(verification, SEAL_ROWS_FILE ":%zu: %s has %s mJ and %s mg CO2e, " SEAL_STATEMENTS_FILE " says %s and %s", line,
			    cell[AT_NODE], cell[AT_ENERGY], cell[AT_MG], statement->energy, statement->mg);
}

static enum err take_row(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_chain *chain = verification->chain;
	struct name name = {0};
	struct buf text;
	/* Without the columns of a later version than the statement's. */
	size_t count = SEAL_NAMING_COUNT + REPORT_STATED_ROW_CELLS - (is_unstated(cell) ? (size_t)REPORT_STATED_COUNT : 0);

	for (int i = 0; i < REPORT_STATED_COUNT; i++) {
		if ((cell[AT_STATED + i] == NULL) != (cell[AT_STATED] == NULL))
			return err_set(info, ERR_DATA, SEAL_ROWS_FILE ": it has some of its last columns, and lacks others");
	}
	set_name(&name, cell[0], cell[1], cell[2], cell[3]);
	if (!chain->has_name || !is_same(&chain->name, &name)) {
		end_body(verification);
		chain->name = name;
		chain->has_name = true;
		crypto_hash_sha256_init(&chain->body);
	}
	buf_init(&text, TEXT_BYTES_MAX);
	add_cells(&text, cell + SEAL_NAMING_COUNT, count - SEAL_NAMING_COUNT);
	buf_add_char(&text, '\n');
	crypto_hash_sha256_update(&chain->body, (const unsigned char *)buf_text(&text), text.bytes);
	buf_deinit(&text);
	check_division(verification, row->line, cell);
	check_site(verification, row->line, cell);
	if (is_newest(chain, &name))
		check_totals(verification, row->line, cell);
	return ERR_NONE;
}

/* The span that totals.csv shows is sealed, and what was sealed is not there. */
static void check_missing(struct verification *verification)
{
	const struct verify_chain *chain = verification->chain;

	for (size_t i = 0; i < chain->count; i++) {
		const struct statement *statement = &chain->statement[i];
		const struct verify_total *total;
		int64_t start_ms;
		int64_t end_ms;

		if (statement->has_rows || !clock_parse_utc(statement->name.start, &start_ms) ||
		    !clock_parse_utc(statement->name.end, &end_ms))
			continue;
		total = verify_find_total(verification, REPORT_SITE, statement->name.site, start_ms);
		if (total != NULL && total->start_ms == start_ms && total->end_ms == end_ms)
			verify_find(verification, SEAL_ROWS_FILE ": it has no rows of revision %s of %s", statement->name.revision,
				    statement->name.site);
	}
}

/* ---- The whole ---- */

static enum err walk_chain(struct verification *verification, struct err_info *info)
{
	const char *column[SEAL_STATEMENT_COUNT + 1] = {NULL};

	memcpy(column, SEAL_STATEMENT_COLUMNS, SEAL_STATEMENT_COUNT * sizeof(*column));
	return verify_walk(verification, SEAL_STATEMENTS_FILE, column, take_statement, info);
}

/* Earlier versions had none of the last columns. */
static enum err walk_rows(struct verification *verification, struct err_info *info)
{
	const char *column[SEAL_NAMING_COUNT + REPORT_STATED_ROW_CELLS + 1] = {NULL};
	char optional[REPORT_STATED_COUNT][VERIFY_NAME_BYTES];
	size_t count;
	const char *const *all = seal_row_columns(&count);

	for (size_t i = 0; i < count; i++)
		column[i] = all[i];
	for (size_t i = 0; i < REPORT_STATED_COUNT; i++) {
		size_t at = count - REPORT_STATED_COUNT + i;

		snprintf(optional[i], sizeof(optional[i]), VERIFY_OPTIONAL "%s", all[at]);
		column[at] = optional[i];
	}
	return verify_walk(verification, SEAL_ROWS_FILE, column, take_row, info);
}

enum err verify_statements(struct verification *verification, struct err_info *info)
{
	struct verify_chain chain = {.count = 0};
	enum err err;

	verification->chain = &chain;
	err = walk_chain(verification, info);
	if (err == ERR_NONE)
		err = walk_rows(verification, info);
	if (err == ERR_NONE) {
		end_body(verification);
		check_missing(verification);
		if (verification->head != NULL && verification->summary->head_of[0] == '\0')
			verify_find(verification, SEAL_STATEMENTS_FILE
				    ": no statement has the chain head that was given: it is of another site, or the chain was made anew");
	}
	verification->chain = NULL;
	verification->summary->statement_count = chain.count;
	mem_free(chain.statement);
	return err;
}

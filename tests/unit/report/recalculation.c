/* SPDX-License-Identifier: Apache-2.0 */
#include "report/recalculation.h"

#include "base/mem.h"
#include "report/export.h"
#include "report/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXEC_FAILED = 127 };

void recalculation_export(struct books_fixture *books, const char *out_dir, const char *period)
{
	struct export_request request = {
	    .level = REPORT_METER, .out_dir = out_dir, .export_id = "x", .software_version = "1.2.3", .generated_by = "tester"};

	request.report.period = period;
	request.report.now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z");
	cr_assert_eq(export_write(books->ledger, &request, NULL, &books->info), ERR_NONE, "%s", books->info.text);
}

/* It prints what it finds. EXEC_FAILED: there is no Python. */
static int run_python(const char *out_dir)
{
	int status = 0;
	pid_t child = fork();

	cr_assert_geq(child, 0);
	if (child == 0) {
		execlp("python3", "python3", "packaging/recalculate.py", out_dir, (char *)NULL);
		_exit(EXEC_FAILED);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

bool recalculation_check(struct books_fixture *books, const char *out_dir, struct buf *findings)
{
	struct verify_summary summary;
	enum err err = verify_package(&(struct verify_request){.dir = out_dir}, &summary, findings, &books->info);
	int status = run_python(out_dir);

	cr_expect(err == ERR_NONE || err == ERR_DATA, "%s", books->info.text);
	return err == ERR_NONE && (status == 0 || status == EXEC_FAILED);
}

void recalculation_tamper(struct books_fixture *books, const char *out_dir, const char *from, const char *to)
{
	char *text = books_read_file(books, "package/totals.csv");
	char *at = strstr(text, from);
	char path[256];
	FILE *file;

	cr_assert_eq(strlen(from), strlen(to));
	cr_assert_not_null(at, "%s is not in totals.csv", from);
	memcpy(at, to, strlen(to));
	snprintf(path, sizeof(path), "%s/totals.csv", out_dir);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
	mem_free(text);
}

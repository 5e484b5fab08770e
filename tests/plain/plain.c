/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain: the main program of a unit test where Criterion is missing. Runs each test in a process of its own and prints TAP.
 *
 *   test_x [--tap=FILE]
 */
#include <criterion/criterion.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a test leaves behind; shared with its process. */
struct report {
	char text[16384]; /* of its failures, or why it was skipped */
	size_t bytes;
	bool has_failed;
	bool has_ended;
	bool is_skipped;
};

static struct plain_test *first;
static struct plain_test **end = &first;
static struct report *report;
static jmp_buf after;

void plain_add(struct plain_test *test)
{
	*end = test;
	end = &test->next;
}

static void add_text(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static void add_text(const char *fmt, va_list args)
{
	size_t room = sizeof report->text - report->bytes;
	int bytes = vsnprintf(report->text + report->bytes, room, fmt, args);

	if (bytes > 0)
		report->bytes += (size_t)bytes < room ? (size_t)bytes : room - 1;
}

static void add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_text(fmt, args);
	va_end(args);
}

void plain_fail(const char *file, int line, const char *condition, const char *fmt, ...)
{
	va_list args;

	report->has_failed = true;
	add("  %s:%d: %s:", file, line, condition);
	va_start(args, fmt);
	add_text(fmt, args);
	va_end(args);
	add("\n");
}

void plain_skip(const char *fmt, ...)
{
	va_list args;

	report->is_skipped = true;
	report->bytes = 0;
	va_start(args, fmt);
	add_text(fmt, args);
	va_end(args);
}

_Noreturn void plain_end(void)
{
	longjmp(after, 1);
}

static const struct plain_options *options_of_suite(const struct plain_test *test)
{
	static const struct plain_options none;

	for (const struct plain_test *suite = first; suite != NULL; suite = suite->next) {
		if (suite->run == NULL && strcmp(suite->suite, test->suite) == 0)
			return &suite->options;
	}
	return &none;
}

/* false when it ended the test. */
static bool call(void (*function)(void))
{
	if (function == NULL)
		return true;
	if (setjmp(after) != 0)
		return false;
	function();
	return true;
}

static void run_in_child(const struct plain_test *test)
{
	const struct plain_options *suite = options_of_suite(test);

	if (call(suite->init) && call(test->options.init))
		(void)call(test->run);
	(void)call(test->options.fini);
	(void)call(suite->fini);
	report->has_ended = true;
	(void)fflush(NULL);
	_exit(0);
}

static void run(const struct plain_test *test)
{
	int status = 0;
	pid_t pid;

	memset(report, 0, sizeof *report);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_in_child(test);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0 || !report->has_ended) {
		report->has_failed = true;
		add("  it did not come to its end: %s %d\n", WIFSIGNALED(status) ? "signal" : "exit status",
		    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
}

static void print_result(FILE *out, const struct plain_test *test)
{
	fprintf(out, "%s - %s::%s", report->has_failed ? "not ok" : "ok", test->suite, test->name);
	if (report->has_failed)
		fprintf(out, "\n%s", report->text);
	else
		fprintf(out, "%s%s\n", report->is_skipped ? " # SKIP" : "", report->text);
	(void)fflush(out);
}

int main(int argc, char **argv)
{
	FILE *out = stdout;
	int count = 0, failed = 0;

	if (argc == 2 && strncmp(argv[1], "--tap=", 6) == 0)
		out = fopen(argv[1] + 6, "we");
	report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc > 2 || out == NULL || report == MAP_FAILED) {
		fprintf(stderr, "usage: %s [--tap=FILE]\n", argv[0]);
		return 64;
	}
	for (const struct plain_test *test = first; test != NULL; test = test->next)
		count += test->run != NULL;
	fprintf(out, "1..%d\n", count);
	for (const struct plain_test *test = first; test != NULL; test = test->next) {
		if (test->run == NULL)
			continue;
		run(test);
		print_result(out, test);
		failed += report->has_failed;
		if (report->has_failed && out != stdout)
			fprintf(stderr, "%s::%s:\n%s", test->suite, test->name, report->text);
	}
	return failed != 0;
}

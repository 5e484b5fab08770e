/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our unit tests use of Criterion, for a distribution that has none of it (Debian on armhf): the names and their meaning are Criterion's
 * (criterion.readthedocs.io), what stands behind them is tests/plain/plain.c. Each test runs in a process of its own.
 */
#ifndef WATTLEDGER_TESTS_PLAIN_CRITERION_H
#define WATTLEDGER_TESTS_PLAIN_CRITERION_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a test or a suite: what runs before and after it. A time limit is tests/run's to keep. */
struct plain_options {
	int unused; /* so that {} and {.init = f} are both initialisers */
	void (*init)(void);
	void (*fini)(void);
	double timeout;
};

/* One test, or (run: NULL) the options of a suite. */
struct plain_test {
	const char *suite;
	const char *name;
	void (*run)(void);
	struct plain_options options;
	struct plain_test *next;
};

/* Before main: adds to the list of what runs, in the order of the calls. `test` stays. */
void plain_add(struct plain_test *test);

/* Inside a test: it has failed, with the place, the condition and the text (printf format) in its report. */
void plain_fail(const char *file, int line, const char *condition, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Inside a test: it was not run; the reason as printf's. */
void plain_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Inside a test: ends it. What the options say runs after it still does. */
_Noreturn void plain_end(void);

#define PLAIN_ADD(Suite, Name, Run, ...)                                                                                             \
	__attribute__((constructor)) static void Suite##_##Name##_add(void)                                                          \
	{                                                                                                                            \
		static struct plain_test test = {.suite = #Suite, .name = #Name, .run = Run, .options = {.unused = 0, __VA_ARGS__}}; \
                                                                                                                                     \
		plain_add(&test);                                                                                                    \
	}
#define Test(Suite, Name, ...)                                    \
	static void Suite##_##Name##_run(void);                   \
	PLAIN_ADD(Suite, Name, Suite##_##Name##_run, __VA_ARGS__) \
	static void Suite##_##Name##_run(void)
#define TestSuite(Suite, ...) PLAIN_ADD(Suite, suite_options, NULL, __VA_ARGS__) struct plain_test

/* A text after the condition is a format; the blank before it keeps an absent one from being an empty format. */
#define PLAIN_CHECK(Then, Condition, Text, ...) ((Condition) ? (void)0 : (plain_fail(__FILE__, __LINE__, Text, " " __VA_ARGS__), Then))
#define PLAIN_BOTH(Then, A, Operator, B, ...) PLAIN_CHECK(Then, (A)Operator(B), #A " " #Operator " " #B, __VA_ARGS__)

#define cr_assert(Condition, ...) PLAIN_CHECK(plain_end(), Condition, #Condition, __VA_ARGS__)
#define cr_expect(Condition, ...) PLAIN_CHECK((void)0, Condition, #Condition, __VA_ARGS__)
#define cr_assert_not(Condition, ...) PLAIN_CHECK(plain_end(), !(Condition), "not " #Condition, __VA_ARGS__)
#define cr_expect_not(Condition, ...) PLAIN_CHECK((void)0, !(Condition), "not " #Condition, __VA_ARGS__)
#define cr_assert_null(A, ...) PLAIN_BOTH(plain_end(), A, ==, NULL, __VA_ARGS__)
#define cr_expect_null(A, ...) PLAIN_BOTH((void)0, A, ==, NULL, __VA_ARGS__)
#define cr_assert_not_null(A, ...) PLAIN_BOTH(plain_end(), A, !=, NULL, __VA_ARGS__)
#define cr_expect_not_null(A, ...) PLAIN_BOTH((void)0, A, !=, NULL, __VA_ARGS__)
#define cr_assert_eq(A, B, ...) PLAIN_BOTH(plain_end(), A, ==, B, __VA_ARGS__)
#define cr_expect_eq(A, B, ...) PLAIN_BOTH((void)0, A, ==, B, __VA_ARGS__)
#define cr_assert_neq(A, B, ...) PLAIN_BOTH(plain_end(), A, !=, B, __VA_ARGS__)
#define cr_expect_neq(A, B, ...) PLAIN_BOTH((void)0, A, !=, B, __VA_ARGS__)
#define cr_assert_lt(A, B, ...) PLAIN_BOTH(plain_end(), A, <, B, __VA_ARGS__)
#define cr_expect_lt(A, B, ...) PLAIN_BOTH((void)0, A, <, B, __VA_ARGS__)
#define cr_assert_gt(A, B, ...) PLAIN_BOTH(plain_end(), A, >, B, __VA_ARGS__)
#define cr_expect_gt(A, B, ...) PLAIN_BOTH((void)0, A, >, B, __VA_ARGS__)
#define cr_assert_leq(A, B, ...) PLAIN_BOTH(plain_end(), A, <=, B, __VA_ARGS__)
#define cr_expect_leq(A, B, ...) PLAIN_BOTH((void)0, A, <=, B, __VA_ARGS__)
#define cr_assert_geq(A, B, ...) PLAIN_BOTH(plain_end(), A, >=, B, __VA_ARGS__)
#define cr_expect_geq(A, B, ...) PLAIN_BOTH((void)0, A, >=, B, __VA_ARGS__)
#define cr_assert_str_eq(A, B, ...) PLAIN_CHECK(plain_end(), strcmp(A, B) == 0, #A " is " #B, __VA_ARGS__)
#define cr_expect_str_eq(A, B, ...) PLAIN_CHECK((void)0, strcmp(A, B) == 0, #A " is " #B, __VA_ARGS__)
#define cr_assert_str_neq(A, B, ...) PLAIN_CHECK(plain_end(), strcmp(A, B) != 0, #A " is not " #B, __VA_ARGS__)
#define cr_expect_str_neq(A, B, ...) PLAIN_CHECK((void)0, strcmp(A, B) != 0, #A " is not " #B, __VA_ARGS__)
#define cr_assert_arr_eq(A, B, Bytes, ...) PLAIN_CHECK(plain_end(), memcmp(A, B, Bytes) == 0, #A " is " #B, __VA_ARGS__)
#define cr_expect_arr_eq(A, B, Bytes, ...) PLAIN_CHECK((void)0, memcmp(A, B, Bytes) == 0, #A " is " #B, __VA_ARGS__)
#define cr_expect_float_eq(A, B, Epsilon, ...) PLAIN_CHECK((void)0, fabs((A) - (B)) <= (Epsilon), #A " is about " #B, __VA_ARGS__)

#define cr_fatal(...) (plain_fail(__FILE__, __LINE__, "cr_fatal", " " __VA_ARGS__), plain_end())
#define cr_skip_test(...) (plain_skip(" " __VA_ARGS__), plain_end())
#define cr_log_warn(...) (fprintf(stderr, " " __VA_ARGS__), fputc('\n', stderr))

#endif

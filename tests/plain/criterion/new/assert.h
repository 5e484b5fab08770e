/* SPDX-License-Identifier: Apache-2.0 */
/* Of Criterion's newer conditions, which say a type first, those that our unit tests use: cr_assert(eq(i64, a, b)). */
#ifndef WATTLEDGER_TESTS_PLAIN_CRITERION_NEW_ASSERT_H
#define WATTLEDGER_TESTS_PLAIN_CRITERION_NEW_ASSERT_H

#include <criterion/criterion.h>
#include <float.h>
#include <stdint.h>

typedef int64_t plain_i64;
typedef uint64_t plain_u64;
typedef double plain_dbl;

#define eq(Type, A, B) ((plain_##Type)(A) == (plain_##Type)(B))
#define le(Type, A, B) ((plain_##Type)(A) <= (plain_##Type)(B))
#define ge(Type, A, B) ((plain_##Type)(A) >= (plain_##Type)(B))
#define not(Condition) (!(Condition))
#define epsilon_eq(Type, A, B, Epsilon) (fabs((plain_##Type)(A) - (plain_##Type)(B)) <= (Epsilon))
/* So many neighbouring doubles apart, of the larger one's size. */
#define ieee_ulp_eq(Type, A, B, Ulp) (fabs((plain_##Type)(A) - (plain_##Type)(B)) <= (Ulp)*DBL_EPSILON * fmax(fabs(A), fabs(B)))

#endif

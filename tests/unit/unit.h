/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test needs: libcheck, and a main() that speaks TAP. */
#pragma once

#include <check.h>
#include <stddef.h>

/* Runs tests, each between setup and teardown where these are not NULL. */
static inline int unit_run_with(const char *name, void (*setup)(void), void (*teardown)(void),
                                const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	/* Only for what hangs: no test may depend on how fast the machine is. */
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

static inline int unit_run(const char *name, const TTest *const *tests, size_t n)
{
	return unit_run_with(name, NULL, NULL, tests, n);
}

/* The suite's name, then its tests. */
#define UNIT_MAIN(name, ...)                                                    \
	int main(void)                                                          \
	{                                                                       \
		const TTest *const tests[] = {__VA_ARGS__};                     \
                                                                                \
		return unit_run(name, tests, sizeof(tests) / sizeof(tests[0])); \
	}

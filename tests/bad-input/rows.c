/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of tests, each row a test of its own. */
#include "rows.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct table *all;
static size_t n_all;

const char *row_outcome(const char *got)
{
	return *got ? got : "ignored";
}

void row_print(const struct row *row, char *text)
{
	snprintf(text, ROW_TEXT, "%s: %s => %s [%s]", row->what, *row->sent ? row->sent : "nothing",
	         row_outcome(row->got), row->where);
}

void run_script(const char *script, const struct step *steps, size_t n)
{
	char signs[16], text[4096];

	ck_assert_uint_lt(n, sizeof(signs));
	for (size_t i = 0; i < n; i++)
		signs[i] = steps[i].sign;
	signs[n] = 0;
	script += strspn(script, " ");
	while (*script) {
		size_t len = strcspn(script + 1, signs), i = 0;

		while (i < n && steps[i].sign != *script)
			i++;
		ck_assert_msg(i < n, "no step of a script: %s", script);
		ck_assert_uint_lt(len, sizeof(text));
		memcpy(text, script + 1, len);
		text[len] = 0;
		steps[i].fn(text);
		script += 1 + len;
	}
}

void each_pdu(const char *list, void (*fn)(const char *hex))
{
	const struct step step = {'|', fn};
	char pdus[ROW_TEXT];

	ck_assert_int_lt(snprintf(pdus, sizeof(pdus), "|%s", list), ROW_TEXT);
	run_script(pdus, &step, 1);
}

/* Where a row stands, by its number among those of all tables. */
static const struct table *find(size_t number, size_t *ret_row)
{
	const struct table *table = all;

	for (; number >= table->n; table++)
		number -= table->n;
	*ret_row = number;
	return table;
}

static void run_row(int number)
{
	size_t row;
	const struct table *table = find((size_t)number, &row);

	table->run(row);
}

static const TTest row_test = {"row", run_row, __FILE__, __LINE__};

/* The line of a row; a test case of libcheck keeps no copy of its name. */
static char *line_of(size_t number)
{
	size_t row;
	const struct table *table = find(number, &row);
	char *text = malloc(ROW_TEXT);

	if (!text)
		abort();
	table->print(row, text);
	return text;
}

static bool report(TestResult *const *results, size_t n_results, size_t number, const char *line)
{
	static unsigned count;
	TestResult *result = NULL;

	for (size_t i = 0; i < n_results && !result; i++)
		if (tr_tcname(results[i]) == line)
			result = results[i];
	if (!result)
		return true; /* not chosen */
	if (tr_rtype(result) == CK_PASS) {
		printf("ok %u - %s\n", ++count, line);
		return true;
	}
	printf("not ok %u - %s\n# row %zu, %s:%d: %s\n", ++count, line, number, tr_lfile(result),
	       tr_lno(result), tr_msg(result));
	return false;
}

static void list(char *const *lines)
{
	for (size_t t = 0; t < n_all; t++) {
		printf("%s\n", all[t].about);
		for (size_t i = 0; i < all[t].n; i++)
			printf("  %s\n", *lines++);
	}
}

static bool run_all(const char *name, char *const *lines, size_t n)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	TestResult **results;
	size_t n_results, number = 0;
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		TCase *tcase = tcase_create(lines[i]);

		/* Only for what hangs: no test may depend on how fast the machine is. */
		tcase_set_timeout(tcase, 120);
		tcase_add_loop_test(tcase, &row_test, (int)i, (int)i + 1);
		suite_add_tcase(suite, tcase);
	}
	/* What is in the buffer now would be printed by every child. */
	fflush(stdout);
	srunner_run_all(runner, CK_SILENT);
	results = srunner_results(runner);
	n_results = (size_t)srunner_ntests_run(runner);
	printf("1..%zu\n", n_results);
	for (size_t t = 0; t < n_all; t++) {
		printf("# %s\n", all[t].about);
		for (size_t i = 0; i < all[t].n; i++, number++)
			good &= report(results, n_results, number, lines[number]);
	}
	free(results);
	srunner_free(runner);
	return good && n_results;
}

int rows_main(const char *name, const struct table *tables, size_t n, int argc, char **argv)
{
	size_t n_lines = 0;
	char **lines;
	bool good = true;

	all = tables;
	n_all = n;
	for (size_t i = 0; i < n; i++)
		n_lines += tables[i].n;
	lines = calloc(n_lines, sizeof(*lines));
	if (!lines)
		abort();
	for (size_t i = 0; i < n_lines; i++)
		lines[i] = line_of(i);
	if (argc > 1 && !strcmp(argv[1], "--list"))
		list(lines);
	else if (argc > 1)
		good = fprintf(stderr, "usage: %s [--list]\n", argv[0]) < 0;
	else
		good = run_all(name, lines, n_lines);
	for (size_t i = 0; i < n_lines; i++)
		free(lines[i]);
	free(lines);
	return !good;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of tests: each row runs as a test of its own, in a process of its own, and its TAP line is
 * the row in words, so that what such a program prints reads as a document.
 */
#pragma once

#include <stddef.h>

#define ROW_TEXT 1024

/* A row: what happens, what is sent, what must come of it, and which section says so. */
struct row {
	const char *what;
	const char *sent;
	const char *got; /* "" for nothing */
	const char *where;
};

struct table {
	const char *about; /* a heading */
	size_t n;
	/* Runs row i; a failed ck_assert() fails it. */
	void (*run)(size_t i);
	/* Row i in words. */
	void (*print)(size_t i, char *text);
};

/* What comes of a row, in words: "" is "ignored". */
const char *row_outcome(const char *got);
void row_print(const struct row *row, char *text);

/* What each step of a script is for: its first character, and the function for the rest. */
struct step {
	char sign;
	void (*fn)(const char *text);
};

/* Runs "< 0a 0300 > 0b 616263" step by step. */
void run_script(const char *script, const struct step *steps, size_t n);

/* The PDUs of a list, apart by '|', each to a function. */
void each_pdu(const char *list, void (*fn)(const char *hex));

/* A table over an array of struct row, which run_fn(const struct row *) runs. */
#define ROW_TABLE(rows, run_fn)                        \
	static void run_##rows(size_t i)               \
	{                                              \
		run_fn(&rows[i]);                      \
	}                                              \
	static void print_##rows(size_t i, char *text) \
	{                                              \
		row_print(&rows[i], text);             \
	}                                              \
	enum { n_##rows = sizeof(rows) / sizeof(*rows) }

#define TABLE(heading, rows)                                \
	{                                                   \
		heading, n_##rows, run_##rows, print_##rows \
	}

/* A test that is more than a row: what happens and comes of it in words, and a function. */
struct story {
	const char *what;
	const char *where;
	void (*run)(void);
};

#define STORY_TABLE(stories)                                                            \
	static void run_##stories(size_t i)                                             \
	{                                                                               \
		stories[i].run();                                                       \
	}                                                                               \
	static void print_##stories(size_t i, char *text)                               \
	{                                                                               \
		snprintf(text, ROW_TEXT, "%s [%s]", stories[i].what, stories[i].where); \
	}                                                                               \
	enum { n_##stories = sizeof(stories) / sizeof(*stories) }

/*
 * Runs the tables and prints TAP. With --list as the only argument, prints the rows alone. With
 * CK_FORK=no in the environment all runs in this process, and with CK_RUN_CASE only the row that
 * has this line.
 */
int rows_main(const char *name, const struct table *tables, size_t n, int argc, char **argv);

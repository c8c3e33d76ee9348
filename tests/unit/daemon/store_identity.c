/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The static random address and its file, whatever has become of that. */
#include "store/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "said.h"

static char dir[64];

static const char *file(const char *name)
{
	static char path[2][128];
	static unsigned turn;
	char *ret = path[turn++ % 2];

	snprintf(ret, sizeof(path[0]), "%s/%s", dir, name);
	return ret;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void setup(void)
{
	strcpy(dir, "/tmp/qbled-state-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	said_begin();
}

static void teardown(void)
{
	char command[128];

	said_end();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Core 5.4, Vol 6, Part B, 1.3.2.1. */
static void check_static(const struct qb_addr *addr)
{
	static const uint8_t ones[5] = {0xff, 0xff, 0xff, 0xff, 0xff}, zeros[5];

	ck_assert_uint_eq(addr->type, QB_ADDR_RANDOM);
	ck_assert_uint_eq(addr->b[5] & 0xc0, 0xc0);
	ck_assert(memcmp(addr->b, ones, 5) || addr->b[5] != 0xff);
	ck_assert(memcmp(addr->b, zeros, 5) || addr->b[5] != 0xc0);
}

START_TEST(made_once)
{
	struct qb_addr first, second;
	struct stat st;

	ck_assert_int_eq(qb_identity_load(file("a/b"), &first), 0);
	check_static(&first);
	ck_assert_int_eq(stat(file("a/b/identity"), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(file("a/b"), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	ck_assert_int_eq(qb_identity_load(file("a/b"), &second), 0);
	ck_assert_mem_eq(first.b, second.b, 6);
	ck_assert_uint_eq(second.type, QB_ADDR_RANDOM);
	ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(read_as_shown)
{
	struct qb_addr addr;

	write_file(file("identity"), "[Identity]\nStaticRandomAddress=C6:05:04:03:02:01\n");
	ck_assert_int_eq(qb_identity_load(dir, &addr), 0);
	ck_assert_mem_eq(addr.b, ((uint8_t[]){1, 2, 3, 4, 5, 0xc6}), 6);
	ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(broken)
{
	static const char *const texts[] = {
	        "",
	        "nonsense",
	        "[Identity]\n",
	        "[Other]\nStaticRandomAddress=C6:05:04:03:02:01\n",
	        "[Identity]\nStaticRandomAddress=\n",
	        "[Identity]\nStaticRandomAddress=C6:05:04:03:02\n",
	        "[Identity]\nStaticRandomAddress=C6:05:04:03:02:01:00\n",
	        "[Identity]\nStaticRandomAddress=C6:05:04:03:02:0g\n",
	        "[Identity]\nStaticRandomAddress=C6:05:04:03:02:1",
	        "[Identity]\nStaticRandomAddress=C6:05:04:03:2:001\n",
	        "[Identity]\nStaticRandomAddress=C6:05:04:03:+2:01\n",
	        "[Identity]\nStaticRandomAddress=C6-05-04-03-02-01\n",
	        "[Identity]\nStaticRandomAddress=86:05:04:03:02:01\n",
	        "[Identity]\nStaticRandomAddress=c0:00:00:00:00:00\n",
	        "[Identity]\nStaticRandomAddress=ff:ff:ff:ff:ff:ff\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct qb_addr addr, again;
		struct stat st;

		write_file(file("identity"), texts[i]);
		said_begin();
		ck_assert_int_eq(qb_identity_load(dir, &addr), 0);
		check_static(&addr);
		said_has("identity.broken", NULL);
		ck_assert_int_eq(stat(file("identity.broken"), &st), 0);
		ck_assert_int_eq(st.st_size, (off_t)strlen(texts[i]));
		ck_assert_int_eq(qb_identity_load(dir, &again), 0);
		ck_assert_mem_eq(addr.b, again.b, 6);
	}
}
END_TEST

/* What cannot be read may be whole: it is neither put aside nor written over. */
START_TEST(unreadable)
{
	struct qb_addr addr;
	struct stat st;

	/* A loop; as root, there is nothing that only lacks permission. */
	ck_assert_int_eq(symlink("identity", file("identity")), 0);
	ck_assert_int_eq(qb_identity_load(dir, &addr), 0);
	check_static(&addr);
	said_has("identity cannot be read", "for this run only");
	ck_assert_int_eq(lstat(file("identity"), &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_ne(lstat(file("identity.broken"), &st), 0);
}
END_TEST

START_TEST(not_writable)
{
	struct qb_addr addr;

	write_file(file("blocker"), "");
	ck_assert_int_eq(qb_identity_load(file("blocker/state"), &addr), 0);
	check_static(&addr);
	said_has("for this run only", NULL);
}
END_TEST

/* Two machines hardly ever get the same. */
START_TEST(different)
{
	struct qb_addr a, b;

	qb_identity_load(file("a"), &a);
	qb_identity_load(file("b"), &b);
	ck_assert_mem_ne(a.b, b.b, 6);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {made_once,  read_as_shown, broken,
	                              unreadable, not_writable,  different};

	return unit_run_with("store_identity", setup, teardown, tests, 6);
}

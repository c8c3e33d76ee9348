/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds HCI sockets, as a made-up /proc has it. */
#include "transport/holders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"

static char proc[64];
static bool hidden;

static void add_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void add_folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

/* A program with three descriptors, the last of them a socket. */
static void add_program(long pid, const char *name, unsigned long inode)
{
	char path[256], target[64];

	snprintf(path, sizeof(path), "%ld", pid);
	add_folder(path);
	snprintf(path, sizeof(path), "%ld/fd", pid);
	add_folder(path);
	snprintf(path, sizeof(path), "%s/%ld/fd/0", proc, pid);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	snprintf(path, sizeof(path), "%s/%ld/fd/1", proc, pid);
	ck_assert_int_eq(symlink("pipe:[4711]", path), 0);
	snprintf(path, sizeof(path), "%s/%ld/fd/2", proc, pid);
	snprintf(target, sizeof(target), "socket:[%lu]", inode);
	ck_assert_int_eq(symlink(target, path), 0);
	snprintf(path, sizeof(path), "%ld/comm", pid);
	snprintf(target, sizeof(target), "%s\n", name);
	add_file(path, target);
}

static void setup(void)
{
	strcpy(proc, "/tmp/qbled-proc-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(proc));
	add_folder("self");
	add_folder("self/net");
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", proc);
	ck_assert_int_eq(system(command), 0);
}

#define HEADER "sk               RefCnt Rmem   Wmem   User   Inode  Parent\n"

START_TEST(named)
{
	char said[256];

	add_file("self/net/hci", HEADER "0000000000000000 2      0      0      0      813    0\n"
	                                "0000000012345678 2      0      0      0      812    0\n");
	add_file("uptime", "1 1\n");
	add_program(17, "dbus-daemon", 811);
	add_program(712, "bluetoothd", 812);
	ck_assert_uint_eq(qb_hci_holders(proc, said, sizeof(said), &hidden), 1);
	ck_assert_str_eq(said, "bluetoothd (pid 712)");
	ck_assert(hidden);
	/* This program itself is not news. */
	add_program(getpid(), "qbled", 812);
	ck_assert_uint_eq(qb_hci_holders(proc, said, sizeof(said), &hidden), 1);
	add_program(99, "btmon", 813);
	ck_assert_uint_eq(qb_hci_holders(proc, said, sizeof(said), &hidden), 2);
	ck_assert(!hidden);
	ck_assert_ptr_nonnull(strstr(said, "btmon (pid 99)"));
	ck_assert_ptr_nonnull(strstr(said, "bluetoothd (pid 712)"));
	ck_assert_ptr_nonnull(strstr(said, "), "));
}
END_TEST

/* Another user's descriptors are not shown, but that there is a socket is. */
START_TEST(of_others)
{
	char said[256];

	add_file("self/net/hci", HEADER "0 2 0 0 0 812 0\n0 2 0 0 0 900 0\n");
	add_program(getpid(), "qbled", 900);
	ck_assert_uint_eq(qb_hci_holders(proc, said, sizeof(said), &hidden), 0);
	ck_assert(hidden);
	add_program(99, "btmon", 812);
	ck_assert_uint_eq(qb_hci_holders(proc, said, sizeof(said), &hidden), 1);
	ck_assert(!hidden);
}
END_TEST

START_TEST(nobody)
{
	char said[256] = "x";

	ck_assert_uint_eq(qb_hci_holders("/nonexistent", said, sizeof(said), &hidden), 0);
	ck_assert_str_eq(said, "");
	/* What cannot be read may have anybody in it. */
	ck_assert(hidden);
	add_file("self/net/hci", HEADER);
	add_program(712, "bluetoothd", 812);
	ck_assert_uint_eq(qb_hci_holders(proc, said, sizeof(said), &hidden), 0);
	ck_assert(!hidden);
	/* A socket whose inode is 0 is on its way out. */
	add_file("self/net/hci", HEADER "0 2 0 0 0 0 0\nnonsense\n");
	ck_assert_uint_eq(qb_hci_holders(proc, said, sizeof(said), &hidden), 0);
}
END_TEST

/* More than fit: whole names only. */
START_TEST(many)
{
	char said[50];

	add_file("self/net/hci", HEADER "0 2 0 0 0 5 0\n");
	for (long pid = 1000; pid < 1010; pid++)
		add_program(pid, "fifteen-letters", 5);
	ck_assert_uint_eq(qb_hci_holders(proc, said, sizeof(said), &hidden), 1);
	ck_assert_uint_eq(strlen(said), strlen("fifteen-letters (pid 1000)"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {named, of_others, nobody, many};

	return unit_run_with("transport_holders", setup, teardown, tests, 4);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures: what is in the file, readers who are slow or leave, files that take no more. */
#include "transport/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../unit.h"
#include "said.h"
#include "transport/btsnoop.h"

#define RECORD QB_BTSNOOP_RECORD
#define HEADER QB_BTSNOOP_HEADER

static const uint8_t reset[] = {0x01, 0x03, 0x0c, 0x00};
static const uint8_t complete[] = {0x04, 0x0e, 0x04, 0x01, 0x03, 0x0c, 0x00};
static const uint8_t data[] = {0x02, 0x40, 0x00, 0x01, 0x00, 0xaa};

static sd_event *event;
static struct qb_capture *capture;
static char folder[] = "/tmp/qbled-capture-XXXXXX", path[64], why[QB_WHY_MAX];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	ck_assert_int_ge(sd_event_new(&event), 0);
	capture = qb_capture_new(event);
	ck_assert_ptr_nonnull(capture);
	said_begin();
}

static void teardown(void)
{
	said_end();
	qb_capture_free(capture);
	sd_event_unref(event);
	unlink(path);
	rmdir(folder);
}

static void put(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* What is in the file; each test has one of less than this. */
static uint8_t file[65536];

static size_t get(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, file, sizeof(file));

	ck_assert_int_ge(n, 0);
	close(fd);
	return (size_t)n;
}

/* How many whole records there are; nothing may follow them. */
static unsigned records(const uint8_t *p, size_t len)
{
	struct qb_btsnoop_record record;
	unsigned n = 0;
	bool cut;

	ck_assert_ptr_null(qb_btsnoop_check_header(p, len));
	for (size_t at = HEADER; at < len; at += RECORD + record.len, n++) {
		const char *wrong = qb_btsnoop_get_record(p + at, len - at, &record, &cut);

		ck_assert_msg(!wrong, "record %u: %s", n, wrong);
	}
	return n;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Octet by octet, as the format has it; the time counts from the year 0. */
START_TEST(octets)
{
	static const uint8_t expected[] = {
	        'b',
	        't',
	        's',
	        'n',
	        'o',
	        'o',
	        'p',
	        0,
	        0,
	        0,
	        0,
	        1,
	        0,
	        0,
	        0x03,
	        0xea,
	        /* A command to the controller */
	        0,
	        0,
	        0,
	        4,
	        0,
	        0,
	        0,
	        4,
	        0,
	        0,
	        0,
	        2,
	        0,
	        0,
	        0,
	        0,
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        0x01,
	        0x03,
	        0x0c,
	        0x00,
	        /* An event from it */
	        0,
	        0,
	        0,
	        7,
	        0,
	        0,
	        0,
	        7,
	        0,
	        0,
	        0,
	        3,
	        0,
	        0,
	        0,
	        0,
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        0x04,
	        0x0e,
	        0x04,
	        0x01,
	        0x03,
	        0x0c,
	        0x00,
	        /* Data to it, and from it */
	        0,
	        0,
	        0,
	        6,
	        0,
	        0,
	        0,
	        6,
	        0,
	        0,
	        0,
	        0,
	        0,
	        0,
	        0,
	        0,
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        0x02,
	        0x40,
	        0x00,
	        0x01,
	        0x00,
	        0xaa,
	        0,
	        0,
	        0,
	        6,
	        0,
	        0,
	        0,
	        6,
	        0,
	        0,
	        0,
	        1,
	        0,
	        0,
	        0,
	        0,
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        'T',
	        0x02,
	        0x40,
	        0x00,
	        0x01,
	        0x00,
	        0xaa,
	};
	const uint64_t before = now();
	struct qb_btsnoop_record record;
	struct stat st;
	bool cut;
	size_t len;

	ck_assert_int_eq(qb_capture_to_file(capture, path, why), 0);
	qb_capture_packet(capture, false, reset, sizeof(reset));
	qb_capture_packet(capture, true, complete, sizeof(complete));
	qb_capture_packet(capture, false, data, sizeof(data));
	qb_capture_packet(capture, true, data, sizeof(data));
	/* Nothing waits for the loop: the last packet before a crash is there. */
	len = get();
	ck_assert_uint_eq(records(file, len), 4);
	ck_assert_ptr_null(qb_btsnoop_get_record(file + HEADER, len - HEADER, &record, &cut));
	ck_assert_uint_ge(record.unix_us, before);
	ck_assert_uint_le(record.unix_us, now());
	/* 0x00dc is what the years from 0 to 1970 make of the two highest octets, until 2105. */
	ck_assert_mem_eq(file + HEADER + 16, "\x00\xe", 1);
	ck_assert_uint_eq(len, sizeof(expected));
	for (size_t i = 0; i < len; i++)
		if (expected[i] != 'T')
			ck_assert_msg(file[i] == expected[i], "octet %zu is 0x%02x", i, file[i]);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

/* 2000-01-01 00:00:00 UTC has a number of its own in the format's description. */
START_TEST(epoch)
{
	const struct qb_btsnoop_record record = {.len = 1, .unix_us = UINT64_C(946684800000000)};
	uint8_t p[RECORD];

	qb_btsnoop_put_record(p, &record, 0x01);
	ck_assert_mem_eq(p + 16, "\x00\xe0\x3a\xb4\x4a\x67\x60\x00", 8);
}
END_TEST

/* A daemon that fell and comes back goes on where the last whole packet ended. */
START_TEST(continued)
{
	size_t len;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(qb_capture_to_file(capture, path, why), 0);
		qb_capture_packet(capture, false, reset, sizeof(reset));
		qb_capture_free(capture);
		capture = qb_capture_new(event);
	}
	len = get();
	ck_assert_uint_eq(records(file, len), 2);
	for (size_t cut = HEADER; cut < len; cut++) {
		const bool first = cut >= HEADER + RECORD + sizeof(reset);

		ck_assert_int_eq(truncate(path, (off_t)cut), 0);
		ck_assert_int_eq(qb_capture_to_file(capture, path, why), 0);
		qb_capture_packet(capture, true, complete, sizeof(complete));
		qb_capture_free(capture);
		capture = qb_capture_new(event);
		ck_assert_uint_eq(records(file, get()), first + 1);
		/* As it was, for the next cut. */
		unlink(path);
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(qb_capture_to_file(capture, path, why), 0);
			qb_capture_packet(capture, false, reset, sizeof(reset));
			qb_capture_free(capture);
			capture = qb_capture_new(event);
		}
	}
	said_has("goes on at offset 16: the file ends inside of a record's header", NULL);
	said_has("goes on at offset 44: the file ends inside of a packet", NULL);
}
END_TEST

/* What is no capture stays as it is. */
START_TEST(others_files)
{
	put("[Identity]\n");
	ck_assert_int_eq(qb_capture_to_file(capture, path, why), -EEXIST);
	ck_assert_msg(strstr(why, "no capture to be continued: it does not begin"), "%s", why);
	ck_assert_uint_eq(get(), strlen("[Identity]\n"));
	ck_assert_int_eq(qb_capture_to_file(capture, "/nowhere/at/all", why), -ENOENT);
	ck_assert_str_eq(why, "cannot capture to /nowhere/at/all: No such file or directory");
	ck_assert_int_eq(qb_capture_to_file(capture, folder, why), -EISDIR);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(qb_capture_to_file(capture, path, why), -ENXIO);
	ck_assert_msg(strstr(why, "nobody reads it"), "%s", why);
	/* Not even a descriptor is left of all that. */
	ck_assert_int_eq(qb_capture_to_pipe(capture), dup(0) - 2);
}
END_TEST

/* A full disk ends the capture, which is told once, and leaves whole records behind. */
START_TEST(full)
{
	const struct rlimit limit = {HEADER + 3 * (RECORD + sizeof(data)) + 10, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(qb_capture_to_file(capture, path, why), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 10; i++)
		qb_capture_packet(capture, false, data, sizeof(data));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}),
	                 0);
	ck_assert_uint_eq(records(file, get()), 3);
	said_has("the capture /tmp/qbled-capture-", " ends: File too large");
	ck_assert_ptr_null(strstr(strstr(said(), "ends:") + 1, "ends:"));
	said_begin();
	ck_assert_int_eq(qb_capture_to_file(capture, "/dev/full", why), 0);
	qb_capture_packet(capture, false, data, sizeof(data));
	ck_assert_str_eq(said(), "qbled: the capture /dev/full ends: No space left on device\n");
}
END_TEST

/* Reads what is in a pipe. */
static size_t drain(int fd, uint8_t *ret, size_t room)
{
	size_t have = 0;
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int idle = 0; idle < 3;) {
		n = read(fd, ret + have, room - have);
		ck_assert(n > 0 || errno == EAGAIN);
		have += n > 0 ? (size_t)n : 0;
		idle = n > 0 ? 0 : idle + 1;
		sd_event_run(event, 0);
	}
	return have;
}

/* A reader who sleeps misses packets, and is told how many; nobody else does. */
START_TEST(slow_reader)
{
	static uint8_t packet[1000] = {0x02, 0x40, 0x00, 0xe3, 0x03}, got[4 << 20];
	struct qb_btsnoop_record record = {0};
	const unsigned sent = 3000;
	int slow = qb_capture_to_pipe(capture);
	unsigned n, last = 0;
	size_t len;
	bool cut;

	ck_assert_int_ge(slow, 0);
	for (unsigned i = 1; i <= sent; i++) {
		packet[5] = (uint8_t)i;
		packet[6] = (uint8_t)(i >> 8);
		qb_capture_packet(capture, true, packet, sizeof(packet));
	}
	len = drain(slow, got, sizeof(got));
	/* What a pipe and the backlog hold, and not more. */
	ck_assert_uint_lt(len, 512 * 1024);
	n = records(got, len);
	ck_assert_uint_gt(n, 200);
	qb_capture_packet(capture, false, reset, sizeof(reset));
	ck_assert_uint_eq(drain(slow, got + len, sizeof(got) - len), RECORD + sizeof(reset));
	for (size_t at = HEADER; at < len; at += RECORD + record.len) {
		ck_assert_ptr_null(qb_btsnoop_get_record(got + at, len - at, &record, &cut));
		last = got[at + RECORD + 5] + 256 * got[at + RECORD + 6];
	}
	ck_assert_uint_eq(last, n);
	ck_assert_uint_eq(record.drops, 0);
	ck_assert_ptr_null(qb_btsnoop_get_record(got + len, RECORD + sizeof(reset), &record, &cut));
	ck_assert_uint_eq(record.drops, sent - n);
	close(slow);
}
END_TEST

/* Who closes the pipe ends the capture, even where nothing is captured; there is room again. */
START_TEST(reader_leaves)
{
	int fds[QB_CAPTURES_MAX];

	for (int i = 0; i < QB_CAPTURES_MAX; i++) {
		fds[i] = qb_capture_to_pipe(capture);
		ck_assert_int_ge(fds[i], 0);
	}
	ck_assert_int_eq(qb_capture_to_pipe(capture), -ENOSPC);
	close(fds[0]);
	for (int i = 0; i < 5; i++)
		sd_event_run(event, 0);
	fds[0] = qb_capture_to_pipe(capture);
	ck_assert_int_ge(fds[0], 0);
	/* Noticed while writing. */
	close(fds[1]);
	qb_capture_packet(capture, true, data, sizeof(data));
	fds[1] = qb_capture_to_pipe(capture);
	ck_assert_int_ge(fds[1], 0);
	for (int i = 0; i < QB_CAPTURES_MAX; i++) {
		uint8_t got[256];

		ck_assert_uint_eq(records(got, drain(fds[i], got, sizeof(got))), i != 1);
	}
	for (int i = 0; i < QB_CAPTURES_MAX; i++)
		close(fds[i]);
	/* Which is nothing to worry about: those two were not told as warnings. */
	ck_assert_str_eq(said(),
	                 "qbled: a caller's capture ends\nqbled: a caller's capture ends\n");
}
END_TEST

/* One that is longer than any record may be is counted, and the preface has no half of it. */
START_TEST(giants)
{
	static uint8_t giant[QB_BTSNOOP_PACKET_MAX + 1] = {0x02};
	struct qb_btsnoop_record record;
	uint8_t got[1024];
	bool cut;
	int fd;

	qb_capture_opened(capture);
	qb_capture_packet(capture, false, reset, sizeof(reset));
	qb_capture_packet(capture, true, giant, sizeof(giant));
	fd = qb_capture_to_pipe(capture);
	ck_assert_uint_eq(records(got, drain(fd, got, sizeof(got))), 1);
	qb_capture_packet(capture, true, giant, sizeof(giant));
	qb_capture_packet(capture, true, complete, sizeof(complete));
	ck_assert_uint_eq(drain(fd, got, sizeof(got)), RECORD + sizeof(complete));
	ck_assert_ptr_null(qb_btsnoop_get_record(got, sizeof(got), &record, &cut));
	ck_assert_uint_eq(record.drops, 1);
	close(fd);
	/* A preface that does not fit is none. */
	qb_capture_packet(capture, true, giant, 8192);
	fd = qb_capture_to_pipe(capture);
	ck_assert_uint_eq(drain(fd, got, sizeof(got)), HEADER);
	close(fd);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {octets, epoch,       continued,     others_files,
	                              full,   slow_reader, reader_leaves, giants};

	signal(SIGPIPE, SIG_IGN);
	return unit_run_with("transport_capture", setup, teardown, tests,
	                     sizeof(tests) / sizeof(tests[0]));
}

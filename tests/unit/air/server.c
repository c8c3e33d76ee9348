/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program qble-air itself: its sockets, its control, its options, and clients of all kinds. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 5000

static char dir[64], hosts[96], control[96];
static pid_t server;

static void start(const char *option)
{
	pid_t pid;

	strcpy(dir, "/tmp/qble-air-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(hosts, sizeof(hosts), "%s/hosts", dir);
	snprintf(control, sizeof(control), "%s/control", dir);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		char a[128], b[128];
		int null = open("/dev/null", O_RDWR);

		/* Nor does it outlive a test that fails. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 2);
		snprintf(a, sizeof(a), "--socket=%s", hosts);
		snprintf(b, sizeof(b), "--control=%s", control);
		execl(getenv("QBLE_AIR"), "qble-air", a, b, option, NULL);
		_exit(127);
	}
	server = pid;
	for (unsigned i = 0; access(hosts, F_OK) < 0; i++) {
		ck_assert_uint_lt(i, PATIENCE_MS / 5);
		poll(NULL, 0, 5);
	}
}

/* It ends by a signal, with 0, and takes its sockets along. */
static void stop(void)
{
	int status;

	kill(server, SIGTERM);
	ck_assert_int_eq(waitpid(server, &status, 0), server);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_lt(access(hosts, F_OK), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

static int open_unix(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) > 0;
}

static void get(int fd, uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n;

		ck_assert(readable(fd, PATIENCE_MS));
		n = read(fd, p, len);
		ck_assert_int_gt(n, 0);
		p += n;
		len -= (size_t)n;
	}
}

static void put(int fd, const void *p, size_t len)
{
	ck_assert_int_eq(send(fd, p, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* The next packet; returns its length. */
static size_t packet(int fd, uint8_t *p)
{
	size_t header;

	get(fd, p, 3);
	if (p[0] == 4) {
		get(fd, p + 3, p[2]);
		return 3u + p[2];
	}
	ck_assert_uint_eq(p[0], 2);
	header = 5;
	get(fd, p + 3, 2);
	get(fd, p + header, p[3] + 256u * p[4]);
	return header + p[3] + 256u * p[4];
}

static void command(int fd, const void *p, size_t len)
{
	uint8_t answer[300];

	put(fd, p, len);
	packet(fd, answer);
	ck_assert(answer[1] == 0x0e || answer[1] == 0x0f);
	ck_assert_uint_eq(answer[1] == 0x0e ? answer[6] : answer[3], 0);
}

#define COMMAND(fd, ...) \
	command(fd, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

static int open_host(void)
{
	int fd = open_unix(hosts);

	COMMAND(fd, 1, 0x03, 0x0c, 0);
	COMMAND(fd, 1, 0x01, 0x0c, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f);
	return fd;
}

static void address(int fd, uint8_t ret[6])
{
	uint8_t p[300];

	put(fd, (uint8_t[]){1, 9, 0x10, 0}, 4);
	ck_assert_uint_eq(packet(fd, p), 13);
	memcpy(ret, p + 7, 6);
}

/* The first host that came advertises, the second connects. */
static void link_up(int central, int peripheral)
{
	uint8_t p[300], create[4 + 25] = {1, 0x0d, 0x20, 25, 0x10, 0, 0x10, 0, 0, 0};

	address(peripheral, create + 10);
	create[17] = create[19] = 24;
	create[23] = 100;
	COMMAND(peripheral, 1, 0x0a, 0x20, 1, 1);
	command(central, create, sizeof(create));
	do
		packet(central, p);
	while (p[1] != 0x3e || p[3] != 1);
	packet(peripheral, p);
	ck_assert_uint_eq(p[3], 1);
}

static void say(const char *line, const char *want)
{
	int fd = open_unix(control);
	char text[4096] = "";
	size_t len = 0;

	put(fd, line, strlen(line));
	while (!strstr(text, want)) {
		ssize_t n;

		ck_assert_msg(readable(fd, PATIENCE_MS), "%s: %s", line, text);
		n = read(fd, text + len, sizeof(text) - 1 - len);
		ck_assert_msg(n > 0, "%s: %s", line, text);
		len += (size_t)n;
		text[len] = 0;
	}
	close(fd);
}

START_TEST(packets_in_pieces_and_in_heaps)
{
	uint8_t a[6], b[6], p[300], heap[40 * 4];
	int one, two;

	start(NULL);
	one = open_unix(hosts);
	two = open_unix(hosts);
	/* An octet at a time. */
	for (unsigned i = 0; i < 4; i++)
		put(one, (uint8_t[]){1, 3, 0x0c, 0} + i, 1);
	packet(one, p);
	ck_assert_mem_eq(p, "\4\x0e\4\1\3\x0c\0", 7);
	/* Forty at once. */
	for (unsigned i = 0; i < 40; i++)
		memcpy(heap + 4 * i, (uint8_t[]){1, 3, 0x0c, 0}, 4);
	put(two, heap, sizeof(heap));
	for (unsigned i = 0; i < 40; i++)
		packet(two, p);
	address(one, a);
	address(two, b);
	ck_assert_mem_eq(a, "\1\x44\x33\x22\x11\0", 6);
	ck_assert_mem_eq(b, "\2\x44\x33\x22\x11\0", 6);
	close(one);
	close(two);
	stop();
}
END_TEST

START_TEST(no_h4_is_closed)
{
	uint8_t p[8];
	int one, two;

	start(NULL);
	one = open_host();
	two = open_host();
	put(one, "hello", 5);
	ck_assert(readable(one, PATIENCE_MS));
	ck_assert_int_le(read(one, p, sizeof(p)), 0);
	/* An ACL packet longer than any. */
	put(two, (uint8_t[]){2, 0, 0, 0xff, 0xff}, 5);
	ck_assert(readable(two, PATIENCE_MS));
	ck_assert_int_le(read(two, p, sizeof(p)), 0);
	close(one);
	close(two);
	/* The others do not mind. */
	one = open_host();
	close(one);
	stop();
}
END_TEST

/* Clients that go away in the middle of everything: the peer is told after its timeout. */
START_TEST(vanishing_hosts)
{
	uint8_t p[300];
	int one, two;

	start(NULL);
	one = open_host();
	two = open_host();
	link_up(one, two);
	put(two, (uint8_t[]){1, 3}, 2);
	close(two);
	packet(one, p);
	ck_assert_mem_eq(p, "\4\5\4\0\0\0\x08", 7);
	for (unsigned i = 0; i < 50; i++) {
		two = open_unix(hosts);
		put(two, (uint8_t[]){1, 3, 0x0c, 0}, 4);
		close(two);
	}
	COMMAND(one, 1, 0x03, 0x0c, 0);
	close(one);
	stop();
}
END_TEST

/*
 * A host that does not read holds up its sender, which gets no credit; when it reads, everything
 * is there in order.
 */
START_TEST(back_pressure)
{
	uint8_t p[300], data[5 + 200] = {2, 0, 0, 200};
	unsigned credits = 8, sent = 0, got = 0;
	int one, two;

	start(NULL);
	one = open_host();
	two = open_host();
	link_up(one, two);
	for (;;) {
		for (; credits; credits--) {
			memcpy(data + 5, &sent, sizeof(sent));
			sent++;
			put(one, data, sizeof(data));
		}
		if (!readable(one, 300))
			break;
		packet(one, p);
		ck_assert_uint_eq(p[1], 0x13);
		credits += p[6];
		ck_assert_uint_lt(sent, 100000);
	}
	/* The kernel's buffer, the server's, and the controllers' have it. */
	ck_assert_uint_gt(sent, 100);
	say("list\n", "acl-held=8");
	while (got < sent) {
		unsigned number;
		size_t len = 0;

		/* Cut to the 27 octets of a new link. */
		for (unsigned pos = 0; pos < 200; pos += (unsigned)len) {
			packet(two, p);
			ck_assert_uint_eq(p[0], 2);
			len = p[3];
			ck_assert_uint_eq(p[2] >> 4, pos ? 1 : 2);
			if (!pos)
				memcpy(&number, p + 5, sizeof(number));
		}
		ck_assert_uint_eq(number, got);
		got++;
	}
	while (credits < 8) {
		packet(one, p);
		ck_assert_uint_eq(p[1], 0x13);
		credits += p[6];
	}
	ck_assert(!readable(two, 50));
	close(one);
	close(two);
	stop();
}
END_TEST

START_TEST(control_commands)
{
	uint8_t p[300];
	int one, two;

	start("--verbose");
	one = open_host();
	two = open_host();
	link_up(one, two);
	say("list\n", "1 00:11:22:33:44:01 random=00:00:00:00:00:00 links=1");
	say("help\n", "unplug N");
	say("nonsense\n", "error: there is no such command");
	say("drop 9\n", "error: there is no such host");
	say("drop\n", "error: the number of a host");
	say("rssi 1 -200\n", "error: dBm");
	say("raw 1 04f\n", "error: an H4 packet");
	say("loss 1001\n", "error: per mille");
	say("delay 5 5\ndelay 0\nloss 0\nlie 1 0\n", "ok\nok\nok\nok\n");
	say("rssi 1 -70\n", "ok\n");
	put(two, (uint8_t[]){1, 0x05, 0x14, 2, 0, 0}, 6);
	packet(two, p);
	ck_assert_int_le((int8_t)p[9], -68);
	say("raw 1 04ff0155\n", "ok\n");
	packet(one, p);
	ck_assert_mem_eq(p, "\4\xff\1\x55", 4);
	say("drop 1\n", "ok\n");
	packet(one, p);
	ck_assert_mem_eq(p, "\4\5\4\0\0\0\x08", 7);
	packet(two, p);
	ck_assert_mem_eq(p, "\4\5\4\0\0\0\x08", 7);
	say("reset 1 7\n", "ok\n");
	packet(one, p);
	ck_assert_mem_eq(p, "\4\x10\1\7", 4);
	say("mute 1\n", "ok\n");
	put(one, (uint8_t[]){1, 3, 0x0c, 0}, 4);
	ck_assert(!readable(one, 100));
	say("unmute 1\n", "ok\n");
	COMMAND(one, 1, 3, 0x0c, 0);
	say("away 1\nback 1\n", "ok\nok\n");
	say("unplug 1\n", "ok\n");
	ck_assert(readable(one, PATIENCE_MS));
	ck_assert_int_le(read(one, p, sizeof(p)), 0);
	COMMAND(two, 1, 3, 0x0c, 0);
	close(one);
	close(two);
	stop();
}
END_TEST

/* What the program says, and its exit code. */
static int run(char *text, size_t size, const char *a, const char *b)
{
	int fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		close(fds[0]);
		close(fds[1]);
		execl(getenv("QBLE_AIR"), "qble-air", a, b, NULL);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = 0;
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(options)
{
	char text[8192], twice[128];
	const struct {
		const char *option, *says;
	} wrong[] = {
	        {"--loss=1001", "--loss=1001: a number from 0 to 1000"},
	        {"--acl-len=26", "from 27 to 251"},
	        {"--acl-buffers=0", "from 1 to 255"},
	        {"--max-links=x", "a number from 1 to 512"},
	        {"--delay=-1", "milliseconds from 0 to 60000"},
	        {"--address=11:22", "--address=11:22: an address like"},
	        {"--nonsense", "--help"},
	        {"stray", "`stray' is no option"},
	        {NULL, "--socket=PATH"},
	};

	ck_assert_int_eq(run(text, sizeof(text), "--help", NULL), 0);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_uint_le(strlen(line), 80);
	ck_assert_int_eq(run(text, sizeof(text), "--version", NULL), 0);
	ck_assert_ptr_nonnull(strstr(text, "qble-air "));
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(run(text, sizeof(text), wrong[i].option, NULL), 2);
		ck_assert_msg(strstr(text, wrong[i].says), "%s", text);
	}
	/* A socket in use is respected; one that a dead server left is not. */
	start(NULL);
	snprintf(twice, sizeof(twice), "--socket=%s", hosts);
	ck_assert_int_eq(run(text, sizeof(text), twice, NULL), 1);
	ck_assert_ptr_nonnull(strstr(text, "in use already"));
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	ck_assert_int_eq(access(hosts, F_OK), 0);
	ck_assert_int_eq(unlink(control), 0);
	server = fork();
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(getenv("QBLE_AIR"), "qble-air", "--quiet", twice, NULL);
		_exit(127);
	}
	for (unsigned i = 0;; i++) {
		struct sockaddr_un addr = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0), r;

		snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", hosts);
		r = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
		close(fd);
		if (!r)
			break;
		ck_assert_uint_lt(i, PATIENCE_MS / 5);
		poll(NULL, 0, 5);
	}
	stop();
}
END_TEST

START_TEST(no_public_address)
{
	uint8_t a[6];
	int one;

	start("--no-public-address");
	one = open_unix(hosts);
	address(one, a);
	ck_assert_mem_eq(a, "\0\0\0\0\0\0", 6);
	close(one);
	stop();
}
END_TEST

/* Real time: 100 ms of delay are 100 ms of the clock. */
START_TEST(delay_is_real)
{
	uint8_t p[300];
	int one, two;

	start("--delay=100");
	one = open_host();
	two = open_host();
	link_up(one, two);
	put(one, (uint8_t[]){2, 0, 0, 1, 0, 9}, 6);
	ck_assert(!readable(two, 80));
	ck_assert_uint_eq(packet(two, p), 6);
	close(one);
	close(two);
	stop();
}
END_TEST

UNIT_MAIN("air-server", packets_in_pieces_and_in_heaps, no_h4_is_closed, vanishing_hosts,
          back_pressure, control_commands, options, no_public_address, delay_is_real)

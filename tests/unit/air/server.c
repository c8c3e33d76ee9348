/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets of qble-air: framing, back-pressure, control, and clients of all kinds. */
#include "process.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

START_TEST(packets_in_pieces_and_in_heaps)
{
	uint8_t a[6], b[6], p[300], heap[40 * 4];
	int one, two;

	air_start(NULL);
	one = air_open(air_hosts);
	two = air_open(air_hosts);
	/* An octet at a time. */
	for (unsigned i = 0; i < 4; i++)
		air_put(one, (uint8_t[]){1, 3, 0x0c, 0} + i, 1);
	air_packet(one, p);
	ck_assert_mem_eq(p, "\4\x0e\4\1\3\x0c\0", 7);
	/* Forty at once. */
	for (unsigned i = 0; i < 40; i++)
		memcpy(heap + 4 * i, (uint8_t[]){1, 3, 0x0c, 0}, 4);
	air_put(two, heap, sizeof(heap));
	for (unsigned i = 0; i < 40; i++)
		air_packet(two, p);
	air_address(one, a);
	air_address(two, b);
	ck_assert_mem_eq(a, "\1\x44\x33\x22\x11\0", 6);
	ck_assert_mem_eq(b, "\2\x44\x33\x22\x11\0", 6);
	close(one);
	close(two);
	air_stop();
}
END_TEST

START_TEST(no_h4_is_closed)
{
	uint8_t p[8];
	int one, two;

	air_start(NULL);
	one = air_open_host();
	two = air_open_host();
	air_put(one, "hello", 5);
	ck_assert(air_readable(one, AIR_PATIENCE_MS));
	ck_assert_int_le(read(one, p, sizeof(p)), 0);
	/* An ACL packet longer than any. */
	air_put(two, (uint8_t[]){2, 0, 0, 0xff, 0xff}, 5);
	ck_assert(air_readable(two, AIR_PATIENCE_MS));
	ck_assert_int_le(read(two, p, sizeof(p)), 0);
	close(one);
	close(two);
	/* The others do not mind. */
	one = air_open_host();
	close(one);
	air_stop();
}
END_TEST

/* Clients that go away in the middle of everything: the peer is told after its timeout. */
START_TEST(vanishing_hosts)
{
	uint8_t p[300];
	int one, two;

	air_start(NULL);
	one = air_open_host();
	two = air_open_host();
	air_link(one, two);
	air_put(two, (uint8_t[]){1, 3}, 2);
	close(two);
	air_packet(one, p);
	ck_assert_mem_eq(p, "\4\5\4\0\0\0\x08", 7);
	for (unsigned i = 0; i < 50; i++) {
		two = air_open(air_hosts);
		air_put(two, (uint8_t[]){1, 3, 0x0c, 0}, 4);
		close(two);
	}
	AIR_COMMAND(one, 1, 0x03, 0x0c, 0);
	close(one);
	air_stop();
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

	air_start(NULL);
	one = air_open_host();
	two = air_open_host();
	air_link(one, two);
	for (;;) {
		for (; credits; credits--) {
			memcpy(data + 5, &sent, sizeof(sent));
			sent++;
			air_put(one, data, sizeof(data));
		}
		if (!air_readable(one, 300))
			break;
		air_packet(one, p);
		ck_assert_uint_eq(p[1], 0x13);
		credits += p[6];
		ck_assert_uint_lt(sent, 100000);
	}
	/* The kernel's buffer, the server's, and the controllers' have it. */
	ck_assert_uint_gt(sent, 100);
	air_say("list\n", "acl-held=8");
	while (got < sent) {
		unsigned number;
		size_t len = 0;

		/* Cut to the 27 octets of a new link. */
		for (unsigned pos = 0; pos < 200; pos += (unsigned)len) {
			air_packet(two, p);
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
		air_packet(one, p);
		ck_assert_uint_eq(p[1], 0x13);
		credits += p[6];
	}
	ck_assert(!air_readable(two, 50));
	close(one);
	close(two);
	air_stop();
}
END_TEST

START_TEST(control_commands)
{
	uint8_t p[300];
	int one, two;

	air_start("--verbose");
	one = air_open_host();
	two = air_open_host();
	air_link(one, two);
	air_say("list\n", "1 00:11:22:33:44:01 random=00:00:00:00:00:00 links=1");
	air_say("help\n", "unplug N");
	air_say("nonsense\n", "error: there is no such command");
	air_say("drop 9\n", "error: there is no such host");
	air_say("drop\n", "error: the number of a host");
	air_say("rssi 1 -200\n", "error: dBm");
	air_say("raw 1 04f\n", "error: an H4 packet");
	air_say("loss 1001\n", "error: per mille");
	air_say("delay 5 5\ndelay 0\nloss 0\nlie 1 0\n", "ok\nok\nok\nok\n");
	air_say("rssi 1 -70\n", "ok\n");
	air_put(two, (uint8_t[]){1, 0x05, 0x14, 2, 0, 0}, 6);
	air_packet(two, p);
	ck_assert_int_le((int8_t)p[9], -68);
	air_say("raw 1 04ff0155\n", "ok\n");
	air_packet(one, p);
	ck_assert_mem_eq(p, "\4\xff\1\x55", 4);
	air_say("drop 1\n", "ok\n");
	air_packet(one, p);
	ck_assert_mem_eq(p, "\4\5\4\0\0\0\x08", 7);
	air_packet(two, p);
	ck_assert_mem_eq(p, "\4\5\4\0\0\0\x08", 7);
	air_say("reset 1 7\n", "ok\n");
	air_packet(one, p);
	ck_assert_mem_eq(p, "\4\x10\1\7", 4);
	air_say("mute 1\n", "ok\n");
	air_put(one, (uint8_t[]){1, 3, 0x0c, 0}, 4);
	ck_assert(!air_readable(one, 100));
	air_say("unmute 1\n", "ok\n");
	AIR_COMMAND(one, 1, 3, 0x0c, 0);
	air_say("away 1\nback 1\n", "ok\nok\n");
	air_say("unplug 1\n", "ok\n");
	ck_assert(air_readable(one, AIR_PATIENCE_MS));
	ck_assert_int_le(read(one, p, sizeof(p)), 0);
	AIR_COMMAND(two, 1, 3, 0x0c, 0);
	close(one);
	close(two);
	air_stop();
}
END_TEST

/* A socket in use is respected; one that a dead server left is not. */
START_TEST(one_server_a_socket)
{
	char text[1024], twice[128];

	air_start(NULL);
	snprintf(twice, sizeof(twice), "--socket=%s", air_hosts);
	ck_assert_int_eq(air_run(text, sizeof(text), twice), 1);
	ck_assert_ptr_nonnull(strstr(text, "in use already"));
	kill(air_server, SIGKILL);
	waitpid(air_server, NULL, 0);
	ck_assert_int_eq(access(air_hosts, F_OK), 0);
	ck_assert_int_eq(unlink(air_control), 0);
	air_server = fork();
	if (!air_server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(getenv("QBLE_AIR"), "qble-air", "--quiet", twice, NULL);
		_exit(127);
	}
	for (unsigned i = 0;; i++) {
		struct sockaddr_un addr = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0), r;

		snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", air_hosts);
		r = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
		close(fd);
		if (!r)
			break;
		ck_assert_uint_lt(i, AIR_PATIENCE_MS / 5);
		poll(NULL, 0, 5);
	}
	air_stop();
}
END_TEST

START_TEST(no_public_address)
{
	uint8_t a[6];
	int one;

	air_start("--no-public-address");
	one = air_open(air_hosts);
	air_address(one, a);
	ck_assert_mem_eq(a, "\0\0\0\0\0\0", 6);
	close(one);
	air_stop();
}
END_TEST

/* Real time: 100 ms of delay are 100 ms of the clock. */
START_TEST(delay_is_real)
{
	struct timespec sent, got;
	uint8_t p[300];
	int one, two;

	air_start("--delay=100");
	one = air_open_host();
	two = air_open_host();
	air_link(one, two);
	clock_gettime(CLOCK_MONOTONIC, &sent);
	air_put(one, (uint8_t[]){2, 0, 0, 1, 0, 9}, 6);
	ck_assert_uint_eq(air_packet(two, p), 6);
	clock_gettime(CLOCK_MONOTONIC, &got);
	ck_assert_int_ge((got.tv_sec - sent.tv_sec) * 1000000000 + got.tv_nsec - sent.tv_nsec,
	                 99000000);
	close(one);
	close(two);
	air_stop();
}
END_TEST

START_TEST(tcp)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(addr);
	char option[32];
	uint8_t p[6];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	/* A port that was free just now. */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	close(fd);
	snprintf(option, sizeof(option), "--tcp=%u", ntohs(addr.sin_port));
	air_start(option);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	air_address(fd, p);
	close(fd);
	air_stop();
}
END_TEST

/* Who comes when there are no descriptors left is turned away; the others stay. */
START_TEST(descriptors_run_out)
{
	int fds[64], first;
	uint8_t p[6];

	air_start("--verbose");
	first = air_open_host();
	ck_assert_int_eq(prlimit(air_server, RLIMIT_NOFILE, &(struct rlimit){12, 12}, NULL), 0);
	for (unsigned i = 0; i < 64; i++)
		fds[i] = air_open(air_hosts);
	ck_assert(air_readable(fds[63], AIR_PATIENCE_MS));
	ck_assert_int_le(read(fds[63], p, sizeof(p)), 0);
	air_address(first, p);
	for (unsigned i = 0; i < 64; i++)
		close(fds[i]);
	close(first);
	air_stop();
}
END_TEST

UNIT_MAIN("air-server", packets_in_pieces_and_in_heaps, no_h4_is_closed, vanishing_hosts,
          back_pressure, control_commands, one_server_a_socket, tcp, descriptors_run_out,
          no_public_address, delay_is_real)

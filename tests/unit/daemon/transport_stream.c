/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H4 over sockets and lines: what a controller on the other end writes and gets, and its end. */
#include "transport/transport.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../unit.h"

static sd_event *event;
static struct qb_transport *transport;
static char why[QB_WHY_MAX];

/* What the owner of the transport was told. */
static unsigned opened, closed, packets;
static char reason[QB_WHY_MAX];
static uint8_t last[1024];
static size_t last_len;

static void on_opened(void *user)
{
	opened++;
}

static void on_packet(void *user, const uint8_t *packet, size_t len)
{
	packets++;
	last_len = len;
	memcpy(last, packet, len < sizeof(last) ? len : sizeof(last));
}

static void on_closed(void *user, const char *text)
{
	closed++;
	snprintf(reason, sizeof(reason), "%s", text);
}

static const struct qb_transport_ops ops = {on_opened, on_packet, on_closed};

static void setup(void)
{
	ck_assert_int_ge(sd_event_new(&event), 0);
}

static void teardown(void)
{
	qb_transport_free(transport);
	sd_event_unref(event);
}

static int open_spec(const char *spec)
{
	return qb_transport_open(&transport, event, spec, &ops, NULL, why);
}

/* Lets the loop run until a counter is there. */
static void until(const unsigned *counter, unsigned value)
{
	for (int i = 0; i < 500 && *counter < value; i++)
		sd_event_run(event, 10000);
	ck_assert_uint_eq(*counter, value);
}

static void until_closed(const char *part)
{
	until(&closed, 1);
	ck_assert_msg(strstr(reason, part), "closed with '%s', wanted '%s'", reason, part);
	/* Once, and nothing after it. */
	qb_transport_send(transport, (const uint8_t[]){1, 3, 12, 0}, 4);
	for (int i = 0; i < 3; i++)
		sd_event_run(event, 1000);
	ck_assert_uint_eq(closed, 1);
}

static void quiet(void)
{
	unsigned before = packets;

	for (int i = 0; i < 5; i++)
		sd_event_run(event, 2000);
	ck_assert_uint_eq(packets, before);
}

static void put(int fd, const void *data, size_t len)
{
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
}

/* Exactly these octets, and no more. */
static void gets(int fd, const void *data, size_t len)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	uint8_t buf[1024];
	size_t have = 0;

	while (have < len) {
		ssize_t n;

		ck_assert_int_eq(poll(&pfd, 1, 5000), 1);
		n = read(fd, buf + have, sizeof(buf) - have);
		ck_assert_int_gt(n, 0);
		have += (size_t)n;
	}
	ck_assert_uint_eq(have, len);
	ck_assert_mem_eq(buf, data, len);
}

static int listen_unix(char *spec, size_t room)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/qbled-h4-%ld", (long)getpid());
	unlink(addr.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	snprintf(spec, room, "h4:unix:%s", addr.sun_path);
	return fd;
}

/* A transport to a unix socket; returns the controller's end. */
static int open_unix(void)
{
	char spec[128];
	int listener = listen_unix(spec, sizeof(spec)), fd;

	ck_assert_int_eq(open_spec(spec), 1);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	close(listener);
	unlink(spec + strlen("h4:unix:"));
	return fd;
}

/* 127.0.0.1, any port. */
static int listen_tcp(int backlog, unsigned *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

static const uint8_t reset[] = {0x01, 0x03, 0x0c, 0x00};
static const uint8_t complete[] = {0x04, 0x0e, 0x04, 0x01, 0x03, 0x0c, 0x00};

START_TEST(both_ways)
{
	int fd = open_unix();

	qb_transport_send(transport, reset, sizeof(reset));
	gets(fd, reset, sizeof(reset));
	/* Two and a half packets in one write: the half waits for the rest. */
	put(fd, complete, sizeof(complete));
	put(fd, complete, sizeof(complete));
	put(fd, complete, 3);
	until(&packets, 2);
	quiet();
	put(fd, complete + 3, sizeof(complete) - 3);
	until(&packets, 3);
	ck_assert_uint_eq(last_len, sizeof(complete));
	ck_assert_mem_eq(last, complete, sizeof(complete));
	ck_assert_uint_eq(opened + closed, 0);
	close(fd);
}
END_TEST

START_TEST(controller_closes)
{
	close(open_unix());
	until_closed("closed the connection");
}
END_TEST

/* What it said before it went is heard. */
START_TEST(last_words)
{
	int fd = open_unix();

	put(fd, complete, sizeof(complete));
	close(fd);
	until_closed("closed the connection");
	ck_assert_uint_eq(packets, 1);
}
END_TEST

START_TEST(out_of_step)
{
	int fd = open_unix();

	put(fd, complete, sizeof(complete));
	put(fd, "AT+OK\r\n", 7);
	until_closed("does not speak H4");
	ck_assert_uint_eq(packets, 1);
	close(fd);
}
END_TEST

/* A controller that reads late gets all, in order; each packet in its place. */
START_TEST(backlog)
{
	static uint8_t buf[1 << 20], packet[1000] = {0x02, 0x01, 0x00, 0xe3, 0x03};
	unsigned sent = 0;
	size_t have = 0;
	int fd = open_unix();

	for (; sent < 1000; sent++) {
		packet[5] = (uint8_t)(sent >> 8);
		packet[6] = (uint8_t)sent;
		qb_transport_send(transport, packet, sizeof(packet));
	}
	for (int i = 0; i < 10000 && have < sent * sizeof(packet); i++) {
		ssize_t n = recv(fd, buf + have, sizeof(buf) - have, MSG_DONTWAIT);

		have += n > 0 ? (size_t)n : 0;
		sd_event_run(event, 0);
	}
	ck_assert_uint_eq(have, sent * sizeof(packet));
	for (unsigned i = 0; i < sent; i++) {
		packet[5] = (uint8_t)(i >> 8);
		packet[6] = (uint8_t)i;
		ck_assert_mem_eq(buf + i * sizeof(packet), packet, sizeof(packet));
	}
	/* And it goes on as before. */
	put(fd, complete, sizeof(complete));
	until(&packets, 1);
	qb_transport_send(transport, reset, sizeof(reset));
	gets(fd, reset, sizeof(reset));
	ck_assert_uint_eq(closed, 0);
	close(fd);
}
END_TEST

/* One that never reads is given up, at a limit. */
START_TEST(never_reads)
{
	static uint8_t packet[5 + 65535] = {0x02, 0x01, 0x00, 0xff, 0xff};
	int fd = open_unix();

	for (int i = 0; i < 100; i++)
		qb_transport_send(transport, packet, sizeof(packet));
	ck_assert_uint_eq(closed, 0);
	until_closed("takes no data");
	close(fd);
}
END_TEST

START_TEST(pauses)
{
	int fd = open_unix();

	qb_transport_pause(transport, true);
	put(fd, complete, sizeof(complete));
	quiet();
	qb_transport_send(transport, reset, sizeof(reset));
	gets(fd, reset, sizeof(reset));
	qb_transport_pause(transport, false);
	until(&packets, 1);
	/* Its end is noticed all the same. */
	qb_transport_pause(transport, true);
	close(fd);
	until_closed("closed the connection");
	qb_transport_pause(transport, false);
	quiet();
}
END_TEST

START_TEST(nobody_listens)
{
	char spec[128];
	unsigned port;

	close(listen_unix(spec, sizeof(spec)));
	ck_assert_int_eq(open_spec(spec), -ECONNREFUSED);
	ck_assert_msg(strstr(why, "nobody listens there"), "%s", why);
	unlink(spec + strlen("h4:unix:"));
	ck_assert_int_eq(open_spec(spec), -ENOENT);
	ck_assert_msg(strstr(why, "No such file"), "%s", why);
	close(listen_tcp(1, &port));
	snprintf(spec, sizeof(spec), "h4:tcp:127.0.0.1:%u", port);
	ck_assert_int_eq(open_spec(spec), -ECONNREFUSED);
	ck_assert_msg(strstr(why, "nobody listens there"), "%s", why);
}
END_TEST

START_TEST(tcp)
{
	unsigned port;
	char spec[64];
	int listener = listen_tcp(1, &port), fd;

	snprintf(spec, sizeof(spec), "h4:tcp:localhost:%u", port);
	ck_assert_int_eq(open_spec(spec), 1);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	qb_transport_send(transport, reset, sizeof(reset));
	gets(fd, reset, sizeof(reset));
	put(fd, complete, sizeof(complete));
	until(&packets, 1);
	ck_assert_uint_eq(opened, 0);
	close(fd);
	until_closed("closed the connection");
	close(listener);
}
END_TEST

/* A queue that is full makes the kernel try again after a second: the loop goes on meanwhile. */
static int full_listener(char *spec, size_t room, int *fillers, unsigned n)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	unsigned port;
	int fd = listen_tcp(0, &port);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons((uint16_t)port);
	for (unsigned i = 0; i < n; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(fillers[i], (struct sockaddr *)&addr, sizeof(addr));
	}
	snprintf(spec, room, "h4:tcp:127.0.0.1:%u", port);
	return fd;
}

START_TEST(tcp_late)
{
	char spec[64];
	int fillers[1], listener = full_listener(spec, sizeof(spec), fillers, 1), fd;

	ck_assert_int_eq(open_spec(spec), 0);
	ck_assert_uint_eq(opened, 0);
	close(accept(listener, NULL, NULL));
	until(&opened, 1);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	qb_transport_send(transport, reset, sizeof(reset));
	gets(fd, reset, sizeof(reset));
	put(fd, complete, sizeof(complete));
	until(&packets, 1);
	ck_assert_uint_eq(opened, 1);
	close(fd);
	close(fillers[0]);
	close(listener);
}
END_TEST

START_TEST(tcp_late_refusal)
{
	char spec[64];
	int fillers[1], listener = full_listener(spec, sizeof(spec), fillers, 1);

	ck_assert_int_eq(open_spec(spec), 0);
	close(listener);
	until_closed("cannot connect: nobody listens there");
	ck_assert_uint_eq(opened, 0);
	close(fillers[0]);
}
END_TEST

/* Given up in the middle, it is simply gone. */
START_TEST(tcp_freed)
{
	char spec[64];
	int fillers[1], listener = full_listener(spec, sizeof(spec), fillers, 1);

	ck_assert_int_eq(open_spec(spec), 0);
	qb_transport_free(transport);
	transport = NULL;
	close(listener);
	quiet();
	ck_assert_uint_eq(opened + closed, 0);
	close(fillers[0]);
}
END_TEST

static int open_pty(char *spec, size_t room, const char *options)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(grantpt(fd), 0);
	ck_assert_int_eq(unlockpt(fd), 0);
	snprintf(spec, room, "h4:tty:%s,%s", ptsname(fd), options);
	return fd;
}

START_TEST(tty)
{
	/* All that a line discipline likes to change: CR, NL, ^C, ^D, XON, XOFF, 0xff. */
	static const uint8_t awkward[] = {0x04, 0xff, 0x09, 0x0d, 0x0a, 0x03,
	                                  0x04, 0x11, 0x13, 0xff, 0x7f, 0x00};
	char spec[64];
	int fd = open_pty(spec, sizeof(spec), "115200");

	ck_assert_int_eq(open_spec(spec), 1);
	put(fd, awkward, sizeof(awkward));
	until(&packets, 1);
	ck_assert_uint_eq(last_len, sizeof(awkward));
	ck_assert_mem_eq(last, awkward, sizeof(awkward));
	qb_transport_send(transport, awkward, sizeof(awkward));
	gets(fd, awkward, sizeof(awkward));
	close(fd);
	until(&closed, 1);
}
END_TEST

/* The speed and the flow control that were asked for, usual or not. */
START_TEST(tty_line)
{
	static const struct {
		const char *options;
		unsigned speed;
		bool flow;
	} rows[] = {
	        {"115200", 115200, true},
	        {"9600,flow", 9600, true},
	        {"3000000,noflow", 3000000, false},
	        {"1234567,noflow", 1234567, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct termios2 tio;
		char spec[64];
		int fd = open_pty(spec, sizeof(spec), rows[i].options);

		ck_assert_int_eq(open_spec(spec), 1);
		ck_assert_int_eq(ioctl(fd, TCGETS2, &tio), 0);
		ck_assert_uint_eq(tio.c_ospeed, rows[i].speed);
		ck_assert_uint_eq(tio.c_ispeed, rows[i].speed);
		ck_assert_int_eq(!!(tio.c_cflag & CRTSCTS), rows[i].flow);
		ck_assert_uint_eq(tio.c_cflag & (CSIZE | CSTOPB | PARENB), CS8);
		qb_transport_free(transport);
		transport = NULL;
		close(fd);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {both_ways, controller_closes, last_words, out_of_step,
	                              backlog,   never_reads,       pauses,     nobody_listens,
	                              tcp,       tcp_late,          tcp_freed,  tty,
	                              tty_line,  tcp_late_refusal};

	signal(SIGPIPE, SIG_IGN);
	return unit_run_with("transport_stream", setup, teardown, tests,
	                     sizeof(tests) / sizeof(tests[0]));
}

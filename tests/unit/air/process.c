/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program qble-air as a process, and hosts on its sockets. */
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static char dir[64];

char air_hosts[96], air_control[96];
pid_t air_server;

/* Whether it has said so; its sockets are there before anybody listens on them. */
static bool is_ready(const char *log)
{
	char text[1024];
	int fd = open(log, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return strstr(text, "qble-air: ready\n");
}

void air_start(const char *option)
{
	char log[96];
	pid_t pid;

	strcpy(dir, "/tmp/qble-air-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(air_hosts, sizeof(air_hosts), "%s/hosts", dir);
	snprintf(air_control, sizeof(air_control), "%s/control", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		char a[128], b[128];
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		/* Nor does it outlive a test that fails. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, 2);
		close(fd);
		snprintf(a, sizeof(a), "--socket=%s", air_hosts);
		snprintf(b, sizeof(b), "--control=%s", air_control);
		execl(getenv("QBLE_AIR"), "qble-air", a, b, option, NULL);
		_exit(127);
	}
	air_server = pid;
	for (unsigned i = 0; !is_ready(log); i++) {
		ck_assert_uint_lt(i, AIR_PATIENCE_MS / 5);
		poll(NULL, 0, 5);
	}
	unlink(log);
}

/* It ends by a signal, with 0, and takes its sockets along. */
void air_stop(void)
{
	int status;

	kill(air_server, SIGTERM);
	ck_assert_int_eq(waitpid(air_server, &status, 0), air_server);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_lt(access(air_hosts, F_OK), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

int air_open(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

bool air_readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) > 0;
}

static void get(int fd, uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n;

		ck_assert(air_readable(fd, AIR_PATIENCE_MS));
		n = read(fd, p, len);
		ck_assert_int_gt(n, 0);
		p += n;
		len -= (size_t)n;
	}
}

void air_put(int fd, const void *p, size_t len)
{
	ck_assert_int_eq(send(fd, p, len, MSG_NOSIGNAL), (ssize_t)len);
}

size_t air_packet(int fd, uint8_t *p)
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

void air_command(int fd, const void *p, size_t len)
{
	uint8_t answer[300];

	air_put(fd, p, len);
	air_packet(fd, answer);
	ck_assert(answer[1] == 0x0e || answer[1] == 0x0f);
	ck_assert_uint_eq(answer[1] == 0x0e ? answer[6] : answer[3], 0);
}

int air_open_host(void)
{
	int fd = air_open(air_hosts);

	AIR_COMMAND(fd, 1, 0x03, 0x0c, 0);
	AIR_COMMAND(fd, 1, 0x01, 0x0c, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f);
	return fd;
}

void air_address(int fd, uint8_t ret[6])
{
	uint8_t p[300];

	air_put(fd, (uint8_t[]){1, 9, 0x10, 0}, 4);
	ck_assert_uint_eq(air_packet(fd, p), 13);
	memcpy(ret, p + 7, 6);
}

void air_link(int central, int peripheral)
{
	uint8_t p[300], create[4 + 25] = {1, 0x0d, 0x20, 25, 0x10, 0, 0x10, 0, 0, 0};

	air_address(peripheral, create + 10);
	create[17] = create[19] = 24;
	create[23] = 100;
	AIR_COMMAND(peripheral, 1, 0x0a, 0x20, 1, 1);
	air_command(central, create, sizeof(create));
	do
		air_packet(central, p);
	while (p[1] != 0x3e || p[3] != 1);
	air_packet(peripheral, p);
	ck_assert_uint_eq(p[3], 1);
}

void air_say(const char *line, const char *want)
{
	int fd = air_open(air_control);
	char text[4096] = "";
	size_t len = 0;

	air_put(fd, line, strlen(line));
	while (!strstr(text, want)) {
		ssize_t n;

		ck_assert_msg(air_readable(fd, AIR_PATIENCE_MS), "%s: %s", line, text);
		n = read(fd, text + len, sizeof(text) - 1 - len);
		ck_assert_msg(n > 0, "%s: %s", line, text);
		len += (size_t)n;
		text[len] = 0;
	}
	close(fd);
}

int air_run(char *text, size_t size, const char *option)
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
		execl(getenv("QBLE_AIR"), "qble-air", option, NULL);
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

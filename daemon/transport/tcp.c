/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * H4 over TCP, to an address on the local network: connecting waits for at most two seconds, and
 * names are looked up in /etc/hosts and the like, so a numeric address is the safe choice.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/open.h"

#define CONNECT_MSEC 2000

static int connect_within(int fd, const struct addrinfo *ai)
{
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = 0;

	if (!connect(fd, ai->ai_addr, ai->ai_addrlen))
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&pfd, 1, CONNECT_MSEC) <= 0)
		return ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return errno;
	return error;
}

int qb_open_tcp(const char *host_port, char why[QB_WHY_MAX])
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	const char *colon = strrchr(host_port, ':');
	struct addrinfo *list = NULL;
	char host[256];
	int fd = -1, error = EADDRNOTAVAIL, one = 1, r;

	if (!colon || colon == host_port || !colon[1] ||
	    (size_t)(colon - host_port) >= sizeof(host)) {
		snprintf(why, QB_WHY_MAX, "'%s' is not HOST:PORT", host_port);
		return -EINVAL;
	}
	memcpy(host, host_port, (size_t)(colon - host_port));
	host[colon - host_port] = '\0';
	r = getaddrinfo(host, colon + 1, &hints, &list);
	if (r) {
		snprintf(why, QB_WHY_MAX, "cannot find %s: %s", host_port, gai_strerror(r));
		return -EHOSTUNREACH;
	}
	for (struct addrinfo *ai = list; ai && error; ai = ai->ai_next) {
		fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0) {
			error = errno;
			continue;
		}
		error = connect_within(fd, ai);
		if (error)
			close(fd);
	}
	freeaddrinfo(list);
	if (error) {
		snprintf(why, QB_WHY_MAX, "cannot connect to %s: %s", host_port, strerror(error));
		return -error;
	}
	/* Small packets, each waited for. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

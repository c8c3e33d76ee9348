/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * H4 over TCP. The connection is made in the background, but looking a name up waits for whoever
 * knows it: a numeric address, or a name in /etc/hosts, is the safe choice.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/open.h"
#include "transport/spec.h"

/* What a peer may leave unacknowledged, and how long it may be silent, before it counts as gone. */
#define PEER_GONE_MSEC  10000
#define KEEPALIVE_SEC   5
#define KEEPALIVE_COUNT 2

/* Small packets, each waited for; and a peer whose machine is switched off is noticed. */
static void set_options(int fd)
{
	const unsigned gone = PEER_GONE_MSEC;
	const int one = 1, seconds = KEEPALIVE_SEC, count = KEEPALIVE_COUNT;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &gone, sizeof(gone));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

/*
 * Returns a descriptor that is connected or on its way, or a negative errno. On loopback the kernel
 * knows at once, so that "localhost" finds the one of its addresses where somebody listens.
 */
static int try_address(const struct addrinfo *ai)
{
	struct pollfd pfd = {.events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = 0;

	pfd.fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (pfd.fd < 0)
		return -errno;
	set_options(pfd.fd);
	if (connect(pfd.fd, ai->ai_addr, ai->ai_addrlen) < 0 && errno != EINPROGRESS)
		error = errno;
	else if (poll(&pfd, 1, 0) > 0 && getsockopt(pfd.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (!error)
		return pfd.fd;
	close(pfd.fd);
	return -error;
}

int qb_open_tcp(const char *host_port, char why[QB_WHY_MAX])
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list = NULL;
	struct qb_spec_tcp spec;
	char service[6];
	int fd = -EADDRNOTAVAIL, r;

	r = qb_spec_tcp(host_port, &spec, why);
	if (r < 0)
		return r;
	snprintf(service, sizeof(service), "%u", spec.port);
	r = getaddrinfo(spec.host, service, &hints, &list);
	if (r) {
		snprintf(why, QB_WHY_MAX, "cannot find %s: %s", host_port, gai_strerror(r));
		return -EHOSTUNREACH;
	}
	for (struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
		fd = try_address(ai);
	freeaddrinfo(list);
	if (fd < 0)
		snprintf(why, QB_WHY_MAX, "cannot connect to %s: %s", host_port,
		         fd == -ECONNREFUSED ? "nobody listens there" : strerror(-fd));
	return fd;
}

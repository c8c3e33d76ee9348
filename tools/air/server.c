/* SPDX-License-Identifier: MIT */
/* Listening sockets, the event loop and the clock. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 64

struct listener {
	struct source source;
	struct server *server;
	const char *path; /* to be removed at the end, or NULL */
	void (*accepted)(struct server *server, int fd);
};

void server_say(const struct server *server, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (server->options->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "qble-air: %s\n", text);
}

bool server_watch(struct server *server, struct source *source, uint32_t events, bool add)
{
	struct epoll_event ev = {.events = events, .data = {.ptr = source}};

	return epoll_ctl(server->epoll, add ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, source->fd, &ev) == 0;
}

static uint64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* A socket that nobody answers on is left over from a crash, and in the way. */
static bool stale(const struct sockaddr_un *addr)
{
	struct stat st;
	int fd;
	bool refused;

	if (stat(addr->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	refused = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 &&
	          errno == ECONNREFUSED;
	close(fd);
	return refused;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, r;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "qble-air: %s: longer than a socket's path can be (%zu)\n", path,
		        sizeof(addr.sun_path) - 1);
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	r = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	if (r < 0 && errno == EADDRINUSE) {
		if (!stale(&addr)) {
			fprintf(stderr, "qble-air: %s: is in use already\n", path);
			close(fd);
			return -1;
		}
		unlink(path);
		r = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	}
	if (r < 0 || listen(fd, SOMAXCONN) < 0) {
		fprintf(stderr, "qble-air: %s: %s\n", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

static int listen_tcp(int port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
	                           .sin_port = htons((uint16_t)port),
	                           .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, SOMAXCONN) < 0) {
		fprintf(stderr, "qble-air: port %d: %s\n", port, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* Out of descriptors: one is kept in reserve, so that nobody has to wait for what never comes. */
static void turn_away(struct listener *listener)
{
	int fd;

	fprintf(stderr, "qble-air: %s: a host is turned away\n", strerror(errno));
	close(listener->server->reserve);
	fd = accept4(listener->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		close(fd);
	listener->server->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_one(struct source *source, uint32_t events)
{
	struct listener *listener = (struct listener *)source;
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;

	if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
		turn_away(listener);
		return;
	}
	if (fd < 0)
		return;
	/* Fails on unix sockets, which wait for nothing anyway. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	listener->accepted(listener->server, fd);
}

static bool start_listener(struct server *server, struct listener *listener, int fd,
                           const char *path, void (*accepted)(struct server *server, int fd))
{
	*listener = (struct listener){.source = {.fd = fd, .fn = accept_one},
	                              .server = server,
	                              .path = path,
	                              .accepted = accepted};
	return fd >= 0 && server_watch(server, &listener->source, EPOLLIN, true);
}

static void end_listener(struct listener *listener)
{
	if (listener->source.fd < 0)
		return;
	close(listener->source.fd);
	if (listener->path)
		unlink(listener->path);
}

/* Sleeps until something comes or is due. Old kernels count in milliseconds only. */
static int wait_for(struct server *server, struct epoll_event *events)
{
	uint64_t next = qa_air_next(server->air), now = clock_us(), us;
	struct timespec ts;
	int n;

	if (next == UINT64_MAX)
		return epoll_wait(server->epoll, events, EVENTS_AT_ONCE, -1);
	us = next > now ? next - now : 0;
	if (!us)
		return epoll_wait(server->epoll, events, EVENTS_AT_ONCE, 0);
	ts.tv_sec = (time_t)(us / 1000000);
	ts.tv_nsec = (long)(us % 1000000 * 1000);
	n = epoll_pwait2(server->epoll, events, EVENTS_AT_ONCE, &ts, NULL);
	if (n < 0 && errno == ENOSYS)
		n = epoll_wait(server->epoll, events, EVENTS_AT_ONCE, (int)((us + 999) / 1000));
	return n;
}

static void loop(struct server *server)
{
	struct epoll_event events[EVENTS_AT_ONCE];

	while (!server->stop) {
		int n = wait_for(server, events);
		uint64_t now = clock_us();

		if (n < 0 && errno != EINTR) {
			fprintf(stderr, "qble-air: epoll: %s\n", strerror(errno));
			return;
		}
		qa_air_advance(server->air, now);
		for (int i = 0; i < n; i++) {
			struct source *source = events[i].data.ptr;

			source->fn(source, events[i].events);
		}
		/* Credits are told once for all that has just come in. */
		qa_air_advance(server->air, now);
		client_flush(server);
		client_sweep(server);
	}
}

static void on_signal(struct source *source, uint32_t events)
{
	struct server *server = *(struct server **)(source + 1);

	server->stop = true;
}

int server_run(const struct options *options)
{
	struct server server = {.options = options, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	struct listener unix_hosts, tcp_hosts, controls;
	struct {
		struct source source;
		struct server *server;
	} sig = {{.fn = on_signal}, &server};
	int exit_code = EXIT_FAILURE;
	sigset_t set;

	unix_hosts.source.fd = tcp_hosts.source.fd = controls.source.fd = -1;
	qb_list_init(&server.clients);
	qb_list_init(&server.writing);
	qb_list_init(&server.controls);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	sig.source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	server.reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	server.air = qa_air_new(options->seed);
	if (!server.air || server.epoll < 0 || sig.source.fd < 0 ||
	    !server_watch(&server, &sig.source, EPOLLIN, true))
		goto end;
	qa_air_set_weather(server.air, &options->weather);
	qa_air_advance(server.air, clock_us());
	if (options->control && !start_listener(&server, &controls, listen_unix(options->control),
	                                        options->control, control_new))
		goto end;
	if (options->tcp_port &&
	    !start_listener(&server, &tcp_hosts, listen_tcp(options->tcp_port), NULL, client_new))
		goto end;
	if (options->socket && !start_listener(&server, &unix_hosts, listen_unix(options->socket),
	                                       options->socket, client_new))
		goto end;
	server_say(&server, "ready");
	loop(&server);
	exit_code = EXIT_SUCCESS;
end:
	qb_list_foreach(elem, &server.clients)
	        client_close(qb_list_entry(elem, struct client, elem), "qble-air ends");
	client_sweep(&server);
	control_free_all(&server);
	end_listener(&unix_hosts);
	end_listener(&tcp_hosts);
	end_listener(&controls);
	qa_air_free(server.air);
	close(sig.source.fd);
	close(server.reserve);
	close(server.epoll);
	return exit_code;
}

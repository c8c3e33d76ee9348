/* SPDX-License-Identifier: MIT */
/* The control socket: lines in, answers out, at a bounded length of both. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct control {
	struct source source;
	struct server *server;
	struct qb_list elem;
	size_t len;
	char line[4096];
};

static void free_control(struct control *control)
{
	qb_list_remove(&control->elem);
	close(control->source.fd);
	free(control);
}

/* Whoever asks reads the answer at once; who does not is not waited for. */
static bool answer(struct control *control, char *line)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool ok;

	if (!out)
		return false;
	control_run(control->server, line, out);
	fclose(out);
	ok = send(control->source.fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
	free(text);
	return ok;
}

static void control_event(struct source *source, uint32_t events)
{
	struct control *control = (struct control *)source;
	ssize_t n = recv(source->fd, control->line + control->len,
	                 sizeof(control->line) - control->len, MSG_DONTWAIT);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		free_control(control);
		return;
	}
	control->len += (size_t)n;
	while ((end = memchr(control->line, '\n', control->len))) {
		size_t used = (size_t)(end - control->line) + 1;

		*end = 0;
		if (!answer(control, control->line)) {
			free_control(control);
			return;
		}
		control->len -= used;
		memmove(control->line, control->line + used, control->len);
	}
	if (control->len == sizeof(control->line))
		free_control(control);
}

void control_new(struct server *server, int fd)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control) {
		close(fd);
		return;
	}
	control->server = server;
	control->source = (struct source){.fd = fd, .fn = control_event};
	qb_list_append(&server->controls, &control->elem);
	if (!server_watch(server, &control->source, EPOLLIN, true))
		free_control(control);
}

void control_free_all(struct server *server)
{
	qb_list_foreach(elem, &server->controls)
	        free_control(qb_list_entry(elem, struct control, elem));
}

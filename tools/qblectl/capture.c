/* SPDX-License-Identifier: MIT */
/* The verb capture: what crosses the transport, into a file of the caller's. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "qblectl.h"

struct copy {
	const char *path;
	int from, to;
};

static int write_all(const struct copy *copy, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(copy->to, p, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int on_input(struct ctl *ctl, const struct qble_event *event, void *user)
{
	const struct copy *copy = user;
	char buf[65536];
	ssize_t n;
	int r;

	if (event)
		return 0;
	n = read(copy->from, buf, sizeof(buf));
	if (n < 0)
		return ctl_fail(ctl, -errno, "cannot read the capture: %s", strerror(errno));
	if (!n)
		return ctl_fail(ctl, -EHOSTDOWN, "qbled went away");
	r = write_all(copy, buf, (size_t)n);
	if (r == -EPIPE)
		return r;
	return r < 0 ? ctl_fail(ctl, -EBADF, "cannot write %s: %s", copy->path, strerror(-r)) : 0;
}

int ctl_capture(struct ctl *ctl, int argc, char **argv)
{
	struct copy copy = {.path = argv[0], .from = -1, .to = STDOUT_FILENO};
	int r;

	/* Keys are in it. */
	if (strcmp(copy.path, "-"))
		copy.to = open(copy.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (copy.to < 0)
		return ctl_fail(ctl, -EINVAL, "%s: %s", copy.path, strerror(errno));
	r = ctl_open(ctl);
	if (r >= 0) {
		copy.from = r = qble_capture(ctl->client);
		if (r < 0)
			r = ctl_fail_call(ctl, r);
	}
	if (r >= 0 && ctl->legend && ctl->out_is_terminal && copy.to != STDOUT_FILENO) {
		printf("capturing into %s; ^C ends it\n", copy.path);
		fflush(stdout);
	}
	if (r >= 0) {
		ctl->input_fd = copy.from;
		r = ctl_await(ctl, on_input, &copy, ctl_timeout(ctl, 0) ? ctl_timeout(ctl, 0) : -1,
		              NULL);
		ctl->input_fd = -1;
	}
	if (copy.from >= 0)
		close(copy.from);
	/* Time and ^C are how it ends. */
	if (r == -EINTR || r == -ETIMEDOUT)
		r = 0;
	if (copy.to != STDOUT_FILENO && close(copy.to) < 0 && r >= 0)
		r = ctl_fail(ctl, -EBADF, "cannot write %s: %s", copy.path, strerror(errno));
	return r;
}

/* SPDX-License-Identifier: MIT */
/*
 * Several qblectl at once, which have one daemon between them: who began what is still needed by
 * whom. The last one that needs it ends it.
 *
 * To hold something is to listen on an abstract socket of its name, which goes with the process
 * however that ends; /proc/net/unix lists them. Who may take part is not asked: all that others
 * could do is to keep something from being ended, or to make us wait a little.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "qblectl.h"

/* A turn takes a few short calls. */
#define TURN_MS    5000
#define LOCK_TRIES 100

/* The name of what is held; those on another bus have nothing to do with it. */
static void print_name(const struct ctl *ctl, const char *fact, char ret[CTL_SHARE_NAME_SIZE])
{
	sd_id128_t id;

	if (sd_bus_get_bus_id(qble_get_call_bus(ctl->client), &id) < 0)
		id = SD_ID128_NULL;
	snprintf(ret, CTL_SHARE_NAME_SIZE, "qblectl/" SD_ID128_FORMAT_STR "/%s",
	         SD_ID128_FORMAT_VAL(id), fact);
}

static socklen_t set_address(struct sockaddr_un *address, const char *name)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* The first octet is zero: no file. */
	snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "%s", name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

/* A socket that has, or meets, the name; or a negative errno. */
static int open_socket(const char *name, bool own)
{
	struct sockaddr_un address;
	socklen_t len = set_address(&address, name);
	int r, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	r = own ? bind(fd, (struct sockaddr *)&address, len)
	        : connect(fd, (struct sockaddr *)&address, len);
	if (r == 0 && own)
		r = listen(fd, 64);
	if (r == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

/* Calls fn for each that others hold, with its process; positive if fn says that it is enough. */
static int each_other(struct ctl *ctl, const char *fact,
                      int (*fn)(struct ctl *ctl, const char *name, unsigned pid))
{
	char prefix[CTL_SHARE_NAME_SIZE + 2] = "@", *line = NULL, *name;
	FILE *file = fopen("/proc/net/unix", "re");
	uint64_t pid;
	size_t size = 0;
	int r = 0;

	print_name(ctl, fact, prefix + 1);
	while (file && !r && getline(&line, &size, file) > 0) {
		name = strchr(line, '@');
		if (!name || strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		name[strcspn(name, "\n")] = '\0';
		if (name[strlen(prefix)] == '/' &&
		    ctl_number_parse(name + strlen(prefix) + 1, INT32_MAX, &pid) == 0 &&
		    (pid_t)pid != getpid())
			r = fn(ctl, name + 1, (unsigned)pid);
	}
	free(line);
	if (file)
		fclose(file);
	return r;
}

static int return_pid(struct ctl *ctl, const char *name, unsigned pid)
{
	return (int)pid;
}

unsigned ctl_share_other(struct ctl *ctl, const char *fact)
{
	return (unsigned)each_other(ctl, fact, return_pid);
}

void ctl_share_hold(struct ctl *ctl, enum ctl_share what, const char *fact)
{
	struct ctl_shared *shared = &ctl->shared[what];
	char with_pid[CTL_SHARE_NAME_SIZE], name[CTL_SHARE_NAME_SIZE];

	if (shared->held)
		return;
	snprintf(shared->fact, sizeof(shared->fact), "%s", fact);
	snprintf(with_pid, sizeof(with_pid), "%s/%ld", fact, (long)getpid());
	print_name(ctl, with_pid, name);
	/* Without a socket nobody hears of it, and it is ours alone. */
	shared->fd = open_socket(name, true);
	shared->held = true;
}

bool ctl_share_is_kept(struct ctl *ctl, enum ctl_share what)
{
	struct ctl_shared *shared = &ctl->shared[what];
	struct pollfd fd = {.fd = shared->fd, .events = POLLIN};

	if (!shared->held || shared->fd < 0 || poll(&fd, 1, 0) <= 0)
		return false;
	close(shared->fd);
	shared->held = false;
	return true;
}

bool ctl_share_drop(struct ctl *ctl, enum ctl_share what)
{
	struct ctl_shared *shared = &ctl->shared[what];

	if (!shared->held || ctl_share_is_kept(ctl, what))
		return false;
	if (shared->fd >= 0)
		close(shared->fd);
	shared->held = false;
	return !ctl_share_other(ctl, shared->fact);
}

/* To be met is to be told that it stays. */
static int meet(struct ctl *ctl, const char *name, unsigned pid)
{
	int fd = open_socket(name, false);

	if (fd >= 0)
		close(fd);
	return 0;
}

void ctl_share_keep(struct ctl *ctl, enum ctl_share what)
{
	if (ctl->shared[what].held)
		each_other(ctl, ctl->shared[what].fact, meet);
	ctl_share_drop(ctl, what);
}

int ctl_lock(struct ctl *ctl, const char *fact, int *ret_fd)
{
	char name[CTL_SHARE_NAME_SIZE];
	int fd = -EADDRINUSE;

	print_name(ctl, fact, name);
	/* Between the two it may have been given back. */
	for (int i = 0; i < LOCK_TRIES && fd == -EADDRINUSE; i++) {
		fd = open_socket(name, true);
		*ret_fd = fd == -EADDRINUSE ? open_socket(name, false) : -1;
		if (*ret_fd >= 0)
			return -EBUSY;
	}
	/* Where there are no such sockets, nobody else has one either. */
	return fd;
}

int ctl_turn_begin(struct ctl *ctl)
{
	struct pollfd other = {.events = POLLIN};
	int fd;

	while ((fd = ctl_lock(ctl, "turn", &other.fd)) == -EBUSY) {
		int r = poll(&other, 1, TURN_MS);

		close(other.fd);
		/* Whoever it is, it hangs. */
		if (r <= 0)
			return -1;
	}
	return fd;
}

static int on_unlocked(struct ctl *ctl, const struct qble_event *event, void *user)
{
	return !event;
}

int ctl_lock_wait(struct ctl *ctl, const char *fact, int seconds, const char *what, int *ret)
{
	int input_fd = ctl->input_fd, r = 0;

	while (r >= 0 && (*ret = ctl_lock(ctl, fact, &ctl->input_fd)) == -EBUSY) {
		r = ctl_await(ctl, on_unlocked, NULL, ctl_timeout(ctl, seconds), what);
		close(ctl->input_fd);
	}
	ctl->input_fd = input_fd;
	return r;
}

void ctl_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qble-air's control socket: lines in pieces of any size, from somebody who may be anybody. Each
 * line that says something ends in one "ok" or one "error", and what is on the air stays in its
 * ranges.
 */
#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "server.h"

#define HOSTS 2

/* The server around the model: what server.c and client.c have with sockets. */
static struct client hosts[HOSTS];
static struct source *watched;
static unsigned answers;

struct client *client_find(struct server *server, unsigned number)
{
	if (!number || number > HOSTS || hosts[number - 1].closed)
		return NULL;
	return &hosts[number - 1];
}

void client_close(struct client *client, const char *why)
{
	client->closed = true;
}

bool server_watch(struct server *server, struct source *source, uint32_t events, bool add)
{
	watched = source;
	return true;
}

static bool to_host(void *user, const uint8_t *packet, size_t len)
{
	assert(len > 0 && len <= QA_PACKET_MAX);
	return true;
}

static const struct qa_ops ops = {.to_host = to_host};

static void add_hosts(struct server *server)
{
	struct qa_config config;

	qa_config_init(&config);
	for (unsigned i = 0; i < HOSTS; i++) {
		config.address[0] = (uint8_t)(i + 1);
		hosts[i] = (struct client){.server = server, .number = i + 1};
		hosts[i].controller = qa_controller_new(server->air, &config, &ops, NULL);
		assert(hosts[i].controller);
		qb_list_append(&server->clients, &hosts[i].elem);
	}
}

/* What was answered by now: how many lines of it end what was asked. */
static void read_answers(int fd)
{
	static char text[256 * 1024];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	char *line = text, *end;

	if (n <= 0)
		return;
	text[n] = '\0';
	for (; (end = strchr(line, '\n')); line = end + 1)
		answers += !strncmp(line, "ok\n", 3) || !strncmp(line, "error: ", 7);
}

/* Lines of commands, mostly with the arguments that they want. */
static size_t make_line(struct fuzz *fuzz, char *line, size_t room)
{
	static const char *const words[] = {"list",   "drop",  "away", "back",  "mute",
	                                    "unmute", "reset", "rssi", "lie",   "raw",
	                                    "loss",   "delay", "help", "unplug"};
	static const char *const args[] = {"",        " 1",          " 2",
	                                   " 3",      " 0",          " -1",
	                                   " 1000",   " 60000",      " 040e0401030c00",
	                                   " 1 1",    " 4294967297", " 0x10",
	                                   " 2 -127", " 1 20",       "  1\t2 3 4 5",
	                                   " 1 0x3"};
	uint8_t what = fuzz_octet(fuzz), arg = fuzz_octet(fuzz);
	size_t len, got;
	const uint8_t *p;

	if (what < 0xe0) {
		len = (size_t)snprintf(line, room, "%s%s%s\n", words[what % 14], args[arg & 15],
		                       args[arg >> 4]);
		return len;
	}
	p = fuzz_octets(fuzz, arg, &got);
	memcpy(line, p ? (const char *)p : "", got);
	/* A line may be longer than any input. */
	for (len = got; what & 1 && len < room - 1; len++)
		line[len] = 'x';
	line[len++] = '\n';
	return what & 2 ? len - 1 : len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options options;
	struct fuzz fuzz = {data, size};
	struct server server = {.options = &options, .air = qa_air_new(1)};
	unsigned lines = 0;
	int fds[2];

	assert(server.air);
	qb_list_init(&server.clients);
	qb_list_init(&server.controls);
	add_hosts(&server);
	assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
	answers = 0;
	control_new(&server, fds[0]);
	while (fuzz.left && !qb_list_empty(&server.controls)) {
		char line[5000];
		size_t len = make_line(&fuzz, line, 4500);

		for (size_t i = 0, word = 0; i < len; i++) {
			word = line[i] == '\n' ? 0 : word || !strchr(" \t\r", line[i]);
			lines += line[i] == '\n';
		}
		if (send(fds[1], line, len, MSG_DONTWAIT | MSG_NOSIGNAL) <= 0)
			break;
		watched->fn(watched, 1);
		read_answers(fds[1]);
		assert(answers <= lines);
		assert(qa_air_weather(server.air)->loss_permille <= 1000);
		assert(qa_air_weather(server.air)->delay_us <= 60000000);
	}
	if (!qb_list_empty(&server.controls)) {
		/* The other side hangs up. */
		close(fds[1]);
		fds[1] = -1;
		while (!qb_list_empty(&server.controls))
			watched->fn(watched, 1);
	}
	if (fds[1] >= 0)
		close(fds[1]);
	for (unsigned i = 0; i < HOSTS; i++)
		qa_controller_free(hosts[i].controller);
	qa_air_free(server.air);
	return 0;
}

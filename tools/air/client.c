/* SPDX-License-Identifier: MIT */
/* One host: H4 packets from its socket to its controller, and back through a bounded buffer. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* What waits for a host that does not read, before its controller has to keep the rest. */
#define OUT_MAX (64 * 1024)

static bool to_host(void *user, const uint8_t *packet, size_t len)
{
	struct client *client = user;

	if (client->closed)
		return true;
	if (client->out_len + len > OUT_MAX && client->out_pos) {
		client->out_len -= client->out_pos;
		memmove(client->out, client->out + client->out_pos, client->out_len);
		client->out_pos = 0;
	}
	if (qb_list_empty(&client->writing))
		qb_list_append(&client->server->writing, &client->writing);
	if (client->out_len + len > OUT_MAX) {
		client->full = true;
		return false;
	}
	memcpy(client->out + client->out_len, packet, len);
	client->out_len += len;
	return true;
}

static void warn(void *user, const char *text)
{
	struct client *client = user;

	if (client->server->options->verbose)
		server_say(client->server, "host %u: %s", client->number, text);
}

static const struct qa_ops ops = {.to_host = to_host, .warn = warn};

static void watch(struct client *client, uint32_t events)
{
	if (client->watch == events || client->closed)
		return;
	client->watch = events;
	server_watch(client->server, &client->source, events, false);
}

void client_close(struct client *client, const char *why)
{
	if (client->closed)
		return;
	client->closed = true;
	server_say(client->server, "host %u is gone: %s", client->number, why);
	qb_list_remove(&client->writing);
	close(client->source.fd);
}

static void write_out(struct client *client)
{
	while (client->out_pos < client->out_len) {
		ssize_t n = send(client->source.fd, client->out + client->out_pos,
		                 client->out_len - client->out_pos, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			watch(client, (client->full ? 0 : EPOLLIN) | EPOLLOUT);
			return;
		}
		if (n <= 0) {
			client_close(client, strerror(errno));
			return;
		}
		client->out_pos += (size_t)n;
	}
	client->out_pos = client->out_len = 0;
	watch(client, EPOLLIN);
	if (client->full) {
		client->full = false;
		qa_controller_ready(client->controller);
	}
}

void client_flush(struct server *server)
{
	struct qb_list *elem;

	/* A host with room again may get more at once; until its socket is full it is its turn. */
	while ((elem = qb_list_pop(&server->writing)))
		write_out(qb_list_entry(elem, struct client, writing));
}

/* Every whole packet of what has come; what is left is the start of the next one. */
static void take_packets(struct client *client)
{
	size_t pos = 0;

	while (pos < client->in_len && !client->closed) {
		size_t have = client->in_len - pos;
		int len = qa_h4_length(client->in + pos, have);

		if (len < 0) {
			/* Somebody who watches quietly wants to see this too. */
			fprintf(stderr,
			        "qble-air: host %u sent what is no H4 packet (0x%02x...): closed\n",
			        client->number, client->in[pos]);
			client_close(client, "not H4");
			return;
		}
		if (!len || (size_t)len > have)
			break;
		qa_controller_input(client->controller, client->in + pos, (size_t)len);
		pos += (size_t)len;
	}
	client->in_len -= pos;
	memmove(client->in, client->in + pos, client->in_len);
}

static void client_event(struct source *source, uint32_t events)
{
	struct client *client = (struct client *)source;
	ssize_t n;

	if (client->closed)
		return;
	if (events & EPOLLOUT)
		write_out(client);
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || client->closed)
		return;
	if (client->full && !(events & (EPOLLHUP | EPOLLERR)))
		return;
	n = recv(source->fd, client->in + client->in_len, sizeof(client->in) - client->in_len,
	         MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(client, n ? strerror(errno) : "it closed its socket");
		return;
	}
	client->in_len += (size_t)n;
	take_packets(client);
}

static void free_client(struct client *client)
{
	qb_list_remove(&client->elem);
	qb_list_remove(&client->writing);
	qa_controller_free(client->controller);
	free(client->out);
	free(client);
}

void client_sweep(struct server *server)
{
	qb_list_foreach(elem, &server->clients)
	{
		struct client *client = qb_list_entry(elem, struct client, elem);

		if (client->closed)
			free_client(client);
	}
}

struct client *client_find(struct server *server, unsigned number)
{
	qb_list_foreach(elem, &server->clients)
	{
		struct client *client = qb_list_entry(elem, struct client, elem);

		if (client->number == number && !client->closed)
			return client;
	}
	return NULL;
}

/* The configuration of the nth connection: its own address, and faults if it is to have them. */
static struct qa_config config_of(const struct options *options, unsigned number)
{
	struct qa_config config = options->config;
	unsigned carry = number - 1;

	for (unsigned i = 0; i < 6 && carry && !options->no_public_address; i++) {
		carry += config.address[i];
		config.address[i] = (uint8_t)carry;
		carry >>= 8;
	}
	if (options->faulty && options->faulty != number) {
		config.answer_delay_us = config.mute_after = config.reset_after = 0;
		config.lie_permille = 0;
	}
	return config;
}

void client_new(struct server *server, int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	struct qa_config config = config_of(server->options, server->count + 1);

	if (!client) {
		close(fd);
		return;
	}
	client->server = server;
	client->source = (struct source){.fd = fd, .fn = client_event};
	client->number = ++server->count;
	client->watch = EPOLLIN;
	qb_list_init(&client->writing);
	qb_list_append(&server->clients, &client->elem);
	client->out = malloc(OUT_MAX);
	if (client->out)
		client->controller = qa_controller_new(server->air, &config, &ops, client);
	if (!client->controller || !server_watch(server, &client->source, EPOLLIN, true)) {
		fprintf(stderr, "qble-air: no memory for host %u\n", client->number);
		close(fd);
		free_client(client);
		return;
	}
	server_say(server, "host %u is here", client->number);
}

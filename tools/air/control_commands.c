/* SPDX-License-Identifier: MIT */
/* The commands of the control socket. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 3

struct command {
	const char *name, *args, *help;
	/* Returns NULL, or why not. client is there if args starts with N. */
	const char *(*fn)(struct server *server, struct client *client, char **args, FILE *out);
};

static bool number(const char *text, long min, long max, long *ret)
{
	char *end;

	if (!text)
		return false;
	errno = 0;
	*ret = strtol(text, &end, 0);
	return !errno && !*end && end != text && *ret >= min && *ret <= max;
}

static void print_address(FILE *out, const uint8_t b[6])
{
	fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", b[5], b[4], b[3], b[2], b[1], b[0]);
}

static const char *list(struct server *server, struct client *none, char **args, FILE *out)
{
	qb_list_foreach(elem, &server->clients)
	{
		struct client *client = qb_list_entry(elem, struct client, elem);
		struct qa_status s;

		if (client->closed)
			continue;
		qa_controller_status(client->controller, &s);
		fprintf(out, "%u ", client->number);
		print_address(out, s.address);
		fputs(" random=", out);
		print_address(out, s.random_address);
		fprintf(out, " links=%u advertising=%u scanning=%d initiating=%d", s.links,
		        s.advertising, s.scanning, s.initiating);
		fprintf(out, " muted=%d away=%d blocked=%d commands=%llu", s.muted, s.away,
		        s.blocked, (unsigned long long)s.commands);
		fprintf(out, " acl-in=%llu acl-out=%llu acl-held=%u reports-dropped=%llu\n",
		        (unsigned long long)s.acl_from_host, (unsigned long long)s.acl_to_host,
		        s.acl_used, (unsigned long long)s.reports_dropped);
	}
	return NULL;
}

static const char *drop(struct server *server, struct client *client, char **args, FILE *out)
{
	qa_controller_drop(client->controller);
	return NULL;
}

static const char *away(struct server *server, struct client *client, char **args, FILE *out)
{
	qa_controller_set_away(client->controller, true);
	return NULL;
}

static const char *back(struct server *server, struct client *client, char **args, FILE *out)
{
	qa_controller_set_away(client->controller, false);
	return NULL;
}

static const char *mute(struct server *server, struct client *client, char **args, FILE *out)
{
	qa_controller_mute(client->controller, true);
	return NULL;
}

static const char *unmute(struct server *server, struct client *client, char **args, FILE *out)
{
	qa_controller_mute(client->controller, false);
	return NULL;
}

static const char *reset(struct server *server, struct client *client, char **args, FILE *out)
{
	long code = 0x03;

	if (args[1] && !number(args[1], 0, 0xff, &code))
		return "a hardware code from 0 to 255 is wanted";
	qa_controller_fail(client->controller, (uint8_t)code);
	return NULL;
}

static const char *unplug(struct server *server, struct client *client, char **args, FILE *out)
{
	client_close(client, "unplugged");
	return NULL;
}

static const char *rssi(struct server *server, struct client *client, char **args, FILE *out)
{
	long dbm;

	if (!number(args[1], -127, 20, &dbm))
		return "dBm from -127 to 20 are wanted";
	qa_controller_set_rssi(client->controller, (int8_t)dbm);
	return NULL;
}

static const char *lie(struct server *server, struct client *client, char **args, FILE *out)
{
	long permille;

	if (!number(args[1], 0, 1000, &permille))
		return "per mille from 0 to 1000 are wanted";
	qa_controller_set_lie(client->controller, (uint16_t)permille);
	return NULL;
}

static int nibble(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *p = c ? strchr(digits, c) : NULL;

	return p ? (int)((p - digits) % 16) : -1;
}

static const char *raw(struct server *server, struct client *client, char **args, FILE *out)
{
	uint8_t packet[QA_PACKET_MAX];
	size_t len = 0;

	for (const char *p = args[1]; p && *p; p += 2) {
		int high = nibble(p[0]), low = high < 0 ? -1 : nibble(p[1]);

		if (low < 0 || len == sizeof(packet))
			return "an H4 packet in hexadecimal is wanted, as 040e0401030c00";
		packet[len++] = (uint8_t)(high << 4 | low);
	}
	return qa_controller_raw(client->controller, packet, len) == 0
	               ? NULL
	               : "an H4 packet in hexadecimal is wanted, as 040e0401030c00";
}

static const char *loss(struct server *server, struct client *none, char **args, FILE *out)
{
	struct qa_weather weather = *qa_air_weather(server->air);
	long permille;

	if (!number(args[0], 0, 1000, &permille))
		return "per mille from 0 to 1000 are wanted";
	weather.loss_permille = (uint16_t)permille;
	qa_air_set_weather(server->air, &weather);
	return NULL;
}

static const char *delay(struct server *server, struct client *none, char **args, FILE *out)
{
	struct qa_weather weather = *qa_air_weather(server->air);
	long ms, jitter = 0;

	if (!number(args[0], 0, 60000, &ms) || (args[1] && !number(args[1], 0, 60000, &jitter)))
		return "milliseconds from 0 to 60000 are wanted";
	weather.delay_us = (uint32_t)ms * 1000;
	weather.jitter_us = (uint32_t)jitter * 1000;
	qa_air_set_weather(server->air, &weather);
	return NULL;
}

static const char *help(struct server *server, struct client *none, char **args, FILE *out);

static const struct command commands[] = {
        {"list", "", "who is there", list},
        {"drop", "N", "the links of host N break silently: both ends time out", drop},
        {"away", "N", "host N is out of everybody's range", away},
        {"back", "N", "and in it again", back},
        {"mute", "N", "the controller of host N falls silent, on the air too", mute},
        {"unmute", "N", "and answers again", unmute},
        {"reset", "N [CODE]", "the controller of host N sends Hardware Error and resets", reset},
        {"unplug", "N", "the socket of host N is closed", unplug},
        {"rssi", "N DBM", "how strongly others hear host N", rssi},
        {"lie", "N PERMILLE", "so many events of host N are cut short or wrong", lie},
        {"raw", "N HEX", "host N gets this H4 packet", raw},
        {"loss", "PERMILLE", "PDUs lost on the air", loss},
        {"delay", "MS [JITTER]", "data takes so long, and up to so much longer", delay},
        {"help", "", "this", help},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const char *help(struct server *server, struct client *none, char **args, FILE *out)
{
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "%-7s%-12s%s\n", commands[i].name, commands[i].args, commands[i].help);
	return NULL;
}

static const char *run(struct server *server, const struct command *command, char **args, FILE *out)
{
	struct client *client = NULL;
	long n;

	if (command->args[0] == 'N') {
		if (!number(args[0], 1, UINT32_MAX, &n))
			return "the number of a host is wanted, as `list' has them";
		client = client_find(server, (unsigned)n);
		if (!client)
			return "there is no such host; `list' shows who is there";
	}
	return command->fn(server, client, args, out);
}

void control_run(struct server *server, char *line, FILE *out)
{
	char *args[ARGS_MAX + 1] = {NULL}, *save = NULL;
	char *name = strtok_r(line, " \t\r", &save);
	const char *error = "there is no such command; `help' lists them";

	if (!name)
		return;
	for (unsigned i = 0; i < ARGS_MAX; i++)
		args[i] = strtok_r(NULL, " \t\r", &save);
	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(name, commands[i].name) == 0) {
			error = run(server, &commands[i], args, out);
			break;
		}
	}
	if (error)
		fprintf(out, "error: %s\n", error);
	else
		fputs("ok\n", out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The syntax of what a controller may be called. */
#include "transport/spec.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define BAUD_MIN 9600
#define BAUD_MAX 12000000

int qb_spec_hci(const char *device, unsigned *index, char why[QB_WHY_MAX])
{
	const char *digits = device + strlen("hci");
	char *end;
	unsigned long n = strtoul(digits, &end, 10);

	if (*digits < '0' || *digits > '9' || *end || n >= HCI_DEV_NONE) {
		snprintf(why, QB_WHY_MAX, "'%s' names no controller; hci0 is the first", device);
		return -EINVAL;
	}
	*index = (unsigned)n;
	return 0;
}

int qb_spec_unix(const char *path, char why[QB_WHY_MAX])
{
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	size_t len = strlen(path);

	if (len && len <= max)
		return 0;
	snprintf(why, QB_WHY_MAX,
	         "'%.40s%s' is no socket: its path has %zu characters, allowed are 1..%zu", path,
	         len > 40 ? "..." : "", len, max);
	return -EINVAL;
}

/* "HOST:PORT", or "[ADDRESS]:PORT" for an address with colons. */
static bool parse_tcp(const char *spec, char *host, size_t size, unsigned *port)
{
	const char *colon = strrchr(spec, ':');
	size_t len = colon ? (size_t)(colon - spec) : 0;
	unsigned long n;
	char *end;

	if (len > 1 && spec[0] == '[' && colon[-1] == ']') {
		spec++;
		len -= 2;
	}
	if (!len || len >= size || colon[1] < '0' || colon[1] > '9')
		return false;
	n = strtoul(colon + 1, &end, 10);
	if (*end || !n || n > 65535)
		return false;
	*port = (unsigned)n;
	memcpy(host, spec, len);
	host[len] = '\0';
	return true;
}

int qb_spec_tcp(const char *host_port, struct qb_spec_tcp *ret, char why[QB_WHY_MAX])
{
	if (parse_tcp(host_port, ret->host, sizeof(ret->host), &ret->port))
		return 0;
	snprintf(why, QB_WHY_MAX, "'%s' is not HOST:PORT with a port from 1 to 65535", host_port);
	return -EINVAL;
}

/* "DEV,BAUD", "DEV,BAUD,flow" or "DEV,BAUD,noflow". */
static bool parse_tty(const char *spec, char *device, size_t size, unsigned *baud, bool *flow)
{
	const char *comma = strchr(spec, ',');
	unsigned long n;
	char *end;

	if (!comma || comma == spec || (size_t)(comma - spec) >= size || comma[1] < '0' ||
	    comma[1] > '9')
		return false;
	n = strtoul(comma + 1, &end, 10);
	*flow = !*end || !strcmp(end, ",flow");
	if (n < BAUD_MIN || n > BAUD_MAX || (!*flow && strcmp(end, ",noflow")))
		return false;
	*baud = (unsigned)n;
	memcpy(device, spec, (size_t)(comma - spec));
	device[comma - spec] = '\0';
	return true;
}

int qb_spec_tty(const char *device_baud, struct qb_spec_tty *ret, char why[QB_WHY_MAX])
{
	if (parse_tty(device_baud, ret->device, sizeof(ret->device), &ret->baud, &ret->flow))
		return 0;
	snprintf(why, QB_WHY_MAX,
	         "'%s' is not DEV,BAUD or DEV,BAUD,noflow with a speed from %u to %u", device_baud,
	         BAUD_MIN, BAUD_MAX);
	return -EINVAL;
}

int qb_spec_unknown(const char *spec, char why[QB_WHY_MAX])
{
	snprintf(why, QB_WHY_MAX,
	         "'%s' names no controller: it is hciN, h4:unix:PATH, h4:tcp:HOST:PORT, "
	         "h4:tty:DEV,BAUD or replay:FILE",
	         spec);
	return -EINVAL;
}

int qb_spec_check(const char *spec, char why[QB_WHY_MAX])
{
	struct qb_spec_tcp tcp;
	struct qb_spec_tty tty;
	unsigned index;

	if (!strncmp(spec, "h4:unix:", 8))
		return qb_spec_unix(spec + 8, why);
	if (!strncmp(spec, "h4:tcp:", 7))
		return qb_spec_tcp(spec + 7, &tcp, why);
	if (!strncmp(spec, "h4:tty:", 7))
		return qb_spec_tty(spec + 7, &tty, why);
	if (!strncmp(spec, "hci", 3))
		return qb_spec_hci(spec, &index, why);
	if (!strncmp(spec, QB_REPLAY_PREFIX, strlen(QB_REPLAY_PREFIX)))
		return 0;
	return qb_spec_unknown(spec, why);
}

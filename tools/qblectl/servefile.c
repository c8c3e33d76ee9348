/* SPDX-License-Identifier: MIT */
/* The description of a GATT server: sections in brackets, KEY = VALUE, checked line by line. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qblectl.h"

#define CHARAS_MAX 512

enum section { NONE, DEVICE, SERVICE, CHARACTERISTIC, DESCRIPTOR };

static const char *const sections[] = {
        [DEVICE] = "device",
        [SERVICE] = "service",
        [CHARACTERISTIC] = "characteristic",
        [DESCRIPTOR] = "descriptor",
};

struct loader {
	struct ctl *ctl;
	struct ctl_server *server;
	const char *path;
	unsigned line;
	enum section section;
};

/* Access as AddCharaValue() has it: 0x0001 readable, 0x0002 writable. */
enum { READABLE = 0x0001, WRITABLE = 0x0002 };

static int wrong(struct loader *l, const char *what, const char *value)
{
	return ctl_fail(l->ctl, -EINVAL, "%s:%u: '%s' is no %s", l->path, l->line, value, what);
}

static struct ctl_chara *chara(struct loader *l)
{
	return &l->server->charas[l->server->n_charas - 1];
}

static int set_device_name(struct loader *l, const char *value)
{
	size_t len = strlen(value);

	if (!len || len >= sizeof(l->server->name))
		return wrong(l, "name of 1 to 29 bytes", value);
	memcpy(l->server->name, value, len + 1);
	return 0;
}

static int set_interval(struct loader *l, const char *value)
{
	uint64_t ms;

	if (ctl_number_parse(value, 10240, &ms) < 0 || ms < 20)
		return wrong(l, "interval of 20 to 10240 ms", value);
	l->server->interval_ms = (uint32_t)ms;
	return 0;
}

static int set_uuid(struct loader *l, const char *value)
{
	bool is_service = l->section == SERVICE;
	uint8_t *uuid = is_service ? l->server->services[l->server->n_services - 1].uuid
	                           : chara(l)->uuid;
	char kind = is_service ? 's' : l->section == DESCRIPTOR ? 'd' : 'c';

	return ctl_uuid_parse(value, kind, uuid) < 0 ? wrong(l, "UUID or assigned name", value) : 0;
}

static int set_secondary(struct loader *l, const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return wrong(l, "yes or no", value);
	l->server->services[l->server->n_services - 1].secondary = value[0] == 'y';
	return 0;
}

static int set_name(struct loader *l, const char *value)
{
	if (!*value || strlen(value) >= sizeof(chara(l)->name) || strpbrk(value, " \t"))
		return wrong(l, "name of one word", value);
	snprintf(chara(l)->name, sizeof(chara(l)->name), "%s", value);
	return 0;
}

static int set_properties(struct loader *l, const char *value)
{
	uint8_t *properties = &chara(l)->properties;

	if (ctl_properties_parse(value, properties) < 0)
		return wrong(l, "list of properties (read write notify ...)", value);
	/* Readable and writable as far as the properties make sense of it. */
	chara(l)->permissions = (*properties & 0x02 ? READABLE : 0) |
	                        (*properties & 0x4c ? WRITABLE : 0);
	return 0;
}

static int set_writable(struct loader *l, const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return wrong(l, "yes or no", value);
	chara(l)->permissions = READABLE | (value[0] == 'y' ? WRITABLE : 0);
	return 0;
}

static int set_value(struct loader *l, const char *value)
{
	if (ctl_octets_parse(value, chara(l)->value, CTL_VALUE_MAX, &chara(l)->len) < 0)
		return wrong(l, "value: hex or text:WORDS, at most 512 octets", value);
	return 0;
}

static const struct {
	enum section section;
	const char *key;
	int (*set)(struct loader *l, const char *value);
} keys[] = {
        {DEVICE, "name", set_device_name},
        {DEVICE, "interval", set_interval},
        {SERVICE, "uuid", set_uuid},
        {SERVICE, "secondary", set_secondary},
        {CHARACTERISTIC, "uuid", set_uuid},
        {CHARACTERISTIC, "name", set_name},
        {CHARACTERISTIC, "properties", set_properties},
        {CHARACTERISTIC, "value", set_value},
        {DESCRIPTOR, "uuid", set_uuid},
        {DESCRIPTOR, "writable", set_writable},
        {DESCRIPTOR, "value", set_value},
};

static struct ctl_chara *add_chara(struct loader *l)
{
	struct ctl_server *server = l->server;
	struct ctl_chara *more;

	if (server->n_charas == CHARAS_MAX)
		return NULL;
	more = realloc(server->charas, (server->n_charas + 1) * sizeof(*more));
	if (!more)
		return NULL;
	server->charas = more;
	more += server->n_charas++;
	*more = (struct ctl_chara){.service = (unsigned)server->n_services - 1,
	                           .permissions = READABLE};
	return more;
}

/* What has begun must have a UUID, and a characteristic something to do with it. */
static int finish_section(struct loader *l)
{
	static const uint8_t none[16];
	const uint8_t *uuid = none;

	if (l->section <= DEVICE)
		return 0;
	uuid = l->section == SERVICE ? l->server->services[l->server->n_services - 1].uuid
	                             : chara(l)->uuid;
	if (memcmp(uuid, none, 16) == 0)
		return ctl_fail(l->ctl, -EINVAL, "%s:%u: the [%s] before has no uuid", l->path,
		                l->line, sections[l->section]);
	if (l->section == CHARACTERISTIC && !chara(l)->properties)
		return ctl_fail(l->ctl, -EINVAL,
		                "%s:%u: the [characteristic] before has no "
		                "properties",
		                l->path, l->line);
	return 0;
}

/* A characteristic that notifies has who subscribed in its descriptor 0x2902. */
static int add_cccd(struct loader *l)
{
	struct ctl_chara *cccd;

	if (l->section != CHARACTERISTIC || !(chara(l)->properties & 0x30))
		return 0;
	cccd = add_chara(l);
	if (!cccd)
		return -ENOMEM;
	cccd->is_desc = true;
	cccd->permissions = READABLE | WRITABLE;
	cccd->len = 2;
	qble_uuid_from_short(0x2902, cccd->uuid);
	return 0;
}

static int begin_section(struct loader *l, const char *name)
{
	struct ctl_server *server = l->server;
	int r = finish_section(l);

	if (r >= 0)
		r = add_cccd(l);
	if (r < 0)
		return r;
	l->section = DEVICE;
	while (l->section <= DESCRIPTOR && strcmp(sections[l->section], name) != 0)
		l->section++;
	if (l->section > DESCRIPTOR)
		return wrong(l, "section: device, service, characteristic or descriptor", name);
	if (l->section == SERVICE) {
		if (server->n_services == sizeof(server->services) / sizeof(server->services[0]))
			return wrong(l, "service any more: 32 are the limit", name);
		server->services[server->n_services++] = (struct ctl_service){0};
	} else if (l->section >= CHARACTERISTIC) {
		if (!server->n_services || (l->section == DESCRIPTOR && !server->n_charas))
			return wrong(l,
			             "section to begin with: a service comes first, and a "
			             "characteristic before its descriptors",
			             name);
		if (!add_chara(l))
			return wrong(l, "attribute any more: 512 are the limit", name);
		chara(l)->is_desc = l->section == DESCRIPTOR;
	}
	return 0;
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t\r\n");
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static int load_line(struct loader *l, char *line)
{
	char *text = trim(line), *equals = strchr(text, '='), *key;

	if (!*text || *text == '#' || *text == ';')
		return 0;
	if (*text == '[') {
		size_t len = strlen(text);

		if (text[len - 1] != ']')
			return wrong(l, "section", text);
		text[len - 1] = '\0';
		return begin_section(l, trim(text + 1));
	}
	if (!equals)
		return wrong(l, "KEY = VALUE", text);
	*equals = '\0';
	key = trim(text);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].section == l->section && strcmp(keys[i].key, key) == 0)
			return keys[i].set(l, trim(equals + 1));
	return ctl_fail(l->ctl, -EINVAL, "%s:%u: there is no key '%s' %s%s", l->path, l->line, key,
	                l->section == NONE ? "before the first section" : "in a ",
	                l->section == NONE ? "" : sections[l->section]);
}

int ctl_server_load(struct ctl *ctl, struct ctl_server *server, const char *path)
{
	struct loader l = {.ctl = ctl, .server = server, .path = path};
	FILE *file = fopen(path, "re");
	size_t room = 0;
	char *line = NULL;
	int r = 0;

	if (!file)
		return ctl_fail(ctl, -EINVAL, "%s: %s", path, strerror(errno));
	*server = (struct ctl_server){.interval_ms = 100, .name = "qbled"};
	while (r >= 0 && getline(&line, &room, file) >= 0) {
		l.line++;
		r = load_line(&l, line);
	}
	if (r >= 0 && ferror(file))
		r = ctl_fail(ctl, -EINVAL, "%s: %s", path, strerror(errno));
	if (r >= 0)
		r = finish_section(&l);
	if (r >= 0)
		r = add_cccd(&l);
	if (r >= 0 && !server->n_services)
		r = ctl_fail(ctl, -EINVAL, "%s: there is no [service]", path);
	free(line);
	fclose(file);
	return r;
}

void ctl_server_done(struct ctl_server *server)
{
	free(server->charas);
	server->charas = NULL;
	server->n_charas = 0;
}

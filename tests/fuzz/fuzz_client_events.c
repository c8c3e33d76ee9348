/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libqble-client makes of what comes over the bus: events of the types that they have and of
 * others, and the entries packed in them. Entries lie in their event, are of one size and as many
 * as it has room for; text that is read is text that can be written again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "client-internal.h"
#include "fuzz.h"

static sd_bus *bus;

/* A message needs a connection that it might go over. */
static void open_bus(void)
{
	int fds[2];

	assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
	assert(sd_bus_new(&bus) >= 0);
	assert(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
	assert(sd_bus_start(bus) >= 0);
}

static sd_bus_message *new_signal(void)
{
	sd_bus_message *m;

	assert(sd_bus_message_new_signal(bus, &m, QBLE_PATH, QBLE_NAME, "X") >= 0);
	return m;
}

static int append_text(sd_bus_message *m, struct fuzz *fuzz)
{
	char text[64];
	size_t len = fuzz_value(fuzz, (uint8_t *)text, sizeof(text) - 1);

	/* The bus lets nothing else pass. */
	for (size_t i = 0; i < len; i++)
		text[i] = text[i] & 0x7f ? text[i] & 0x7f : ' ';
	text[len] = '\0';
	return sd_bus_message_append(m, "s", text);
}

static int append_octets(sd_bus_message *m, struct fuzz *fuzz)
{
	uint8_t octets[600];
	size_t len = fuzz_value(fuzz, octets, sizeof(octets));

	return sd_bus_message_append_array(m, 'y', octets, len);
}

static int append(sd_bus_message *m, char type, struct fuzz *fuzz)
{
	switch (type) {
	case 'a': return append_octets(m, fuzz);
	case 's': return append_text(m, fuzz);
	case 'y': return sd_bus_message_append(m, "y", fuzz_octet(fuzz));
	case 't': return sd_bus_message_append(m, "t", (uint64_t)fuzz_u16(fuzz) << 32);
	case 'i': return sd_bus_message_append(m, "i", (int32_t)fuzz_u16(fuzz) - 0x8000);
	default: return sd_bus_message_append(m, "u", (uint32_t)fuzz_u16(fuzz));
	}
}

/* The types after event_id and status of each event. */
static const char *types_of(uint32_t id)
{
	switch (id) {
	case QBLE_CONNECT_IND:
	case QBLE_DISCONNECT_IND: return "ua";
	case QBLE_UPDATE_CONN_PARAM_IND: return "uuuuu";
	case QBLE_SCAN_REPORT_IND: return "usuaiua";
	case QBLE_GATT_MTU: return "uu";
	case QBLE_GATT_RECV_WRITE_IND:
	case QBLE_GATT_RECV_READ_IND: return "uauua";
	case QBLE_GATT_DISCOVER_SERVICE_IND: return "uuua";
	case QBLE_GATT_ATT_ERROR_IND: return "u";
	case QBLE_START_STATUS_IND:
	case QBLE_STOP_STATUS_IND: return "";
	default: return "ua";
	}
}

static void check_entries(const struct qble_event *event)
{
	struct qble_entries entries;
	struct qble_chara chara;
	struct qble_include include;
	struct qble_desc desc;
	struct qble_value value;
	const uint8_t *end;
	size_t n = 0, room;

	if (qble_entries_init(&entries, event) < 0)
		return;
	end = event->u.data.data + event->u.data.len;
	assert(entries.entry_len && entries.left % entries.entry_len == 0);
	assert(entries.next + entries.left == end);
	room = entries.left / entries.entry_len;
	while (qble_next_chara(&entries, &chara) || qble_next_include(&entries, &include) ||
	       qble_next_desc(&entries, &desc))
		n++;
	while (qble_next_value(&entries, &value)) {
		assert(value.len <= 0xff || event->id != QBLE_GATT_CHARA_READ_BY_UUID_IND);
		assert(!value.len || value.data + value.len <= end);
		n++;
	}
	assert(n == room && !entries.left);
}

static const char *signature_of(char type)
{
	switch (type) {
	case 'a': return "ay";
	case 's': return "s";
	case 'y': return "y";
	case 't': return "t";
	case 'i': return "i";
	default: return "u";
	}
}

/* The named fields, some of types that they do not have. */
static void append_fields(sd_bus_message *m, struct fuzz *fuzz)
{
	static const char *const names[] = {"handle", "reason", "addr_type",
	                                    "call",   "uuid",   "role"};

	sd_bus_message_open_container(m, 'a', "{sv}");
	for (unsigned n = fuzz_octet(fuzz) & 7; n; n--) {
		uint8_t what = fuzz_octet(fuzz);
		char type = "usatusiy"[what & 7];

		sd_bus_message_open_container(m, 'e', "sv");
		sd_bus_message_append(m, "s", names[(what >> 3) % 6]);
		sd_bus_message_open_container(m, 'v', signature_of(type));
		append(m, type, fuzz);
		sd_bus_message_close_container(m);
		sd_bus_message_close_container(m);
	}
	sd_bus_message_close_container(m);
}

/* One argument of another type, one too few or too many, or none of the structure that is meant. */
static void read_signal(struct fuzz *fuzz)
{
	uint32_t id = fuzz_octet(fuzz) & 63;
	uint8_t how = fuzz_octet(fuzz), wrong = how & 7;
	bool good = how < 0x80 || how >= 0xf8;
	char types[16], signature[40] = "(ui";
	sd_bus_message *m = new_signal();
	struct qble_event event;
	int32_t status = how >> 3 & 1;
	size_t n;

	strcpy(types, types_of(id));
	n = strlen(types);
	if (how >= 0x80 && how < 0xa0 && wrong < n)
		types[wrong] = "uisayt"[how % 6];
	else if (how >= 0xa0 && how < 0xc0 && n)
		types[wrong % n] = '\0';
	else if (how >= 0xf8)
		strcat(types, "t");
	for (const char *t = types; *t; t++)
		strcat(signature, signature_of(*t));
	strcat(signature, ")");
	assert(sd_bus_message_append(m, "tu", (uint64_t)fuzz_u16(fuzz), (uint32_t)how) >= 0);
	if (how >= 0xc0 && how < 0xe0) {
		assert(sd_bus_message_append(m, "v", "u", id) >= 0);
	} else if (how < 0xe0 || how >= 0xf0) {
		assert(sd_bus_message_open_container(m, 'v', signature) >= 0);
		signature[strlen(signature) - 1] = '\0';
		assert(sd_bus_message_open_container(m, 'r', signature + 1) >= 0);
		assert(sd_bus_message_append(m, "ui", id, status) >= 0);
		for (const char *t = types; *t; t++)
			append(m, *t, fuzz);
		assert(sd_bus_message_close_container(m) >= 0);
		assert(sd_bus_message_close_container(m) >= 0);
	}
	append_fields(m, fuzz);
	assert(sd_bus_message_seal(m, 1, 0) >= 0);
	if (qble_event_read(m, &event) >= 0) {
		if (good)
			assert(event.id == id && event.status == status);
		check_entries(&event);
	}
	sd_bus_message_unref(m);
}

static void check_entries_of(struct fuzz *fuzz)
{
	static const uint8_t ids[] = {23, 24, 28, 29, 33};
	uint8_t *copy;
	struct qble_event event = {.id = ids[fuzz_octet(fuzz) % sizeof(ids)]};

	/* A copy of its own, so that a read past its end is seen. */
	copy = malloc(fuzz->left ? fuzz->left : 1);
	memcpy(copy, fuzz->p, fuzz->left);
	event.u.data.data = copy;
	event.u.data.len = fuzz->left;
	check_entries(&event);
	free(copy);
}

static void check_text(struct fuzz *fuzz)
{
	char text[64], uuid_text[QBLE_UUID_STRING_SIZE], addr_text[QBLE_ADDR_STRING_SIZE];
	size_t len = fuzz->left < sizeof(text) - 1 ? fuzz->left : sizeof(text) - 1;
	uint8_t uuid[16], addr[6], again[16];

	memcpy(text, fuzz->p, len);
	text[len] = '\0';
	if (qble_uuid_from_string(text, uuid) == 0) {
		qble_uuid_to_string(uuid, uuid_text);
		assert(!qble_uuid_from_string(uuid_text, again) && !memcmp(uuid, again, 16));
	}
	if (qble_addr_from_string(text, addr) == 0)
		assert(!strcasecmp(qble_addr_to_string(addr, addr_text), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz fuzz = {data, size};

	if (!bus)
		open_bus();
	switch (fuzz_octet(&fuzz) & 3) {
	case 0: check_entries_of(&fuzz); break;
	case 1: check_text(&fuzz); break;
	default: read_signal(&fuzz);
	}
	return 0;
}

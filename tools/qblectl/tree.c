/* SPDX-License-Identifier: MIT */
/* The verb tree: a peer's database drawn, or as one JSON object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qblectl.h"

static const struct drawing {
	const char *branch, *last, *bar, *gap;
} drawings[] = {
        {"|-- ", "`-- ", "|   ", "    "},
        {"├── ", "└── ", "│   ", "    "},
};

static unsigned level_of(const struct ctl_attribute *a)
{
	return a->kind <= CTL_SECONDARY ? 0 : a->kind == CTL_DESC ? 2 : 1;
}

static char kind_of(const struct ctl_attribute *a)
{
	return a->kind == CTL_CHARA ? 'c' : a->kind == CTL_DESC ? 'd' : 's';
}

/* Whether nothing else follows on that level, inside of what it belongs to. */
static bool is_last(const struct ctl_database *db, size_t at, unsigned level)
{
	for (size_t i = at + 1; i < db->n; i++) {
		if (level_of(&db->attributes[i]) < level)
			return true;
		if (level_of(&db->attributes[i]) == level)
			return false;
	}
	return true;
}

static void print_branches(const struct ctl *ctl, const struct ctl_database *db, size_t at,
                           bool is_second_line)
{
	const struct drawing *d = &drawings[ctl->utf8];
	unsigned level = level_of(&db->attributes[at]);

	fputs(ctl_dim(ctl), stdout);
	for (unsigned l = 0; l < level + is_second_line; l++)
		fputs(is_last(db, at, l) ? d->gap : d->bar, stdout);
	if (!is_second_line)
		fputs(is_last(db, at, level) ? d->last : d->branch, stdout);
	fputs(ctl_plain(ctl), stdout);
}

/* Returns how many columns it took. */
static unsigned print_name(const struct ctl *ctl, const struct ctl_attribute *a)
{
	const char *name = a->has_uuid ? ctl_uuid_name(a->uuid, kind_of(a)) : NULL;
	char str[QBLE_UUID_STRING_SIZE];
	int n = printf("0x%04x ", a->kind == CTL_CHARA ? a->value : a->handle);

	if (a->kind == CTL_SECONDARY)
		n += printf("secondary ");
	if (a->kind == CTL_INCLUDE)
		n += printf("includes 0x%04x-0x%04x ", a->start, a->end);
	if (a->has_uuid)
		n += printf("%s", qble_uuid_to_string(a->uuid, str));
	if (name) {
		printf(" %s%s%s", ctl_bold(ctl), name, ctl_plain(ctl));
		n += 1 + (int)strlen(name);
	}
	return (unsigned)n;
}

/* "[read notify]", short, as a line has 80 columns. */
static void put_properties(const struct ctl_attribute *a, char *ret, size_t room)
{
	static const char *const names[8] = {"broadcast", "read",     "write-cmd", "write",
	                                     "notify",    "indicate", "signed",    "ext"};
	size_t len = 0;

	for (unsigned bit = 0; bit < 8; bit++)
		if (a->properties >> bit & 1)
			len += (size_t)snprintf(ret + len, room - len, "%c%s", len ? ' ' : '[',
			                        names[bit]);
	snprintf(ret + len, room - len, "%s", len ? "]" : "");
}

/* A value that may not be read is no error of the whole: the peer says so in its line. */
static int get_value(struct ctl *ctl, const struct ctl_attribute *a, uint8_t ret[CTL_VALUE_MAX],
                     size_t *ret_len)
{
	bool readable = a->kind == CTL_DESC || (a->kind == CTL_CHARA && a->properties & 0x02);
	int r;

	if (!ctl->values || !readable)
		return 0;
	r = ctl_gatt_read(ctl, a->kind == CTL_CHARA ? a->value : a->handle, ret, ret_len);
	return r == -EREMOTEIO ? 0 : r < 0 ? r : 1;
}

/* In a line of its own, cut where the terminal ends. */
static int print_value(struct ctl *ctl, const struct ctl_database *db, size_t at)
{
	unsigned columns = ctl_terminal_columns(ctl) - 4 * (level_of(&db->attributes[at]) + 1);
	uint8_t value[CTL_VALUE_MAX];
	size_t len = 0;
	int r = get_value(ctl, &db->attributes[at], value, &len);
	char *text;

	if (r <= 0)
		return r;
	if (ctl_is_text(value, len)) {
		if (asprintf(&text, "\"%.*s\"", (int)len, (const char *)value) < 0)
			text = NULL;
	} else {
		text = len ? ctl_hex(value, len, ' ') : strdup("(empty)");
	}
	if (!text)
		return -ENOMEM;
	print_branches(ctl, db, at, true);
	fputs("= ", stdout);
	ctl_print_columns(text, columns - 3, false);
	putchar('\n');
	free(text);
	return 0;
}

static int print_attribute(struct ctl *ctl, const struct ctl_database *db, size_t at)
{
	const struct ctl_attribute *a = &db->attributes[at];
	char properties[80] = "";
	unsigned width;

	print_branches(ctl, db, at, false);
	width = 4 * (level_of(a) + 1) + print_name(ctl, a);
	if (a->kind == CTL_CHARA)
		put_properties(a, properties, sizeof(properties));
	if (*properties && width + 1 + strlen(properties) < ctl_terminal_columns(ctl)) {
		printf(" %s\n", properties);
	} else {
		putchar('\n');
		if (*properties) {
			print_branches(ctl, db, at, true);
			puts(properties);
		}
	}
	return print_value(ctl, db, at);
}

static int print(struct ctl *ctl, const struct ctl_link *link, const struct ctl_database *db)
{
	int r = 0;

	if (ctl->legend)
		printf("%s%s%s  connect_id %u, MTU %u\n", ctl_bold(ctl), link->addr, ctl_plain(ctl),
		       link->id, link->mtu);
	for (size_t i = 0; i < db->n && r >= 0; i++)
		r = print_attribute(ctl, db, i);
	return r;
}

static json_object *json_of(const struct ctl_attribute *a)
{
	json_object *object = json_object_new_object(), *properties;
	const char *name = a->has_uuid ? ctl_uuid_name(a->uuid, kind_of(a)) : NULL;

	ctl_json_add(object, "handle", json_object_new_int(a->handle));
	if (a->has_uuid)
		ctl_json_add(object, "uuid", ctl_json_uuid(a->uuid));
	if (name)
		ctl_json_add(object, "name", json_object_new_string(name));
	if (a->kind == CTL_INCLUDE)
		ctl_json_add(object, "start_handle", json_object_new_int(a->start));
	if (a->kind <= CTL_INCLUDE)
		ctl_json_add(object, "end_handle", json_object_new_int(a->end));
	if (a->kind <= CTL_SECONDARY)
		ctl_json_add(object, "primary", json_object_new_boolean(a->kind == CTL_SERVICE));
	if (a->kind != CTL_CHARA)
		return object;
	ctl_json_add(object, "value_handle", json_object_new_int(a->value));
	properties = json_object_new_array();
	for (unsigned bit = 0; bit < 8; bit++)
		if (a->properties >> bit & 1)
			json_object_array_add(properties,
			                      json_object_new_string(ctl_property_name(bit)));
	ctl_json_add(object, "properties", properties);
	return object;
}

/* Where an attribute goes: into the list of that name in what it belongs to. */
static void put(json_object *parent, const char *list, json_object *object)
{
	json_object *array;

	if (!json_object_object_get_ex(parent, list, &array)) {
		array = json_object_new_array();
		ctl_json_add(parent, list, array);
	}
	json_object_array_add(array, object);
}

static int print_json(struct ctl *ctl, const struct ctl_link *link, const struct ctl_database *db)
{
	static const char *const lists[] = {
	        [CTL_SERVICE] = "services", [CTL_SECONDARY] = "services",
	        [CTL_INCLUDE] = "includes", [CTL_CHARA] = "characteristics",
	        [CTL_DESC] = "descriptors",
	};
	json_object *root = json_object_new_object(), *parents[3] = {root, root, root};
	int r = 0;

	ctl_json_add(root, "connect_id", json_object_new_int64(link->id));
	ctl_json_add(root, "addr", json_object_new_string(link->addr));
	ctl_json_add(root, "mtu", json_object_new_int64(link->mtu));
	for (size_t i = 0; i < db->n && r >= 0; i++) {
		const struct ctl_attribute *a = &db->attributes[i];
		json_object *object = json_of(a);
		uint8_t value[CTL_VALUE_MAX];
		unsigned level = level_of(a);
		size_t len = 0;

		r = get_value(ctl, a, value, &len);
		if (r > 0)
			ctl_json_add(object, "value", ctl_json_octets(value, len));
		put(parents[level], lists[a->kind], object);
		for (unsigned l = level + 1; l < 3; l++)
			parents[l] = object;
	}
	if (r < 0) {
		json_object_put(root);
		return r;
	}
	return ctl_json_print(ctl, root);
}

int ctl_tree(struct ctl *ctl, int argc, char **argv)
{
	struct ctl_link links[CTL_LINKS_MAX];
	struct ctl_database db = {0};
	int n = 0, r = ctl_open(ctl);

	if (r >= 0)
		r = ctl_peer_open(ctl, argv[0]);
	if (r >= 0)
		r = ctl_database_discover(ctl, &db);
	if (r >= 0)
		r = n = ctl_links(ctl, links);
	for (int i = 0; i < n && r >= 0; i++)
		if (links[i].id == ctl->link)
			r = ctl->json ? print_json(ctl, &links[i], &db)
			              : print(ctl, &links[i], &db);
	ctl_database_done(&db);
	return r;
}

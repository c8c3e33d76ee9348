/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the test purposes, each on a fresh link. Prints TAP, with those that do not apply as
 * remarks; with --table, the table that README.md beside this file holds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "att_peer.h"
#include "purposes.h"
#include "rows.h"

/* All that applies, in order. */
static const struct purpose *running[512];
static size_t n_running;

/* What our app does. */

/* The words of an action after its name, as its letters say. */
static struct qb_gatt_proc_args parse(const char *letters, char *words, const char **ret_data)
{
	struct qb_gatt_proc_args args = {0};

	*ret_data = NULL;
	for (char *word = strtok(words, " "); *letters; letters++, word = strtok(NULL, " ")) {
		ck_assert_msg(word, "too few words in an action");
		switch (*letters) {
		case 's': args.start = (uint16_t)strtoul(word, NULL, 16); break;
		case 'e': args.end = (uint16_t)strtoul(word, NULL, 16); break;
		case 'o': args.offset = (uint16_t)strtoul(word, NULL, 16); break;
		case 'm': args.mtu = (uint16_t)strtoul(word, NULL, 10); break;
		case 'u': args.uuid = uuid(word); break;
		case 'd': *ret_data = word; break;
		}
	}
	return args;
}

static void act_notify(const struct qb_gatt_proc_args *args, const char *data)
{
	ck_assert_int_eq(notify(args->start, data, 1), 0);
}

static void act_indicate(const struct qb_gatt_proc_args *args, const char *data)
{
	ck_assert_int_eq(indicate(args->start, data, 1), 0);
}

static void act_changed(const struct qb_gatt_proc_args *args, const char *data)
{
	qb_gatt_server_changed(&at.server, args->start, args->end);
}

/* Pairing would have done so; the key has mtu octets, and there was somebody to compare. */
static void act_encrypted(const struct qb_gatt_proc_args *args, const char *data)
{
	at.att.security = (struct qb_att_security){
	        .encrypted = true,
	        .authenticated = true,
	        .bonded = true,
	        .key_size = (uint8_t)args->mtu,
	};
}

static void act_takes(const struct qb_gatt_proc_args *args, const char *data)
{
	at.att.own_mtu = args->mtu;
}

static void act_reconnect(const struct qb_gatt_proc_args *args, const char *data)
{
	link_ends(0x13);
	link_begins();
}

/* The longer ones of those that begin alike come first. */
static const struct action {
	const char *name;
	const char *letters;
	void (*fn)(const struct qb_gatt_proc_args *args, const char *data); /* NULL: a procedure */
	enum qb_gatt_proc_type type;
} actions[] = {
        {"exchange mtu", "m", NULL, QB_PROC_EXCHANGE_MTU},
        {"discover services of", "u", NULL, QB_PROC_DISCOVER_BY_UUID},
        {"discover services", "", NULL, QB_PROC_DISCOVER_SERVICES},
        {"discover includes", "se", NULL, QB_PROC_DISCOVER_INCLUDES},
        {"discover characteristics", "se", NULL, QB_PROC_DISCOVER_CHARAS},
        {"discover descriptors", "se", NULL, QB_PROC_DISCOVER_DESCS},
        {"read type", "use", NULL, QB_PROC_READ_BY_UUID},
        {"read several", "d", NULL, QB_PROC_READ_MULTIPLE},
        {"read long", "s", NULL, QB_PROC_READ_LONG},
        {"read from", "os", NULL, QB_PROC_READ},
        {"read", "s", NULL, QB_PROC_READ},
        {"write long", "sd", NULL, QB_PROC_WRITE_LONG},
        {"write command", "sd", NULL, QB_PROC_WRITE_CMD},
        {"write", "sd", NULL, QB_PROC_WRITE},
        {"notify", "sd", act_notify, 0},
        {"indicate", "sd", act_indicate, 0},
        {"change services", "se", act_changed, 0},
        {"encrypted with", "m", act_encrypted, 0},
        {"takes mtu", "m", act_takes, 0},
        {"reconnect", "", act_reconnect, 0},
};

static void step_act(const char *text)
{
	char words[1100];
	struct qb_gatt_proc_args args;
	const char *data;

	text += strspn(text, " ");
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		const struct action *action = &actions[i];
		size_t len = strlen(action->name);

		if (strncmp(text, action->name, len) || (text[len] && text[len] != ' '))
			continue;
		snprintf(words, sizeof(words), "%s", text + len);
		args = parse(action->letters, words, &data);
		args.type = action->type;
		if (action->fn)
			action->fn(&args, data);
		else
			ck_assert_int_eq(start(args, data), 0);
		return;
	}
	ck_abort_msg("no such action: %s", text);
}

static void step_pass(const char *text)
{
	passes(strtoul(text, NULL, 10));
}

static void run_purpose(size_t i)
{
	static const struct step steps[] = {
	        {'<', peer_sends},
	        {'>', peer_gets},
	        {'!', step_act},
	        {'~', step_pass},
	};
	const struct purpose *purpose = running[i];

	begin_empty();
	if (purpose->db != CLIENT)
		fill_database(purpose->db);
	run_script(purpose->script, steps, sizeof(steps) / sizeof(*steps));
	peer_gets_nothing();
	if (purpose->told)
		told(purpose->told);
	forget();
	finish();
}

static void print_purpose(size_t i, char *text)
{
	static const char *const where[] = {
	        [CLIENT] = "", [SMALL] = " (small)", [LARGE] = " (large)"};
	const struct purpose *purpose = running[i];

	snprintf(text, ROW_TEXT, "%s%s: %s", purpose->name, where[purpose->db], purpose->what);
}

/* Groups. */

static const struct group *const groups[] = {
        &configuration,
        &discovery_server,
        &discovery_client,
        &read_server,
        &read_descriptor_server,
        &read_variable_server,
        &read_client,
        &read_client_long,
        &write_server,
        &write_server_long,
        &write_descriptor_server,
        &write_client,
        &write_client_long,
        &notifications,
        &indications,
        &services,
        &timeouts,
        &attributes,
        &bearers,
};

#define N_GROUPS (sizeof(groups) / sizeof(*groups))

static void collect(const struct group *group)
{
	for (size_t i = 0; i < group->n; i++) {
		const struct purpose *purpose = &group->purposes[i];

		if (purpose->db == NOT_OURS) {
			printf("# %s does not apply: %s\n", purpose->name, purpose->script);
			continue;
		}
		if (n_running == sizeof(running) / sizeof(*running))
			abort();
		running[n_running++] = purpose;
	}
}

static void print_group(const struct group *group)
{
	printf("\n## %s\n\n| test purpose | what | result |\n|---|---|---|\n", group->about);
	for (size_t i = 0; i < group->n; i++) {
		const struct purpose *purpose = &group->purposes[i];
		static const char *const results[] = {
		        [CLIENT] = "passes", [SMALL] = "passes, small", [LARGE] = "passes, large"};

		if (purpose->db == NOT_OURS)
			printf("| %s | %s | does not apply: %s |\n", purpose->name, purpose->what,
			       purpose->script);
		else
			printf("| %s | %s | %s |\n", purpose->name, purpose->what,
			       results[purpose->db]);
	}
}

static size_t count(bool applying)
{
	size_t n = 0;

	for (size_t i = 0; i < N_GROUPS; i++)
		for (size_t j = 0; j < groups[i]->n; j++)
			n += (groups[i]->purposes[j].db != NOT_OURS) == applying;
	return n;
}

/* clang-format off */
static const char introduction[] =
"<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
"# Conformance of GATT\n"
"\n"
"The test purposes of the Bluetooth SIG's suite for GATT, by their names, as scripts of PDUs\n"
"against our server and our client. The scripts are written from the Core specification; the\n"
"two databases, small and large, are in `purposes.h`. A name with several rows has as many\n"
"variants. Older lists write `TP/GAR/SR/BV-01-C` for `GATT/SR/GAR/BV-01-C`, and have some\n"
"that the suite has dropped since; these are here too. What the client is asked to do here is\n"
"what the documented calls ask of it.\n"
"\n"
"The host does not pair. Where an attribute demands it, the refusal is what is tested; a link\n"
"that is encrypted with a short key is one that the test says is.\n"
"\n"
"The program `conformance` runs all of it; this file is what `conformance --table` prints, and\n"
"a test holds the two together. %zu scripts, and %zu purposes that do not apply.\n";
/* clang-format on */

static void print_table(void)
{
	printf(introduction, count(true), count(false));
	for (size_t i = 0; i < N_GROUPS; i++)
		print_group(groups[i]);
}

int main(int argc, char **argv)
{
	struct table table = {"GATT", 0, run_purpose, print_purpose};

	if (argc > 1 && !strcmp(argv[1], "--table")) {
		print_table();
		return 0;
	}
	for (size_t i = 0; i < N_GROUPS; i++)
		collect(groups[i]);
	table.n = n_running;
	return rows_main("conformance", &table, 1, argc, argv);
}

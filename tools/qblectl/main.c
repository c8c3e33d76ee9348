/* SPDX-License-Identifier: MIT */
/* qblectl: options, the table of verbs, and what an error is to the shell. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qblectl.h"

/* Options that not every verb takes. */
enum {
	TAKES_COUNT = 1 << 0,
	TAKES_PEER = 1 << 1, /* --public, --random */
	TAKES_VALUES = 1 << 2,
	TAKES_DUPLICATES = 1 << 3,
	TAKES_NO_RESPONSE = 1 << 4,
	TAKES_SINCE = 1 << 5,
	TAKES_ADVERTISING = 1 << 6, /* --name, --service, --data, --interval */
};

static const struct verb {
	const char *name, *args, *text;
	int min, max; /* arguments; max -1: any number */
	unsigned takes;
	int (*run)(struct ctl *ctl, int argc, char **argv);
} verbs[] = {
        {"status", "", "the daemon, its controller and its links", 0, 0, 0, ctl_status},
        {"scan", "", "who advertises near here", 0, 0, TAKES_COUNT | TAKES_DUPLICATES, ctl_scan},
        {"connect", "PEER", "connect, and stay connected", 1, 1, TAKES_PEER, ctl_connect},
        {"disconnect", "PEER", "end a link", 1, 1, 0, ctl_disconnect},
        {"tree", "PEER", "services, characteristics and descriptors", 1, 1,
         TAKES_PEER | TAKES_VALUES, ctl_tree},
        {"read", "PEER ATTRIBUTE", "read a value", 2, 2, TAKES_PEER, ctl_read},
        {"write", "PEER ATTRIBUTE VALUE", "write a value", 3, 3, TAKES_PEER | TAKES_NO_RESPONSE,
         ctl_write},
        {"notify", "PEER ATTRIBUTE", "subscribe, and print what comes", 2, 2,
         TAKES_PEER | TAKES_COUNT, ctl_notify},
        {"serve", "FILE", "be the GATT server that a file describes", 1, 1, 0, ctl_serve},
        {"advertise", "", "advertise, connectable", 0, 0, TAKES_ADVERTISING, ctl_advertise_verb},
        {"monitor", "", "follow the daemon's events", 0, 0, TAKES_COUNT, ctl_monitor},
        {"events", "", "the events that the daemon remembers", 0, 0, TAKES_SINCE | TAKES_COUNT,
         ctl_events},
        {"capture", "FILE", "copy all HCI packets, for btmon and wireshark", 1, 1, 0, ctl_capture},
        {"call", "[METHOD [ARG...]]", "make one call by its name, or list them all", 0, -1, 0,
         ctl_call},
        {"log-level", "[LEVEL]", "show or set how much the daemon logs", 0, 1, 0, ctl_log_level},
        {0},
};

enum {
	OPT_JSON = 256,
	OPT_TIMEOUT,
	OPT_COUNT,
	OPT_NO_LEGEND,
	OPT_PUBLIC,
	OPT_RANDOM,
	OPT_VALUES,
	OPT_DUPLICATES,
	OPT_NO_RESPONSE,
	OPT_SINCE,
	OPT_NAME,
	OPT_SERVICE,
	OPT_DATA,
	OPT_INTERVAL,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option options[] = {
        {"json", no_argument, NULL, OPT_JSON},
        {"timeout", required_argument, NULL, OPT_TIMEOUT},
        {"count", required_argument, NULL, OPT_COUNT},
        {"no-legend", no_argument, NULL, OPT_NO_LEGEND},
        {"public", no_argument, NULL, OPT_PUBLIC},
        {"random", no_argument, NULL, OPT_RANDOM},
        {"values", no_argument, NULL, OPT_VALUES},
        {"duplicates", no_argument, NULL, OPT_DUPLICATES},
        {"no-response", no_argument, NULL, OPT_NO_RESPONSE},
        {"since", required_argument, NULL, OPT_SINCE},
        {"name", required_argument, NULL, OPT_NAME},
        {"service", required_argument, NULL, OPT_SERVICE},
        {"data", required_argument, NULL, OPT_DATA},
        {"interval", required_argument, NULL, OPT_INTERVAL},
        {"help", no_argument, NULL, OPT_HELP},
        {"version", no_argument, NULL, OPT_VERSION},
        {0},
};

static const struct {
	unsigned takes; /* of which verbs; 0: of all */
	const char *text;
} options_help[] = {
        {0, "  --json             one JSON object a line"},
        {0, "  --timeout=SECONDS  how long at most; 0: until interrupted"},
        {0, "  --no-legend        no headings"},
        {TAKES_COUNT, "  --count=N          end after N devices, values or events"},
        {TAKES_PEER, "  --public, --random the type of PEER's address, so that nobody need scan"},
        {TAKES_VALUES, "  --values           tree: read the values too"},
        {TAKES_DUPLICATES, "  --duplicates       scan: every packet, not every device once"},
        {TAKES_NO_RESPONSE, "  --no-response      write: without asking for an answer"},
        {TAKES_SINCE, "  --since=N          events: from this number on"},
        {TAKES_ADVERTISING, "  --name=NAME, --service=UUID, --data=HEX, --interval=MS\n"
                            "                     advertise: what is sent, and how often"},
        {0, "  --help, --version"},
};

static const char words_help[] =
        "\n"
        "PEER is a connect_id, an address (c0:ff:ee:12:34:56) or the name that a device\n"
        "advertises. ATTRIBUTE is a handle (0x0012), a UUID (2a19) or an assigned name\n"
        "(\"Battery Level\"). VALUE is hex (\"01 ff\") or text:WORDS.\n";

static const char codes_help[] =
        "\n"
        "NO_COLOR is followed. Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 no\n"
        "daemon, 4 no access, 5 no controller, 6 timeout, 7 the link ended, 8 the peer\n"
        "refused, 9 the daemon refused, 130 interrupted. See qblectl(1).";

static const struct verb *find_verb(const char *name)
{
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

/* Of one verb, or NULL for all. */
static void help(const struct verb *of)
{
	if (of)
		printf("usage: qblectl [OPTION...] %s%s%s\n\nqblectl %s: %s.\n", of->name,
		       *of->args ? " " : "", of->args, of->name, of->text);
	else
		puts("usage: qblectl [OPTION...] VERB [ARGUMENT...]\n"
		     "\n"
		     "Looks at Bluetooth Low Energy, and uses it, through qbled.\n");
	for (const struct verb *verb = verbs; !of && verb->name; verb++) {
		printf("  %s%s%s", verb->name, *verb->args ? " " : "", verb->args);
		printf("%*s%s\n",
		       (int)(29 - strlen(verb->name) - strlen(verb->args) - !!*verb->args), "",
		       verb->text);
	}
	if (!of || strstr(of->args, "PEER"))
		puts(words_help);
	else
		putchar('\n');
	for (size_t i = 0; i < sizeof(options_help) / sizeof(options_help[0]); i++)
		if (!of || !options_help[i].takes || of->takes & options_help[i].takes)
			puts(options_help[i].text);
	puts(codes_help);
}

/* What to do about it; NULL where the message says it all. */
static const struct {
	int number;
	enum ctl_exit code;
	const char *hint;
} outcomes[] = {
        {EHOSTDOWN, CTL_EXIT_NO_DAEMON, "start it with 'systemctl start qbled'"},
        {EACCES, CTL_EXIT_NO_ACCESS, NULL},
        {ENODEV, CTL_EXIT_NO_CONTROLLER, "'qblectl status' shows the controller"},
        {EIO, CTL_EXIT_NO_CONTROLLER, "'qblectl status' shows the controller"},
        {ETIMEDOUT, CTL_EXIT_TIMEOUT, "--timeout waits longer"},
        {ENOTCONN, CTL_EXIT_LINK, "'qblectl status' shows the links"},
        {EREMOTEIO, CTL_EXIT_PEER, NULL},
        {EINVAL, CTL_EXIT_USAGE, "try 'qblectl --help'"},
        {EMSGSIZE, CTL_EXIT_USAGE, NULL},
        {EUNATCH, CTL_EXIT_REFUSED, "'qblectl call ServerInit' or 'ClientInit' comes first"},
        {ENETDOWN, CTL_EXIT_REFUSED, "'qblectl call GattStart' comes first"},
        {EALREADY, CTL_EXIT_REFUSED, NULL},
        {EBUSY, CTL_EXIT_REFUSED, "try again"},
        {ENOENT, CTL_EXIT_REFUSED, NULL},
        {EEXIST, CTL_EXIT_REFUSED, NULL},
        {EPERM, CTL_EXIT_REFUSED, NULL},
        {EOPNOTSUPP, CTL_EXIT_REFUSED, NULL},
        {ENOSPC, CTL_EXIT_REFUSED, NULL},
        {EINTR, CTL_EXIT_INTERRUPTED, NULL},
};

static int report(struct ctl *ctl, int r)
{
	enum ctl_exit code = CTL_EXIT_FAILURE;
	const char *hint = NULL;

	if (r >= 0)
		return CTL_EXIT_OK;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (outcomes[i].number == -r) {
			code = outcomes[i].code;
			hint = outcomes[i].hint;
		}
	if (ctl->hint)
		hint = ctl->hint;
	/* Who reads our output had enough. */
	if (r == -EPIPE)
		return CTL_EXIT_OK;
	if (r == -EINTR && !*ctl->message)
		return code;
	fprintf(stderr, "qblectl: %s%s%s\n", *ctl->message ? ctl->message : strerror(-r),
	        hint ? "; " : "", hint ? hint : "");
	return code;
}

static const unsigned takes_of_option[] = {
        [OPT_COUNT - OPT_JSON] = TAKES_COUNT,
        [OPT_PUBLIC - OPT_JSON] = TAKES_PEER,
        [OPT_RANDOM - OPT_JSON] = TAKES_PEER,
        [OPT_VALUES - OPT_JSON] = TAKES_VALUES,
        [OPT_DUPLICATES - OPT_JSON] = TAKES_DUPLICATES,
        [OPT_NO_RESPONSE - OPT_JSON] = TAKES_NO_RESPONSE,
        [OPT_SINCE - OPT_JSON] = TAKES_SINCE,
        [OPT_NAME - OPT_JSON] = TAKES_ADVERTISING,
        [OPT_SERVICE - OPT_JSON] = TAKES_ADVERTISING,
        [OPT_DATA - OPT_JSON] = TAKES_ADVERTISING,
        [OPT_INTERVAL - OPT_JSON] = TAKES_ADVERTISING,
        [OPT_VERSION - OPT_JSON] = 0,
};

static int parse_number(struct ctl *ctl, const char *name, uint64_t max, uint64_t *ret)
{
	if (ctl_number_parse(optarg, max, ret) < 0)
		return ctl_fail(ctl, -EINVAL, "--%s=%s is not a number of 0..%llu", name, optarg,
		                (unsigned long long)max);
	return 0;
}

static int parse_option(struct ctl *ctl, int option, const char *name)
{
	uint64_t number = 0;
	int r = 0;

	switch (option) {
	case OPT_JSON: ctl->json = true; break;
	case OPT_NO_LEGEND: ctl->legend = false; break;
	case OPT_PUBLIC: ctl->public_addr = true; break;
	case OPT_RANDOM: ctl->random_addr = true; break;
	case OPT_VALUES: ctl->values = true; break;
	case OPT_DUPLICATES: ctl->duplicates = true; break;
	case OPT_NO_RESPONSE: ctl->no_response = true; break;
	case OPT_NAME: ctl->name = optarg; break;
	case OPT_SERVICE: ctl->service = optarg; break;
	case OPT_DATA: ctl->data = optarg; break;
	case OPT_TIMEOUT:
		r = parse_number(ctl, name, 86400, &number);
		ctl->timeout_ms = (int)number * 1000;
		break;
	case OPT_COUNT:
		r = parse_number(ctl, name, UINT32_MAX, &number);
		ctl->count = (uint32_t)number;
		break;
	case OPT_SINCE: r = parse_number(ctl, name, UINT64_MAX, &ctl->since); break;
	case OPT_INTERVAL:
		r = parse_number(ctl, name, 10240, &number);
		ctl->interval_ms = (uint32_t)number;
		if (r >= 0 && number < 20)
			r = ctl_fail(ctl, -EINVAL, "--interval=%s is not in 20..10240 ms", optarg);
		break;
	}
	return r;
}

/* Options may come behind the verb, and of those that ask for help it is the subject. */
static int help_on(struct ctl *ctl, int argc, char **argv)
{
	const struct verb *verb = NULL;

	for (int i = 1; i < argc && !verb; i++)
		verb = find_verb(argv[i]);
	help(verb);
	return 0;
}

/* Returns 1 to go on, 0 if everything was said. */
static int parse_options(struct ctl *ctl, int argc, char **argv, unsigned *ret_seen,
                         const char **ret_name)
{
	int option, index = 0, r;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, &index)) >= 0) {
		switch (option) {
		case OPT_HELP: return help_on(ctl, argc, argv);
		case OPT_VERSION: puts("qblectl " QBLECTL_VERSION); return 0;
		case ':': return ctl_fail(ctl, -EINVAL, "%s needs a value", argv[optind - 1]);
		case '?':
			return ctl_fail(ctl, -EINVAL, "'%s' is no option%s", argv[optind - 1],
			                optopt ? " with a value" : "");
		}
		r = parse_option(ctl, option, options[index].name);
		if (r < 0)
			return r;
		if (takes_of_option[option - OPT_JSON]) {
			*ret_seen |= takes_of_option[option - OPT_JSON];
			*ret_name = options[index].name;
		}
	}
	if (ctl->public_addr && ctl->random_addr)
		return ctl_fail(ctl, -EINVAL, "--public and --random exclude each other");
	return 1;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	const struct verb *verb;
	const char *name = NULL;
	unsigned seen = 0;
	int r = parse_options(ctl, argc, argv, &seen, &name);

	if (r <= 0)
		return r;
	if (optind == argc)
		return ctl_fail(ctl, -EINVAL, "there is no verb");
	verb = find_verb(argv[optind]);
	if (!verb)
		return ctl_fail(ctl, -EINVAL, "'%s' is no verb", argv[optind]);
	if (seen & ~verb->takes)
		return ctl_fail(ctl, -EINVAL, "%s does not take all of these options (--%s?)",
		                verb->name, name);
	argc -= optind + 1;
	if (argc < verb->min || (verb->max >= 0 && argc > verb->max))
		return ctl_fail(ctl, -EINVAL, "usage: qblectl %s%s%s", verb->name,
		                *verb->args ? " " : "", verb->args);
	return verb->run(ctl, argc, argv + optind + 1);
}

int main(int argc, char **argv)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct ctl ctl = {.legend = true, .timeout_ms = -1, .input_fd = -1};
	bool is_dumb;
	int r;

	setlocale(LC_CTYPE, "");
	ctl.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	is_dumb = !term || strcmp(term, "dumb") == 0;
	ctl.out_is_terminal = isatty(STDOUT_FILENO) && !is_dumb;
	ctl.color = ctl.out_is_terminal && !(no_color && *no_color);
	ctl.progress = isatty(STDERR_FILENO) && !is_dumb;
	signal(SIGPIPE, SIG_IGN);

	r = run(&ctl, argc, argv);
	if (fflush(stdout) && r >= 0)
		r = ctl_fail_output(&ctl);
	ctl_close(&ctl);
	return report(&ctl, r);
}

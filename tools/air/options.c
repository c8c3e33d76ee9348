/* SPDX-License-Identifier: MIT */
/* The command line of qble-air. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
        "Usage: qble-air --socket=PATH [OPTION]...\n"
        "Virtual Bluetooth LE controllers that hear one another.\n"
        "\n"
        "Every connection to the socket is a controller of its own, spoken to in HCI\n"
        "with H4 framing, as over a serial line. No hardware and no privileges needed.\n"
        "\n"
        "Where to listen:\n"
        "  -s, --socket=PATH        unix stream socket for hosts\n"
        "  -t, --tcp=PORT           TCP port for hosts, on 127.0.0.1 only\n"
        "  -c, --control=PATH       unix stream socket that takes commands, one a line;\n"
        "                           send `help' to it\n"
        "\n"
        "What the controllers are like:\n"
        "  -a, --address=ADDRESS    public address of the first one, counting up\n"
        "                           (default 00:11:22:33:44:01)\n"
        "      --no-public-address  they have none: hosts need a static random one\n"
        "      --legacy             no extended advertising, scanning and initiating\n"
        "      --acl-buffers=N      ACL buffers of each, 1 to 255 (default 8)\n"
        "      --acl-len=N          octets in each buffer, 27 to 251 (default 251)\n"
        "      --shared-buffers     LE Read Buffer Size says 0, Read Buffer Size counts\n"
        "      --max-links=N        links of each, 1 to 512 (default 32)\n"
        "      --adv-sets=N         advertising sets of each, 1 to 64 (default 8)\n"
        "      --accept-list=N      entries of the accept list, 1 to 255 (default 16)\n"
        "      --resolving-list=N   entries of the resolving list, 1 to 255 (default 16)\n"
        "\n"
        "What the air is like:\n"
        "      --realtime           data waits for connection events and takes its time\n"
        "                           on the air; without, it moves at once\n"
        "      --loss=PERMILLE      PDUs lost, 0 to 1000; data is sent again\n"
        "      --delay=MS           every data packet takes so long (fractions allowed)\n"
        "      --jitter=MS          and up to so much longer, so that links overtake\n"
        "      --seed=N             of all chance (default 1)\n"
        "\n"
        "What goes wrong, in every controller:\n"
        "      --answer-delay=MS    commands are answered so late\n"
        "      --mute-after=N       falls silent after N commands\n"
        "      --reset-after=N      Hardware Error and reset after N commands, once\n"
        "      --lie=PERMILLE       events that are cut short or hold wrong numbers\n"
        "      --faulty=N           only in the one of the Nth connection\n"
        "\n"
        "  -q, --quiet              print errors only\n"
        "  -v, --verbose            print who comes and goes, and warnings about hosts\n"
        "                           that break the rules\n"
        "  -h, --help               print this and exit\n"
        "  -V, --version            print the version and exit\n"
        "\n"
        "Example, two daemons on one air:\n"
        "  qble-air --socket=/tmp/air &\n"
        "  qbled --controller=h4:unix:/tmp/air\n"
        "  qbled --controller=h4:unix:/tmp/air    # on another bus\n";

enum {
	OPT_NO_PUBLIC = 256,
	OPT_LEGACY,
	OPT_ACL_BUFFERS,
	OPT_ACL_LEN,
	OPT_SHARED,
	OPT_MAX_LINKS,
	OPT_ADV_SETS,
	OPT_ACCEPT_LIST,
	OPT_RESOLVING_LIST,
	OPT_REALTIME,
	OPT_LOSS,
	OPT_DELAY,
	OPT_JITTER,
	OPT_SEED,
	OPT_ANSWER_DELAY,
	OPT_MUTE_AFTER,
	OPT_RESET_AFTER,
	OPT_LIE,
	OPT_FAULTY,
};

static const struct option long_options[] = {
        {"socket", required_argument, NULL, 's'},
        {"tcp", required_argument, NULL, 't'},
        {"control", required_argument, NULL, 'c'},
        {"address", required_argument, NULL, 'a'},
        {"no-public-address", no_argument, NULL, OPT_NO_PUBLIC},
        {"legacy", no_argument, NULL, OPT_LEGACY},
        {"acl-buffers", required_argument, NULL, OPT_ACL_BUFFERS},
        {"acl-len", required_argument, NULL, OPT_ACL_LEN},
        {"shared-buffers", no_argument, NULL, OPT_SHARED},
        {"max-links", required_argument, NULL, OPT_MAX_LINKS},
        {"adv-sets", required_argument, NULL, OPT_ADV_SETS},
        {"accept-list", required_argument, NULL, OPT_ACCEPT_LIST},
        {"resolving-list", required_argument, NULL, OPT_RESOLVING_LIST},
        {"realtime", no_argument, NULL, OPT_REALTIME},
        {"loss", required_argument, NULL, OPT_LOSS},
        {"delay", required_argument, NULL, OPT_DELAY},
        {"jitter", required_argument, NULL, OPT_JITTER},
        {"seed", required_argument, NULL, OPT_SEED},
        {"answer-delay", required_argument, NULL, OPT_ANSWER_DELAY},
        {"mute-after", required_argument, NULL, OPT_MUTE_AFTER},
        {"reset-after", required_argument, NULL, OPT_RESET_AFTER},
        {"lie", required_argument, NULL, OPT_LIE},
        {"faulty", required_argument, NULL, OPT_FAULTY},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
};

static bool fail(const char *name, const char *text, const char *wanted)
{
	fprintf(stderr, "qble-air: --%s=%s: %s\n", name, text, wanted);
	return false;
}

static bool number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	char wanted[80], *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-' || value < min || value > max) {
		snprintf(wanted, sizeof(wanted), "a number from %llu to %llu is wanted",
		         (unsigned long long)min, (unsigned long long)max);
		return fail(name, text, wanted);
	}
	*ret = value;
	return true;
}

static bool milliseconds(const char *name, const char *text, uint32_t *ret_us)
{
	char *end;
	double ms;

	errno = 0;
	ms = strtod(text, &end);
	if (errno || *end || end == text || !(ms >= 0 && ms <= 60000))
		return fail(name, text, "milliseconds from 0 to 60000 are wanted");
	*ret_us = (uint32_t)(ms * 1000);
	return true;
}

static bool address(const char *text, uint8_t ret[6])
{
	unsigned b[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[5], &b[4], &b[3], &b[2], &b[1], &b[0],
	           &end) != 6 ||
	    text[end])
		return fail("address", text, "an address like 00:11:22:33:44:01 is wanted");
	for (unsigned i = 0; i < 6; i++)
		ret[i] = (uint8_t)b[i];
	return true;
}

static bool set_number(struct options *o, int opt, const char *name, const char *text)
{
	struct qa_config *config = &o->config;
	uint64_t n;

	switch (opt) {
	case 't':
		if (!number(name, text, 1, 65535, &n))
			return false;
		o->tcp_port = (int)n;
		return true;
	case OPT_ACL_BUFFERS:
		if (!number(name, text, 1, 255, &n))
			return false;
		config->acl_buffers = (uint8_t)n;
		return true;
	case OPT_ACL_LEN:
		if (!number(name, text, 27, 251, &n))
			return false;
		config->acl_len = (uint16_t)n;
		return true;
	case OPT_MAX_LINKS:
		if (!number(name, text, 1, QA_LINKS_MAX, &n))
			return false;
		config->max_links = (uint16_t)n;
		return true;
	case OPT_ADV_SETS:
		if (!number(name, text, 1, QA_ADV_SETS_MAX, &n))
			return false;
		config->adv_sets = (uint8_t)n;
		return true;
	case OPT_ACCEPT_LIST:
		if (!number(name, text, 1, 255, &n))
			return false;
		config->accept_list = (uint8_t)n;
		return true;
	case OPT_RESOLVING_LIST:
		if (!number(name, text, 1, 255, &n))
			return false;
		config->resolving_list = (uint8_t)n;
		return true;
	case OPT_LOSS:
		if (!number(name, text, 0, 1000, &n))
			return false;
		o->weather.loss_permille = (uint16_t)n;
		return true;
	case OPT_LIE:
		if (!number(name, text, 0, 1000, &n))
			return false;
		config->lie_permille = (uint16_t)n;
		return true;
	case OPT_MUTE_AFTER:
		if (!number(name, text, 1, UINT32_MAX, &n))
			return false;
		config->mute_after = (uint32_t)n;
		return true;
	case OPT_RESET_AFTER:
		if (!number(name, text, 1, UINT32_MAX, &n))
			return false;
		config->reset_after = (uint32_t)n;
		return true;
	case OPT_FAULTY:
		if (!number(name, text, 1, UINT32_MAX, &n))
			return false;
		o->faulty = (unsigned)n;
		return true;
	default: return number(name, text, 0, UINT64_MAX, &o->seed);
	}
}

static bool set(struct options *o, int opt, const char *name, const char *text)
{
	switch (opt) {
	case 's': o->socket = text; return true;
	case 'c': o->control = text; return true;
	case 'a': return address(text, o->config.address);
	case 'q': o->quiet = true; return true;
	case 'v': o->verbose = true; return true;
	case OPT_NO_PUBLIC: o->no_public_address = true; return true;
	case OPT_LEGACY: o->config.legacy = true; return true;
	case OPT_SHARED: o->config.shared_buffers = true; return true;
	case OPT_REALTIME: o->weather.realtime = true; return true;
	case OPT_DELAY: return milliseconds(name, text, &o->weather.delay_us);
	case OPT_JITTER: return milliseconds(name, text, &o->weather.jitter_us);
	case OPT_ANSWER_DELAY: return milliseconds(name, text, &o->config.answer_delay_us);
	default: return set_number(o, opt, name, text);
	}
}

static const char *name_of(int opt)
{
	for (const struct option *o = long_options; o->name; o++) {
		if (o->val == opt)
			return o->name;
	}
	return "";
}

int options_parse(struct options *options, int argc, char **argv)
{
	static const uint8_t first[6] = {0x01, 0x44, 0x33, 0x22, 0x11, 0x00};
	int opt;

	*options = (struct options){.seed = 1};
	qa_config_init(&options->config);
	memcpy(options->config.address, first, sizeof(first));
	while ((opt = getopt_long(argc, argv, "s:t:c:a:qvhV", long_options, NULL)) != -1) {
		switch (opt) {
		case 'h': fputs(help, stdout); return 1 + EXIT_SUCCESS;
		case 'V': puts("qble-air " QBLE_AIR_VERSION); return 1 + EXIT_SUCCESS;
		case '?':
			fputs("qble-air: `qble-air --help' lists the options\n", stderr);
			return 1 + 2;
		default:
			if (!set(options, opt, name_of(opt), optarg))
				return 1 + 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "qble-air: `%s' is no option; `qble-air --help' lists them\n",
		        argv[optind]);
		return 1 + 2;
	}
	if (!options->socket && !options->tcp_port) {
		fputs("qble-air: where to listen? Give --socket=PATH (or see --help)\n", stderr);
		return 1 + 2;
	}
	if (options->no_public_address)
		memset(options->config.address, 0, sizeof(options->config.address));
	return 0;
}

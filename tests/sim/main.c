/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simulation's command line. Each seed runs in a process of its own; TAP tells how it went. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "replay.h"
#include "shrink.h"

static const char usage[] =
        "usage: sim [options]\n"
        "Simulates hosts, their controllers and the air between them under a virtual clock.\n"
        "\n"
        "  --seeds=A..B     the seeds; 1..8 unless told\n"
        "  --derive=TEXT,N  and N seeds more that follow from a text\n"
        "  --commit=N       and N that follow from the commit; of tests/sim/run alone\n"
        "  --hosts=N        hosts in each run, 2..16; 4 unless told\n"
        "  --minutes=M      virtual minutes of each run; 2 unless told\n"
        "  --replay=FILE    the steps of a file instead of seeds\n"
        "  --shrink=N       how often a failed run may be tried with fewer steps; 600 unless\n"
        "                   told, 0 not at all\n"
        "  --keep=DIR       where the steps of a failed run are written; . unless told\n"
        "  --trace          says every step and event as it comes\n"
        "  --verbose        a line for each seed, and all figures\n"
        "  --help           this\n";

/* Steps of a failure that are printed; its file has all. */
#define TOLD 80

struct options {
	unsigned long long first, last;
	unsigned derived, hosts, minutes, tries;
	const char *text, *replay, *keep;
	bool verbose, trace, help;
};

static struct sim_shared *shared;
static struct sim_stats sum;
static unsigned number, failed;

static uint64_t hash(const char *text, unsigned n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	h = (h ^ n) * UINT64_C(0x100000001b3);
	return (h ^ h >> 29) & 0xffffffff;
}

static void tell_failure(const struct options *options, const struct sim_settings *settings,
                         struct sim_failure *failure)
{
	const struct sim_invariant_def *def = &sim_invariants[failure->invariant];
	struct sim_program program = {.n = shared->n_steps};
	char path[512];

	printf("# broken: %s (%s)\n", def->name, def->text);
	printf("# seed %" PRIu64 ", host %u, at %.6f s: %s\n", settings->seed, failure->host,
	       (double)failure->at / 1e6, failure->text);
	printf("# again: tests/sim/run --seeds=%" PRIu64 " --hosts=%u --minutes=%u\n",
	       settings->seed, settings->hosts, settings->seconds / 60);
	program.steps = malloc(program.n * sizeof(struct sim_step) + 1);
	memcpy(program.steps, shared->steps, program.n * sizeof(struct sim_step));
	if (options->tries)
		sim_shrink(settings, &program, failure, options->tries, shared);
	snprintf(path, sizeof(path), "%s/sim-%" PRIu64 ".steps", options->keep, settings->seed);
	if (sim_replay_write(path, settings, &program, failure))
		printf("# its steps: tests/sim/run --replay=%s\n", path);
	if (program.n > TOLD)
		printf("#   and %u steps before these:\n", program.n - TOLD);
	for (unsigned i = program.n > TOLD ? program.n - TOLD : 0; i < program.n; i++)
		sim_step_print(stdout, &program.steps[i], "#   ");
	free(program.steps);
}

static void one(const struct options *options, const struct sim_settings *settings,
                const struct sim_program *program)
{
	struct sim_failure failure;
	bool good = sim_try(settings, program, shared, false);

	failure = shared->failure;
	sim_stats_add(&sum, &shared->stats);
	number++;
	if (good) {
		printf("ok %u - seed %" PRIu64 "\n", number, settings->seed);
		if (options->verbose)
			printf("# seed %" PRIu64 ": %" PRIu64 " events\n", settings->seed,
			       sim_stats_events(&shared->stats));
	} else {
		failed++;
		printf("not ok %u - seed %" PRIu64 "\n", number, settings->seed);
		tell_failure(options, settings, &failure);
	}
	fflush(stdout);
}

static bool read_number(const char *text, unsigned *ret)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	*ret = (unsigned)value;
	return isdigit((unsigned char)*text) && !*end && !errno && value <= UINT_MAX;
}

/* A or A..B. */
static bool read_seeds(const char *text, struct options *ret)
{
	int end = 0;

	if (sscanf(text, "%llu..%llu%n", &ret->first, &ret->last, &end) < 2) {
		if (sscanf(text, "%llu%n", &ret->first, &end) < 1)
			return false;
		ret->last = ret->first;
	}
	return isdigit((unsigned char)*text) && !text[end] && ret->first <= ret->last;
}

static bool read_derived(char *text, struct options *ret)
{
	char *comma = strrchr(text, ',');

	if (!comma)
		return false;
	*comma = '\0';
	ret->text = text;
	return read_number(comma + 1, &ret->derived);
}

static bool parse(int argc, char **argv, struct options *ret)
{
	static const struct option longs[] = {
	        {"seeds", required_argument, NULL, 's'},
	        {"derive", required_argument, NULL, 'd'},
	        {"hosts", required_argument, NULL, 'h'},
	        {"minutes", required_argument, NULL, 'm'},
	        {"replay", required_argument, NULL, 'r'},
	        {"shrink", required_argument, NULL, 'n'},
	        {"keep", required_argument, NULL, 'k'},
	        {"verbose", no_argument, NULL, 'v'},
	        {"trace", no_argument, NULL, 't'},
	        {"help", no_argument, NULL, 'H'},
	        {0},
	};
	bool good = true;
	int c;

	while (good && (c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (c) {
		case 's': good = read_seeds(optarg, ret); break;
		case 'd': good = read_derived(optarg, ret); break;
		case 'h': good = read_number(optarg, &ret->hosts); break;
		case 'm': good = read_number(optarg, &ret->minutes); break;
		case 'r': ret->replay = optarg; break;
		case 'n': good = read_number(optarg, &ret->tries); break;
		case 'k': ret->keep = optarg; break;
		case 't': ret->trace = true; break;
		case 'v': ret->verbose = true; break;
		case 'H': ret->help = true; break;
		default: return false;
		}
	}
	return good && optind == argc && ret->hosts >= 2 && ret->hosts <= SIM_HOSTS_MAX &&
	       ret->minutes;
}

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct options options = {
	        .first = 1, .last = 8, .hosts = 4, .minutes = 2, .tries = 600, .keep = "."};
	struct sim_settings settings;
	struct sim_program program = {0};
	double began = seconds_now();

	if (!parse(argc, argv, &options)) {
		fputs(usage, stderr);
		return 2;
	}
	if (options.help) {
		fputs(usage, stdout);
		return 0;
	}
	shared = sim_shared_new();
	settings = (struct sim_settings){
	        .hosts = options.hosts, .seconds = options.minutes * 60, .trace = options.trace};
	if (options.replay) {
		if (!sim_replay_read(options.replay, &settings, &program))
			return 2;
		one(&options, &settings, &program);
		free(program.steps);
	} else {
		for (unsigned long long seed = options.first; seed <= options.last; seed++) {
			settings.seed = seed;
			one(&options, &settings, NULL);
		}
		for (unsigned i = 0; i < options.derived; i++) {
			settings.seed = hash(options.text, i);
			one(&options, &settings, NULL);
		}
	}
	printf("1..%u\n", number);
	sim_stats_print(&sum, options.verbose ? seconds_now() - began : 0);
	return failed != 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs in processes of their own, and the files that their steps are kept in. */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct sim_shared *sim_shared_new(void)
{
	struct sim_shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED) {
		perror("sim: mmap");
		exit(2);
	}
	return shared;
}

bool sim_try(const struct sim_settings *settings, const struct sim_program *program,
             struct sim_shared *shared, bool quiet)
{
	struct sim_failure *failure = &shared->failure;
	int status = 0;
	pid_t pid;

	memset(failure, 0, sizeof(*failure));
	memset(&shared->stats, 0, sizeof(shared->stats));
	shared->n_steps = 0;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (quiet)
			(void)!freopen("/dev/null", "w", stdout);
		if (quiet && !freopen("/dev/null", "w", stderr))
			exit(2);
		sim_run(settings, program ? program->steps : NULL, program ? program->n : 0,
		        shared);
		fflush(stdout);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("sim: fork");
		exit(2);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == SIM_EXIT_VIOLATED)
		return false;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	failure->invariant = SIM_INV_CRASH;
	if (shared->n_steps)
		failure->at = shared->steps[shared->n_steps - 1].at;
	snprintf(failure->text, sizeof(failure->text), "%s %d",
	         WIFSIGNALED(status) ? "signal" : "exit status",
	         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return false;
}

bool sim_replay_write(const char *path, const struct sim_settings *settings,
                      const struct sim_program *program, const struct sim_failure *failure)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		fprintf(stderr, "sim: %s: %s\n", path, strerror(errno));
		return false;
	}
	fprintf(file, "# %s: %s\n# host %u, at %.6f s: %s\n",
	        sim_invariants[failure->invariant].name, sim_invariants[failure->invariant].text,
	        failure->host, (double)failure->at / 1e6, failure->text);
	fprintf(file, "seed %" PRIu64 "\nhosts %u\nseconds %u\n", settings->seed, settings->hosts,
	        settings->seconds);
	for (unsigned i = 0; i < program->n; i++)
		sim_step_print(file, &program->steps[i], "");
	return fclose(file) == 0;
}

static bool read_line(const char *line, struct sim_settings *settings, struct sim_program *ret)
{
	if (*line == '#' || *line == '\n')
		return true;
	if (sscanf(line, "seed %" SCNu64, &settings->seed) == 1 ||
	    sscanf(line, "hosts %u", &settings->hosts) == 1 ||
	    sscanf(line, "seconds %u", &settings->seconds) == 1)
		return true;
	return ret->n < SIM_STEPS_MAX && sim_step_parse(line, &ret->steps[ret->n]) && ++ret->n;
}

bool sim_replay_read(const char *path, struct sim_settings *settings, struct sim_program *ret)
{
	FILE *file = fopen(path, "r");
	unsigned number = 0;
	bool good = true;
	char line[512];

	if (!file) {
		fprintf(stderr, "sim: %s: %s\n", path, strerror(errno));
		return false;
	}
	*ret = (struct sim_program){.steps = malloc(SIM_STEPS_MAX * sizeof(struct sim_step))};
	while (good && fgets(line, sizeof(line), file)) {
		number++;
		good = read_line(line, settings, ret);
	}
	fclose(file);
	if (good && ret->n && settings->hosts >= 2 && settings->hosts <= SIM_HOSTS_MAX)
		return true;
	if (good)
		fprintf(stderr, "sim: %s: no steps of 2 to %d hosts\n", path, SIM_HOSTS_MAX);
	else
		fprintf(stderr, "sim: %s:%u: not a line of steps\n", path, number);
	free(ret->steps);
	return false;
}

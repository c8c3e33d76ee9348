/* SPDX-License-Identifier: MIT */
/* The command line of qble-air. */
#pragma once

#include "air.h"

struct options {
	const char *socket, *control;
	int tcp_port; /* 0 if there is none */
	uint64_t seed;
	unsigned faulty; /* the one connection that has the faults; 0 for all */
	bool quiet, verbose;
	bool no_public_address;
	struct qa_config config; /* with the first connection's address */
	struct qa_weather weather;
};

/* Returns 0, or the exit code plus one where the program is to end now. */
int options_parse(struct options *options, int argc, char **argv);

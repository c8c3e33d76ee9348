/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays inputs of a fuzzer back without one: each file of the folders given is one test, in TAP.
 * What ever crashed is kept in the corpus, so that it never does again.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define INPUT_MAX (1024 * 1024)

static unsigned count;

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay(const char *folder, const char *name)
{
	static uint8_t data[INPUT_MAX];
	char path[4096];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (!file) {
		printf("not ok %u - %s cannot be read\n", ++count, name);
		return;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	/* A crash ends the program here, so the line that is missing is the test that failed. */
	LLVMFuzzerTestOneInput(data, size);
	printf("ok %u - %s\n", ++count, name);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct dirent **entries;
		int n = scandir(argv[i], &entries, is_input, by_name);

		for (int k = 0; k < n; k++) {
			replay(argv[i], entries[k]->d_name);
			free(entries[k]);
		}
		if (n >= 0)
			free(entries);
	}
	printf("1..%u\n", count);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}

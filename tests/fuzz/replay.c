/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays inputs of a fuzzer back without one, each of them a test, in TAP. A file of a folder given
 * is an input, and in those that end in .hex every line is one. What ever crashed is kept in the
 * corpus, so that it never does again.
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

static void play(const uint8_t *data, size_t size, const char *name, unsigned line)
{
	/* A copy of its own, so that a read past its end is seen. */
	uint8_t *copy = malloc(size ? size : 1);

	if (size)
		memcpy(copy, data, size);
	/* A crash ends the program, so what it was about has to be said before. */
	printf("# %s:%u\n", name, line);
	fflush(stdout);
	LLVMFuzzerTestOneInput(copy, size);
	printf("ok %u - %s:%u\n", ++count, name, line);
	free(copy);
}

/* Octets of a line, as far as it has any. */
static size_t from_hex(const char *line, uint8_t *ret)
{
	size_t n = 0;
	unsigned octet;

	while (sscanf(line + 2 * n, "%2x", &octet) == 1)
		ret[n++] = (uint8_t)octet;
	return n;
}

static void replay(const char *folder, const char *name)
{
	static uint8_t data[INPUT_MAX];
	char path[4096], *text = NULL;
	const char *suffix = strrchr(name, '.');
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (!file) {
		printf("not ok %u - %s cannot be read\n", ++count, name);
		return;
	}
	if (suffix && !strcmp(suffix, ".hex"))
		for (unsigned line = 1; getline(&text, &room, file) >= 0; line++)
			play(data, from_hex(text, data), name, line);
	else
		play(data, fread(data, 1, sizeof(data), file), name, 0);
	free(text);
	fclose(file);
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

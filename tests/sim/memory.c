/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of memory that the hosts, the controllers and the simulation itself hold. The linker puts
 * these in the place of the C library's (--wrap), so a block that is left is noticed in any build.
 */
#include "memory.h"

static long blocks;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

void *__wrap_malloc(size_t size)
{
	void *p = __real_malloc(size);

	blocks += p != NULL;
	return p;
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *p = __real_calloc(n, size);

	blocks += p != NULL;
	return p;
}

void *__wrap_realloc(void *p, size_t size)
{
	void *moved = __real_realloc(p, size);

	blocks += !p && moved;
	return moved;
}

void __wrap_free(void *p)
{
	blocks -= p != NULL;
	__real_free(p);
}

long sim_blocks(void)
{
	return blocks;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has HCI sockets open: self/net/hci, which a unit with ProcSubset=pid sees too, lists their
 * inodes, and each program's fd folder has links to the inodes of its own.
 */
#include "transport/holders.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INODES_MAX 64

struct inodes {
	unsigned n;
	unsigned long inode[INODES_MAX];
	bool found[INODES_MAX];
};

/* Columns: sk, RefCnt, Rmem, Wmem, User, Inode, Parent; the first line names them. */
static bool read_inodes(const char *proc, struct inodes *ret)
{
	char path[256], line[256];
	FILE *file;

	*ret = (struct inodes){0};
	snprintf(path, sizeof(path), "%s/self/net/hci", proc);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (ret->n < INODES_MAX && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*s %*s %*s %*s %lu", &ret->inode[ret->n]) == 1 &&
		    ret->inode[ret->n])
			ret->n++;
	fclose(file);
	return true;
}

static bool holds_one(const char *proc, const char *pid, struct inodes *inodes)
{
	char path[512], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s/fd", proc, pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		unsigned long inode;
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		if (sscanf(target, "socket:[%lu]", &inode) != 1)
			continue;
		for (unsigned i = 0; i < inodes->n; i++)
			if (inodes->inode[i] == inode)
				inodes->found[i] = found = true;
	}
	if (dir)
		closedir(dir);
	return found;
}

static void read_name(const char *proc, const char *pid, char *ret, int room)
{
	char path[512];
	FILE *file;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s/comm", proc, pid);
	file = fopen(path, "re");
	if (file && fgets(ret, room, file))
		ret[strcspn(ret, "\n")] = '\0';
	if (file)
		fclose(file);
}

unsigned qb_hci_holders(const char *proc, char *ret, size_t room, bool *ret_hidden)
{
	struct inodes inodes;
	struct dirent *entry;
	bool full = false;
	size_t len = 0;
	unsigned n = 0;
	DIR *dir;

	ret[0] = '\0';
	*ret_hidden = !read_inodes(proc, &inodes);
	dir = inodes.n ? opendir(proc) : NULL;
	while (dir && (entry = readdir(dir))) {
		char name[64], text[128];

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !holds_one(proc, entry->d_name, &inodes) ||
		    atol(entry->d_name) == (long)getpid() || full)
			continue;
		read_name(proc, entry->d_name, name, sizeof(name));
		snprintf(text, sizeof(text), "%s%s (pid %ld)", n ? ", " : "", name,
		         atol(entry->d_name));
		full = len + strlen(text) >= room;
		if (full)
			continue;
		strcpy(ret + len, text);
		len += strlen(text);
		n++;
	}
	if (dir)
		closedir(dir);
	for (unsigned i = 0; i < inodes.n; i++)
		*ret_hidden |= !inodes.found[i];
	return n;
}

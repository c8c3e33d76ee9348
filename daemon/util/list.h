/* SPDX-License-Identifier: MIT */
/* An intrusive, circular, doubly linked list: a head is an empty list that points at itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct qb_list {
	struct qb_list *next, *prev;
};

/* The struct of the given type whose member the list element is. */
#define qb_list_entry(elem, type, member) ((type *)((char *)(elem)-offsetof(type, member)))

/* Safe against removal of the current element, and of no other one. */
#define qb_list_foreach(elem, head)                                                          \
	for (struct qb_list *elem = (head)->next, *elem##_next = elem->next; elem != (head); \
	     elem = elem##_next, elem##_next = elem->next)

static inline void qb_list_init(struct qb_list *head)
{
	head->next = head->prev = head;
}

static inline bool qb_list_empty(const struct qb_list *head)
{
	return head->next == head;
}

static inline void qb_list_append(struct qb_list *head, struct qb_list *elem)
{
	elem->next = head;
	elem->prev = head->prev;
	head->prev->next = elem;
	head->prev = elem;
}

/* The element is an empty list afterwards, so removing it twice does no harm. */
static inline void qb_list_remove(struct qb_list *elem)
{
	elem->prev->next = elem->next;
	elem->next->prev = elem->prev;
	qb_list_init(elem);
}

/* The first element, taken off, or NULL. */
static inline struct qb_list *qb_list_pop(struct qb_list *head)
{
	struct qb_list *elem = head->next;

	if (elem == head)
		return NULL;
	qb_list_remove(elem);
	return elem;
}

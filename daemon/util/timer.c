/* SPDX-License-Identifier: MIT */
/* Timers against a clock that is handed in, as a pairing heap. */
#include "util/timer.h"

#include <stddef.h>

/* Equal deadlines keep the order of arming, which a heap alone does not. */
static bool before(const struct qb_timer *a, const struct qb_timer *b)
{
	return a->deadline != b->deadline ? a->deadline < b->deadline : a->turn < b->turn;
}

static struct qb_timer *merge(struct qb_timer *a, struct qb_timer *b)
{
	if (!a)
		return b;
	if (!b)
		return a;
	if (before(b, a)) {
		struct qb_timer *t = a;

		a = b;
		b = t;
	}
	b->next = a->child;
	if (b->next)
		b->next->link = &b->next;
	b->link = &a->child;
	a->child = b;
	return a;
}

static struct qb_timer *merge_pairs(struct qb_timer *first)
{
	struct qb_timer *pairs = NULL, *root = NULL;

	while (first) {
		struct qb_timer *a = first, *b = a->next, *m;

		first = b ? b->next : NULL;
		a->next = NULL;
		if (b)
			b->next = NULL;
		m = merge(a, b);
		m->next = pairs;
		pairs = m;
	}
	while (pairs) {
		struct qb_timer *m = pairs;

		pairs = m->next;
		m->next = NULL;
		root = merge(m, root);
	}
	return root;
}

static void set_root(struct qb_timers *timers, struct qb_timer *root)
{
	timers->root = root;
	if (root)
		root->link = &timers->root;
}

void qb_timer_cancel(struct qb_timers *timers, struct qb_timer *timer)
{
	struct qb_timer *orphans = timer->child;

	if (!timer->link)
		return;
	*timer->link = timer->next;
	if (timer->next)
		timer->next->link = timer->link;
	timer->child = timer->next = NULL;
	timer->link = NULL;
	set_root(timers, merge(timers->root, merge_pairs(orphans)));
}

void qb_timer_arm(struct qb_timers *timers, struct qb_timer *timer, uint64_t delay)
{
	qb_timer_cancel(timers, timer);
	timer->deadline = delay < QB_NEVER - timers->now ? timers->now + delay : QB_NEVER;
	timer->turn = timers->turns++;
	set_root(timers, merge(timers->root, timer));
}

void qb_timers_advance(struct qb_timers *timers, uint64_t now)
{
	struct qb_timer *timer;

	while ((timer = timers->root) && timer->deadline <= now) {
		qb_timers_set(timers, timer->deadline);
		qb_timer_cancel(timers, timer);
		timer->fn(timer->user);
	}
	qb_timers_set(timers, now);
}

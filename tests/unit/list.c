/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list keeps its order, and its elements know when they are in none. */
#include "util/list.h"

#include "unit.h"

struct item {
	int n;
	struct qb_list elem;
};

static int number(const struct qb_list *head)
{
	int n = 0;

	qb_list_foreach(elem, (struct qb_list *)head)
	        n = n * 10 + qb_list_entry(elem, struct item, elem)->n;
	return n;
}

static void fill(struct qb_list *head, struct item items[4])
{
	qb_list_init(head);
	for (int i = 0; i < 4; i++) {
		items[i].n = i + 1;
		qb_list_append(head, &items[i].elem);
	}
}

START_TEST(first_in_first_out)
{
	struct qb_list head;
	struct item items[4];

	fill(&head, items);
	ck_assert_int_eq(number(&head), 1234);
	for (int i = 0; i < 4; i++)
		ck_assert_ptr_eq(qb_list_pop(&head), &items[i].elem);
	ck_assert(qb_list_empty(&head));
	ck_assert_ptr_null(qb_list_pop(&head));
}
END_TEST

START_TEST(removing_twice_does_no_harm)
{
	struct qb_list head;
	struct item items[4];

	fill(&head, items);
	qb_list_remove(&items[1].elem);
	ck_assert(qb_list_empty(&items[1].elem));
	qb_list_remove(&items[1].elem);
	ck_assert_int_eq(number(&head), 134);
	qb_list_append(&head, &items[1].elem);
	ck_assert_int_eq(number(&head), 1342);
}
END_TEST

START_TEST(a_walk_may_remove_where_it_stands)
{
	struct qb_list head;
	struct item items[4];
	int seen = 0;

	fill(&head, items);
	qb_list_foreach(elem, &head)
	{
		seen++;
		if (qb_list_entry(elem, struct item, elem)->n % 2)
			qb_list_remove(elem);
	}
	ck_assert_int_eq(seen, 4);
	ck_assert_int_eq(number(&head), 24);
}
END_TEST

UNIT_MAIN("list", first_in_first_out, removing_twice_does_no_harm,
          a_walk_may_remove_where_it_stands)

/* SPDX-License-Identifier: MIT */
/* The filter accept list (Core 5.4, Vol 4, Part E, 7.8.14 to 7.8.17). */
#include "command.h"

#define ANONYMOUS 0xff

static struct qa_accept_entry *find(const struct qa_controller *c, uint8_t type, const uint8_t b[6])
{
	for (unsigned i = 0; i < c->accept_count; i++) {
		struct qa_accept_entry *entry = &c->accept[i];

		/* The address of the anonymous advertisers' entry means nothing. */
		if (entry->type == type && (type == ANONYMOUS || memcmp(entry->b, b, 6) == 0))
			return entry;
	}
	return NULL;
}

bool qa_accepted(const struct qa_controller *c, const struct qb_addr *addr)
{
	return find(c, addr->type, addr->b);
}

/* Whoever uses the list at the moment forbids that it changes. */
static bool in_use(const struct qa_controller *c)
{
	if (c->scan.enabled && c->scan.policy & 1)
		return true;
	if (c->init.pending && c->init.policy == 1)
		return true;
	for (unsigned i = 0; i < c->config.adv_sets; i++) {
		if (c->sets[i].enabled && c->sets[i].filter)
			return true;
	}
	return false;
}

static bool type_valid(uint8_t type)
{
	return type <= QB_ADDR_RANDOM || type == ANONYMOUS;
}

QA_COMMAND(le_read_accept_list_size)
{
	cmd->ret[0] = cmd->c->config.accept_list;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_clear_accept_list)
{
	if (in_use(cmd->c))
		return QB_HCI_E_DISALLOWED;
	cmd->c->accept_count = 0;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_add_accept_list)
{
	struct qa_controller *c = cmd->c;
	struct qa_accept_entry *entry;

	if (!type_valid(cmd->p[0]))
		return QB_HCI_E_INVALID_PARAM;
	if (in_use(c))
		return QB_HCI_E_DISALLOWED;
	if (find(c, cmd->p[0], cmd->p + 1))
		return QB_HCI_E_SUCCESS;
	if (c->accept_count == c->config.accept_list)
		return QB_HCI_E_MEMORY_EXCEEDED;
	entry = &c->accept[c->accept_count++];
	entry->type = cmd->p[0];
	memcpy(entry->b, cmd->p + 1, 6);
	return QB_HCI_E_SUCCESS;
}

/* Removing what is not there is no error. */
QA_COMMAND(le_remove_accept_list)
{
	struct qa_controller *c = cmd->c;
	struct qa_accept_entry *entry;

	if (!type_valid(cmd->p[0]))
		return QB_HCI_E_INVALID_PARAM;
	if (in_use(c))
		return QB_HCI_E_DISALLOWED;
	entry = find(c, cmd->p[0], cmd->p + 1);
	if (entry)
		*entry = c->accept[--c->accept_count];
	return QB_HCI_E_SUCCESS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log as structured entries of systemd's journal, where standard error is the journal. */
#pragma once

void qb_journal_use(void);

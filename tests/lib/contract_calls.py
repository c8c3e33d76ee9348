#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls that calls.c saw the library make are the contract's: all of the document, right types."""
import os
import re

from contract import BLE, EXTENDED, METHODS
from tap import equal, run

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "calls.c"),
          encoding="utf-8") as source:
    SENT = {}
    for interface, member, types in re.findall(r'"(Extended\.)?([A-Z]\w+)\(([a-z]*)\)', source.read()):
        SENT[member] = (EXTENDED if interface else BLE, types)

# The call that the test's bus refuses.
REFUSED = {"AdvStop"}
# For scripts; and what a handle does by itself.
FOR_SCRIPTS = {"GetEvents", "WaitEvents"}
BY_ITSELF = {"Subscribe", "Unsubscribe"}


def test_types():
    """Each call goes to its interface, with the types of the contract"""
    for member, (interface, types) in SENT.items():
        method = METHODS[member]
        equal((interface, types), (method.interface, "".join(method.in_types)), member)


def test_complete():
    """No method is without its function"""
    equal(set(METHODS) - set(SENT) - REFUSED - FOR_SCRIPTS - BY_ITSELF, set(), "methods without a function")


if __name__ == "__main__":
    run([test_types, test_complete])

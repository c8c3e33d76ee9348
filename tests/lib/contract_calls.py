#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls that calls.c saw the library make are the contract's: all of the document, right types."""
import os
import re

from contract import BLE, EXTENDED, FILE, METHODS, ROOT
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


# The errno of each error, and the method of each function, from the sources.
with open(os.path.join(ROOT, "daemon", "ble", "error.c"), encoding="utf-8") as source:
    ERRNOS = dict(re.findall(r'PREFIX "(\w+)", (E\w+)}', source.read()))
with open(os.path.join(ROOT, "lib", "calls.c"), encoding="utf-8") as source:
    FUNCTIONS = {name: re.search(r'"([A-Z]\w+)"', body).group(1) for name, body in
                 re.findall(r"^int (qble_\w+)\([^{]*\n\{(.*?)^\}", source.read(), re.S | re.M)}
with open(FILE, encoding="utf-8") as source:
    # Of each method what its comment says behind Errors.
    SAID = {name: text for name, text in
            re.findall(r"<!--\s*(\w+):\n((?:(?!-->).)*)-->\s*<method", source.read(), re.S)}


def errors_of(method):
    text = SAID[method].partition("Errors:")[2]
    other = re.search(r"as (\w+)\(\)", text)
    if other:
        return errors_of(other.group(1))
    return {ERRNOS[word] for word in re.findall(r"[A-Z]\w+", text) if word in ERRNOS}


def test_errors():
    """The comment of each function names the errors that the contract has for its call"""
    with open(os.path.join(ROOT, "lib", "qble-client.h"), encoding="utf-8") as file:
        groups = re.findall(r"/\*((?:(?!\*/).)*)\*/\n((?:\w[^;/]*;\n)+)", file.read(), re.S)
    seen = set()
    for comment, declarations in groups:
        names = [name for name in re.findall(r"(qble_\w+)\(struct", declarations)
                 if name in FUNCTIONS]
        wanted = set().union(*(errors_of(FUNCTIONS[name]) for name in names)) - {"EINVAL"}
        if names and comment.strip():
            # One call's may be fewer, the other way round would be wrong.
            missing = wanted - set(re.findall(r"-(E[A-Z]+)", comment))
            equal(missing, set(), f"errors that the comment of {names} lacks")
        seen.update(names)
    equal(set(FUNCTIONS) - seen, set(), "functions without a declaration")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def test_tested():
    """Each function that the libraries export is called in one of their tests"""
    for exported, folder in ((("lib", "libqble-client.sym"), "lib"),
                             (("lib", "glib", "libqble-client-glib.sym"), "glib")):
        names = set(re.findall(r"\bqble_\w+(?=;)", read(*exported)))
        text = "".join(read("tests", folder, name)
                       for name in os.listdir(os.path.join(ROOT, "tests", folder))
                       if name.endswith(".c"))
        # By way of the macro that stands for it.
        text = text.replace("QBLE_GLIB_ERROR", "qble_glib_error_quark()")
        equal({name for name in names if f"{name}(" not in text}, set(), "functions without a test")
        equal(len(names) > 3, True, f"functions of {exported}")


if __name__ == "__main__":
    run([test_types, test_complete, test_errors, test_tested])

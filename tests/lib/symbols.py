#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the library exports is what its headers declare, no more and no less, and has a version.

symbols.py LIBRARY HEADER...
"""
import re
import subprocess
import sys

library, *headers = sys.argv[1:]

declared = set()
for header in headers:
    with open(header, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    # A declaration at the left margin, over as many lines as it takes.
    declared |= set(re.findall(r"^\w[\w \*]*?\b(\w+)\([^;{]*\);", text, flags=re.M))

exported, unversioned = set(), set()
for line in subprocess.run(["nm", "--dynamic", "--defined-only", library], check=True,
                           capture_output=True, text=True).stdout.splitlines():
    kind, symbol = line.split()[1:]
    if kind == "A":
        continue
    name, _, version = symbol.partition("@@")
    exported.add(name)
    if not version.startswith("LIBQBLE_CLIENT_"):
        unversioned.add(name)

problems = {
    "exported, but in no header": exported - declared,
    "declared, but not exported": declared - exported,
    "without a version": unversioned,
    "without the prefix qble_": {name for name in exported if not name.startswith("qble_")},
}
for problem, names in problems.items():
    for name in sorted(names):
        print(f"{name}: {problem}")
print(f"{len(exported)} functions")
sys.exit(any(problems.values()) or not exported)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds up meson's test logs: every TAP line is one test, a program without TAP is one.

Prints what failed, with what it said, and "N passed, N failed, N skipped"; exits with 1 if
anything failed or nothing ran.
"""
import json
import re
import sys

TAP = re.compile(r"^(not )?ok\b([^#\n]*)(#\s*(skip|todo)\b.*)?", re.IGNORECASE | re.MULTILINE)

SAID_MAX = 30  # lines of one test


def count(test):
    """The passed, failed and skipped tests of one program, and why it skipped any."""
    passed = failed = 0
    skipped = []
    for match in TAP.finditer(test.get("stdout", "")):
        if match.group(3):
            skipped.append(match.group(3).lstrip("# "))
        elif match.group(1):
            failed += 1
        else:
            passed += 1
    result = test["result"]
    if result in ("SKIP",) and not skipped:
        skipped.append(test.get("stdout", "").strip().splitlines()[-1:] or "no reason given")
    elif result in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS") and not failed:
        failed += 1
    elif result in ("OK", "EXPECTEDFAIL") and not passed + len(skipped):
        passed += 1
    return passed, failed, skipped


def said(test):
    """What the failed tests of a program said: a test's comments stand before its result."""
    comments = []
    for line in test.get("stdout", "").splitlines():
        match = TAP.match(line)
        if not match:
            comments.append(line)
            continue
        if match.group(1) and not match.group(3):
            yield from comments[-SAID_MAX:]
            yield line
        comments = []
    yield from comments[-SAID_MAX:]
    yield from test.get("stderr", "").splitlines()[-SAID_MAX:]


def main(paths):
    total_passed = total_failed = total_skipped = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                test = json.loads(line)
                passed, failed, skipped = count(test)
                total_passed += passed
                total_failed += failed
                total_skipped += len(skipped)
                for reason in skipped:
                    print(f"skipped in {test['name']}: {reason}")
                if failed:
                    print(f"failed: {test['name']}")
                    print("\n".join(f"    {line}" for line in said(test)))
    print(f"{total_passed} passed, {total_failed} failed, {total_skipped} skipped")
    return 1 if total_failed or not total_passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

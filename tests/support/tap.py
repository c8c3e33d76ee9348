# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests as functions, their outcome as TAP: the first line of its docstring is a test's name."""
import signal
import sys
import traceback


class Skip(Exception):
    """Raised by a test that cannot run here, with the reason."""


class Failure(Exception):
    """What was expected and did not happen."""


def equal(got, wanted, what="value"):
    if got != wanted:
        raise Failure(f"{what}: got {got!r}, wanted {wanted!r}")


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise Failure(f"{part!r} is missing in {text!r}")


def comment(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def run(tests):
    """Runs all, whatever fails, and ends the program."""
    # A time limit's SIGTERM unwinds the test, so that its children end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__doc__.strip().splitlines()[0].rstrip(".").replace("#", "")
        try:
            test()
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except Exception as error:  # one test's failure is not the next one's
            failed += 1
            comment("".join(traceback.format_exception(type(error), error, error.__traceback__)))
            print(f"not ok {number} - {name}", flush=True)
        else:
            print(f"ok {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)

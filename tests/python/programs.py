# SPDX-License-Identifier: GPL-2.0-or-later
"""The document's two example programs, cut out of it as they stand, and run on two daemons."""
import os
import re
import sys

import process
from contract import ROOT
from process import Bus, eventually
from qbled import Daemon
from tap import Failure, Skip, equal

HERE = os.path.dirname(os.path.abspath(__file__))
# Only what hangs takes so long.
DEADLINE = 6 * process.DEADLINE
DOCUMENT = "spec/quecpython-ble.zh.md"


def document():
    """The text of the document, which is not part of this project."""
    folders = [os.environ.get("QBLED_SHARED"), os.path.join(os.path.dirname(ROOT), "shared")]
    for folder in filter(None, folders):
        path = os.path.join(folder, DOCUMENT)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    raise Skip(f"no {DOCUMENT} in $QBLED_SHARED, nor in ../shared")


def program(title):
    """The code block that begins with that comment."""
    for block in re.findall(r"^```python\n(.*?)^```$", document(), re.M | re.S):
        if block.startswith(f"#{title}\n"):
            return block
    raise Failure(f"the document has no program {title!r}")


def switch(text, on=(), off=()):
    """The program with some of its own lines commented in, and others commented out."""
    for line in on:
        text, n = re.subn(rf"^( *)# ?({re.escape(line)}.*)$", r"\1\2", text, flags=re.M)
        equal(n, 1, f"lines that read '# {line}'")
    for line in off:
        text, n = re.subn(rf"^( *)({re.escape(line)})$", r"\1# \2", text, flags=re.M)
        equal(n, 1, f"lines that read '{line}'")
    return text


class Host(Daemon):
    """A daemon whose only users are programs."""

    def up(self):
        self.bus = Bus()
        self.bus.__enter__()
        self.env = {**os.environ, **self.bus.env}
        self.launch()

    def run(self, text, name):
        """A program, started; its clock is the test's."""
        path = self.write(f"{name}.py", text)
        paths = [os.path.join(HERE, "clock"), os.environ.get("QB_PYTHONPATH", "")]
        hurry = self.file(f"hurry-{len(self.children)}")
        child = self.start(sys.executable, path,
                           env={**self.bus.env, "UTIME_HURRY": hurry,
                                "PYTHONPATH": os.pathsep.join(paths)})
        child.hurry = lambda: self.write(os.path.basename(hurry), "")
        child.name = name
        return child


def says(child, *lines, seconds=DEADLINE):
    """Waits until a program has printed all of these, in this order."""
    def found():
        at = 0
        for line in lines:
            match = re.compile(line, re.M).search(child.log, at)
            if not match:
                if not child.running():
                    raise Failure(f"{child.name} ended before it said {line!r}")
                return False
            at = match.end()
        return True
    try:
        eventually("", found, seconds)
    except Failure as failure:
        if str(failure).startswith(child.name):
            raise
        missing = [line for line in lines if not re.search(line, child.log, re.M)]
        raise Failure(f"{child.name} did not say {(missing or lines)[0]!r}") from None


def ends(child, seconds=DEADLINE):
    """Waits for a program's end, which must be a good one."""
    eventually(f"the end of {child.name}", lambda: not child.running(), seconds)
    equal(child.process.returncode, 0, f"the exit status of {child.name}")
    if "Traceback" in child.log:
        raise Failure(f"{child.name} had an exception")

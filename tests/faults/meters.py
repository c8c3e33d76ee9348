# SPDX-License-Identifier: GPL-2.0-or-later
"""What a running program holds: descriptors and memory; and how long a test is."""
import os

from tap import Failure

SCALE = max(int(os.environ.get("QB_FAULT_SCALE", "1")), 1)


def descriptors(child):
    return len(os.listdir(f"/proc/{child.process.pid}/fd"))


def memory(child):
    """What is resident, in KiB."""
    with open(f"/proc/{child.process.pid}/status", encoding="utf-8") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise Failure(f"{child.name} has no memory")


class Flat:
    """Holds a program to what it has now: no more descriptors, and little more memory."""

    def __init__(self, child, kib):
        self.child, self.allowed = child, kib
        self.descriptors, self.memory = descriptors(child), memory(child)

    def check(self, what):
        now = descriptors(self.child)
        if now > self.descriptors:
            raise Failure(f"{what}: {self.child.name} had {self.descriptors} descriptors and has "
                          f"{now}")
        grown = memory(self.child) - self.memory
        if grown > self.allowed:
            raise Failure(f"{what}: {self.child.name} had {self.memory} KiB and has {grown} more, "
                          f"allowed are {self.allowed}")

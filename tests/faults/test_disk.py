# SPDX-License-Identifier: GPL-2.0-or-later
"""A state folder on a disk that is full, and state files that are cut off anywhere.

What else may be wrong with the file is in tests/unit/daemon/store_identity.c.
"""
import os
import re
import subprocess

from process import DEADLINE, program
from qbled import ANY, Air, Bus, Daemon, eventually
from tap import Failure, Skip, contains, equal, run

IDENTITY = re.compile(r"\[Identity\]\nStaticRandomAddress=((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\n")


class SmallDisk(Daemon):
    """A daemon that sees a small disk of its own under its state folder."""

    def up(self):
        os.mkdir(self.state)
        probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", self.state],
                               capture_output=True, text=True, check=False)
        if probe.returncode:
            raise Skip(f"no mount here: {probe.stderr.strip()}")
        super().up()

    def start(self, *command, **options):
        if command[0] == program("QBLED", "daemon", "qbled"):
            script = f"""mount -t tmpfs -o size=16k tmpfs {self.state}
                dd if=/dev/zero of={self.state}/full bs=1k 2>/dev/null
                exec "$0" "$@" """
            command = ["unshare", "-m", "sh", "-c", script, *command]
        return super().start(*command, **options)

    def inside(self, *name):
        """A file as the daemon sees it."""
        return f"/proc/{self.qbled.process.pid}/root{os.path.join(self.state, *name)}"


def test_full():
    """A full disk: it works, and says that its address is for this run only; its peers do not notice"""
    with Air("--no-public-address") as air, SmallDisk(air, "full") as daemon, \
            Daemon(air, "client") as client:
        contains(daemon.ready().qbled.log, "the address of this machine lasts for this run only",
                 "No space left on device")
        equal(daemon.qbled.log.count("\n"), 2, f"lines of {daemon.qbled.log!r}")
        equal(os.listdir(daemon.inside()), ["full"], "what is in the folder")
        daemon.call("ServerInit")
        daemon.call("GattStart")
        daemon.expect(0)
        daemon.call("AdvStart")
        client.ready().call("ClientInit")
        client.call("GattStart")
        client.expect(0)
        client.call("Connect", 1, bytes.fromhex(daemon.get("Address").replace(":", "")))
        client.expect(16, 0, 0, ANY)
        daemon.expect(16, 0, 0, ANY)


def start(bus, state):
    """A daemon without a controller, over a state folder; what it says in its start."""
    child = bus.start(program("QBLED", "daemon", "qbled"), "--controller=h4:unix:/nowhere",
                      f"--state-dir={state}", env=bus.env)
    eventually("its controller's absence", lambda: "/nowhere" in child.log or not child.running())
    equal(child.end(), 0, f"the exit status ({child.log})")
    return child.log


def load(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def test_cut():
    """The address's file, cut off at every byte: put aside, said, and a new one made and kept"""
    with Bus() as bus:
        state = bus.file("state")
        start(bus, state)
        whole = load(state, "identity")
        if not IDENTITY.fullmatch(whole.decode()):
            raise Failure(f"the file is {whole}")
        for length in range(len(whole) + 1):
            with open(os.path.join(state, "identity"), "wb") as file:
                file.write(whole[:length])
            said = start(bus, state)
            now = load(state, "identity")
            if length >= len(whole) - 1:
                # All but the end of the line.
                equal(now, whole[:length], f"the file of {length} bytes")
                equal("identity" in said, False, f"a line about it: {said!r}")
                continue
            contains(said, f"{state}/identity: ", f"it becomes {state}/identity.broken",
                     "this machine gets a new address")
            equal(load(state, "identity.broken"), whole[:length], "what was put aside")
            if not IDENTITY.fullmatch(now.decode()):
                raise Failure(f"cut at {length}, the file became {now}")
            equal(sorted(os.listdir(state)), ["identity", "identity.broken"], "the folder")
            bus.children[-1].process.wait(DEADLINE)
        equal("identity" in start(bus, state), False, "a line about a file that is whole")


def test_read_only():
    """A state folder that cannot be made: it works, for this run only, and says so once"""
    with Bus() as bus:
        blocker = bus.write("blocker", "")
        said = start(bus, os.path.join(blocker, "state"))
        contains(said, "the address of this machine lasts for this run only", "Not a directory")
        equal(said.count("\n"), 2, f"lines of {said!r}")


if __name__ == "__main__":
    run([test_full, test_cut, test_read_only])

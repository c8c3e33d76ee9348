# SPDX-License-Identifier: GPL-2.0-or-later
"""noble, bleno and ble-host, BLE hosts of other people, as the peers of a test: tests/peers/js."""
import json
import os
import subprocess

from contract import ROOT
from process import SCALE, Folder, eventually
from tap import Failure, Skip, equal

HERE = os.path.join(ROOT, "tests", "peers", "js")
SECONDS = 30 * SCALE


def modules():
    """Where they are installed; installs them where that is still to be done."""
    folder = os.environ.get("QB_JS_PEERS") or os.path.join(ROOT, "build", "tests", "peers", "js")
    result = subprocess.run([os.path.join(HERE, "install"), folder], capture_output=True,
                            text=True, check=False)
    if result.returncode == 77:
        raise Skip(result.stderr.strip().replace("skip: ", "", 1))
    if result.returncode:
        raise Failure(f"the installation of the peers failed: {result.stderr}")
    return os.path.join(folder, "node_modules")


class JsPeer(Folder):
    """One of the scripts on a controller of its own, carrying out a plan."""

    def __init__(self, controller, script, name, plan):
        super().__init__(script)
        self.socket = controller.socket
        self.command = ["node", os.path.join(HERE, f"{script}.js"), name, json.dumps(plan),
                        f"{SECONDS:g}"]

    def up(self):
        env = {"QB_H4_SOCKET": self.socket, "NODE_PATH": modules()}
        # ble-host keeps its bonds below the working directory.
        self.child = self.start(*self.command, env=env, cwd=self.path)

    def observations(self):
        # A line that is still being written comes the next time.
        lines = self.child.log.rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def await_event(self, event):
        """The first observation of that kind."""
        def found():
            got = [o for o in self.observations() if o["event"] == event]
            if not got and not self.child.running():
                raise Failure(f"{self.title} ended with {self.child.process.returncode}")
            return got
        return eventually(f"{event} of {self.title}", found, SECONDS)[0]

    def succeeded(self):
        """Waits until it has ended by itself, content."""
        eventually(f"the end of {self.title}", lambda: not self.child.running(), SECONDS)
        equal(self.child.process.returncode, 0, f"the exit status of {self.title}")

# SPDX-License-Identifier: GPL-2.0-or-later
"""qbled as its users see it: a daemon on a bus of its own, driven by busctl alone.

    with Air() as air, Daemon(air, "server") as server:
        server.call("ServerInit")
        server.call("GattStart")
        server.expect(0)

Each event is taken from Extended.WaitEvents, and held against the signal that went over the bus:
its name, the types of the contract, the same arguments.
"""
import json
import os
import subprocess
import time

from contract import BLE, EVENT_IDS, EXTENDED, METHODS, SIGNALS, decode, split_types
from monitor import Monitor
from process import DEADLINE, Air, Btvirt, Bus, Folder, eventually, needs, program
from story import ANY, Event, Story
from tap import Failure, Skip, equal

__all__ = ["ANY", "Air", "Btvirt", "Bus", "CallError", "Daemon", "Event", "Failure", "Skip",
           "eventually", "words"]

OBJECT = "/com/quectel/Ble1"


class CallError(Exception):
    """An error reply: name without com.quectel.Ble1.Error., and text."""

    def __init__(self, method, name, text):
        super().__init__(f"{method}: {name}: {text}")
        self.name = name.replace("com.quectel.Ble1.Error.", "")
        self.text = text


def words(arguments, types):
    """Arguments as busctl wants them."""
    result = []
    for value, kind in zip(arguments, types):
        if kind == "ay":
            result += [len(value), *value]
        else:
            result.append(value)
    return [str(word) for word in result]


class Daemon(Folder, Story):
    """A qbled. controller: an Air, a Btvirt, what --controller takes, or None."""

    def __init__(self, controller, title="qbled", *options, state=None, config=None):
        Folder.__init__(self, title)
        Story.__init__(self, title)
        self.spec = getattr(controller, "controller", controller)
        self.options = [*options, f"--config={self.write('config', config or '')}"]
        self.state = state or self.file("state")
        self.next = 1

    def up(self):
        needs("busctl", "systemd")
        self.bus = Bus()
        self.bus.__enter__()
        self.env = {**os.environ, **self.bus.env}
        self.monitor = Monitor(self.bus)
        self.launch()

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        if hasattr(self, "bus"):
            self.bus.__exit__(kind)
        status = self.children[-1].process.returncode if self.children else 0
        if not kind and status not in (0, -9):
            raise Failure(f"{self.title}: qbled ended with {status}")

    def launch(self):
        """Starts the daemon, and waits for its name on the bus."""
        self.qbled = self.start(program("QBLED", "daemon", "qbled"),
                                *([f"--controller={self.spec}"] if self.spec else []),
                                f"--state-dir={self.state}", *self.options, env=self.bus.env)
        eventually(f"the start of qbled ({self.title})",
                   lambda: self.is_up() or not self.qbled.running())
        if not self.qbled.running():
            raise Failure(f"qbled ended with {self.qbled.process.returncode}: {self.qbled.log}")

    def is_up(self):
        return self.busctl("get-property", BLE, OBJECT, EXTENDED, "Version").returncode == 0

    def relaunch(self):
        """The same daemon once more: its events are numbered anew."""
        self.monitor.signals.clear()
        self.next = 1
        self.launch()

    def ready(self):
        """Waits for the controller, and returns the daemon itself."""
        eventually(f"the controller of {self.title}", lambda: self.get("Address"))
        return self

    # Calls.

    def busctl(self, *command, timeout=DEADLINE):
        return subprocess.run(["busctl", "--system", "--json=short", f"--timeout={timeout:g}",
                               *map(str, command)], env=self.env, capture_output=True, text=True,
                              check=False)

    def call(self, name, *arguments):
        """A method by its name; the answer's values, or CallError."""
        method = METHODS[name]
        if len(arguments) != len(method.ins):
            raise TypeError(f"{method} takes {len(method.ins)} arguments, not {len(arguments)}")
        types = method.in_types
        command = ["call", BLE, OBJECT, method.interface, name]
        if types:
            command += ["".join(types), *words(arguments, types)]
        result = self.busctl(*command)
        if result.returncode:
            text = result.stderr.strip().replace("Call failed: ", "", 1)
            raise CallError(name, self.monitor.error_name(text), text)
        if not method.outs:
            equal(result.stdout.strip(), "", f"the answer of {name}")
            return None
        answer = json.loads(result.stdout)
        equal(split_types(answer["type"]), method.out_types, f"the types that {name} answers")
        values = [decode(v, t) for v, t in zip(answer["data"], method.out_types)]
        return values[0] if len(values) == 1 else tuple(values)

    def refused(self, error, name, *arguments):
        """A call that must fail with that error; returns its text."""
        try:
            answer = self.call(name, *arguments)
        except CallError as got:
            equal(got.name, error, f"the error of {name} ({got.text})")
            return got.text
        raise Failure(f"{name}{arguments} answered {answer!r}, wanted {error}")

    def get(self, name):
        """A property of Extended."""
        result = self.busctl("get-property", BLE, OBJECT, EXTENDED, name)
        if result.returncode:
            raise CallError(name, "", result.stderr.strip())
        answer = json.loads(result.stdout)
        return decode(answer["data"], answer["type"])

    # Events.

    def fetch(self, end):
        """The next event, held against its signal; None if there is none in time."""
        while True:
            left = max(end - time.monotonic(), 0)
            number, rows = self.call("WaitEvents", self.next, 1, int(min(left, 2) * 1000))
            if rows:
                break
            if left == 0:
                return None
        equal(rows[0][0], self.next, "the number of an event")
        equal(number, self.next + 1, "the number after an event")
        event = Event(rows[0], self.signal_of(rows[0]))
        self.next += 1
        self.history.append(event)
        return event

    def signal_of(self, row):
        """The arguments of the signal that an event of the log was."""
        seq, event_id, status, _, fields = row
        what = f"{self.title}: event {event_id}"
        member, types, arguments = self.monitor.signal(seq - 1, what)
        equal(member, EVENT_IDS[event_id], f"{what}: the signal's name")
        equal(types, SIGNALS[member].out_types, f"{what}: the signal's types")
        equal(arguments[:2], [event_id, status], f"{what}: the signal's first arguments")
        for (name, kind), value in list(zip(SIGNALS[member].outs, arguments))[2:]:
            if name == "addr":  # the log has it as text
                value = value.hex(":")
                equal(fields[name].lower(), value, f"{what}: {name}")
            elif name != "long_uuid":  # the log has the whole UUID as text
                equal(fields[name], value, f"{what}: {name}")
        return arguments

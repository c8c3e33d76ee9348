# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes over a bus, as busctl's monitor sees it: the signals, and the names of errors."""
import json
import os
import subprocess
import threading
import time

from contract import BLE, decode, split_types
from process import DEADLINE
from tap import Failure


class Monitor:
    def __init__(self, bus):
        self.changed = threading.Condition()
        self.signals = []  # (member, types, arguments) of com.quectel.Ble1, as they came
        self.errors = []   # (name, text)
        self.properties = []  # (interface, changed) of PropertiesChanged
        self.listening = False
        self.child = bus.start("busctl", "--system", "--json=short", "monitor", env=bus.env,
                               stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        # Its own leaving and coming are the first things that a monitor does not miss.
        end = time.monotonic() + DEADLINE
        while not self.listening and time.monotonic() < end:
            subprocess.run(["busctl", "--system", "call", "org.freedesktop.DBus", "/",
                            "org.freedesktop.DBus", "GetId"], check=False, capture_output=True,
                           env={**os.environ, **bus.env})
            with self.changed:
                self.changed.wait_for(lambda: self.listening, 0.05)
        if not self.listening:
            raise Failure("busctl monitor does not see the bus")

    def read(self):
        for line in self.child.process.stdout:
            message = json.loads(line)
            with self.changed:
                self.take(message)
                self.changed.notify_all()

    def take(self, message):
        self.listening = True
        payload = message.get("payload", {})
        types = split_types(payload.get("type", ""))
        if message["type"] == "error":
            text = payload["data"][0] if types[:1] == ["s"] else ""
            self.errors.append((message["error_name"], text))
        elif message["type"] == "signal":
            arguments = [decode(value, kind) for value, kind in zip(payload["data"], types)]
            if message["interface"] == BLE:
                self.signals.append((message["member"], types, arguments))
            elif message["member"] == "PropertiesChanged":
                self.properties.append(tuple(arguments[:2]))

    def signal(self, index, what):
        """The signal of that number from 0, once it is here."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.signals) > index, DEADLINE):
                raise Failure(f"{what}: {len(self.signals)} signals were sent, but the log of "
                              f"events has {index + 1}")
            return self.signals[index]

    def error_name(self, text):
        """The name of the error with that text."""
        with self.changed:
            self.changed.wait_for(lambda: any(text == t for _, t in self.errors), DEADLINE)
            for name, said in reversed(self.errors):
                if said == text:
                    return name
        return ""

# SPDX-License-Identifier: GPL-2.0-or-later
"""qbled, called through libdbus on the system bus: the documented calls and signals alone."""
import collections

import dbus

from contract import BLE, EVENT_IDS, EXTENDED, METHODS
from loop import octets, plain, settle, until, wait
from qbled import OBJECT, CallError
from story import Event, Story
from tap import Failure, equal

NUMBERS = {name: number for number, name in EVENT_IDS.items()}


class Qbled(Story):
    def __init__(self, bus):
        super().__init__("qbled")
        self.bus = bus
        self.came = collections.deque()
        bus.listen(self.take, dbus_interface=BLE, path=OBJECT, member_keyword="member")

    def take(self, *arguments, member):
        arguments = list(plain(arguments))
        equal(arguments[0], NUMBERS[member], f"the number of {member}")
        row = (len(self.history) + len(self.came), arguments[0], arguments[1], None, {})
        self.came.append(Event(row, arguments))

    def fetch(self, end):
        if not wait(end, lambda: self.came):
            return None
        event = self.came.popleft()
        self.history.append(event)
        return event

    def call(self, name, *arguments):
        method = METHODS[name]
        arguments = [octets(a) if isinstance(a, bytes) else a for a in arguments]
        try:
            return self.bus.call(BLE, OBJECT, method.interface, name, "".join(method.in_types),
                                 *arguments)
        except dbus.DBusException as error:
            raise CallError(name, error.get_dbus_name(), error.get_dbus_message()) from error

    def refused(self, error, name, *arguments):
        try:
            answer = self.call(name, *arguments)
        except CallError as got:
            equal(got.name, error, f"the error of {name} ({got.text})")
            return got.text
        raise Failure(f"{name}{arguments} answered {answer!r}, wanted {error}")

    def get(self, name):
        return self.bus.get(BLE, OBJECT, EXTENDED, name)

    def ready(self):
        until("qbled's controller", lambda: self.get("Address"))
        return self

    def begin(self, *roles):
        """From nothing to event 0."""
        for role in roles:
            self.call(f"{role}Init")
        self.call("GattStart")
        self.expect(0, 0)

    def end(self):
        """Whatever a test has left: links, services, roles, events."""
        for role in ("Server", "Client"):
            self.call(f"{role}Release")
        until("the stop of qbled", lambda: not self.call("GetStatus"))
        settle()
        self.came.clear()
        self.aside.clear()
        self.aside_ids = set()
        self.history.clear()

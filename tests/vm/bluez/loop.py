# SPDX-License-Identifier: GPL-2.0-or-later
"""The system bus as libdbus has it, and a main loop that takes its signals while a test waits."""
import time

import dbus
import dbus.mainloop.glib
from gi.repository import GLib

from process import DEADLINE
from tap import Failure

# How often a condition is looked at that no signal announces.
TICK_MSEC = 50

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)


def plain(value):
    """What libdbus gives, as Python's own types."""
    if isinstance(value, dbus.ByteArray):
        return bytes(value)
    if isinstance(value, dbus.Boolean):
        return bool(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if isinstance(value, list):
        return list(map(plain, value))
    return value


def octets(data):
    return dbus.ByteArray(data)


class Bus:
    def __init__(self):
        self.connection = dbus.SystemBus()

    def call(self, service, path, interface, method, signature="", *arguments):
        answer = self.connection.call_blocking(service, path, interface, method, signature,
                                               arguments, timeout=DEADLINE, byte_arrays=True)
        return plain(answer)

    def start(self, service, path, interface, method, signature, *arguments):
        """A call whose answer needs this program's own: a list that will hold it, or an error."""
        answers = []
        self.connection.call_async(service, path, interface, method, signature, arguments,
                                   lambda *values: answers.append(plain(values)), answers.append,
                                   timeout=DEADLINE, byte_arrays=True)
        return answers

    def finish(self, what, answers):
        until(f"the answer of {what}", lambda: answers)
        if isinstance(answers[0], Exception):
            raise answers[0]
        return answers[0]

    def get(self, service, path, interface, name):
        return self.call(service, path, "org.freedesktop.DBus.Properties", "Get", "ss", interface,
                         name)

    def set(self, service, path, interface, name, value):
        self.call(service, path, "org.freedesktop.DBus.Properties", "Set", "ssv", interface, name,
                  value)

    def listen(self, took, **which):
        self.connection.add_signal_receiver(took, byte_arrays=True, **which)


def settle():
    """Takes the signals that are here already."""
    context = GLib.MainContext.default()
    while context.pending():
        context.iteration(False)


def wait(end, found):
    """The first true result of found(), or the last one at that time; signals come meanwhile."""
    context = GLib.MainContext.default()
    tick = GLib.timeout_add(TICK_MSEC, lambda: True)
    try:
        while True:
            result = found()
            if result or time.monotonic() >= end:
                return result
            context.iteration(True)
    finally:
        GLib.source_remove(tick)


def until(what, found, seconds=DEADLINE):
    result = wait(time.monotonic() + seconds, found)
    if not result:
        raise Failure(f"{what} did not happen within {seconds:g} s")
    return result

# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon's events, told one after the other: what a test expects of them, and what came."""
import time

from contract import EVENT_IDS, SIGNALS
from process import DEADLINE
from tap import Failure


class Any:
    """Equal to everything."""

    def __eq__(self, other):
        return True

    def __repr__(self):
        return "ANY"


ANY = Any()


class Event:
    """id, args as the document's callback gets them, and what Extended knows besides."""

    def __init__(self, row, arguments):
        self.seq, self.id, self.status, self.connect_id, self.fields = row
        self.args = arguments

    def __str__(self):
        return show(self.id, self.args)


def brief(value):
    if not isinstance(value, bytes):
        return repr(value)
    return value.hex(" ") if len(value) <= 32 else f"{value[:24].hex(' ')}… ({len(value)} bytes)"


def show(event_id, arguments):
    names = [name for name, _ in SIGNALS[EVENT_IDS[event_id]].outs]
    text = ", ".join(f"{n}={brief(v)}" for n, v in zip(names, arguments) if n != "event_id")
    return f"event {event_id} {EVENT_IDS[event_id]}({text})"


class Story:
    """Whose events they are. fetch(end) has the next one, or None if none comes until then."""

    def __init__(self, title):
        self.title = title
        self.history = []
        self.aside_ids, self.aside = set(), []

    def set_aside(self, *ids):
        """Events that come whenever they come: expect() passes them by, and taken() has them."""
        self.aside_ids = set(ids)

    def taken(self, event_id, *arguments, seconds=DEADLINE):
        """The oldest event with that number that was set aside, or else will be."""
        end = time.monotonic() + seconds
        while True:
            for event in self.aside:
                if event.id == event_id:
                    self.aside.remove(event)
                    self.compare(event, event_id, arguments)
                    return event
            event = self.fetch(end)
            if not event or event.id not in self.aside_ids:
                raise self.failure(event, event_id, arguments, seconds)
            self.aside.append(event)

    def expect(self, event_id, *arguments, seconds=DEADLINE):
        """The next event must be this one, with these arguments from status on (none: status 0)."""
        end = time.monotonic() + seconds
        while True:
            event = self.fetch(end)
            if event and event.id in self.aside_ids and event.id != event_id:
                self.aside.append(event)
                continue
            if not event or event.id != event_id:
                raise self.failure(event, event_id, arguments, seconds)
            self.compare(event, event_id, arguments)
            return event

    def next_event(self, seconds=DEADLINE):
        """Whatever comes next."""
        event = self.fetch(time.monotonic() + seconds)
        if not event:
            raise Failure(f"{self.title}: no event within {seconds:g} s{self.story()}")
        return event

    def quiet(self, seconds=0.2):
        """No event comes for that time."""
        event = self.fetch(time.monotonic() + seconds)
        if event:
            raise Failure(f"{self.title}: got {event}, wanted nothing")

    def compare(self, event, event_id, arguments):
        wanted = [event_id, *(arguments or [0] + [ANY] * (len(event.args) - 2))]
        if event.args != wanted:
            raise Failure(f"{self.title}: got {event}\n  wanted {show(event_id, wanted)}"
                          f"{self.story()}")

    def failure(self, event, event_id, arguments, seconds):
        wanted = show(event_id, [event_id, *arguments]) if arguments else \
            f"event {event_id} {EVENT_IDS[event_id]}"
        got = f"got {event}" if event else f"nothing came within {seconds:g} s"
        return Failure(f"{self.title}: {got}\n  wanted {wanted}{self.story()}")

    def story(self):
        return "\n  after " + "\n        ".join(map(str, self.history[-8:] or ["no event"]))

# SPDX-License-Identifier: GPL-2.0-or-later
"""qblectl on a terminal of 80 columns, looked at through tmux, and its completions."""
import itertools
import os
import re
import shlex
import signal
import subprocess

import ctl
import shells
from contract import METHODS, ROOT
from ctl import DEADLINE, eventually, serving, succeeds
from process import needs
from qbled import Air, Daemon, Failure
from tap import contains, equal, run

VERBS = ("status scan connect disconnect tree read write notify serve advertise monitor events "
         "capture call log-level").split()

# What the help says that each takes; and what all take.
VERB_OPTIONS = {
    "status": "", "scan": "count duplicates", "connect": "public random", "disconnect": "",
    "tree": "public random values", "read": "public random", "write": "public random no-response",
    "notify": "public random count", "serve": "", "advertise": "name service data interval",
    "monitor": "count", "events": "count since", "capture": "", "call": "", "log-level": "",
}
COMMON = {"--json", "--timeout", "--no-legend", "--help", "--version"}


class Terminal:
    """A terminal of 80 columns and 24 lines in which a command runs."""

    # A server of tmux that is on its way out would take the next one's session along.
    count = itertools.count()

    def __init__(self, daemon, *args, **env):
        needs("tmux", "tmux")
        # A server of its own each, as one that is just ending takes nobody in.
        socket = daemon.file(f"tmux-{len(os.listdir(daemon.path))}")
        self.tmux = ["tmux", "-u", "-f", "/dev/null", "-S", socket]
        settings = [f"{name}={value}" for name, value in
                    {**daemon.bus.env, "LC_ALL": "C.UTF-8", **env}.items()]
        line = shlex.join(["env", *settings, *ctl.command(*args)])
        subprocess.run([*self.tmux, "new-session", "-d", "-x", "80", "-y", "24",
                        f"{line}; echo \"ended with $?\"; sleep 600"],
                       check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=DEADLINE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([*self.tmux, "kill-server"], check=False, capture_output=True,
                       timeout=DEADLINE)

    def screen(self, *options):
        return subprocess.run([*self.tmux, "capture-pane", "-p", *options], check=True, text=True,
                              capture_output=True, timeout=DEADLINE).stdout

    def shows(self, *words):
        """Waits until the screen has all of these, and returns it."""
        def found():
            screen = self.screen()
            return screen if all(word in screen for word in words) else None
        try:
            return eventually(f"{words} on the terminal", found)
        except Failure as failure:
            raise Failure(f"{failure}:\n{self.screen()}") from failure

    def interrupt(self):
        subprocess.run([*self.tmux, "send-keys", "C-c"], check=True, timeout=DEADLINE)


def served(test):
    with Air() as air, Daemon(air, "server") as server:
        server.ready()
        with Daemon(air, "client") as client, serving(server):
            test(client.ready())


def test_scan():
    """scan keeps its table up to date on the screen, and ends with ^C"""
    def look(client):
        with Terminal(client, "scan", "--timeout=0") as terminal:
            terminal.shows("Thermo", "Battery")
            levels = set()

            def changes():
                levels.update(re.findall(r" (-\d\d) ", terminal.screen()))
                return len(levels) > 1
            eventually("another signal level", changes)
            equal(terminal.screen().count("Thermo"), 1, "lines of the one device")
            terminal.interrupt()
            screen = terminal.shows("ended with 0").replace("^C", "")
            ctl.golden("terminal-scan", screen)
    served(look)


def test_monitor():
    """monitor keeps its events within the columns of the terminal"""
    def look(client):
        with Terminal(client, "monitor") as terminal:
            terminal.shows("SEQ EVENT")
            succeeds(client, "read", "00:11:22:33:44:01", "0x0012", "--public")
            terminal.shows("DisconnectInd", "(0x16)")
            terminal.interrupt()
            ctl.golden("terminal-monitor", terminal.shows("ended with 0").replace("^C", ""))
    served(look)


def test_colour():
    """Colour on a terminal, none with NO_COLOR"""
    def look(client):
        with Terminal(client, "tree", "Thermo") as terminal:
            terminal.shows("ended with 0")
            contains(terminal.screen("-e"), "\033[1m")
            ctl.golden("terminal-tree", terminal.screen())
        with Terminal(client, "tree", "Thermo", NO_COLOR="1") as terminal:
            terminal.shows("ended with 0")
            if "\033[" in terminal.screen("-e"):
                raise Failure("colour in spite of NO_COLOR")
    served(look)


def tells_that_it_waits(terminal, what):
    """A line that counts the seconds"""
    seconds = set()

    def counts():
        seconds.update(re.findall(f"waiting for {re.escape(what)}, (\\d+) s", terminal.screen()))
        return len(seconds) > 1
    eventually(f"the line about {what}", counts)


def ends_clean(terminal, code, *words):
    screen = terminal.shows(f"ended with {code}", *words)
    equal("waiting" in screen, False, f"a line about waiting is left: {screen}")


def test_progress():
    """What takes more than a second says what it waits for, and cleans up behind itself"""
    with Air() as air, Daemon(air, "client") as client:
        client.ready()
        with Terminal(client, "connect", "Nobody") as terminal:
            tells_that_it_waits(terminal, "an advertisement of 'Nobody'")
            terminal.interrupt()
            ends_clean(terminal, 130)
        with Terminal(client, "scan", "--json", "--timeout=0") as terminal:
            tells_that_it_waits(terminal, "advertisements")
            terminal.interrupt()
            ends_clean(terminal, 0)
        following = client.call("GetEvents", 0, 9999)[0]
        with Terminal(client, "call", "WaitEvents", following, "1", "50000") as terminal:
            tells_that_it_waits(terminal, "the answer of WaitEvents")
            client.call("ClientInit")
            client.call("GattStart")
            ends_clean(terminal, 0, f"next={following + 1}")
            client.call("ClientRelease")
        # A daemon that hangs, or is only just starting.
        os.kill(client.qbled.process.pid, signal.SIGSTOP)
        try:
            with Terminal(client, "status", "--timeout=0") as terminal:
                tells_that_it_waits(terminal, "qbled")
                os.kill(client.qbled.process.pid, signal.SIGCONT)
                ends_clean(terminal, 0, "BLE  ")
        finally:
            os.kill(client.qbled.process.pid, signal.SIGCONT)
        # A scan that hears nobody shows that it has begun, and once.
        with Terminal(client, "scan", "--timeout=0") as terminal:
            terminal.shows("ADDRESS")
            terminal.interrupt()
            equal(terminal.shows("ended with 0").count("ADDRESS"), 1)


def test_help():
    """--help is within 80 columns, names every verb and option; --version has the version"""
    text = succeeds(None, "--help").out
    for line in text.splitlines():
        equal(len(line) <= 80, True, f"80 columns for {line!r}")
    contains(text, *[f"  {verb} " for verb in VERBS])
    with open(os.path.join(ROOT, "tools", "qblectl", "main.c"), encoding="utf-8") as file:
        options = re.findall(r'\{"([a-z-]+)", (?:no|required)_argument', file.read())
    contains(text, *[f"--{option}" for option in options])
    for verb, own in VERB_OPTIONS.items():
        text = succeeds(None, verb, "--help").out
        contains(text, f"usage: qblectl [OPTION...] {verb}", "Exit codes")
        for line in text.splitlines():
            equal(len(line) <= 80, True, f"80 columns for {line!r}")
        equal(set(re.findall(r"--[a-z-]+", text)), COMMON | {f"--{name}" for name in own.split()},
              f"the options in the help of {verb}")
    equal(bool(re.fullmatch(r"qblectl \d+\.\d+\.\d+\n", succeeds(None, "--version").out)), True)


def offers(shell):
    equal(sorted(shell("")), sorted(VERBS))
    equal(shell("mon"), ["monitor"])
    equal(shell("--json", "sc"), ["scan"])
    equal(shell("--no"), ["--no-legend"])
    equal(shell("scan", "--d"), ["--duplicates"])
    equal(shell("scan", "--j"), ["--json"])
    equal(shell("tree", "--dup"), [])
    equal(shell("log-level", "n"), ["notice"])
    equal(sorted(shell("call", "AdvS")), ["AdvStart", "AdvStop"])
    equal(set(shell("call", "")), set(METHODS))
    contains("\n".join(shell("serve", ROOT + "/READ")), "README.md")
    for verb, options in VERB_OPTIONS.items():
        equal({word.rstrip("=") for word in shell(verb, "--")} - COMMON,
              {f"--{option}" for option in options.split()}, f"the options of {verb}")


def test_bash_completion():
    """bash completes verbs, options of a verb, methods, levels, files"""
    offers(shells.bash)


def test_zsh_completion():
    """zsh completes verbs, options of a verb, methods, levels, files"""
    with shells.Zsh() as zsh:
        offers(zsh.ask)


def test_fish_completion():
    """fish completes verbs, options of a verb, methods, levels, files"""
    offers(shells.fish)


if __name__ == "__main__":
    run([test_scan, test_monitor, test_colour, test_progress, test_help, test_bash_completion,
         test_zsh_completion, test_fish_completion])

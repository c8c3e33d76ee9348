# SPDX-License-Identifier: GPL-2.0-or-later
"""qblectl as its users run it, against a daemon of the test."""
import json
import os
import re
import subprocess

import process
from process import program
from qbled import Failure
from tap import contains, equal

HERE = os.path.dirname(os.path.abspath(__file__))

# Only what hangs takes so long; a busy machine starts our many programs at its leisure.
DEADLINE = 6 * process.DEADLINE

# The exit codes of qblectl(1).
OK, FAILURE, USAGE, NO_DAEMON, NO_ACCESS, NO_CONTROLLER, TIMEOUT, LINK, PEER, REFUSED = range(10)

SERVER = """
# What the tests are served.
[device]
name = Thermo
interval = 30

[service]
uuid = Battery

[characteristic]
name = level
uuid = Battery Level
properties = read notify
value = 57

[service]
uuid = 6e400001-b5a3-f393-e0a9-e50e24dcca9e

[characteristic]
name = rx
uuid = 6e400002-b5a3-f393-e0a9-e50e24dcca9e
properties = write write-without-response

[characteristic]
name = label
uuid = 6e400003-b5a3-f393-e0a9-e50e24dcca9e
properties = read write indicate
value = text:Outside

[descriptor]
uuid = Characteristic User Description
value = text:Where it hangs
"""


def eventually(what, found):
    return process.eventually(what, found, DEADLINE)


def has_signal(process, kind, number):
    """Whether a program of ours has that signal among its Cgt (caught), Ign or Blk."""
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
        mask = re.search(rf"^Sig{kind}:\s*([0-9a-f]+)$", file.read(), re.M).group(1)
    return bool(int(mask, 16) >> (number - 1) & 1)


def holds(process, what):
    """Whether that qblectl has, for others of its kind, something with such a name."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        return any(re.search(rf" @qblectl/[^/]+/{what}[^/]*/{process.pid}$", line)
                   for line in file)


def command(*args):
    return [program("QBLECTL", "tools", "qblectl"), *map(str, args)]


def environment(daemon=None, **more):
    env = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "80"}
    if daemon:
        env.update(daemon.bus.env)
    return {**env, **more}


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.args = done.args[1:]

    def json(self):
        """What was printed, every line an object."""
        rows = [json.loads(line) for line in self.out.splitlines()]
        for row in rows:
            equal(type(row), dict, f"the type of a line of {self.args}")
        return rows


def run(daemon, *args, env=None, **options):
    done = subprocess.run(command(*args), env=env or environment(daemon), text=True,
                          capture_output=True, check=False, timeout=DEADLINE,
                          stdin=subprocess.DEVNULL, **options)
    return Result(done)


def succeeds(daemon, *args, **options):
    result = run(daemon, *args, **options)
    if result.code or result.err:
        raise Failure(f"{result.args} ended with {result.code}: {result.err}{result.out}")
    return result


def fails(daemon, code, *args, says=(), **options):
    """It must end with that code, one line of error with those words, and no output."""
    result = run(daemon, *args, **options)
    equal(result.code, code, f"the exit code of {result.args} ({result.err.strip()})")
    equal(len(result.err.splitlines()), 1, f"lines of {result.err!r}")
    contains(result.err, "qblectl: ", *says)
    equal(result.out, "", f"the output of {result.args}")
    return result.err


class Background:
    """A qblectl that goes on until it is ended; its lines as they come."""

    def __init__(self, daemon, *args, stdin=subprocess.DEVNULL):
        # A log, as a pipe that nobody empties would stop it one day.
        self.path = daemon.file(f"qblectl-{len(os.listdir(daemon.path))}.log")
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(command(*args), env=environment(daemon), stdin=stdin,
                                            stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()

    def output(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def says(self, *words):
        """Waits for a line with all of these words, and returns it."""
        def found():
            for line in self.output().splitlines():
                if all(word in line for word in words):
                    return line
            if self.process.poll() is not None:
                raise Failure(f"it ended with {self.process.returncode}: {self.output()}")
            return None
        return eventually(f"{words} of {self.process.args[1:]} ({self.output()!r})", found)

    def write(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def end(self):
        """As with ^C; returns its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def serving(server, **options):
    """The server of the tests, advertising."""
    background = Background(server, "serve", server.write("server.ini", SERVER), **options)
    background.says("serving as 'Thermo'")
    return background


def golden(name, text):
    """The text must be that of the file, in which dBm and bars stand for any."""
    lines = [line.rstrip() for line in text.rstrip().splitlines()]
    for line in lines:
        if len(line) > 80:
            raise Failure(f"{name} has a line of {len(line)} columns: {line}")
    got = "\n".join(lines) + "\n"
    got = re.sub(r"-\d\d [ ▂▄▆█]{4}", "dBm bars", got)
    got = re.sub(r"rssi=-\d\d", "rssi=dBm", got)
    path = os.path.join(HERE, "golden", f"{name}.txt")
    if os.environ.get("QB_UPDATE_GOLDEN"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(got)
    with open(path, encoding="utf-8") as file:
        equal(got, file.read(), f"what {name} shows")

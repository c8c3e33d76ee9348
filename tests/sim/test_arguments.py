# SPDX-License-Identifier: GPL-2.0-or-later
"""The simulation's command line: what is wrong is refused, before anything runs."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import tap  # noqa: E402

SIM = sys.argv[1]


def run(*args):
    return subprocess.run([SIM, *args], text=True, check=False, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_help():
    """--help: on the standard output, status 0"""
    result = run("--help")
    tap.equal((result.returncode, result.stderr), (0, ""))
    tap.contains(result.stdout, "--seeds=A..B")


def test_wrong():
    """Numbers that are none, none at all, too many hosts: status 2 and how to call it"""
    for args in (["--seeds=1..2zz"], ["--seeds=-1"], ["--seeds=3..2"], ["--seeds="],
                 ["--derive=text"], ["--derive=text,x"], ["--hosts=1"], ["--hosts=17"],
                 ["--hosts=4x"], ["--minutes=0"], ["--shrink=x"], ["--nothing"], ["more"]):
        result = run(*args)
        tap.equal((args, result.returncode, result.stdout), (args, 2, ""))
        tap.contains(result.stderr, "usage: sim")


def test_replay():
    """A file of steps that is missing, or has none: status 2 and why"""
    for path, why in (("/nonexistent", "No such file"), ("/dev/null", "no steps")):
        result = run(f"--replay={path}")
        tap.equal((path, result.returncode, result.stdout), (path, 2, ""))
        tap.contains(result.stderr, path, why)


if __name__ == "__main__":
    tap.run([test_help, test_wrong, test_replay])

# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/fuzz/run with fuzzers that end in every way there is: what is a finding, and what is not."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import tap  # noqa: E402

# As libFuzzer ends: told to, it says so, and that all is well.
FUZZER = """#!/bin/sh
trap 'echo "==1== libFuzzer: run interrupted; exiting"; exit 0' TERM
for arg; do case $arg in -artifact_prefix=*) artifacts=${arg#*=} ;; esac; done
case $HOW in
well) echo stat::number_of_executed_units: 7 ;;
crash)
    echo "Assertion failed"
    printf abc >"${artifacts}crash-1"
    exit 77
    ;;
killed) kill -KILL $$ ;;
hang)
    mkdir "$TMPDIR/left"
    echo "$TMPDIR" >"$FIFO"
    while :; do sleep 0.1; done
    ;;
esac
"""


class Bench:
    """A build folder with one fuzzer, and a PATH on which everything that builds is content."""

    def __init__(self, how):
        self.folder = tempfile.TemporaryDirectory(prefix="qbled-fuzz-run-")
        root = pathlib.Path(self.folder.name)
        self.fifo = root / "fifo"
        os.mkfifo(self.fifo)
        (root / "build.ninja").touch()
        for path, text in (("bin/clang", "#!/bin/sh\n"), ("bin/ninja", "#!/bin/sh\n"),
                           ("tests/fuzz/fuzz-smp", FUZZER)):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="ascii")
            (root / path).chmod(0o755)
        self.run = subprocess.Popen(
            [sys.executable, str(HERE / "run"), f"--build={root}", "--target=smp", "--runs=1"],
            env=dict(os.environ, PATH=f"{root}/bin:{os.environ['PATH']}", HOW=how,
                     FIFO=str(self.fifo)),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.run.poll() is None:
            self.run.kill()
            self.run.wait()
        self.folder.cleanup()

    def ends(self, status, *words):
        output = self.run.communicate()[0]
        tap.equal(self.run.returncode, status, output)
        tap.contains(output, *words)
        return output


def test_numbers():
    """Numbers that are none, or below 1: status 2, and nothing runs"""
    for wrong in ("--runs=-5", "--runs=0", "--seconds=0", "--seconds=x", "--jobs=0"):
        run = subprocess.run([sys.executable, str(HERE / "run"), wrong], text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        tap.equal(run.returncode, 2, f"status of {wrong}")
        tap.contains(run.stdout, "is no number from 1 on")


def test_well():
    """A fuzzer that comes to its end: no finding, status 0"""
    with Bench("well") as bench:
        bench.ends(0, "7 executions of 1 targets, 0 findings\n")


def test_crash():
    """One that crashes: a finding, its input in hex, status 1"""
    with Bench("crash") as bench:
        bench.ends(1, "FAILED", "616263", "1 findings: smp\n")


def test_killed():
    """One that is killed: no finding, but not to its end, status 1"""
    with Bench("killed") as bench:
        bench.ends(1, "ended early by SIGKILL", "0 findings; not to their end: smp\n")


def test_interrupted():
    """An interruption: the fuzzers end, no finding, the signal's status, and nothing is left behind"""
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        with Bench("hang") as bench:
            with open(bench.fifo, encoding="utf-8") as fifo:
                folder = fifo.read().strip()
            bench.run.send_signal(number)
            output = bench.ends(128 + number, "ended early by a signal", "0 findings")
            tap.equal("FAILED" in output, False, output)
            tap.equal(os.path.exists(folder), False, f"{folder} is left")


if __name__ == "__main__":
    tap.run([test_numbers, test_well, test_crash, test_killed, test_interrupted])

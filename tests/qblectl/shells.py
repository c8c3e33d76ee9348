# SPDX-License-Identifier: GPL-2.0-or-later
"""What each shell offers for the last word of a command line, asked in that shell itself."""
import os
import pty
import shlex
import subprocess

from contract import ROOT
from ctl import DEADLINE, eventually
from process import Folder, needs
from tap import Failure, equal

import ctl

FOLDER = os.path.join(ROOT, "tools", "completions")


def environment(home, daemon):
    program = os.path.dirname(ctl.command()[0])
    return {**ctl.environment(daemon), "HOME": home, "TERM": "dumb",
            "PATH": program + ":" + os.environ["PATH"]}


def answer(home, daemon, *command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False,
                          env=environment(home, daemon))
    equal(done.stderr, "", f"the errors of {command[0]}")
    return done.stdout.splitlines()


def bash(*words, daemon=None):
    script = os.path.join(FOLDER, "qblectl.bash")
    return answer("/", daemon, "bash", "-c",
                  f"source {shlex.quote(script)}; COMP_WORDS=(qblectl \"$@\"); "
                  "COMP_CWORD=$#; _qblectl; [ ${#COMPREPLY[@]} -eq 0 ] || "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"", "bash", *words)


def fish(*words, daemon=None):
    needs("fish", "fish")
    script = os.path.join(FOLDER, "qblectl.fish")
    line = shlex.quote(" ".join(["qblectl", *words]))
    with Folder("fish") as home:
        return [word.split("\t")[0]
                for word in answer(home.path, daemon, "fish", "--no-config", "-c",
                                   f"source {shlex.quote(script)}; complete -C{line}")]


# Completion runs in the line editor of an interactive zsh only. All that it would offer goes
# through compadd, which writes it down instead; what compadd is also used for stays as it is.
ZSHRC = """
fpath=({folder} $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {{
    local -a hits
    if (( ${{@[(I)-[OAD]*]}} )); then
        builtin compadd "$@"
        return
    fi
    builtin compadd -O hits "$@"
    print -rl -- $hits >>$ZDOTDIR/offered
}}
capture() {{
    _main_complete
    : >$ZDOTDIR/done
}}
zle -C capture list-choices capture
bindkey '^T' capture
# The line editor reads keys from here on; what comes before may get lost.
zle-line-init() {{
    : >$ZDOTDIR/done
}}
zle -N zle-line-init
"""


class Zsh(Folder):
    """An interactive zsh on a terminal of its own."""

    def __init__(self, daemon=None):
        super().__init__("zsh")
        self.daemon = daemon
        self.shown = b""

    def up(self):
        needs("zsh", "zsh")
        self.write(".zshrc", ZSHRC.format(folder=shlex.quote(FOLDER)))
        self.ours, its = pty.openpty()
        os.set_blocking(self.ours, False)
        self.shell = subprocess.Popen(["zsh", "-i", "-o", "NO_GLOBAL_RCS"], stdin=its, stdout=its,
                                      stderr=its, start_new_session=True,
                                      env={**os.environ, **environment(self.path, self.daemon),
                                           "ZDOTDIR": self.path})
        os.close(its)
        self.wait("the start of zsh")

    def __exit__(self, *exc):
        if hasattr(self, "shell"):
            self.shell.kill()
            self.shell.wait()
            os.close(self.ours)
        super().__exit__(*exc)

    def is_done(self):
        try:
            self.shown += os.read(self.ours, 65536)
        except (BlockingIOError, OSError):
            pass
        return os.path.exists(self.file("done")) or self.shell.poll() is not None

    def wait(self, what):
        try:
            eventually(what, self.is_done)
            equal(self.shell.poll(), None, "the end of zsh")
        except Failure as failure:
            raise Failure(f"{failure}; it has shown {self.shown!r}") from None
        os.remove(self.file("done"))

    def ask(self, *words):
        self.write("offered", "")
        # ^U empties the line before.
        os.write(self.ours, ("\x15" + " ".join(["qblectl", *words]) + "\x14").encode())
        self.wait("zsh's answer")
        with open(self.file("offered"), encoding="utf-8") as file:
            return [line for line in file.read().splitlines() if line]


def zsh(*words, daemon=None):
    with Zsh(daemon) as shell:
        return shell.ask(*words)

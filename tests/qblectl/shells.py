# SPDX-License-Identifier: GPL-2.0-or-later
"""What each shell offers for the last word of a command line, asked in that shell itself."""
import os
import pty
import shlex
import subprocess

from contract import ROOT
from process import Folder, eventually, needs
from tap import equal

import ctl

FOLDER = os.path.join(ROOT, "tools", "completions")


def environment(home, daemon):
    program = os.path.dirname(ctl.command()[0])
    return {**ctl.environment(daemon), "HOME": home, "TERM": "dumb",
            "PATH": program + ":" + os.environ["PATH"]}


def answer(home, daemon, *command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False,
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
: >$ZDOTDIR/done
"""


def zsh(*words, daemon=None):
    needs("zsh", "zsh")
    with Folder("zsh") as home:
        home.write(".zshrc", ZSHRC.format(folder=shlex.quote(FOLDER)))
        home.write("offered", "")
        ours, its = pty.openpty()
        shell = subprocess.Popen(["zsh", "-i", "-o", "NO_GLOBAL_RCS"], stdin=its, stdout=its,
                                 stderr=its, start_new_session=True,
                                 env={**os.environ, **environment(home.path, daemon),
                                      "ZDOTDIR": home.path})
        os.close(its)
        os.set_blocking(ours, False)

        def done():
            try:
                os.read(ours, 65536)
            except (BlockingIOError, OSError):
                pass
            return os.path.exists(home.file("done")) or shell.poll() is not None

        try:
            eventually("the start of zsh", done)
            os.remove(home.file("done"))
            os.write(ours, (" ".join(["qblectl", *words]) + "\x14").encode())
            eventually("zsh's answer", done)
            equal(shell.poll(), None, "the end of zsh")
        finally:
            shell.kill()
            shell.wait()
            os.close(ours)
        with open(home.file("offered"), encoding="utf-8") as file:
            return [line for line in file.read().splitlines() if line]

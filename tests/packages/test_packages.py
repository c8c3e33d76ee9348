# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages: clean, complete, reproducible, and of use to those who install them.

`test_packages.py FOLDER` builds them there; `test_packages.py FOLDER --contents` prints what is in
them, as the file contents has it.
"""
import difflib
import fnmatch
import glob
import os
import re
import subprocess
import sys
import tempfile

from contract import ROOT
from process import needs
from tap import Failure, Skip, contains, equal, run

HERE = os.path.dirname(os.path.abspath(__file__))
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
USUAL = {"-rw-r--r-- root/root": "", "-rwxr-xr-x root/root": "  executable",
         "lrwxrwxrwx root/root": ""}
folder = sys.argv[1]


def command(*words, env=None, cwd=None, status=0):
    """What it prints; its errors too. Any other exit status is a failure."""
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, env={**ENV, **(env or {})}, cwd=cwd)
    if done.returncode != status:
        raise Failure(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def build(into):
    done = subprocess.run([os.path.join(HERE, "build"), into], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 77:
        raise Skip(done.stdout.strip())
    if done.returncode:
        raise Failure(done.stdout)


def packages(where=folder):
    found = sorted(glob.glob(os.path.join(where, "*.deb")))
    if not found:
        raise Skip("no packages were built")
    return found


def field(package, name):
    return command("dpkg-deb", "-f", package, name).strip()


def test_build():
    """They are built from a clean copy of the tree, whose compiler has nothing to complain of"""
    build(folder)
    with open(os.path.join(folder, "build.log"), encoding="utf-8") as file:
        equal([line for line in file if re.search(r"warning:", line)], [], "warnings")


def test_lintian():
    """lintian finds no error, no warning and nothing to be pedantic about"""
    packages()
    needs("lintian", "lintian")
    changes, = glob.glob(os.path.join(folder, "*.changes"))
    root = ["--allow-root"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as home:
        equal(command("lintian", "--pedantic", *root, changes, env={"HOME": home}), "", "lintian")


def contents():
    """Each package with what it depends on and what is in it, without what differs by machine."""
    triplet = command("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    for package in packages():
        depends = {re.sub(r"\d*(t64)?$", "", re.split(r"[ (:|]", word.strip())[0])
                   for word in field(package, "Depends").split(",")}
        yield f"{field(package, 'Package')}: {', '.join(sorted(depends))}"
        control = command("dpkg-deb", "-I", package)
        yield "  (" + " ".join(sorted(re.findall(r"lines\s+\*?\s+([a-z]+)\b", control))) + ")"
        lines = []
        for line in command("dpkg-deb", "-c", package).splitlines():
            mode, owner, _, _, _, path = line.split(None, 5)
            path = re.sub(r"cpython-\d+", "cpython-*", path[1:].replace(triplet, "*"))
            if mode[0] != "d":
                lines.append("  " + path + USUAL.get(f"{mode} {owner}", f"  {mode} {owner}"))
        yield from sorted(lines)


def test_contents():
    """Every file is in its package, and every package asks for what it needs"""
    with open(os.path.join(HERE, "contents"), encoding="utf-8") as file:
        wanted = [line.rstrip("\n") for line in file if not line.startswith("#")]
    difference = difflib.unified_diff(wanted, list(contents()), "wanted", "got", n=2, lineterm="")
    equal(list(difference), [], "what differs")


def test_versions():
    """The packages have the version of the programs"""
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as file:
        version = re.search(r"^  version: '([^']+)'", file.read(), re.MULTILINE).group(1)
    for package in packages():
        equal(re.split("[-+~]", field(package, "Version"))[0], version, package)


def test_copyright():
    """debian/copyright says of each file what the file itself says"""
    with open(os.path.join(ROOT, "debian", "copyright"), encoding="utf-8") as file:
        paragraphs = file.read().split("\n\n")
    rules = []
    for paragraph in paragraphs:
        found = re.match(r"Files:((?:\s+\S+)+?)\nCopyright:.*\nLicense: (\S+)", paragraph)
        if found:
            rules += [(pattern, found.group(2)) for pattern in found.group(1).split()]
    equal(rules[0], ("*", "GPL-2+"), "the first rule")
    names = {"GPL-2.0-or-later": "GPL-2+", "MIT": "Expat"}
    unused = {pattern for pattern, _ in rules}
    listed = command("git", "-C", ROOT, "-c", f"safe.directory={ROOT}", "ls-files", "-z")
    for path in listed.split("\0"):
        if not os.path.isfile(os.path.join(ROOT, path)):
            continue
        pattern, said = [rule for rule in rules if fnmatch.fnmatch(path, rule[0])][-1]
        unused.discard(pattern)
        with open(os.path.join(ROOT, path), "rb") as file:
            tag = re.search(rb"^\W*SPDX-License-Identifier: (\S+)", file.read(1000), re.MULTILINE)
        if tag:
            equal(said, names[tag.group(1).decode()], path)
    equal(unused, set(), "rules for no file")


def unpacked(into):
    for package in packages():
        command("dpkg-deb", "-x", package, into)
    return os.path.join(into, "usr", "lib", command("dpkg-architecture",
                                                    "-qDEB_HOST_MULTIARCH").strip())


def test_c_programs():
    """The examples of the -dev packages build with nothing but these, and run"""
    with tempfile.TemporaryDirectory() as into:
        libdir = unpacked(into)
        env = {"PKG_CONFIG_PATH": os.path.join(libdir, "pkgconfig"),
               "PKG_CONFIG_SYSROOT_DIR": into, "LD_LIBRARY_PATH": libdir,
               "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
        for name in ("libqble-client", "libqble-client-glib"):
            # Their own headers lie in the folder, those of the system where they always do.
            flags = command("pkg-config", "--cflags", "--libs", name, env=env).split()
            flags = [flag if "/qble" in flag or not flag.startswith("-I") else
                     flag.replace(into, "") for flag in flags]
            examples = glob.glob(f"{into}/usr/share/doc/{name}-dev/examples/*.c")
            equal(bool(examples), True, f"examples of {name}-dev")
            for example in examples:
                program = os.path.join(into, "example")
                command("cc", "-Wall", "-Werror", "-o", program, example, f"-L{libdir}", *flags)
                contains(command(program, env=env, status=1), "system bus")


def test_python():
    """Python finds the modules; utime and checkNet of somebody else come before ours"""
    python = "/usr/bin/python3"
    with tempfile.TemporaryDirectory() as into:
        env = {"LD_LIBRARY_PATH": unpacked(into)}
        ours = os.path.join(into, "usr", "lib", "python3", "dist-packages")
        script = ("import site, sys; site.addsitedir(sys.argv[1])\n"
                  "import ble, checkNet, utime; ble.addChara; print(utime.__file__)")
        contains(command(python, "-Bc", script, ours, env=env), ours)
        with open(os.path.join(ours, "utime.py"), "w", encoding="utf-8") as file:
            file.write("def ticks_ms(): return 0\n")
        equal(command(python, "-Bc", script, ours, env=env).strip(),
              os.path.join(ours, "utime.py"), "utime")


def test_reproducible():
    """A second build, elsewhere, gives the same packages byte for byte"""
    first = packages()
    with tempfile.TemporaryDirectory() as into:
        build(into)
        for package in first:
            other = os.path.join(into, os.path.basename(package))
            with open(package, "rb") as one, open(other, "rb") as two:
                equal(one.read() == two.read(), True, f"{os.path.basename(package)} is the same")


if __name__ == "__main__":
    tests = [test_build, test_lintian, test_contents, test_versions, test_copyright,
             test_c_programs, test_python, test_reproducible]
    if "--contents" in sys.argv:
        build(folder)
        print("\n".join(contents()))
    else:
        run(tests)

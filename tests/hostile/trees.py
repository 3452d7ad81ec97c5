"""Trees that break programs which walk them: strange kinds of files, strange names, strange places."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.hostile.contents import CONTENTS, SUFFIXES

CANONICAL = """\
guard: 1
schemas:
  "data/**": schemas/strict.schema.json
"""
STRICT = """\
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$ref": "#/$defs/node",
  "$defs": {
    "node": {
      "type": ["object", "array", "string", "number", "boolean"],
      "properties": {"pattern": {"pattern": "^(a+)+$"}},
      "additionalProperties": {"$ref": "#/$defs/node"},
      "items": {"$ref": "#/$defs/node"},
      "maxLength": 1000
    }
  }
}
"""
"""Goes into everything, so that depth and size of a document are depth and size of the check."""


class NotHereError(Exception):
    """This system cannot make what the test is about."""


def lay_out(root: Path, name: str, data: bytes) -> None:
    """A repository that holds a content under every suffix: as a document with a schema, and as one without."""
    write(root, "canonical.yaml", CANONICAL)
    write(root, "schemas/strict.schema.json", STRICT)
    for suffix in SUFFIXES:
        write(root, f"x{suffix}", data)
        write(root, f"data/{name}{suffix}", data)


def write(root: Path, path: str | bytes, data: str | bytes = "{}\n") -> None:
    """Put a file into a tree; the path may be bytes."""
    full = os.path.join(os.fsencode(root), os.fsencode(path))
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(os.fsencode(data) if isinstance(data, str) else data)


def _named(*names: str | bytes) -> Callable[[Path], None]:
    """A tree of files with these names, each with a finding in it, so that the name is printed."""

    def make(root: Path) -> None:
        for name in names:
            write(root, name, CONTENTS["conflicts"]())
            if not os.fsencode(name).endswith(b"/"):
                write(root, os.fsencode(name) + b".json", '{"a": 1, "a": 2}')

    return make


def _special(make: Callable[[str], None], *, but: str | None = None) -> Callable[[Path], None]:
    """A tree in which something that is no ordinary file stands at every suffix, with a schema and without."""

    def tree(root: Path) -> None:
        write(root, "plain.json")
        write(root, "canonical.yaml", CANONICAL)
        write(root, "schemas/strict.schema.json", STRICT)
        (root / "data").mkdir()
        for suffix in SUFFIXES:
            if suffix == but:
                continue
            try:
                make(f"{root}/x{suffix}")
                make(f"{root}/data/x{suffix}")
            except OSError as error:
                raise NotHereError(error.strerror) from error

    return tree


def _at(path: str, make: Callable[[str], None]) -> Callable[[Path], None]:
    """A tree in which something stands where guard looks for its own files."""

    def tree(root: Path) -> None:
        write(root, "plain.json")
        full = f"{root}/{path}"
        os.makedirs(os.path.dirname(full), exist_ok=True)
        try:
            make(full)
        except OSError as error:
            raise NotHereError(error.strerror) from error

    return tree


def _socket(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        folder, _, name = path.rpartition("/")
        handle = os.open(folder, os.O_RDONLY)
        try:
            one.bind(f"/proc/self/fd/{handle}/{name}")  # the path itself may be too long for a socket
        finally:
            os.close(handle)


def _device(path: str) -> None:
    os.mknod(path, 0o666 | 0o020000, os.makedev(1, 5))  # /dev/zero: reading it never ends


def _link(target: str) -> Callable[[str], None]:
    return lambda path: os.symlink(target, path)


def _unreadable(path: str) -> None:
    with open(path, "wb") as file:
        file.write(b"{}\n")
    os.chmod(path, 0)


def _unreadable_folder(path: str) -> None:
    os.mkdir(path)
    write(Path(path), "inside.json")
    os.chmod(path, 0)


def _folder(path: str) -> None:
    os.mkdir(path)
    write(Path(path), "inside.json")


def _sparse(path: str) -> None:
    with open(path, "wb") as file:
        file.truncate(10 << 30)


def _mutual_links(root: Path) -> None:
    write(root, "plain.json")
    os.symlink("b.json", root / "a.json")
    os.symlink("a.json", root / "b.json")
    (root / "d").mkdir()
    os.symlink("../d", root / "d" / "again")
    os.symlink("..", root / "d" / "up.json")


def _fifty_levels(root: Path) -> None:
    write(root, "/".join(["d" * 20] * 50) + "/x.json")


def _longer_than_paths_may_be(root: Path) -> None:
    """Deeper than a path can say at once; walked into folder by folder."""
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(root)
        write(root, "plain.json")
        for _ in range(25):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        with open("x.json", "wb") as file:
            file.write(b"{}\n")
    finally:
        os.fchdir(before)
        os.close(before)


def _many(count: int) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        for folder in range(count // 1000):
            (root / f"d{folder}").mkdir()
            for number in range(1000):
                (root / f"d{folder}" / f"x{number}.json").write_bytes(b'{"n": %d}\n' % number)

    return make


def _many_findings(root: Path) -> None:
    for number in range(100):
        write(root, f"x{number}.json", '{"a": 1, ' * 20 + '"b": 1, "b": 1' + "}" * 20)
        write(root, f"x{number}.py", CONTENTS["conflicts"]())


def _case_collisions(root: Path) -> None:
    for name in ("Readme.json", "README.json", "readme.json", "stra\u00dfe.json", "STRASSE.json", "\u00e9.json",
                 "e\u0301.json", "a/B/x.json", "A/b/x.json", "con.json", "NUL", "aux.py"):  # fmt: skip
        write(root, name)


def _repository_inside(root: Path) -> None:
    write(root, "inner/x.json")
    write(root, "plain.json")
    subprocess.run(["git", "init", "-q", str(root / "inner")], check=True)
    (root / "inner" / ".git" / "config").write_text("[core]\n\tfsmonitor = touch pwned; false\n\tbare = false\n")
    write(root, "dressed/HEAD", "ref: refs/heads/main\n")
    write(root, "dressed/config", "[core]\n\tbare = true\n\tfsmonitor = touch pwned; false\n")
    write(root, "dressed/objects/x", "")
    write(root, "dressed/refs/x", "")


def _modules_beside(root: Path) -> None:
    """Python that must not be imported: the names of what guard imports itself, and what Python starts by itself."""
    evil = "import pathlib\npathlib.Path(__file__).with_name('pwned').touch()\n"
    for name in ("sitecustomize", "usercustomize", "yaml", "json", "click", "re", "guards/__init__", "conftest"):
        write(root, f"{name}.py", evil)
    write(root, "evil.pth", "import os; os.mkdir('pwned')\n")
    write(root, "setup.cfg", "[options.entry_points]\nguards =\n    evil = yaml:GUARD\n")


_MARK = "::stop-commands::x"


def endless_record(root: Path) -> None:
    """Ten gigabytes in one line of a file that is read as a stream, and little time for it."""
    write(root, "guard.toml", "timeout = 1.0\n")
    _sparse(f"{root}/x.jsonl")


TREES: Mapping[str, Callable[[Path], None]] = {
    "empty": lambda root: None,
    "pipe": _special(os.mkfifo),
    "socket": _special(_socket),
    "device": _special(_device),
    "unreadable-files": _special(_unreadable),
    "unreadable-folder": _at("closed", _unreadable_folder),
    "folders-named-like-files": _special(_folder),
    "dangling-links": _special(_link("nowhere")),
    "links-out": _special(_link("/etc/passwd")),
    "links-to-root": _special(_link("/")),
    "links-to-memory": _special(_link("/proc/self/mem")),
    "links-to-endless": _special(_link("/dev/zero")),
    "links-in-a-circle": _mutual_links,
    "sparse": _special(_sparse, but=".jsonl"),
    "pipe-as-settings": _at("guard.toml", os.mkfifo),
    "pipe-as-canonical": _at("canonical.yaml", os.mkfifo),
    "pipe-as-pyproject": _at("pyproject.toml", os.mkfifo),
    "folder-as-settings": _at("guard.toml", _folder),
    "folder-as-canonical": _at("canonical.yaml", _folder),
    "unreadable-settings": _at("guard.toml", _unreadable),
    "unreadable-canonical": _at("canonical.yaml", _unreadable),
    "link-out-as-settings": _at("guard.toml", _link("/etc/passwd")),
    "link-out-as-canonical": _at("config/canonical.yaml", _link("/etc/passwd")),
    "endless-settings": _at("guard.toml", _link("/dev/zero")),
    "sparse-settings": _at("guard.toml", _sparse),
    "sparse-canonical": _at("canonical.yaml", _sparse),
    "file-as-store": _at(".guard", _unreadable),
    "pipe-as-store": _at(".guard", os.mkfifo),
    "link-as-store": _at(".guard", _link("../outside")),
    "pipe-in-store": _at(".guard/cache/swept", os.mkfifo),
    "name-newline": _named("a\nb", "\n::error::x\n.json", "a\n"),
    "name-escape": _named("\x1b[2J\x1b[31mred", "\x1b]0;title\x07", "\x9b31m"),
    "name-command": _named(f"\r{_MARK}", f"{_MARK}", f"a\n{_MARK}", "##[error]x", "##vso[x]y"),
    "name-not-utf8": _named(b"\xff\xfe\x80", b"\xed\xa0\x80.yaml", b"caf\xe9"),
    "name-255-bytes": _named("n" * 250, "\u00e4" * 124),
    "name-dash": _named("-rf", "--help", "--", "-", "--output=json"),
    "name-spaces": _named(" ", "a ", " a", "a.", "..a", "a\t"),
    "name-collisions": _case_collisions,
    "name-markup": _named("<img src=x onerror=alert(1)>", "`a`|b", "[a](b)", "@team #1", "&amp;", "a,b;c", "=1+1"),
    "name-patterns": _named("[a]", "*", "?", "{{x}}", "a\\b", "%0A", "$HOME", "`id`", "a:b", '"', "'"),
    "name-bidi": _named("\u202egnp.exe", "\u2066x", "\ufeffa", "\u200b", "a\u0301" * 60),
    "fifty-levels": _fifty_levels,
    "path-too-long": _longer_than_paths_may_be,
    "many-findings": _many_findings,
    "repository-inside": _repository_inside,
    "modules-beside": _modules_beside,
}
"""By name."""

LARGE_TREES: Mapping[str, Callable[[Path], None]] = {
    "hundred-thousand-files": _many(100_000),
    "thousands-of-files": _many(5_000),
}
"""Trees whose size is the attack."""

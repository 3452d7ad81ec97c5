"""Taking a path out of git without touching the file: commands for people, lines for .gitignore."""

from __future__ import annotations

import re
import shlex


def untrack_command(path: str, *, folder: bool = False) -> str:
    """The command, for a POSIX shell at the root, that untracks exactly this path."""
    git = "git --literal-pathspecs" if path.startswith(":") or re.search(r"[*?\[\\]", path) else "git"
    return f"{git} rm {'-r ' if folder else ''}--cached -- {shell_quoted(path)}"


def untracking_summary(*, quarantine: bool) -> str:
    """What a fix says that it does."""
    return f"untrack it, keep it out with .gitignore{', and move it into quarantine' if quarantine else ''}"


def shell_quoted(path: str) -> str:
    """A path as one word of a shell, on one line and without characters that a terminal acts on."""
    if path.isprintable():
        return shlex.quote(path)
    escaped = "".join(one if one.isprintable() and one not in "'\\" else _octal(one) for one in path)
    return f"$'{escaped}'"


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def exact_line(path: str, *, folder: bool = False) -> str:
    """The line of .gitignore that means this path and no other, as far as such a line can.

    A line cannot hold a line break, nor bytes that are not UTF-8 in a text: `?` stands for those.
    """
    escaped = re.sub(r"([*?\[\\])", r"\\\1", path)
    escaped = "".join(one if one.isprintable() else "?" * _units(one) for one in escaped)
    if escaped.endswith(" ") and not folder:
        escaped = f"{escaped[:-1]}\\ "
    return f"/{escaped}/" if folder else f"/{escaped}"


def _units(character: str) -> int:
    """How many `?` match a character: git counts bytes."""
    return len(character.encode("utf-8", "surrogateescape"))

"""Record the picture of the README: a real run, in a real terminal, on a small repository made for it.

Needs tmux, git and ssh-keygen, and `guard` on PATH:

    python docs/images/record.py docs/images/run.svg
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

COLUMNS, ROWS = 104, 60
TREE = {
    "app.py": 'print("hello")\n',
    "canonical.yaml": 'guard: 1\nschemas:\n  "config/*.yaml": schemas/service.schema.json\n',
    "config/service.yaml": "prot: 8080\nworkers: 2\n",
    "report.py": "def total(n):\n<<<<<<< HEAD\n    return n * 2\n=======\n    return n * 3\n>>>>>>> feature\n",
    "schemas/service.schema.json": """\
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "port": {"type": "integer", "minimum": 1024},
    "workers": {"type": "integer"}
  },
  "required": ["port"],
  "additionalProperties": false
}
""",
    "settings.py.orig": "DEBUG = True\n",
    ".coverage": "SQLite format 3",
}

COLOURS = {31: "#ff7b72", 32: "#3fb950", 33: "#e3b341", 34: "#79c0ff", 36: "#56d4dd"}
INKS = frozenset(COLOURS)
PAPER, INK, FAINT = "#0d1117", "#e6edf3", "#8b949e"
CELL, LINE, MARGIN = 8.4, 19, 20
_CODES = re.compile(r"\x1b\[([0-9;]*)m")


class Piece(NamedTuple):
    """Characters that look the same."""

    text: str
    codes: frozenset[int]


def main(path: str) -> None:
    """Make the repository, run guard there, write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, "shop")
        make_repository(root)
        lines = recorded(root, "guard all")
    with open(path, "w", encoding="utf-8") as file:
        file.write(svg(lines))


def make_repository(root: str) -> None:
    """The tree above, with a key that is made for this moment, all of it tracked."""
    for name, text in TREE.items():
        os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
        with open(os.path.join(root, name), "w", encoding="utf-8") as file:
            file.write(text)
    os.mkdir(os.path.join(root, "deploy"))
    call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "deploy/id_ed25519", cwd=root)
    os.unlink(os.path.join(root, "deploy", "id_ed25519.pub"))
    call("git", "init", "--quiet", cwd=root)
    call("git", "add", "--all", "--force", cwd=root)


def recorded(root: str, command: str) -> list[str]:
    """What a terminal shows after a command, and after asking for its exit code; colours as escape sequences."""
    tmux = ("tmux", "-L", f"guard-recording-{os.getpid()}", "-f", os.devnull)
    shell = f"cd {shlex.quote(root)} && PS1='$ ' exec bash --norc --noprofile"
    call(*tmux, "new-session", "-d", "-s", "run", "-x", str(COLUMNS), "-y", str(ROWS), shell)
    try:
        for typed in (command, "echo $?"):
            wait_for_prompt(tmux)
            call(*tmux, "send-keys", "-t", "run", typed, "Enter")
        wait_for_prompt(tmux)
        shown = call(*tmux, "capture-pane", "-e", "-p", "-t", "run")
    finally:
        call(*tmux, "kill-server")
    return shown.rstrip().removesuffix("$").rstrip().split("\n")


def wait_for_prompt(tmux: tuple[str, ...]) -> None:
    """Until the last line is an empty prompt, and stays one."""
    for _ in range(100):
        time.sleep(0.2)
        if call(*tmux, "capture-pane", "-p", "-t", "run").rstrip().split("\n")[-1] == "$":
            return
    raise TimeoutError("the command did not end")


def call(*argv: str, cwd: str | None = None) -> str:
    """Run a program; what it prints."""
    return subprocess.run(argv, cwd=cwd, check=True, capture_output=True, text=True).stdout


def pieces(lines: list[str]) -> Iterator[list[Piece]]:
    """Each line cut where its looks change. Looks last until they are changed, from line to line."""
    codes: frozenset[int] = frozenset()
    for line in lines:
        found = []
        texts = _CODES.split(line)
        for text, code in itertools.zip_longest(texts[::2], texts[1::2], fillvalue=""):
            if text:
                found.append(Piece(text, codes))
            for number in code.split(";") if code else []:
                codes = after(codes, int(number or 0))
        yield found


def after(codes: frozenset[int], number: int) -> frozenset[int]:
    """The looks after an SGR code: 0 ends all, 1 is bold, 2 is faint, 30 to 39 are inks, the rest is not used here."""
    if number == 0:
        return frozenset()
    if number in {1, 2}:
        return codes | {number}
    return (codes - INKS) | {number} if 30 <= number <= 39 else codes


def svg(lines: list[str]) -> str:
    """The lines as a picture of a terminal."""
    width, height = COLUMNS * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    plain = " ".join(_CODES.sub("", line).strip() for line in lines)
    rows = "\n".join(row for number, line in enumerate(pieces(lines)) for row in texts(line, number))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(plain)}">
<style>
text {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 14px; }}
</style>
<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>
{rows}
</svg>
"""


def texts(line: list[Piece], number: int) -> Iterator[str]:
    """One element for each piece, at its column whatever the font."""
    column = 0
    for piece in line:
        lead = len(piece.text) - len(piece.text.lstrip(" "))
        text = piece.text.strip(" ")
        if text:
            x, y = MARGIN + (column + lead) * CELL, MARGIN + number * LINE + 14
            ink = next((COLOURS[code] for code in sorted(piece.codes) if code in COLOURS), INK)
            looks = f'fill="{FAINT if 2 in piece.codes else ink}"' + (' font-weight="bold"' if 1 in piece.codes else "")
            size = f'textLength="{len(text) * CELL:g}" lengthAdjust="spacingAndGlyphs"'
            yield f'<text x="{x:g}" y="{y}" {size} {looks} xml:space="preserve">{escape(text)}</text>'
        column += len(piece.text)


if __name__ == "__main__":
    main(sys.argv[1])

"""Record the pictures of the manual: real commands, in a real terminal, in small repositories made for them.

Needs tmux, git and ssh-keygen. Guard is installed from this tree into a folder of its own, so that no path of whoever
records is seen:

    python docs/images/record.py             # all of them
    python docs/images/record.py doctor init # some of them
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
SHOP = HERE.parent / "examples" / "shop"
PLACE = Path(tempfile.gettempdir()) / "demo"
"""Where everything happens: this is seen in pictures."""
ROWS = 60
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
REFUNDS = """\
import httpx

HOST = "api.payments.example"


def refund(receipt: str) -> None:
    httpx.post(f"https://{HOST}/v1/refunds", json={"charge": receipt})
"""

COLOURS = {31: "#ff7b72", 32: "#3fb950", 33: "#e3b341", 34: "#79c0ff", 36: "#56d4dd"}
INKS = frozenset(COLOURS)
PAPER, INK, FAINT = "#0d1117", "#e6edf3", "#8b949e"
CELL, LINE, MARGIN = 8.4, 19, 20
_CODES = re.compile(r"\x1b\[([0-9;]*)m")


class Piece(NamedTuple):
    """Characters that look the same."""

    text: str
    codes: frozenset[int]


class Picture(NamedTuple):
    """What is recorded."""

    make: Callable[[Path], None]
    """Fills the folder of the repository."""
    commands: tuple[str, ...]
    columns: int = 100


def main(names: list[str]) -> None:
    """Install guard, make each repository, run its commands there, write the picture."""
    shutil.rmtree(PLACE, ignore_errors=True)
    call(sys.executable, "-m", "venv", str(PLACE / "venv"))
    call(str(PLACE / "venv/bin/pip"), "install", "--quiet", f"{HERE.parent.parent}[ruff]")
    for name in names or PICTURES:
        picture = PICTURES[name]
        root = PLACE / "shop"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        picture.make(root)
        lines = recorded(str(root), picture.commands, picture.columns)
        (HERE / f"{name}.svg").write_text(svg(lines, picture.columns), encoding="utf-8")
    shutil.rmtree(PLACE)


def make_untidy(root: Path) -> None:
    """The tree above, with a key that is made for this moment, all of it tracked."""
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "deploy").mkdir()
    call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "deploy/id_ed25519", cwd=root)
    (root / "deploy/id_ed25519.pub").unlink()
    commit(root)


def make_shop(root: Path) -> None:
    """The shop of the guide."""
    shutil.copytree(SHOP, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".ruff_cache", "__pycache__"))
    commit(root)


def make_shop_with_a_call(root: Path) -> None:
    """The shop, and a call past its client."""
    make_shop(root)
    (root / "src/shop/refunds.py").write_text(REFUNDS, encoding="utf-8")


def make_shop_before_guard(root: Path) -> None:
    """The shop as it was, with something to find."""
    make_shop(root)
    (root / "canonical.yaml").unlink()
    (root / "src/shop/service.py.orig").write_text("# before the merge\n", encoding="utf-8")
    commit(root)


def commit(root: Path) -> None:
    """Make a repository of a folder, with everything in it committed."""
    call("git", "init", "--quiet", cwd=root)
    call("git", "add", "--all", "--force", cwd=root)
    call("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=x", cwd=root)


PICTURES = {
    "run": Picture(make_untidy, ("guard all", "echo $?"), 104),
    "finding": Picture(make_shop_with_a_call, ("guard all",), 108),
    "explain": Picture(make_shop_with_a_call, ("guard explain src/shop/refunds.py:7",), 108),
    "doctor": Picture(make_shop, ("guard doctor",)),
    "init": Picture(make_shop_before_guard, ("guard init --yes", "guard all")),
}


def recorded(root: str, commands: tuple[str, ...], columns: int) -> list[str]:
    """What a terminal shows after the commands; colours as escape sequences."""
    tmux = ("tmux", "-L", f"guard-recording-{os.getpid()}", "-f", os.devnull)
    path = f"{PLACE / 'venv/bin'}:/usr/bin:/bin"
    env = f"env -i TERM=screen-256color LANG=C.UTF-8 HOME={PLACE / 'home'} PATH={path} PS1='$ '"
    shell = f"cd {shlex.quote(root)} && {env} bash --norc --noprofile"
    call(*tmux, "new-session", "-d", "-s", "run", "-x", str(columns), "-y", str(ROWS), shell)
    try:
        for typed in commands:
            wait_for_prompt(tmux)
            call(*tmux, "send-keys", "-t", "run", typed, "Enter")
        wait_for_prompt(tmux)
        shown = call(*tmux, "capture-pane", "-e", "-p", "-t", "run")
    finally:
        call(*tmux, "kill-server")
    lines = shown.rstrip().removesuffix("$").split("\n")
    while not _CODES.sub("", lines[-1]).strip():
        lines.pop()
    return lines


def wait_for_prompt(tmux: tuple[str, ...]) -> None:
    """Until the last line is an empty prompt, and stays one."""
    for _ in range(200):
        time.sleep(0.3)
        if call(*tmux, "capture-pane", "-p", "-t", "run").rstrip().split("\n")[-1] == "$":
            return
    raise TimeoutError("the command did not end")


def call(*argv: str, cwd: Path | None = None) -> str:
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


def svg(lines: list[str], columns: int) -> str:
    """The lines as a picture of a terminal."""
    width, height = columns * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
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
    main(sys.argv[1:])

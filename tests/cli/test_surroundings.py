"""What surrounds a run changes how it looks at most: never what it finds, never its bytes in a machine's format."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Command
from tests.cli.conftest import Guard
from tests.conftest import Repository

_CONFLICT = "<" * 7 + " ours\na\n" + "=" * 7 + "\nb\n" + ">" * 7 + " theirs\n"
_ESCAPE = "\x1b["


@pytest.fixture
def mixed(repo: Repository) -> Repository:
    """Findings of both guards, names beyond ASCII, and a problem."""
    repo.link("odd/a link", "nowhere")
    repo.commit(
        {
            "canonical.yaml": 'guard: 1\nschemas:\n  "data/*": schemas/s.schema.json\n',
            "schemas/s.schema.json": '{"type": "object", "additionalProperties": false, "properties": {"a": {}}}',
            "data/x.json": '{"b": 1, "c": 2, "a": {}}',
            "data/y.yaml": "b: 1\nd: 2\n",
            "bad.json": "{",
            "odd/\u0130stanbul \u00e4\u6f22.py": _CONFLICT,
            "odd/I.py": _CONFLICT,
            "odd/i\u0131.toml": "a = 1\na = 2\n",
        }
    )
    return repo


def _bytes(out: str) -> str:
    """A report without the run's header, which tells the settings too, and durations."""
    document: dict[str, Any] = json.loads(out)
    document.pop("run")
    for one in document["guards"]:
        one.pop("duration_ms")
    return json.dumps(document, indent=2)


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_surroundings_do_not_change_a_byte(command: Command, mixed: Repository, home: Path, form: str) -> None:
    """Seeds of hashing, locales, time zones, worker counts."""
    surroundings: list[tuple[dict[str, str], list[str]]] = [
        *(({"PYTHONHASHSEED": str(seed)}, []) for seed in range(4)),
        *(({"LC_ALL": locale, "LANG": locale}, []) for locale in ("C", "C.UTF-8", "tr_TR.UTF-8", "POSIX")),
        *(({"TZ": zone}, []) for zone in ("Pacific/Kiritimati", "America/St_Johns")),
        ({}, ["--jobs=1"]),
        ({}, ["--jobs=8"]),
        ({"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}, []),
    ]
    seen = set()
    for more, arguments in surroundings:
        result = command.spawn(
            ["all", f"--format={form}", "--no-cache", *arguments], mixed.root, command.environment(home, more)
        )
        assert (result.code, result.err) == (3, ""), more
        seen.add(_bytes(result.out) if form == "json" else _settled(result.out))
    assert len(seen) == 1


def _settled(sarif: str) -> str:
    return re.sub(r'"(startTimeUtc|endTimeUtc|guid|id|duration_ms|durationMs|run)": ("[^"]*"|[0-9]+)', "", sarif)


@pytest.mark.slow
def test_no_seed_and_no_number_of_workers_changes_a_byte(command: Command, mixed: Repository, home: Path) -> None:
    """With enough files for several processes, each of which ends when it likes."""
    mixed.commit({f"many/x{number}.json": f'{{"a": 1, "a": {number}}}' for number in range(1500)})
    seen = set()
    for seed in range(10):
        for jobs in (1, 8):
            env = command.environment(home, {"PYTHONHASHSEED": str(seed)})
            result = command.spawn(["all", "--format=json", "--no-cache", f"--jobs={jobs}"], mixed.root, env)
            seen.add(_bytes(result.out))
    assert len(seen) == 1


def test_a_folder_below_is_the_same_repository(guard: Guard, mixed: Repository) -> None:
    below = guard("all", "--format=json", "--no-cache", cwd=mixed.root / "odd")
    assert _bytes(below.out) == _bytes(guard("all", "--format=json", "--no-cache").out)


def test_paths_are_relative_to_where_one_stands(guard: Guard, mixed: Repository) -> None:
    """A name with a space, letters that two languages fold differently, and another script."""
    path = "\u0130stanbul \u00e4\u6f22.py"
    result = guard("all", "--format=json", path, cwd=mixed.root / "odd")
    assert {one["path"] for one in result.report["findings"]} == {f"odd/{path}"}
    assert guard("run", "hygiene", "--format=json", "--", path, cwd=mixed.root / "odd").code == 1
    assert guard("all", "--format=json", path).code == 2


def test_a_folder_without_git_is_walked(guard: Guard, mixed: Repository) -> None:
    (mixed.root / ".git").rename(mixed.root.parent / "away")
    result = guard("all", "--format=json")
    assert result.code == 3
    assert {one["path"] for one in result.report["findings"]} >= {"bad.json", "data/x.json", "odd/I.py"}


def test_git_is_needed_for_what_only_git_knows(guard: Guard, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for arguments in (["--staged"], ["--since=HEAD"], ["--rev=HEAD"], ["--tracked"], ["--history"]):
        result = guard("all", "--format=json", *arguments, cwd=bare)
        assert (result.code, result.report["exit_code"]) == (2, 2)


def test_git_missing_from_path_is_2(guard: Guard, mixed: Repository, tmp_path: Path) -> None:
    result = guard("all", "--format=json", env={"PATH": str(tmp_path)})
    assert (result.code, result.report["verdict"]) == (2, "incomplete")


@pytest.mark.parametrize(
    ("env", "arguments", "coloured"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1"}, ["--color=never"], False),
        ({"NO_COLOR": "1"}, ["--color=always"], True),
        ({"TERM": "dumb"}, [], False),
    ],
)
def test_colour_in_a_pipe(
    guard: Guard, mixed: Repository, env: dict[str, str], arguments: list[str], coloured: bool
) -> None:
    result = guard("all", *arguments, env=env)
    assert (_ESCAPE in result.out) is coloured


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit", "gitlab", "csv"])
def test_machine_formats_are_never_coloured(guard: Guard, mixed: Repository, form: str) -> None:
    assert _ESCAPE not in guard("all", f"--format={form}", "--color=always", env={"FORCE_COLOR": "1"}).out


@pytest.mark.parametrize(
    ("env", "coloured"), [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1"}, False)]
)
def test_colour_in_a_terminal(
    command: Command, mixed: Repository, home: Path, env: dict[str, str], coloured: bool
) -> None:
    shown = _in_terminal(command, mixed.root, command.environment(home, {"COLUMNS": "60", **env}))
    assert (_ESCAPE in shown) is coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "bad.json" in plain
    sources = [line for line in plain.splitlines() if "\u2502" in line]
    assert sources
    assert max(map(len, sources)) <= 60


def _in_terminal(command: Command, cwd: Path, env: dict[str, str]) -> str:
    leader, follower = pty.openpty()
    process = command.start(["all"], cwd, env, stdout=follower, stderr=subprocess.DEVNULL)
    os.close(follower)
    shown = b""
    try:
        while piece := os.read(leader, 1 << 16):
            shown += piece
    except OSError:  # the other side is closed
        pass
    os.close(leader)
    assert process.wait(timeout=30) == 3
    return shown.decode()


def test_nothing_of_the_tree_is_imported(command: Command, mixed: Repository, home: Path) -> None:
    """Where a module of the tree is called like one that we import."""
    marker = mixed.root / "pwned"
    for name in ("yaml", "json", "click", "re", "sitecustomize", "guards/__init__"):
        mixed.write(f"{name}.py", f"open({str(marker)!r}, 'w')\n")
    result = command.spawn(["all", "--format=json"], mixed.root, command.environment(home))
    assert result.code == 3
    assert not marker.exists()

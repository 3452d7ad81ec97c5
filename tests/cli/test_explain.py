"""`guard explain` says in one screen what something is and what to do about it, and never ends in a dead end."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from guards._builtin import BUILTIN, load
from guards._core.model import ExitCode
from tests.cli.command import Command
from tests.cli.conftest import Guard
from tests.cli.terminal import in_terminal
from tests.conftest import Repository

GOLDEN = Path(__file__).parent / "golden"
FILES = {
    ".env": "API_PORT=8081\n",
    "canonical.yaml": "guard: 1\nfacts:\n  api.port: {kind: port, value: 8080}\nbind:\n  api.port: [.env#API_PORT]\n",
}
_PLAIN = {"NO_COLOR": "1", "TERM": "dumb"}  # which also has no bar, however slow the machine is
_STYLES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("what", ["hygiene", "secrets", "schema/violation", "4", ".env:1"])
def test_a_screen_is_as_agreed(what: str, command: Command, repo: Repository, home: Path) -> None:
    """In a terminal of 80 columns, all of it is seen at once. `GUARD_UPDATE_GOLDEN=1` writes the files anew."""
    repo.commit(FILES)
    code, shown = in_terminal(command, ["explain", what], repo.root, command.environment(home, _PLAIN))
    assert (code, _STYLES.search(shown)) == (0, None)
    lines = shown.rstrip("\n").split("\n")
    assert (len(lines) < 24, max(map(len, lines)) <= 80) == (True, True)
    golden = GOLDEN / f"explain-{re.sub('[^a-z0-9]+', '-', what).strip('-')}.txt"
    if os.environ.get("GUARD_UPDATE_GOLDEN") == "1":
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("guard_id", BUILTIN)
def test_a_guard_is_explained_in_one_screen(guard_id: str, command: Command, repo: Repository, home: Path) -> None:
    _, shown = in_terminal(command, ["explain", guard_id], repo.root, command.environment(home, {"TERM": "xterm"}))
    bare = _STYLES.sub("", shown)
    assert len(bare.rstrip("\n").split("\n")) <= 24
    assert f"guard explain {guard_id} --full" in " ".join(bare.split())
    assert _STYLES.search(shown)


def test_the_whole_page_is_one_option_away(guard: Guard) -> None:
    short, full = guard("explain", "drift").out, guard("explain", "drift", "--full").out
    assert ("## Options" in short, "## Options" in full) == (False, True)
    assert [rule.id for rule in load("drift").rules if f"- `{rule.id}` (" not in full] == []


LOCAL = """
from dataclasses import dataclass

from guards import Guard, Rule, Select


@dataclass(frozen=True)
class Options:
    pass


GUARD = Guard(
    id="local.todo",
    summary="Is anything left to do?",
    page="local.todo: work that was put off.\\n\\n## Why it matters\\n\\nNobody does it.",
    rules=(Rule("local.todo/unowned", "Nobody does it."),),
    options=Options,
    select=Select(suffixes=frozenset({".py"})),
    scan=lambda source: (),
)
"""


def test_a_guard_of_the_repository_is_explained_to_those_who_trust_it(guard: Guard, repo: Repository) -> None:
    repo.commit({"checks/__init__.py": "", "checks/todo.py": LOCAL})
    refused = guard("explain", "checks.todo:GUARD")
    assert (refused.code, "--trust-local-guards" in refused.err) == (2, True)
    told = guard("explain", "checks.todo:GUARD", "--trust-local-guards")
    assert (told.code, "Work that was put off." in told.out, "Nobody does it." in told.out) == (0, True, True)


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_explained_with_a_way_out(code: ExitCode, guard: Guard) -> None:
    result = guard("explain", str(code.value))
    assert result.code == 0
    assert result.out.startswith(f"# {code.value}: {code.name}\n")
    assert len(result.out.split("\n\n")[2]) > 20


def test_a_finding_is_named_by_its_place_or_fingerprint(guard: Guard, repo: Repository) -> None:
    """Both say the same, with the rule's reason, and the commands that mend and accept it."""
    repo.commit(FILES)
    (finding,) = guard("all", "--format", "json").report["findings"]
    by_place = guard("explain", ".env:1")
    assert by_place.out == guard("explain", finding["fingerprint"][:8]).out
    for said in ("error[drift/value]", "guard all --fix", f"guard waive {finding['fingerprint'][:12]} --reason"):
        assert said in by_place.out
    assert not (repo.root / "guard.toml").exists()  # it only looks


def test_a_finding_that_is_accepted_says_by_what(guard: Guard, repo: Repository) -> None:
    repo.commit(FILES)
    guard("baseline", "create")
    assert "The baseline accepts it." in guard("explain", ".env:1").out
    (repo.root / "guard-baseline.jsonl").unlink()
    guard("waive", ".env:1", "--reason", "moves on [Monday](x) `now`", "--owner", "ana", "--until", "2100-01-31")
    out = guard("explain", ".env:1").out
    assert "\n  waiver: moves on [Monday](x) `now`, ana, until 2100-01-31\n" in out  # as written, and no markup
    assert "A waiver accepts it." in out


def test_the_text_of_a_secret_is_not_shown(guard: Guard, repo: Repository) -> None:
    token = "ghp_" + "".join("aB3dE5gH7jK9"[number % 12] for number in range(30)) + "00PLyh"
    repo.commit({"deploy.sh": f'TOKEN="{token}"\n'})
    found = guard("all", "--format", "json").report["findings"]
    assert found
    for one in found:
        result = guard("explain", one["fingerprint"])
        assert (result.code, token in result.out + result.err) == (0, False)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("drfit", "did you mean drift"),
        ("violation", "did you mean schema/violation?"),
        ("merge", "did you mean hygiene/merge-conflict?"),
        ("drift/valu", "did you mean 'drift/value'?"),
        ("no/such", "See: guard list --rules"),
        ("app.py:1", "there is no finding app.py:1"),
        ("abcdef12", "there is no finding abcdef12"),
        ("7", "See: guard list --rules"),
    ],
)
def test_what_is_not_known_leads_to_what_is(what: str, said: str, guard: Guard) -> None:
    result = guard("explain", what)
    assert (result.code, result.out) == (2, "")
    assert said in result.err

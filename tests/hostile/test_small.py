"""What hostile trees must end as: the code and the account, not just some code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.hostile.place import Place, is_balanced
from tests.hostile.trees import TREES, NotHereError, endless_record, write

MUST_END_AS: Mapping[str, tuple[int, str]] = {
    "unreadable-files": (4, "unreadable"),
    "unreadable-folder": (4, "unreadable"),
    "pipe-as-settings": (2, "config"),
    "unreadable-settings": (2, "config"),
    "sparse-settings": (2, "config"),
    "sparse-canonical": (2, "config"),
}
"""Tree to its code and the kind of problem that makes it."""


@pytest.mark.parametrize("name", MUST_END_AS)
def test_what_cannot_be_checked_is_told(new_place: Callable[..., Place], name: str) -> None:
    place = new_place(TREES[name], add=False)
    code, kind = MUST_END_AS[name]
    result = place.run("all")
    assert result.code == code, result.out
    assert kind in {problem["kind"] for problem in result.report["problems"]}
    place.remove()


@pytest.mark.parametrize(
    "name", ["pipe", "socket", "device", "dangling-links", "links-out", "folders-named-like-files"]
)
def test_what_is_no_file_is_accounted_for_and_not_opened(new_place: Callable[..., Place], name: str) -> None:
    try:
        place = new_place(TREES[name], git=False)
    except NotHereError as error:
        pytest.skip(f"cannot be made here: {error}")
    report = place.run("all").report
    for one in report["guards"]:
        assert one["ledger"]["enumerated"] == sum(1 for path in place.tree.rglob("*") if _is_listed(path))
        assert one["ledger"]["failed"] == {}
    place.remove()


def _is_listed(path: Path) -> bool:
    return (path.is_symlink() or not path.is_dir()) and ".guard" not in path.parts


def test_untracked_files_are_looked_at(new_place: Callable[..., Place]) -> None:
    place = new_place(lambda root: write(root, "a.json", "{"), add=False)
    assert place.run("all").code == 3
    place.remove()


def test_links_are_judged(new_place: Callable[..., Place]) -> None:
    """Only judge sees the whole tree."""
    place = new_place(TREES["dangling-links"])
    assert "hygiene/broken-symlink" in {one["rule"] for one in place.run("hygiene").report["findings"]}
    place.remove()


def test_excluded_paths_are_in_the_account(new_place: Callable[..., Place]) -> None:
    """Of a file that every guard would take, but for the one that looks at code and settings of the environment."""

    def fill(root: Path) -> None:
        write(root, "guard.toml", 'exclude = ["*.json"]\n')
        write(root, "package.json", "{")

    place = new_place(fill)
    excluded = {one["id"]: one["ledger"]["excluded"] for one in place.run("all").report["guards"]}
    assert excluded.pop("env") == {}
    assert list(excluded.values()) == [{"*.json": 1}] * len(excluded)
    assert len(excluded) >= 4
    place.remove()


def test_a_tracked_run_store_is_refused(new_place: Callable[..., Place]) -> None:
    place = new_place(lambda root: write(root, ".guard/cache/x", "mine"))
    assert place.run("all").code == 2
    place.remove()


def test_an_endless_record_ends_with_the_time_limit(new_place: Callable[..., Place]) -> None:
    place = new_place(endless_record, add=False)
    result = place.run("all")
    assert (result.code, {problem["kind"] for problem in result.report["problems"]}) == (4, {"timeout", "limit"})
    place.remove()


GUARD = """
import dataclasses, os, sys, time
from guards import Fact, Finding, Guard, Problem, Rule

@dataclasses.dataclass(frozen=True)
class Options:
    pass

def scan(source):
    text = source.data.decode()
    if "crash" in text: raise RuntimeError(text)
    if "hang" in text:
        while True: pass
    if "exit" in text: os._exit(0)
    if "leave" in text: sys.exit(0)
    if "flood" in text:
        for number in range(50_000): yield Finding("local/bad", f"bad {number}")
    if "unsure" in text: yield Problem("cannot tell")
    if "nonsense" in text: yield "nonsense"
    if "print" in text: print("{"); os.write(1, b"{")

RULES = (Rule(id="local/bad", summary="Bad."),)
GUARD = Guard(id="local", summary="Misbehaves.", rules=RULES, options=Options, scan=scan)
"""
MISBEHAVIOUR: Mapping[str, str] = {
    "crash": "crashed",
    "hang": "timeout",
    "exit": "crashed",
    "leave": "crashed",
    "flood": "limit",
    "unsure": "limit",
    "nonsense": "crashed",
    "large": "limit",
}


@pytest.fixture
def misbehaving(new_place: Callable[..., Place]) -> Iterator[Place]:
    """A tree with a guard of its own, which does what each file tells it."""

    def fill(root: Path) -> None:
        write(root, "misbehaving.py", GUARD)
        write(
            root,
            "guard.toml",
            'enable = ["misbehaving:GUARD"]\nskip = ["schema"]\ntimeout = 0.5\nmax-file-size = 1000\n',
        )
        for word in (*MISBEHAVIOUR, "print", "fine"):
            write(root, f"{word}.txt", word + " " * (2000 if word == "large" else 0))

    place = new_place(fill)
    yield place
    place.remove()


def test_a_guard_that_misbehaves_costs_its_file_and_nothing_else(misbehaving: Place) -> None:
    result = misbehaving.run("all", "--trust-local-guards")
    report = result.report
    assert result.code == 4
    told = {problem["path"]: problem["kind"] for problem in report["problems"] if problem["path"].endswith(".txt")}
    assert told == {f"{word}.txt": kind for word, kind in MISBEHAVIOUR.items()}
    runs = {one["id"]: one for one in report["guards"]}
    assert runs["hygiene"]["status"] == "passed"
    ledger = runs["local"]["ledger"]
    assert is_balanced(ledger)
    assert sum(ledger["failed"].values()) >= len(MISBEHAVIOUR)

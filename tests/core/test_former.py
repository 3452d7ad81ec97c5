"""What canonical.yaml was: complete, whatever of it was known before; and where it is not, that is said."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from guards._core import former
from guards._core.canonical import Canonical
from guards._core.model import Guard, Json, Past, Remembers
from guards._core.store import Store
from guards.drift import GUARD
from tests.conftest import Repository

CANONICAL = Canonical("canonical.yaml", {"facts": ""})


def past(repo: Repository, store: Store | None = None, commit: str = "HEAD") -> Past:
    """What a guard is told that wants to know it."""
    told: list[Past] = []

    def keep(section: Any, past: Past) -> Any:
        told.append(past)
        return section

    guard: Guard[Any] = GUARD.__class__(
        id="acme", summary="", rules=(), options=GUARD.options, section="facts", recalls=keep
    )
    former.recalled(CANONICAL, [(guard, "")], repo.git(), repo.id_of(commit), store)
    return told[0]


def facts(value: Any) -> str:
    return f"guard: 1\nfacts: {value}\n"


def test_each_value_that_it_had_the_latest_first(repo: Repository) -> None:
    for value in (1, 2, 1, 3):
        repo.commit({"canonical.yaml": facts(value)})
        repo.commit({"other": str(value)})
    repo.write("canonical.yaml", facts(9))
    assert past(repo) == Past((3, 1, 2))
    assert past(repo, commit="HEAD~4") == Past((2, 1))


def test_what_was_on_branches_elsewhere_deleted_or_broken(repo: Repository) -> None:
    repo.commit({"config/canonical.yaml": facts(1)})
    repo.run("checkout", "-q", "-b", "side")
    repo.commit({"config/canonical.yaml": facts(2)})
    repo.run("checkout", "-q", "main")
    repo.commit({"config/canonical.yaml": facts(3)})
    repo.run("merge", "-q", "-s", "ours", "side", "-m", "x")
    (repo.root / "config/canonical.yaml").unlink()
    repo.commit()
    repo.commit({"canonical.yaml": "facts: ["})
    repo.commit({"canonical.yaml": "[1]"})
    repo.commit({"canonical.yaml": "guard: 1"})
    repo.commit({"canonical.yaml": facts(4)})
    found = past(repo)
    assert (set(found.versions), found.unknown) == ({1, 2, 3, 4}, "")


@pytest.mark.parametrize("seed", range(3))
def test_what_was_known_before_changes_nothing(repo: Repository, tmp_path: Path, seed: int) -> None:
    """Commits, branches, merges and steps back, with a store that is kept on the way and one that is always new."""
    chance = random.Random(seed)
    store = Store(str(repo.root), b"key")
    repo.commit({"canonical.yaml": facts(0)})
    for step in range(1, 16):
        match chance.randrange(5):
            case 0 if step > 2:
                repo.run("checkout", "-q", "-B", f"b{step}", f"HEAD~{chance.randrange(2)}")
            case 1:
                other = chance.choice(repo.run("for-each-ref", "--format=%(objectname)").decode().split())
                repo.attempt("merge", "-q", "-s", chance.choice(["ours", "recursive"]), "-X", "ours", other, "-m", "m")
            case _:
                repo.commit({"canonical.yaml": facts(chance.randrange(9)), "a": str(step)})
        warm, cold = past(repo, store), past(repo)
        assert set(warm.versions) == set(cold.versions)
        assert warm.unknown == cold.unknown == ""
        assert past(repo, store) == warm


def test_where_it_ends_early_that_is_said(repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in range(5):
        repo.commit({"canonical.yaml": facts(value)})
    (repo.root / ".git/shallow").write_text(repo.id_of("HEAD~1") + "\n")
    assert past(repo) == Past((), "this is a shallow clone")
    (repo.root / ".git/shallow").unlink()
    monkeypatch.setattr(former, "_MOST", 3)
    found = past(repo)
    assert found.versions == (4, 3, 2)
    assert found.unknown == "it changed more than 3 times"


def test_a_version_that_is_not_in_this_clone_is_said(repo: Repository) -> None:
    repo.commit({"canonical.yaml": facts(1)})
    blob = repo.id_of("HEAD:canonical.yaml")
    repo.commit({"canonical.yaml": facts(2)})
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert past(repo).unknown


def test_what_other_files_said_is_told_by_path(repo: Repository) -> None:
    """As the guard reads it, the latest first; kept by what reads it, and by the commit."""
    store = Store(str(repo.root), b"key")
    for value in ("one", "two", "", "one", "three"):
        repo.commit({"VERSION": value, "canonical.yaml": facts(1), "other": f"{value}-"})
    read: list[bytes] = []

    def remember(path: str, points: tuple[str, ...], data: bytes) -> Json:
        read.append(data)
        return {points[0]: data.decode()} if data else {}

    told: list[Past] = []
    guard: Guard[Any] = GUARD.__class__(
        id="acme",
        summary="",
        rules=(),
        options=GUARD.options,
        section="facts",
        recalls=lambda section, past: told.append(past),
        remembers=Remembers(lambda section: {"VERSION": ("p",), "none": ("p",)}, remember),
    )
    for stamp in ("a", "a", "b"):
        found = former.recalled(CANONICAL, [(guard, stamp)], repo.git(), repo.id_of("HEAD"), store)
        assert found.remembered == ("canonical.yaml", "config/canonical.yaml", "VERSION", "none")
    assert told[0].files == {"VERSION": ({"p": "three"}, {"p": "one"}, {"p": "two"}), "none": ()}
    assert told[0] == told[1] == told[2]
    assert len(read) == 2 * 4, "once for each stamp"


def test_a_content_that_its_reader_chokes_on_counts_as_missing(repo: Repository) -> None:
    """Nobody has looked at what stood there for years; a run must not end by it."""
    for value in ("one", "two", "three"):
        repo.commit({"VERSION": value})

    def remember(path: str, points: tuple[str, ...], data: bytes) -> Json:
        if data == b"two":
            raise RecursionError
        return data.decode()

    told: list[Past] = []
    guard: Guard[Any] = GUARD.__class__(
        id="acme",
        summary="",
        rules=(),
        options=GUARD.options,
        section="facts",
        recalls=lambda section, past: told.append(past),
        remembers=Remembers(lambda section: {"VERSION": ("p",)}, remember),
    )
    former.recalled(CANONICAL, [(guard, "")], repo.git(), repo.id_of("HEAD"), None)
    assert told[0].files == {"VERSION": ("three", "one")}

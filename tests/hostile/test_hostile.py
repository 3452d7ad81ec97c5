"""Whatever is in a repository: every guard ends in time, with a code, whole reports, and nothing left behind.

Guards join by being in the table of built-in guards. By default all of them run together over everything; each alone,
the other views, and whatever is large, are for the slow run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guards._builtin import BUILTIN
from tests.cli.command import unnamed
from tests.hostile.contents import CONTENTS, LARGE
from tests.hostile.place import Place
from tests.hostile.trees import CANONICAL, LARGE_TREES, STRICT, TREES, NotHereError, lay_out, write

RUNS = ["all", *(pytest.param(guard_id, marks=pytest.mark.slow) for guard_id in BUILTIN)]
_WORST = {"nothing", "invalid-utf8", "utf16-little", "utf8-marked", "long-line", "deep-lists", "deep-toml", "code-tags",
          "dotted-key-bomb", "dotted-table-bomb", "alias-bomb", "merge-bomb", "controls", "duplicate-keys"}  # fmt: skip
_SETTINGS = {
    "settings": ("guard.toml",),
    "pyproject": ("pyproject.toml",),
    "canonical": ("canonical.yaml",),
    "schema": ("schemas/strict.schema.json",),
    "git": (".gitattributes", ".gitmodules", ".gitignore", ".mailmap", "sub/.gitattributes", "sub/.gitignore"),
}
"""Files that steer a run, or git."""
_UNTRACKED = {"sparse", "sparse-settings", "sparse-canonical", "repository-inside", "path-too-long"}
"""Trees that git itself cannot take in."""


def _made(new_place: Callable[..., Place], fill: Callable[[Path], None], **more: bool) -> Iterator[Place]:
    try:
        place = new_place(fill, **more)
    except NotHereError as error:
        pytest.skip(f"cannot be made here: {error}")
    yield place
    place.remove()


@pytest.fixture(scope="module", params=CONTENTS)
def content(request: pytest.FixtureRequest, new_place: Callable[..., Place]) -> Iterator[Place]:
    """A repository that holds a content as every kind of file."""
    name = request.param
    yield from _made(new_place, lambda root: lay_out(root, name, CONTENTS[name]()))


@pytest.fixture(scope="module", params=TREES)
def tree(request: pytest.FixtureRequest, new_place: Callable[..., Place]) -> Iterator[Place]:
    """A repository with something strange in it."""
    yield from _made(new_place, TREES[request.param], add=request.param not in _UNTRACKED)


def _check_views(place: Place) -> None:
    """The same bytes by another way: out of the index, out of a commit, and twice."""
    for arguments in (["all", "--staged"], ["all", "--rev=main"], ["all", "--since=main"], ["all", "--history"]):
        place.run(*arguments)
    first, second = place.run("all"), place.run("all")
    assert (second.code, unnamed(second.report)) == (first.code, unnamed(first.report))


@pytest.mark.parametrize("run", RUNS)
def test_every_guard_survives_every_content(content: Place, run: str) -> None:
    content.run(run)


@pytest.mark.slow
def test_every_view_survives_every_content(content: Place) -> None:
    _check_views(content)


@pytest.mark.parametrize("run", RUNS)
def test_every_guard_survives_every_tree(tree: Place, run: str) -> None:
    tree.run(run)


@pytest.mark.slow
def test_every_view_survives_every_tree(tree: Place) -> None:
    _check_views(tree)


@pytest.mark.parametrize("where", _SETTINGS)
@pytest.mark.parametrize(
    "name", [name if name in _WORST else pytest.param(name, marks=pytest.mark.slow) for name in CONTENTS]
)
def test_settings_may_be_anything(new_place: Callable[..., Place], name: str, where: str) -> None:
    def fill(root: Path) -> None:
        lay_out(root, "x", b'{"a": 1}\n')
        for path in _SETTINGS[where]:
            write(root, path, CONTENTS[name]())

    place = new_place(fill, add=where != "git")
    place.run("all")
    place.remove()


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("suffix", [".json", ".yaml", ".csv", ".jsonl", ".toml", ".py", ""])
def test_size_is_no_attack(new_place: Callable[..., Place], name: str, suffix: str) -> None:
    def fill(root: Path) -> None:
        write(root, "canonical.yaml", CANONICAL)
        write(root, "schemas/strict.schema.json", STRICT)
        write(root, f"data/x{suffix}", LARGE[name]())

    place = new_place(fill, add=False)
    place.run("all")
    place.remove()


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE_TREES)
def test_numbers_are_no_attack(new_place: Callable[..., Place], name: str) -> None:
    """A hundred thousand small files take longer than ten seconds on a slow machine: a minute must do."""
    place = new_place(LARGE_TREES[name], add=False)
    report = place.run("all", seconds=60).report
    for one in report["guards"]:
        assert one["ledger"]["enumerated"] == sum(1 for path in place.tree.glob("d*/*"))
    place.remove()

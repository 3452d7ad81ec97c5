"""Whatever is in a repository: every guard ends in time, with a code, whole reports, and nothing left behind.

Guards join by being in the table of built-in guards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from guards._builtin import BUILTIN
from tests.cli.command import unnamed
from tests.hostile.contents import CONTENTS, LARGE
from tests.hostile.place import Place
from tests.hostile.trees import LARGE_TREES, TREES, NotHereError, lay_out, write

RUNS = [*((guard_id,) for guard_id in BUILTIN), ("all",)]
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
    for arguments in (["all", "--staged"], ["all", "--rev=main"]):
        place.run(*arguments)
    first, second = place.run("all"), place.run("all")
    assert (second.code, unnamed(second.report)) == (first.code, unnamed(first.report))


@pytest.mark.parametrize("run", RUNS, ids="-".join)
def test_every_guard_survives_every_content(content: Place, run: tuple[str, ...]) -> None:
    content.run(*run)


def test_every_view_survives_every_content(content: Place) -> None:
    _check_views(content)


@pytest.mark.parametrize("run", RUNS, ids="-".join)
def test_every_guard_survives_every_tree(tree: Place, run: tuple[str, ...]) -> None:
    tree.run(*run)


def test_every_view_survives_every_tree(tree: Place) -> None:
    _check_views(tree)

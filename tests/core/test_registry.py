"""Installed is not enabled, and nothing of the scanned tree is loaded because the tree asks for it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from guards import _builtin
from guards._core import registry as registry_
from guards._core.errors import GuardError
from guards._core.model import Guard, Rule
from guards._core.registry import Registry

CODE = """\
import os
from dataclasses import dataclass
from guards import Guard, Rule

open({canary!r}, "w").close()


@dataclass(frozen=True)
class Options:
    pass


GUARD = Guard(id={id!r}, summary="S.", rules=(Rule({rule!r}, "X."),), options=Options)
BROKEN = 5
"""


class Shelf:
    """A folder on sys.path with made-up distributions, each of which leaves a canary when it is imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, points: dict[str, str], *, code: str | None = None, guard_id: str = "") -> Path:
        module = f"shelf_{name}"
        canary = self.folder / f"{name}.canary"
        guard_id = guard_id or next(iter(points))
        text = CODE.format(canary=str(canary), id=guard_id, rule=f"{guard_id}/x") if code is None else code
        (self.folder / f"{module}.py").write_text(text)
        info = self.folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{point} = {module}:{attribute}" for point, attribute in points.items()]
        (info / "entry_points.txt").write_text("[guards]\n" + "\n".join(lines) + "\n")
        sys.modules.pop(module, None)
        return canary


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    found = Shelf(tmp_path / "shelf")
    monkeypatch.syspath_prepend(str(found.folder))
    return found


def test_the_table_of_built_in_guards_is_sorted_and_each_loads() -> None:
    assert list(_builtin.BUILTIN) == sorted(_builtin.BUILTIN)
    assert {one for one in _builtin.BUILTIN if _builtin.load(one).needs_section} == _builtin.NEED_SECTION
    registry = Registry()
    assert registry.builtin() == tuple(_builtin.BUILTIN)
    for guard_id in registry.builtin():
        assert registry.load(guard_id).id == guard_id


def test_an_installed_guard_is_loaded_when_it_is_named_and_not_before(shelf: Shelf) -> None:
    canary = shelf.add("acme", {"acme.one": "GUARD"})
    other = shelf.add("other", {"other.one": "GUARD"})
    registry = Registry()
    assert {"acme.one", "other.one"} <= set(registry.known())
    assert not canary.exists()
    assert registry.load("acme.one").id == "acme.one"
    assert canary.exists()
    assert not other.exists()
    assert registry.load("acme.one") is registry.load("acme.one")


def test_an_unknown_guard_is_an_error_that_names_the_nearest(shelf: Shelf) -> None:
    with pytest.raises(GuardError, match=r"unknown guard 'shcema'; did you mean 'schema'\?"):
        Registry().load("shcema")
    with pytest.raises(GuardError) as caught:
        Registry().load("zzzzzzz")
    assert caught.value.message == "unknown guard 'zzzzzzz'"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('no luck')", "RuntimeError: no luck"), ("import does_not_exist", "ModuleNotFoundError"),
        ("def", "SyntaxError"), ("import sys; sys.exit(0)", "tried to end the program"),
        ("x = 1", "AttributeError"), ("GUARD = 5", "does not provide a Guard, but int"),
    ],
)  # fmt: skip
def test_a_broken_distribution_is_refused_by_name(shelf: Shelf, code: str, said: str) -> None:
    shelf.add("acme", {"acme.one": "GUARD"}, code=code)
    with pytest.raises(GuardError, match="distribution acme") as caught:
        Registry().load("acme.one")
    assert said in caught.value.message
    assert caught.value.code == 2


def test_a_guard_under_another_name_is_refused(shelf: Shelf) -> None:
    shelf.add("acme", {"acme.one": "GUARD"}, guard_id="acme.two")
    with pytest.raises(GuardError, match=r"registers 'acme\.one', but its guard is 'acme\.two'"):
        Registry().load("acme.one")


def test_two_distributions_of_one_guard_are_refused(shelf: Shelf) -> None:
    shelf.add("acme", {"both.one": "GUARD"})
    shelf.add("bcme", {"both.one": "GUARD"})
    with pytest.raises(GuardError, match=r"two distributions provide the guard 'both\.one': [ab]cme and [ab]cme"):
        Registry().known()


def test_nobody_takes_the_name_of_a_built_in_guard(shelf: Shelf) -> None:
    canary = shelf.add("acme", {"schema": "GUARD"})
    with pytest.raises(GuardError, match="two distributions provide the guard 'schema': guard-suite and acme"):
        Registry().known()
    assert Registry().load("schema").rules[0].id.startswith("schema/")
    assert not canary.exists()


def test_a_distribution_in_the_scanned_tree_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started with `python -m`, the current folder is on sys.path, with whatever metadata lie there."""
    shelf = Shelf(tmp_path / "tree")
    monkeypatch.syspath_prepend(str(shelf.folder))
    canary = shelf.add("acme", {"acme.one": "GUARD"})
    registry = Registry()
    registry.root = str(shelf.folder)
    with pytest.raises(GuardError, match="comes from the tree that is checked"):
        registry.load("acme.one")
    assert not canary.exists()
    trusting = Registry(trust_local=True)
    trusting.root = str(shelf.folder)
    assert trusting.load("acme.one").id == "acme.one"


def test_an_environment_inside_of_the_tree_is_where_python_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path / "tree" / ".venv" / "lib" / "site-packages")
    monkeypatch.syspath_prepend(str(shelf.folder))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "tree" / ".venv"))
    shelf.add("acme", {"acme.one": "GUARD"})
    registry = Registry()
    registry.root = str(tmp_path / "tree")
    assert registry.load("acme.one").id == "acme.one"


def test_a_local_guard_needs_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = tmp_path / "canary"
    (tmp_path / "my_local_guard.py").write_text(CODE.format(canary=str(canary), id="mine", rule="mine/x"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    registry = Registry()
    registry.root = str(tmp_path)
    with pytest.raises(GuardError, match="would run code of this repository") as caught:
        registry.load("my_local_guard:GUARD")
    assert "--trust-local-guards" in caught.value.hint
    assert not canary.exists()
    trusting = Registry(trust_local=True)
    trusting.root = str(tmp_path)
    assert trusting.load("my_local_guard:GUARD").id == "mine"
    for name, said in (("BROKEN", "but int"), ("MISSING", "AttributeError")):
        with pytest.raises(GuardError, match=said):
            trusting.load(f"my_local_guard:{name}")
    sys.modules.pop("my_local_guard")


def test_the_tree_stands_in_for_no_installed_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError('from the tree')\n")
    monkeypatch.setattr(sys, "path", list(sys.path))
    registry = Registry(trust_local=True)
    registry.root = str(tmp_path)
    with pytest.raises(GuardError, match="does not provide a Guard, but function"):
        registry.load("json:loads")


def test_a_guard_that_the_caller_brings_needs_no_installation() -> None:
    @dataclass(frozen=True)
    class Options:
        pass

    mine = Guard(id="mine", summary="S.", rules=(Rule("mine/x", "X."),), options=Options)
    registry = Registry(given=[mine])
    assert registry.load("mine") is mine
    assert "mine" in registry.builtin()
    assert registry_.GROUP == "guards"

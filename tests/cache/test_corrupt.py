"""The cache is not believed: whatever stands in the run store, a run says what a cold run says."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from guards._core import seal
from guards._core.store import Store
from tests.cache.running import Installation, Result, Scene

_SEED = 20_260_101
_KEY = b"k" * 32
_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


@pytest.fixture
def remembered(scene: Scene) -> Scene:
    """A scene with an error in it, whose state is recorded."""
    scene.repo.write("a.txt", "BAD\n")
    scene.settle()
    assert scene.run().code == 1
    assert scene.records()
    assert scene.records("facts-")
    return scene


def _records(scene: Scene) -> list[Path]:
    return sorted(path for path in scene.cache.iterdir() if path.name.startswith(("same-", "facts-")))


def _key(scene: Scene) -> bytes:
    return (scene.home / ".local/state/guard/key").read_bytes()


# --- One record ---------------------------------------------------------------------------------------------------


def test_no_flipped_bit_and_no_cut_is_taken_for_a_record(tmp_path: Path) -> None:
    """500 damaged bytes, and 64 places at which a record ends too early."""
    store = Store(str(tmp_path), _KEY)
    chance = random.Random(_SEED)
    data = chance.randbytes(4_000)
    assert store.save("facts-x", data)
    path = tmp_path / ".guard/cache/facts-x"
    record = path.read_bytes()
    for _ in range(500):
        at = chance.randrange(len(record))
        path.write_bytes(record[:at] + bytes([record[at] ^ (1 << chance.randrange(8))]) + record[at + 1 :])
        assert store.load("facts-x") is None
    for end in [0, 1, 15, 16, 17, *(chance.randrange(len(record)) for _ in range(59))]:
        path.write_bytes(record[:end])
        assert store.load("facts-x") is None
    path.write_bytes(record)
    assert store.load("facts-x") == data


def test_a_record_counts_only_under_its_own_name_and_key(tmp_path: Path) -> None:
    store = Store(str(tmp_path), _KEY)
    store.save("same-a", b"green")
    shutil.copy(tmp_path / ".guard/cache/same-a", tmp_path / ".guard/cache/same-b")
    assert store.load("same-a") == b"green"
    assert store.load("same-b") is None
    assert Store(str(tmp_path), b"o" * 32).load("same-a") is None


def test_name_and_data_cannot_be_moved_against_each_other() -> None:
    """The seal of `ab` over `c` is not that of `a` over `bc`."""
    assert seal.mac(_KEY, "ab", b"c") != seal.mac(_KEY, "a", b"bc")


# --- The whole store ----------------------------------------------------------------------------------------------

Damage = Callable[[Scene], None]
_DAMAGES: dict[str, Damage] = {}


def _damage(function: Damage) -> Damage:
    _DAMAGES[function.__name__.replace("_", "-").strip("-")] = function
    return function


@_damage
def flipped(scene: Scene) -> None:
    for path in _records(scene):
        record = bytearray(path.read_bytes())
        record[len(record) // 2] ^= 1
        path.write_bytes(record)


@_damage
def cut(scene: Scene) -> None:
    for path in _records(scene):
        path.write_bytes(path.read_bytes()[:-1])


@_damage
def emptied(scene: Scene) -> None:
    for path in _records(scene):
        path.write_bytes(b"")


@_damage
def swapped(scene: Scene) -> None:
    one, other = _records(scene)[0], _records(scene)[-1]
    one_bytes = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(one_bytes)


@_damage
def forged_green(scene: Scene) -> None:
    """The very record, with exit code 0, sealed with a key that is not ours."""
    for path in _records(scene):
        data = path.read_bytes()[seal.SIZE :].replace(b"\x01\x00\x00\x001", b"\x01\x00\x00\x000")
        path.write_bytes(seal.mac(_KEY, path.name, data) + data)


@_damage
def sealed_nonsense(scene: Scene) -> None:
    """Our own seal over something else: as another version of us would write it."""
    for path in _records(scene):
        if path.name.startswith("same-"):
            path.write_bytes(seal.mac(_key(scene), path.name, b"\x03\0\0\0abc") + b"\x03\0\0\0abc")


@_damage
def sealed_nothing(scene: Scene) -> None:
    for path in _records(scene):
        path.write_bytes(seal.mac(_key(scene), path.name, b""))


@_damage
def records_are_folders(scene: Scene) -> None:
    for path in _records(scene):
        path.unlink()
        path.mkdir()
        (path / "inner").touch()


@_damage
def records_are_fifos(scene: Scene) -> None:
    for path in _records(scene):
        path.unlink()
        os.mkfifo(path)


@_damage
def records_are_links_to_records(scene: Scene) -> None:
    for path in _records(scene):
        path.rename(scene.folder / path.name)
        path.symlink_to(scene.folder / path.name)


@_damage
def records_are_endless(scene: Scene) -> None:
    """Sparse files of 64 GiB: to read one is to run out of memory."""
    for path in _records(scene):
        os.truncate(path, 64 << 30)


@_damage
def store_is_a_link(scene: Scene) -> None:
    (scene.root / ".guard").rename(scene.folder / "elsewhere")
    (scene.root / ".guard").symlink_to(scene.folder / "elsewhere")
    (scene.folder / "elsewhere" / "witness").write_text("untouched")


@_damage
def cache_is_a_link(scene: Scene) -> None:
    scene.cache.rename(scene.folder / "elsewhere")
    scene.cache.symlink_to(scene.folder / "elsewhere")


@_damage
def store_is_a_file(scene: Scene) -> None:
    shutil.rmtree(scene.root / ".guard")
    (scene.root / ".guard").write_text("no folder")


@_damage
def store_is_a_fifo(scene: Scene) -> None:
    shutil.rmtree(scene.root / ".guard")
    os.mkfifo(scene.root / ".guard")


@_damage
def gitignore_is_gone(scene: Scene) -> None:
    (scene.root / ".guard/.gitignore").unlink()


@_damage
def gitignore_is_a_link(scene: Scene) -> None:
    (scene.root / ".guard/.gitignore").unlink()
    (scene.root / ".guard/.gitignore").symlink_to(scene.folder / "written-through")


@pytest.mark.parametrize("name", list(_DAMAGES))
def test_a_damaged_store_is_a_cold_run(name: str, remembered: Scene) -> None:
    cold = remembered.cold()
    _DAMAGES[name](remembered)
    for _ in range(3):
        assert remembered.run().said == cold.said
    assert not (remembered.folder / "written-through").exists()


def test_a_damaged_record_is_replaced_by_a_good_one(remembered: Scene) -> None:
    flipped(remembered)
    before = remembered.records()
    remembered.run()
    after = remembered.records()
    assert after.keys() == before.keys()
    assert after != before
    remembered.run()
    assert remembered.records() == after


def test_a_link_in_place_of_the_store_is_never_written_through(remembered: Scene) -> None:
    store_is_a_link(remembered)
    before = {path: path.stat().st_mtime_ns for path in (remembered.folder / "elsewhere").rglob("*")}
    remembered.repo.write("a.txt", "changed\n")
    assert remembered.run().said == remembered.cold().said
    assert {path: path.stat().st_mtime_ns for path in (remembered.folder / "elsewhere").rglob("*")} == before


@_root_only
@pytest.mark.parametrize("which", [".guard", ".guard/cache"])
def test_a_store_of_somebody_else_is_neither_read_nor_written(which: str, remembered: Scene) -> None:
    cold = remembered.cold()
    os.chown(remembered.root / which, 12345, 12345)
    before = remembered.records("")
    assert remembered.run().said == cold.said
    remembered.repo.write("a.txt", "fine\n")
    assert remembered.run().said == remembered.cold().said
    assert remembered.records("") == before


@_root_only
def test_a_key_of_somebody_else_is_not_used(remembered: Scene) -> None:
    cold = remembered.cold()
    os.chown(remembered.home / ".local/state/guard/key", 12345, 12345)
    before = remembered.records("")
    assert remembered.run().said == cold.said
    assert remembered.records("") == before


def test_records_of_another_repository_or_user_tell_nothing(
    remembered: Scene, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Everything from a green repository of another user, under the names that this one looks for."""
    other = Scene(installation, tmp_path_factory.mktemp("other"))
    other.fill()
    other.settle()
    assert other.run().code == 0
    cold = remembered.cold()
    for path in _records(remembered):
        prefix = path.name.partition("-")[0]
        shutil.copy(next(one for one in _records(other) if one.name.startswith(prefix)), path)
    assert remembered.run().said == cold.said
    remembered.home = other.home
    for one in _records(other):
        shutil.copy(one, remembered.cache / one.name)
    assert remembered.run().said == cold.said


def _problems(result: Result) -> set[tuple[str, str]]:
    return {(problem["path"], problem["kind"]) for problem in result.report["problems"]}


def test_a_tracked_store_is_a_problem_and_tells_nothing(remembered: Scene) -> None:
    """An attacker commits the very records; the state is red and stays red, with a word about each path."""
    remembered.repo.run("add", "-f", ".guard")
    tracked = os.fsdecode(remembered.repo.run("ls-files", ".guard")).split()
    for _ in range(3):
        result = remembered.run()
        assert result.code >= 2
        assert {(path, "config") for path in tracked} <= _problems(result)
        assert result.said == remembered.cold().said


@pytest.mark.slow
def test_no_flip_and_no_cut_of_a_stored_record_changes_a_report(remembered: Scene) -> None:
    """The same 500 and 64 as above, through the command."""
    cold = remembered.cold()
    chance = random.Random(_SEED)
    for number in range(564):
        path = chance.choice([one for one in _records(remembered) if one.stat().st_size])  # a cut may leave nothing
        record = bytearray(path.read_bytes())
        at = chance.randrange(len(record))
        if number < 500:
            record[at] ^= 1 << chance.randrange(8)
        path.write_bytes(record if number < 500 else record[:at])
        assert remembered.run().said == cold.said, f"{path.name} at {at}"

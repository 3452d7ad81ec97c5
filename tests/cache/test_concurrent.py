"""Many runs at once over one store, and runs that are killed in the middle: nothing that was visible is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guards._core import store as store_
from guards._core.store import Store
from tests.cache.running import Result, Scene

_SEED = 7


def _together(scene: Scene, count: int) -> list[Result]:
    """So many runs that begin at the same time, each a process of its own."""
    env = scene.installation.environment(scene.home, scene.env)
    running = [
        subprocess.Popen(
            scene.installation.argv(*scene.args),
            cwd=scene.cwd,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(count)
    ]
    results = []
    for process in running:
        out, err = process.communicate(timeout=120)
        results.append(Result(process.returncode, os.fsdecode(out), os.fsdecode(err)))
    return results


@pytest.mark.parametrize(
    "count", [2, pytest.param(8, marks=pytest.mark.slow), pytest.param(16, marks=pytest.mark.slow)]
)
def test_runs_at_the_same_time_say_the_same(count: int, scene: Scene) -> None:
    """Cold, where all of them make the key and the store; warm; and after a change."""
    scene.repo.write("a.txt", "BAD\n")
    for content in ("one\n", "one\n", "BAD too\n"):
        scene.repo.write("sub/b.txt", content)
        cold = scene.cold()
        for result in _together(scene, count):
            assert not result.err
            assert result.said == cold.said
    assert not _unfinished(scene.cache)
    assert [path.name for path in (scene.home / ".local/state/guard").iterdir()] == ["key"]


def _unfinished(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".writing-")] if folder.is_dir() else []


def _delays(count: int, longest: float) -> Iterator[float]:
    chance = random.Random(_SEED)
    yield from (chance.uniform(0, longest) for _ in range(count))


@pytest.mark.parametrize("count", [6, pytest.param(60, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_leaves_nothing_that_misleads_the_next(count: int, scene: Scene) -> None:
    """Killed anywhere between its start and the time that a whole run takes."""
    scene.repo.write("a.txt", "BAD\n")
    began = time.monotonic()
    scene.run(own_process=True)
    longest = (time.monotonic() - began) * 1.2
    env = scene.installation.environment(scene.home, scene.env)
    for number, delay in enumerate(_delays(count, longest)):
        (scene.root / "sub/b.txt").write_text(f"{number}\n")
        process = subprocess.Popen(
            scene.installation.argv(*scene.args),
            cwd=scene.cwd,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        warm = scene.run()
        assert warm.said == scene.cold().said, f"after a kill at {delay:.3f} s"
        assert not json.loads(warm.out)["problems"]
    Store(str(scene.root), b"k" * 32)._sweep_now_and_then()
    assert len(_unfinished(scene.cache)) <= count


# --- Sweeping -----------------------------------------------------------------------------------------------------


def _old(path: Path, seconds: float) -> None:
    path.write_bytes(b"x")
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_killed_writers_left_and_what_nobody_used_goes_with_a_later_write(tmp_path: Path) -> None:
    """No command has to be called for it: the first write of a day sweeps."""
    store = Store(str(tmp_path), b"k" * 32)
    store.save("facts-new", b"1")
    folder = tmp_path / ".guard/cache"
    _old(folder / ".writing-dead", 2 * 3600)
    _old(folder / ".writing-alive", 60)
    _old(folder / "facts-unused", 31 * 86400)
    _old(folder / "facts-used", 29 * 86400)
    _old(folder / "facts-from-the-future", -10 * 86400)
    store.save("facts-new", b"2")
    assert (folder / ".writing-dead").exists(), "swept at most once a day"
    _old(folder / store_._SWEPT, 2 * 86400)
    store.save("facts-new", b"3")
    assert {path.name for path in folder.iterdir()} == {"facts-new", "facts-used", ".writing-alive", store_._SWEPT}
    assert store.load("facts-new") == b"3"


def test_a_clock_that_was_set_back_does_not_stop_the_sweeping(tmp_path: Path) -> None:
    store = Store(str(tmp_path), b"k" * 32)
    store.save("a", b"1")
    folder = tmp_path / ".guard/cache"
    _old(folder / ".writing-dead", 2 * 3600)
    _old(folder / store_._SWEPT, -400 * 86400)
    store.save("a", b"2")
    assert not (folder / ".writing-dead").exists()


def test_size_and_clear_count_records_only(tmp_path: Path) -> None:
    store = Store(str(tmp_path), b"k" * 32)
    store.save("a", b"1")
    store.save("b", b"22")
    assert store.size() == (2, 2 * 16 + 3)
    assert store.clear() == 2
    assert store.size() == (0, 0)

"""A run that takes up where the last one ended looks at what differs only, and says what a run from nothing says."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cache.running import Result, Scene

_EVERYBODY = 'enable = ["acme.watch"]\n'
_CANONICAL = 'guard: 1\nschemas:\n  "data/*.json": schemas/s.json\n'
_CONFLICT = "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n"
_PATHS = (
    *("a.txt", "sub/b.txt", "sub/deep/c.py", "A.txt", "data/one.json", "data/two.json", "schemas/s.json", "notes.orig"),
    *(
        "link",
        "sub/link",
        "with space.txt",
        "-dash",
        "nön-ascii",
        ".gitattributes",
        "sub/.gitattributes",
        "pkg.egg-info/PKG",
    ),
    *("x.log", ".gitignore", "canonical.yaml", "guard.toml", ".gitmodules", "id_rsa"),
)
_CONTENTS = (
    *("one\n", "BAD\n", _CONFLICT, "x\r\ny\r\n", '{"n": 1}\n', '{"n": "1"}\n', '{"n": 1, "n": 2}\n', "*.txt text\n"),
    *("* -text\n", "*.log\n", _CANONICAL, _EVERYBODY, f"{_EVERYBODY}[acme.watch]\nword = 'other'\n", "not: [closed\n"),
    *('{"properties": {"n": {"type": "integer"}}}\n', "-----BEGIN " + "OPENSSH PRIVATE KEY-----\nx\n", "", "\0\1\2"),
)


@pytest.fixture
def wide(scene: Scene) -> Scene:
    """A scene with every guard in it, and many files that stay as they are."""
    files = {f"many/{number}.txt": f"{number}\n" for number in range(30)}
    scene.repo.commit({"guard.toml": _EVERYBODY, "canonical.yaml": _CANONICAL, "data/one.json": '{"n": 1}\n', **files})
    return scene


# --- what is looked at --------------------------------------------------------------------------------------------


def test_only_what_differs_is_looked_at(wide: Scene) -> None:
    """Edited, staged, committed, put back, added, removed: each is one file, and the rest is taken as it was."""
    wide.settle()
    assert _checked(wide) > 30
    wide.repo.write("many/3.txt", "other\n")
    assert _checked(wide) == 1
    wide.repo.run("add", "many/3.txt")
    assert _checked(wide) <= 1, "its bytes are the same, only git's word for it is new"
    wide.repo.run("commit", "-qm", "x")
    wide.repo.write("many/4.txt", "other\n")
    assert _checked(wide) == 1
    wide.repo.run("checkout", "-q", "many/4.txt")
    assert _checked(wide) == 1
    wide.repo.write("untracked.txt", "other\n")
    wide.repo.write("new.txt", "new\n")
    assert _checked(wide) == 2
    (wide.root / "new.txt").unlink()
    (wide.root / "many/5.txt").unlink()
    assert _checked(wide) == 0


def _checked(scene: Scene) -> int:
    """How many files the guard that wants all of them looked at in a run that is as good as one from nothing."""
    warm = scene.run()
    assert warm.said == scene.cold().said
    scene.settle()
    ledger = next(guard["ledger"] for guard in warm.report["guards"] if guard["id"] == "acme.watch")
    assert isinstance(ledger["checked"], int)
    return ledger["checked"]


@pytest.mark.parametrize(
    ("path", "content"),
    [("schemas/s.json", '{"title": "x"}\n'), ("guard.toml", _EVERYBODY + "max-file-size = 2000\n")],
    ids=["document", "settings"],
)
def test_everything_is_looked_at_where_everything_may_be_something_else(wide: Scene, path: str, content: str) -> None:
    wide.settle()
    wide.run()
    wide.repo.write(path, content)
    assert _checked(wide) > 30


def test_git_is_asked_each_question_once(wide: Scene, tmp_path: Path) -> None:
    """What the start of the command asked, before it was known that something changed, the run does not ask again."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("needs strace")
    wide.repo.commit({"guard.toml": ""})
    wide.settle()
    wide.run(own_process=True)
    wide.settle()
    wide.repo.write("many/3.txt", "other\n")
    trace = tmp_path / "trace"
    env = wide.installation.environment(wide.home)
    command = [strace, "-f", "-e", "trace=execve", "-o", str(trace), *wide.installation.argv(*wide.args)]
    subprocess.run(command, cwd=wide.cwd, env=env, check=False, capture_output=True, timeout=60)
    done = (" = 0", "<unfinished ...>")  # strace tells of the end elsewhere where another process came between
    asked = [line for line in trace.read_text().splitlines() if "execve(" in line and line.endswith(done)]
    assert sum('"diff-files"' in line for line in asked) == 1
    assert sum('"-o"' in line for line in asked) == 1
    assert not any('"ls-files", "-s"' in line for line in asked), "the index is the same: nobody has to list it"


# --- whatever happens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_a_walk_of_changes_never_leaves_the_truth(wide: Scene, seed: int) -> None:
    """After every step, what is remembered and what is found out from nothing are the same report."""
    _walk(wide, seed, steps=12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
def test_a_long_walk_of_changes_never_leaves_the_truth(wide: Scene, seed: int) -> None:
    _walk(wide, seed, steps=40)


def _walk(scene: Scene, seed: int, *, steps: int) -> None:
    chance = random.Random(seed)
    story: list[tuple[str, ...]] = []
    scene.args = [*scene.args, *(["--tracked"] if seed % 3 == 0 else [])]
    for _ in range(steps):
        story.extend(_step(scene, chance) for _ in range(chance.randint(1, 3)))
        if chance.random() < 0.7:
            scene.settle()
        warm, cold = scene.run(), scene.cold()
        assert warm.said == cold.said, (_only_in(warm, cold), _only_in(cold, warm), story)
        if chance.random() < 0.2:
            assert scene.run().said == cold.said, story


def _only_in(one: Result, other: Result) -> list[str]:
    """What one report says and the other does not, in short."""
    said = [
        [f"{finding['path']}: {finding['message']}" for finding in result.report["findings"]]
        + [f"{guard['id']} {guard['ledger']}" for guard in result.report["guards"]]
        for result in (one, other)
    ]
    return [line for line in said[0] if line not in said[1]]


def _step(scene: Scene, chance: random.Random) -> tuple[str, ...]:
    """One thing that people, editors and git do; what it was."""
    step = chance.choice(_STEPS)
    path = chance.choice(_PATHS)
    return (step.__name__, path, *(step(scene, path, chance) or ()))


def _write(scene: Scene, path: str, chance: random.Random) -> Iterator[str] | tuple[str, ...]:
    content = chance.choice(_CONTENTS)
    target = scene.root / path
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    if target.is_symlink():
        target.unlink()
    scene.repo.write(path, content)
    return (content,)


def _remove(scene: Scene, path: str, chance: random.Random) -> None:
    target = scene.root / path
    if target.is_symlink() or target.is_file():
        target.unlink()


def _link(scene: Scene, path: str, chance: random.Random) -> tuple[str, ...] | None:
    target = chance.choice(["a.txt", "../a.txt", "nowhere", "many"])
    _remove(scene, path, chance)
    if (scene.root / path).is_dir():
        return None
    scene.repo.link(path, target)
    return (target,)


def _chmod(scene: Scene, path: str, chance: random.Random) -> None:
    if (scene.root / path).is_file() and not (scene.root / path).is_symlink():
        (scene.root / path).chmod(chance.choice([0o644, 0o755]))


def _git(*arguments: str) -> Callable[[Scene, str, random.Random], None]:
    def step(scene: Scene, path: str, chance: random.Random) -> None:
        scene.repo.attempt(*(argument.replace("PATH", path) for argument in arguments))

    step.__name__ = " ".join(arguments)
    return step


_STEPS: tuple[Callable[[Scene, str, random.Random], Any], ...] = (
    *(_write, _write, _write, _write, _remove, _link, _chmod),
    _git("add", "-A"),
    _git("add", "--", "PATH"),
    _git("add", "-N", "--", "PATH"),
    _git("commit", "-qam", "x"),
    _git("commit", "-qm", "y"),
    _git("rm", "-q", "--cached", "--", "PATH"),
    _git("checkout", "-q", "--", "PATH"),
    _git("checkout", "-q", "."),
    _git("stash", "-q", "-u"),
    _git("stash", "pop", "-q"),
    _git("checkout", "-q", "-B", "other", "HEAD~1"),
    _git("checkout", "-q", "main"),
    _git("merge", "-q", "--no-edit", "other"),
    _git("reset", "-q", "--hard"),
    _git("reset", "-q"),
    _git("status"),
    _git("update-index", "--assume-unchanged", "PATH"),
    _git("update-index", "--no-assume-unchanged", "PATH"),
    _git("update-index", "--skip-worktree", "PATH"),
    _git("mv", "-k", "PATH", "moved"),
)

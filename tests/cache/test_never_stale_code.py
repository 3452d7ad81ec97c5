"""What a report rests on beside the repository: our code, other people's guards, what is installed; and the moment.

Each test has an installation of its own to edit, and each run a process of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cache.running import CONFIG, Installation, Result, Scene


@pytest.fixture
def own(tmp_path: Path) -> Scene:
    """A scene with an installation that nobody else uses."""
    made = Scene(Installation(tmp_path / "installation"), tmp_path)
    made.fill()
    made.settle()
    return made


def _run(scene: Scene, *more: str) -> Result:
    return scene.run(*more, own_process=True)


def _remembered(scene: Scene) -> Result:
    """Run until the record has answered once."""
    first = _run(scene)
    written = scene.records()
    assert written
    assert _run(scene).said == first.said
    assert scene.records() == written
    return first


def _replace_keeping_times(path: Path, old: str, new: str) -> None:
    """An edit that leaves size and mtime as they were."""
    assert len(old) == len(new)
    before = path.stat()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _edit_our_code(scene: Scene) -> None:
    path = scene.installation.package / "_core" / "report.py"
    path.write_text(path.read_text() + "\n")


def _edit_our_code_unseen(scene: Scene) -> None:
    _replace_keeping_times(scene.installation.package / "__init__.py", '__version__ = "0', '__version__ = "9')


def _edit_their_code_unseen(scene: Scene) -> None:
    _replace_keeping_times(scene.installation.watch / "__init__.py", "says BAD", "says bad")


def _edit_their_data(scene: Scene) -> None:
    (scene.installation.watch / "words.txt").write_text("other")


def _add_a_distribution(scene: Scene) -> None:
    scene.installation.distribution("beside", "1.0")


CODE: dict[str, tuple[Callable[[Scene], None], bool]] = {
    "our code": (_edit_our_code, False),
    "our code, unseen": (_edit_our_code_unseen, True),
    "their code, unseen": (_edit_their_code_unseen, True),
    "their data": (_edit_their_data, True),
    "a distribution": (_add_a_distribution, False),
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if CODE[name][1] else pytest.mark.slow) for name in CODE])
def test_other_code_is_another_report(name: str, own: Scene) -> None:
    """No record answers any more, and what is known of blobs is what this code would find."""
    attack, shows = CODE[name]
    own.repo.write("a.txt", "BAD\n")
    own.settle()
    before, written = _remembered(own), own.records()
    attack(own)
    warm, cold = _run(own), _run(own, "--no-cache")
    assert warm.said == cold.said
    assert own.records() != written
    assert (cold.said != before.said) == shows


def test_a_guard_in_a_namespace_package_is_read_as_every_other(own: Scene) -> None:
    """Such a package has no file of its own: what it consists of is found by its folders."""
    folder = own.installation.site / "acme" / "watch"
    folder.mkdir(parents=True)
    shutil.move(own.installation.watch / "__init__.py", folder / "code.py")
    shutil.move(own.installation.watch / "words.txt", folder)
    shutil.rmtree(own.installation.site / "acme_watch-1.0.dist-info")
    own.installation.distribution("acme", "1.0", "[guards]\nacme.watch = acme.watch.code:GUARD\n")
    own.repo.write("a.txt", "BAD\n")
    own.settle()
    _remembered(own)
    _replace_keeping_times(folder / "code.py", "says BAD", "says bad")
    cold = _run(own, "--no-cache")
    assert "says bad" in cold.out
    assert _run(own).said == cold.said


def test_a_dangling_link_in_the_package_stops_nothing(own: Scene) -> None:
    """Editors leave such locks beside the file that is being edited."""
    (own.installation.package / ".#model.py").symlink_to("someone@somewhere.123")
    assert _remembered(own).code == 0


# --- While a run is under way -------------------------------------------------------------------------------------

_MEANWHILE = """

import pathlib as _pathlib, subprocess as _subprocess

_once = _pathlib.Path({once!r})
_plain_scan = scan


def _busy_scan(source):
    if _once.exists():
        _once.unlink()
        _subprocess.run(["sh", "-c", {command!r}], cwd={root!r}, check=True, capture_output=True)
    yield from _plain_scan(source)


from msgspec import structs as _structs

GUARD = _structs.replace(GUARD, scan=_busy_scan)
"""

MEANWHILE = {
    "settings change": 'printf \'[levels]\\n"acme.watch/entry" = "error"\\n\' >> guard.toml',
    "something is staged": "git add -f ignored.log",
    "a commit is made": "git -c user.name=A -c user.email=a@example.org commit -q --allow-empty -m more",
    "an untracked file changes": "printf BAD > untracked.txt",
    "an untracked file changes back": "printf BAD > untracked.txt; sleep 0.2; printf 'loose\\n' > untracked.txt",
    "a tracked file changes": "printf BAD > a.txt",
    "a tracked file changes back": "cp -p a.txt ../kept; printf BAD > a.txt; sleep 0.2; cp -p ../kept a.txt",
}


_QUICK = {"settings change", "an untracked file changes back"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in _QUICK else pytest.mark.slow) for n in MEANWHILE])
def test_what_changes_during_a_run_is_not_recorded_as_seen(name: str, own: Scene) -> None:
    """Some other program works in the repository while the run looks at it."""
    once = own.folder / "once"
    source = own.installation.watch / "__init__.py"
    code = _MEANWHILE.format(once=str(once), command=MEANWHILE[name], root=str(own.root))
    source.write_text(source.read_text() + code)
    own.settle()
    once.touch()
    _run(own)
    assert not once.exists()
    cold = _run(own, "--no-cache")
    for _ in range(2):
        assert _run(own).said == cold.said


def test_the_settings_of_these_tests_are_what_they_seem(own: Scene) -> None:
    """The third-party guard runs, and alone."""
    assert CONFIG in (own.root / "guard.toml").read_text()
    assert [guard["id"] for guard in _run(own).report["guards"]] == ["acme.watch"]

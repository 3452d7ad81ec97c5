"""No record outlives the last day of a waiver, nor a change of what is accepted: the clock is put forward and back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from guards._core.baseline import FILE, Line, written
from guards._core.fingerprint import digest
from tests.cache.running import Installation, Scene
from tests.conftest import Repository

_SHIFTED = """
import os, sys, time
_now = time.time_ns
time.time_ns = lambda: _now() + int(os.environ["TEST_DAYS"]) * 86_400 * 10**9
{refuse}
from guards._front import main
sys.exit(main())
"""
"""The command on another day."""
_REFUSE = """
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("guards._cli"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
"""
TODAY = 0
YEARS = 80 * 366


class Days:
    """A repository, looked at on several days."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self._installation = installation
        self._home = folder / "home"
        self._home.mkdir()
        self._scripts = folder
        self.repo = Repository(folder / "repo")
        (folder / "any.py").write_text(_SHIFTED.format(refuse=""))
        (folder / "short.py").write_text(_SHIFTED.format(refuse=_REFUSE))

    def run(self, day: int, *arguments: str, short: bool = False) -> tuple[int, str]:
        """Run on a day; exit code and output."""
        argv = self._installation.argv(*arguments)
        argv[2] = str(self._scripts / ("short.py" if short else "any.py"))
        env = self._installation.environment(self._home, {"TEST_DAYS": str(day)})
        done = subprocess.run(argv, cwd=self.repo.root, env=env, capture_output=True, check=False, text=True)
        return done.returncode, done.stdout

    def is_short(self, day: int, *arguments: str) -> bool:
        """Whether a run is answered from a record."""
        return self.run(day, *arguments, short=True)[0] != 5


@pytest.fixture
def days(installation: Installation, tmp_path: Path) -> Days:
    return Days(installation, tmp_path)


def _until(days: int) -> str:
    import datetime

    return str((datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)).date())


IN_SETTINGS = '[[waiver]]\nrule = "schema/parse"\nreason = "soon"\nuntil = {until}\n'
IN_A_COMMENT = "# guard: allow[schema/parse] soon until={until}\n"


@pytest.mark.parametrize("where", ["settings", "comment"])
@pytest.mark.parametrize("view", [(), ("--staged",), ("--rev", "HEAD")])
def test_an_answer_ends_with_the_waiver(days: Days, where: str, view: tuple[str, ...]) -> None:
    """Kept on its first days, and on its last; looked at anew after that, and on every day before it was kept."""
    until = _until(10)
    repo = days.repo
    repo.commit({"a.txt": "x\n", "guard.toml": IN_SETTINGS.format(until=until) if where == "settings" else ""})
    repo.write("broken.yaml", (IN_A_COMMENT.format(until=until) if where == "comment" else "") + "a: ]\n")
    repo.stage()
    if view == ("--rev", "HEAD"):
        repo.commit()
    arguments = ("all", *view, "--format", "json")
    for _ in range(2):
        code, out = days.run(1, *arguments)
        assert (code, json.loads(out)["summary"]["waived"]) == (0, 1)
    assert [days.is_short(day, *arguments) for day in (1, 9, 10, 11, 12, YEARS)] == [True] * 3 + [False] * 3
    for day in (11, YEARS, 11):
        code, out = days.run(day, *arguments)
        assert code == 3
        assert {one["rule"] for one in json.loads(out)["findings"]} >= {"schema/parse", "policy/expired-waiver"}
    # The last record says that it is over; a clock that goes back must not read that.
    assert days.is_short(11, *arguments)
    assert not days.is_short(10, *arguments)
    assert days.run(10, *arguments)[0] == 0


def test_an_answer_without_dates_has_no_end(days: Days) -> None:
    days.repo.commit({"a.txt": "x\n", "guard.toml": '[[waiver]]\nrule = "schema/parse"\nreason = "x"\n'})
    days.run(1, "all")
    days.run(1, "all")
    assert days.is_short(YEARS, "all")


def test_edits_that_change_nothing_do_not_prolong_a_waiver(days: Days) -> None:
    """Neither does the short way of ordinary edits."""
    repo = days.repo
    repo.commit({"a.py": "x = 1\n", "broken.json": "{\n", "guard.toml": IN_SETTINGS.format(until=_until(10))})
    for _ in range(3):
        assert days.run(1, "all")[0] == 0
    repo.write("a.py", "x = 2\n")
    assert [days.is_short(day, "all") for day in (10, 11)] == [True, False]
    assert days.run(11, "all")[0] == 3


def test_what_a_commit_learned_does_not_prolong_a_waiver(days: Days) -> None:
    """A hook that answers for ordinary changes does so as long as all waivers mean what they meant."""
    repo = days.repo
    repo.commit({"a.py": "x = 1\n", "broken.json": "{\n", "guard.toml": IN_SETTINGS.format(until=_until(10))})
    for text in ("x = 2\n", "x = 3\n"):
        repo.write("a.py", text)
        repo.stage()
        assert days.run(1, "all", "--hook")[0] == 0
    repo.write("a.py", "x = 4\n")
    repo.stage()
    assert [days.is_short(day, "all", "--hook") for day in (10, 11)] == [True, False]


@pytest.mark.parametrize("view", [(), ("--staged",), ("--tracked",)])
def test_a_change_of_what_is_accepted_is_seen(scene: Scene, view: tuple[str, ...]) -> None:
    """After any number of equal runs, in every view: the same as a run that knows nothing."""
    scene.args = ["all", *view, "--format", "json"]
    scene.repo.write("guard.toml", "")
    scene.repo.write("broken.json", "{\n")
    scene.repo.stage()
    line = Line(digest("schema/parse", "broken.json", "x", "1"), "schema/parse", "broken.json")
    for content in (None, written([line]), b"not a baseline\n", written([]), None):
        if content is None:
            (scene.root / FILE).unlink(missing_ok=True)
        else:
            scene.repo.write(FILE, content)
        scene.repo.stage()
        for _ in range(3):
            scene.settle()
            assert scene.run().said == scene.cold().said


@pytest.mark.parametrize("args", [["all"], ["all", "--staged"]])
def test_taking_a_comment_away_is_no_ordinary_edit(scene: Scene, args: list[str]) -> None:
    """Less text with less in it, and yet something comes back."""
    scene.args = args
    scene.repo.commit({"guard.toml": 'fail-level = "note"\n[levels]\n"policy/unused-waiver" = "off"\n'})
    name, code = "x" * 40, "password = '8f3kd92mz02kdQQ!z'\n"
    scene.repo.commit({"app.py": f"# guard: allow[secrets/*] a test\n{code}", "b.py": f"{name} = 1\n"})
    scene.repo.write("b.py", f"{name} = 2\n")
    scene.repo.stage()
    for _ in range(3):
        scene.settle()
        assert scene.run().code == 0
    scene.repo.write("app.py", code)
    scene.repo.stage()
    for _ in range(2):
        scene.settle()
        assert scene.run().code == 1

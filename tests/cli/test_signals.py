"""Asked to stop at any moment: code 5, a whole report of what there is, and nobody left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import random
import select
import signal
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Command
from tests.cli.processes import MARK, survivors
from tests.conftest import Repository
from tests.output.test_sarif import STANDARD as SARIF

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 2.0
_DOCUMENT = "".join(f"k{number}: [a, b, {{c: d}}]\n" for number in range(600))
_LONG = 60.0


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Work for many seconds in one process."""
    return _slow(tmp_path_factory.mktemp("few") / "tree", 200, _DOCUMENT)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Work for many seconds in several processes."""
    return _slow(tmp_path_factory.mktemp("many") / "tree", 1200, _DOCUMENT)


def _slow(root: Path, count: int, text: str) -> Repository:
    made = Repository(root)
    for number in range(count):
        made.write(f"d{number % 20}/x{number}.yaml", f"n: {number}\n{text}")
    made.stage()
    return made


class Running:
    """A run that is under way."""

    def __init__(self, command: Command, repo: Repository, home: Path, *arguments: str, **more: Any) -> None:
        self.mark = uuid.uuid4().hex
        env = command.environment(home, {MARK: self.mark})
        self.process = command.start(["all", *arguments], repo.root, env, start_new_session=True, **more)

    def stop(self, number: signal.Signals, *, group: bool = False) -> tuple[int, bytes, bytes, float]:
        """Send a signal: code, stdout, stderr, and how long it took."""
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.process.pid, number)
        out, err = self.process.communicate(timeout=_LONG)
        return self.process.returncode, out, err, time.monotonic() - began


@pytest.fixture
def ended() -> Iterator[list[Running]]:
    """Runs that must be over, with all that they started, when the test is."""
    runs: list[Running] = []
    yield runs
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.communicate()
        assert survivors(run.mark) == []


def check_partial(code: int, out: bytes, err: bytes) -> None:
    """5, and where there is a report it is whole and says that it is not all."""
    assert code == 5, (code, err[-500:])
    assert b"Traceback" not in err
    report = json.loads(out)
    assert (report["exit_code"], report["verdict"]) == (5, "incomplete")
    assert "interrupted" in {problem["kind"] for problem in report["problems"]}
    for one in report["guards"]:
        ledger = one["ledger"]
        parts = sum(sum(ledger[part].values()) for part in ("skipped", "excluded", "failed"))
        assert ledger["enumerated"] == ledger["checked"] + ledger["cached"] + parts
        assert one["status"] in {"failed", "timeout", "skipped"}


@pytest.mark.parametrize("number", STOPPING, ids=lambda number: number.name)
@pytest.mark.parametrize("jobs", ["one", "several"])
def test_a_run_that_is_stopped_reports_what_it_has(
    request: pytest.FixtureRequest,
    command: Command,
    home: Path,
    ended: list[Running],
    number: signal.Signals,
    jobs: str,
) -> None:
    repo = request.getfixturevalue("few" if jobs == "one" else "many")
    run = Running(command, repo, home, "--format=json", f"--output=sarif={home}/x.sarif", "--jobs=2", "--no-cache")
    ended.append(run)
    time.sleep(1.2)
    code, out, err, seconds = run.stop(number)
    assert seconds < PATIENCE
    check_partial(code, out, err)
    written = json.loads((home / "x.sarif").read_text(encoding="utf-8"))
    assert SARIF.is_valid(written)
    assert written["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert sorted(path.name for path in home.iterdir() if path.name != ".local") == ["x.sarif"]


def test_a_signal_to_the_whole_group_is_the_same(
    command: Command, many: Repository, home: Path, ended: list[Running]
) -> None:
    """What Ctrl-C in a terminal does: workers and git hear it too."""
    run = Running(command, many, home, "--format=json", "--jobs=2", "--no-cache")
    ended.append(run)
    time.sleep(1.2)
    code, out, err, seconds = run.stop(signal.SIGINT, group=True)
    assert seconds < PATIENCE
    check_partial(code, out, err)


def _random_moments(command: Command, repo: Repository, home: Path, ended: list[Running], count: int) -> None:
    moments = random.Random(20261120)
    for _ in range(count):
        run = Running(command, repo, home, "--format=json", "--jobs=2", f"--output=sarif={home}/x.sarif")
        ended.append(run)
        time.sleep(moments.uniform(0.0, 1.5))
        code, out, err, seconds = run.stop(moments.choice(STOPPING))
        assert seconds < PATIENCE, (code, err[-500:], out[:200])
        # Before Python has installed the first handler, nobody can choose a code.
        assert code == 5 or (code < 0 and not out), (code, err[-500:])
        if out:
            check_partial(code, out, err)
        if (home / "x.sarif").exists():
            assert SARIF.is_valid(json.loads((home / "x.sarif").read_text(encoding="utf-8")))


def test_any_moment_will_do(command: Command, few: Repository, home: Path, ended: list[Running]) -> None:
    _random_moments(command, few, home, ended, 6)


@pytest.mark.slow
def test_any_of_many_moments_will_do(command: Command, many: Repository, home: Path, ended: list[Running]) -> None:
    _random_moments(command, many, home, ended, 50)


def test_a_second_signal_ends_at_once(command: Command, many: Repository, home: Path, ended: list[Running]) -> None:
    run = Running(command, many, home, "--format=json", "--jobs=2", "--no-cache")
    ended.append(run)
    time.sleep(1.2)
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    code, out, err, seconds = run.stop(signal.SIGINT)
    assert (code, seconds < PATIENCE) == (5, True)
    assert b"Traceback" not in err
    if out:
        json.loads(out)


_EARLY = """
import os, sys, signal
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "guards._cli":
            print("importing", flush=True)
            signal.pause()
sys.meta_path.insert(0, Slow())
from guards._front import command
command()
"""


@pytest.mark.parametrize("number", STOPPING, ids=lambda number: number.name)
def test_a_signal_before_the_command_line_is_imported(command: Command, home: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _EARLY, "all"],
        cwd=home,
        env=command.environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"importing\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (5, b"")


def test_a_hangup_that_our_parent_ignores_is_ignored(
    command: Command, few: Repository, home: Path, ended: list[Running]
) -> None:
    """`nohup guard all` goes on when its terminal closes."""
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    run = Running(command, few, home, "--format=json", "--no-cache", preexec_fn=ignore)
    ended.append(run)
    time.sleep(1.2)
    run.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert run.process.poll() is None
    code, out, err, _ = run.stop(signal.SIGTERM)
    check_partial(code, out, err)
    assert any("SIGTERM" in problem["reason"] for problem in json.loads(out)["problems"])


def test_control_c_on_a_progress_bar(command: Command, many: Repository, home: Path, ended: list[Running]) -> None:
    """In a terminal: the bar goes, the report comes, the cursor is back, the code is 5."""
    leader, follower = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    run = Running(command, many, home, "--no-cache", stdin=follower, stdout=follower, stderr=follower,
                  preexec_fn=take_terminal)  # fmt: skip
    ended.append(run)
    os.close(follower)
    shown = _read_until(leader, b"checking", 15)
    assert b"checking" in shown
    os.write(leader, b"\x03")
    began = time.monotonic()
    shown += _read_until(leader, b"interrupted before everything was checked", 15)
    assert run.process.wait(timeout=15) == 5
    assert time.monotonic() - began < PATIENCE
    assert shown.count(b"\x1b[?25l") == shown.count(b"\x1b[?25h")
    os.close(leader)


def _read_until(descriptor: int, wanted: bytes, seconds: float) -> bytes:
    seen = b""
    deadline = time.monotonic() + seconds
    while wanted not in seen and select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            seen += os.read(descriptor, 1 << 16)
        except OSError:  # the other side is closed
            break
    return seen

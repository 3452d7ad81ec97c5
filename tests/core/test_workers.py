"""A guard may crash, hang or end its process: it loses that file, the ledger says so, and everybody else goes on."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from guards import ExitCode, Fact, Finding, Guard, ProblemKind, Rule, Source
from guards._core import workers
from guards._core.model import Case, Judged, Seen
from guards._core.registry import Registry
from guards._core.report import GuardStatus, Report
from guards._core.runner import Request, run

pytestmark = pytest.mark.skipif(not workers.can_fork(), reason="this platform has no fork")


@dataclass(frozen=True)
class NoOptions:
    pass


def scan_quietly(source: Source[NoOptions]) -> Iterable[Seen]:
    if b"bad" in source.data:
        yield Finding("quiet/bad", "says bad")


QUIET = Guard(
    id="quiet", summary="Finds `bad`.", rules=(Rule("quiet/bad", "It says bad."),), options=NoOptions, scan=scan_quietly
)


def guard_that(scan: Callable[[Source[NoOptions]], Iterable[Seen]]) -> Guard[NoOptions]:
    return Guard(id="rogue", summary="Misbehaves.", rules=(Rule("rogue/x", "X."),), options=NoOptions, scan=scan)


def run_on(root: Path, *guards: Guard[Any], timeout: float = 30.0, jobs: int = 2) -> Report:
    request = Request(
        cwd=str(root),
        guards=tuple(guard.id for guard in guards),
        flags={"timeout": timeout, "jobs": jobs},
        use_cache=False,
    )
    return run(request, registry=Registry(given=guards))


@pytest.fixture
def many_files(tmp_path: Path) -> Path:
    for number in range(40):
        (tmp_path / f"{number:02}.txt").write_text("fine\n")
    (tmp_path / "17.txt").write_text("poison\n")
    (tmp_path / "20.txt").write_text("bad\n")
    return tmp_path


def end_by_code(source: Source[NoOptions]) -> Iterable[Seen]:
    if b"poison" in source.data:
        os._exit(0)
    return ()


def end_by_signal(source: Source[NoOptions]) -> Iterable[Seen]:
    if b"poison" in source.data:
        os.kill(os.getpid(), signal.SIGKILL)
    return ()


def end_by_exit(source: Source[NoOptions]) -> Iterable[Seen]:
    if b"poison" in source.data:
        sys.exit(0)
    return ()


def raise_an_error(source: Source[NoOptions]) -> Iterable[Seen]:
    if b"poison" in source.data:
        raise RuntimeError("poison")
    return ()


def yield_nonsense(source: Source[NoOptions]) -> Iterable[Any]:
    if b"poison" in source.data:
        yield "nonsense"


def yield_a_foreign_rule(source: Source[NoOptions]) -> Iterable[Seen]:
    if b"poison" in source.data:
        yield Finding("quiet/bad", "not mine")


def recurse(source: Source[NoOptions]) -> Iterable[Seen]:
    return recurse(source) if b"poison" in source.data else ()


@pytest.mark.parametrize(
    "scan",
    [end_by_code, end_by_signal, end_by_exit, raise_an_error, yield_nonsense, yield_a_foreign_rule, recurse],
)
def test_a_guard_that_fails_on_a_file_loses_that_file_and_nothing_else(
    many_files: Path, scan: Callable[[Source[NoOptions]], Iterable[Seen]]
) -> None:
    report = run_on(many_files, QUIET, guard_that(scan))

    assert report.exit_code is ExitCode.RUNTIME
    assert [(finding.rule, finding.path) for finding in report.findings] == [("quiet/bad", "20.txt")]
    assert [(p.guard, p.path, p.kind) for p in report.problems] == [("rogue", "17.txt", ProblemKind.CRASHED)]
    rogue = next(guard for guard in report.guards if guard.id == "rogue")
    assert rogue.status is GuardStatus.FAILED
    assert (rogue.ledger.enumerated, rogue.ledger.checked, sum(rogue.ledger.failed.values())) == (40, 39, 1)
    assert all(guard.ledger.adds_up() for guard in report.guards)


def test_the_message_of_an_exception_is_not_repeated(many_files: Path) -> None:
    """It may hold the very text that was being looked at."""
    report = run_on(many_files, guard_that(raise_an_error))

    assert "poison" not in report.problems[0].reason
    assert report.problems[0].reason.startswith("crashed: RuntimeError at ")


def sleep_for_ever(source: Source[NoOptions]) -> Iterable[Seen]:
    if b"poison" in source.data:
        time.sleep(60)
    return ()


def sleep_and_hear_nothing(source: Source[NoOptions]) -> Iterable[Seen]:
    if b"poison" in source.data:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(60)
    return ()


@pytest.mark.parametrize("scan", [sleep_for_ever, sleep_and_hear_nothing])
def test_a_guard_that_hangs_is_stopped(
    many_files: Path, scan: Callable[[Source[NoOptions]], Iterable[Seen]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_GRACE", 0.3)
    started = time.monotonic()

    report = run_on(many_files, QUIET, guard_that(scan), timeout=0.3)

    assert time.monotonic() - started < 10
    assert [(p.guard, p.path, p.kind) for p in report.problems] == [("rogue", "17.txt", ProblemKind.TIMEOUT)]
    assert [finding.path for finding in report.findings] == ["20.txt"]
    assert next(guard for guard in report.guards if guard.id == "rogue").status is GuardStatus.TIMEOUT


def print_a_lot(source: Source[NoOptions]) -> Iterable[Seen]:
    sys.stdout.write("noise")
    os.write(1, b"louder noise")
    os.write(2, b"louder noise")
    yield Fact("seen")


def test_what_a_guard_prints_goes_nowhere(many_files: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = run_on(many_files, guard_that(print_a_lot))

    assert report.exit_code is ExitCode.OK
    assert capfd.readouterr() == ("", "")


def test_a_guard_that_dies_on_every_file_ends_as_problems_not_as_a_green(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.txt").write_text("poison\n")

    report = run_on(tmp_path, QUIET, guard_that(end_by_code))

    rogue = next(guard for guard in report.guards if guard.id == "rogue")
    assert report.exit_code is ExitCode.RUNTIME
    assert (rogue.ledger.checked, sum(rogue.ledger.failed.values())) == (0, 60)
    assert rogue.ledger.adds_up()


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_any_number_of_processes_gives_the_same_answer(
    many_files: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WORTH_IT", 1)
    report = run_on(many_files, QUIET, jobs=jobs)
    alone = run_on(many_files, QUIET, jobs=1)

    assert report.findings == alone.findings
    assert [guard.ledger for guard in report.guards] == [guard.ledger for guard in alone.guards]


def judge_and_leave(case: Case[NoOptions]) -> Iterable[Judged]:
    os._exit(0)


def judge_for_ever(case: Case[NoOptions]) -> Iterable[Judged]:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(60)
    return ()


@pytest.mark.parametrize(
    ("judge", "kind"), [(judge_and_leave, ProblemKind.CRASHED), (judge_for_ever, ProblemKind.TIMEOUT)]
)
def test_judging_is_isolated_too(
    many_files: Path,
    judge: Callable[[Case[NoOptions]], Iterable[Judged]],
    kind: ProblemKind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_GRACE", 0.3)
    rogue = Guard(id="rogue", summary="X.", rules=(Rule("rogue/x", "X."),), options=NoOptions, judge=judge)

    report = run_on(many_files, QUIET, rogue, timeout=0.3)

    assert report.exit_code is ExitCode.RUNTIME
    assert [(p.guard, p.kind) for p in report.problems] == [("rogue", kind)]
    assert [finding.path for finding in report.findings] == ["20.txt"]


def children() -> set[str]:
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are listed in /proc")
def test_no_process_is_left_behind(many_files: Path) -> None:
    before = children()
    run_on(many_files, QUIET, guard_that(end_by_signal))

    assert children() == before

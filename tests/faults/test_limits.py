"""A machine that has nothing left to give, processes, descriptors, memory or disk, gets an honest answer or none."""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guards._core import workers
from guards._core.errors import GuardError
from guards._core.model import ExitCode, ProblemKind
from guards._core.registry import Registry
from guards._core.report import Report, Verdict
from guards._core.runner import Request, run
from tests.cli.command import Command, Result
from tests.conftest import Repository
from tests.faults.conftest import Stage, put_copies
from tests.faults.tools import Personality

HONEST = Personality("honest", "look(*names)", "")

# ---- Real limits -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    made = Command(tmp_path_factory.mktemp("command"))
    yield made
    made.close()


@pytest.fixture
def many(repo: Repository) -> Repository:
    """Two findings and enough files for several processes; ruff beside our own guards."""
    files = {f"many/{number}.py": f"x = {number}\n" for number in range(1_100)}
    repo.commit({**files, "a.py": "import os\n", "b.json": '{"a": 1, "a": 2}', "guard.toml": 'enable = ["ruff"]\n'})
    return repo


FOUND = ["ruff/F401", "schema/duplicate-key"]


def limited(limit: str, command: Command, repo: Repository, tmp_path: Path) -> Result:
    """The command under a limit of the shell, with two workers and nothing remembered."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    argv = command.argv("all", "--format=json", "--jobs=2", "--no-cache")
    done = subprocess.run(
        ["bash", "-c", f'ulimit {limit}; exec "$@"', "-", *argv],
        cwd=repo.root,
        env=command.environment(home),
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Result(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def check_honest(result: Result) -> bool:
    """Whether everything was found; where it was not, the run says that it is not complete."""
    assert "Traceback" not in result.err
    if not result.out:  # not even enough for a report
        # RE2 writes a line of its own about memory that it was not given, and may end the process over it.
        if result.code == -signal.SIGABRT:
            assert "std::bad_alloc" in result.err
            return False
        assert (result.code, "guard: " in result.err) == (ExitCode.INTERRUPTED, True), result
        return False
    report = result.report
    assert result.code == report["exit_code"]
    if report["verdict"] == "incomplete":
        assert result.code in {ExitCode.ENVIRONMENT, ExitCode.RUNTIME, ExitCode.INTERRUPTED}
        assert report["problems"]
        return False
    assert (result.code, [finding["rule"] for finding in report["findings"]]) == (ExitCode.FINDINGS, FOUND)
    return True


def check_series(kind: str, least: list[int], enough: int, start: Callable[[str], Result]) -> None:
    """From too little to enough: never a lie, and enough is enough."""
    for amount in least:
        check_honest(start(f"{kind} {amount}"))
    assert check_honest(start(f"{kind} {enough}")), enough


def test_too_few_descriptors(command: Command, many: Repository, tmp_path: Path) -> None:
    check_series("-n", [5, 7, 9, 11, 13, 15, 17, 20], 64, lambda limit: limited(limit, command, many, tmp_path))


def test_too_little_memory(command: Command, many: Repository, tmp_path: Path) -> None:
    check_series(
        "-v", [26_000, 32_000, 40_000, 50_000, 70_000], 400_000, lambda limit: limited(limit, command, many, tmp_path)
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of a few pages."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "guard-test", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("needs to mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_no_room_for_the_copies(stage: Stage, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.repo.write("a.txt", "x" * 100_000)
    stage.play(HONEST)
    put_copies(small_disk, monkeypatch)
    report = stage.run(timeout=5)
    assert [(one.kind, one.reason) for one in report.problems] == [
        (ProblemKind.TOOL_FAILED, "guard-test-tool could not be started: No space left on device")
    ]
    assert (report.exit_code, sum(report.guards[0].ledger.failed.values())) == (ExitCode.RUNTIME, 3)
    assert list(small_disk.iterdir()) == []


def test_no_folder_for_the_copies_but_one_in_the_tree(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program would find the tree's settings above its files, and a run beside this one would look at the copies."""
    inside = stage.repo.root / "tmp"
    inside.mkdir()
    stage.play(HONEST)
    put_copies(inside, monkeypatch)
    report = stage.run(timeout=5, touches=True)
    assert [one.kind for one in report.problems] == [ProblemKind.CONFIG]
    assert (report.exit_code, list(inside.iterdir())) == (ExitCode.ENVIRONMENT, [])
    assert len(stage.started()) == 0


# ---- The n-th time, the system says no (by standing in for its functions: root has no limit on processes) ----------


class Faults:
    """The n-th call of some functions of the system fails."""

    def __init__(self, number: int, code: int) -> None:
        self._number = number
        self._code = code
        self.seen = 0

    def failing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def replacement(*arguments: Any, **named: Any) -> Any:
            self.seen += 1
            if self.seen == self._number:
                raise OSError(self._code, os.strerror(self._code))
            return function(*arguments, **named)

        return replacement


PROCESSES = ((os, "fork"), (subprocess, "_fork_exec"))
FILES = ((os, "memfd_create"), (os, "mkdir"), (os, "open"), (os, "pipe"))


def attempt(stage: Stage, faults: Faults, functions: tuple[tuple[Any, str], ...]) -> Report | None:
    """A run among these faults; None where it refused to begin."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in functions:
            patch.setattr(module, name, faults.failing(getattr(module, name)))
        patch.setattr(workers, "WORTH_IT", 1)
        request = Request(
            cwd=str(stage.repo.root), guards=("schema", "sizes"), flags={"jobs": 2, "timeout": 5.0}, use_cache=False
        )
        try:
            return run(request, registry=Registry(given=[stage.guard]))
        except GuardError:
            return None


def holdings() -> tuple[list[str], list[str]]:
    """What this process holds: descriptors, and children, dead ones that nobody has asked for included."""
    gc.collect()
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return sorted(os.listdir("/proc/self/fd")), sorted(children)


@pytest.mark.parametrize(
    ("functions", "code"),
    [
        (PROCESSES, errno.EAGAIN),
        (FILES, errno.EMFILE),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in ((PROCESSES, errno.ENOMEM), (FILES, errno.EIO), (FILES, errno.EACCES), (FILES, errno.ENOSPC))
        ),
    ],
    ids=lambda value: errno.errorcode[value] if isinstance(value, int) else value[0][1],
)
def test_whichever_call_of_the_system_fails_a_run_is_not_green_for_it(
    functions: tuple[tuple[Any, str], ...], code: int, stage: Stage
) -> None:
    stage.repo.commit({**{f"{n}.json": "{}" for n in range(20)}, "empty.txt": "", "bad.json": '{"a": 1, "a": 1}'})
    stage.play(HONEST)
    truth = attempt(stage, Faults(0, 0), functions)
    assert truth is not None
    assert [finding.rule for finding in truth.findings] == ["schema/duplicate-key", "sizes/empty"]
    before = holdings()
    number = 0
    while True:
        number += 1
        faults = Faults(number, code)
        report = attempt(stage, faults, functions)
        if faults.seen < number:
            break
        assert list(stage.tmp.iterdir()) == []
        assert holdings() == before, number
        if report is None or report.verdict is Verdict.INCOMPLETE:
            assert report is None or (report.exit_code > ExitCode.FINDINGS and report.problems)
        else:
            assert (report.findings, report.exit_code) == (truth.findings, truth.exit_code), number
    assert number > 5

"""A program that is run ends in time, with bounded output, and takes with it all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guards._core import programs
from guards._core.errors import GuardError
from guards._core.programs import Completed


def run(code: str, *, timeout: float = 20.0, stdin: bytes = b"", limit: int = 1 << 20) -> Completed:
    return programs.run(
        [sys.executable, "-S", "-c", code], cwd="/", env=dict(os.environ), timeout=timeout, stdin=stdin, limit=limit
    )


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid: int) -> bool:
    for _ in range(100):
        if not is_running(pid):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("code", [0, 1, 2, 77, 255])
def test_the_code_and_both_streams_come_back(code: int) -> None:
    done = run(f"import sys; print('out'); print('err', file=sys.stderr); sys.exit({code})")
    assert done == Completed(code, b"out\n", b"err\n")


def test_a_program_that_a_signal_ended_has_a_negative_code() -> None:
    assert run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)").returncode == -signal.SIGSEGV


def test_a_large_input_is_read_whole() -> None:
    data = os.urandom(1 << 20) * 20
    done = run("import sys; print(len(sys.stdin.buffer.read()))", stdin=data)
    assert done.stdout == b"%d\n" % len(data)


def test_an_input_that_nobody_reads_holds_up_nobody() -> None:
    assert run("pass", stdin=b"x" * (5 << 20)).returncode == 0


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_beyond_the_limit_stops_the_program(stream: str) -> None:
    started = time.monotonic()
    done = run(f"import sys\nwhile True: sys.{stream}.write('x' * 4096)", limit=100_000, timeout=30)
    assert done.truncated
    assert not done.timed_out
    assert len(getattr(done, stream)) == 100_000
    assert time.monotonic() - started < 10


def test_output_beyond_the_limit_of_a_program_that_ended_is_told() -> None:
    done = run("print('x' * 10_000)", limit=100)
    assert done.truncated
    assert len(done.stdout) == 100


def test_a_program_that_does_not_end_is_ended() -> None:
    started = time.monotonic()
    done = run("import time; print('begun', flush=True); time.sleep(60)", timeout=1.0)
    assert (done.timed_out, done.stdout) == (True, b"begun\n")
    assert time.monotonic() - started < 8


STUBBORN = """
import os, signal, sys, time
pid = os.fork()
if pid == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
print(pid, flush=True)
"""


@pytest.mark.parametrize("parent", ["time.sleep(60)", "sys.exit(0)", "signal.pause()"])
def test_a_grandchild_that_ignores_the_polite_signal_is_gone_too(parent: str) -> None:
    """It keeps our streams open as well; whether its parent ended by itself or was stopped."""
    started = time.monotonic()
    done = run(f"{STUBBORN}\n{parent}", timeout=1.5)
    assert done.timed_out == (parent != "sys.exit(0)")
    assert wait_until_gone(int(done.stdout))
    assert time.monotonic() - started < 10


def test_being_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    """An exception while we wait, a Ctrl-C for example, ends the program before it goes on its way."""
    script = f"""
import os, signal, sys, threading
sys.path.insert(0, {os.getcwd()!r})
from guards._core import programs
threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
code = "import os, time; open({str(tmp_path / "pid")!r}, 'w').write(str(os.getpid())); time.sleep(60)"
try:
    programs.run([sys.executable, "-S", "-c", code], cwd="/", env=dict(os.environ), timeout=50)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=30, check=False)
    assert done.stdout == b"interrupted\n", done.stderr
    assert wait_until_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("name", ["missing", "folder", "not-executable"])
def test_a_program_that_cannot_be_started_is_an_error_for_people(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "not-executable").write_text("#!/bin/sh\n")
    with pytest.raises(GuardError, match=f"cannot start .*{name}"):
        programs.run([str(tmp_path / name)], cwd="/", env={}, timeout=5)


def test_a_folder_that_is_gone_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(GuardError, match="cannot start"):
        programs.run([sys.executable, "-c", ""], cwd=str(tmp_path / "gone"), env={}, timeout=5)


def test_a_program_gets_the_given_environment_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKS", "1")
    done = programs.run(
        [sys.executable, "-S", "-c", "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"],
        cwd="/", env={"GIVEN": "x"}, timeout=20,
    )  # fmt: skip
    assert done.stdout == b"['GIVEN']\n"


def test_streams_work_where_there_are_no_files_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    assert run("print(input())", stdin=b"hello\n").stdout == b"hello\n"


def test_below_a_folder_means_inside_of_it_with_links_followed(tmp_path: Path) -> None:
    root = os.path.realpath(tmp_path / "root")
    os.makedirs(os.path.join(root, "a"))
    os.makedirs(f"{root}-beside")
    os.symlink(f"{root}/a", tmp_path / "in")
    os.symlink(f"{root}-beside", os.path.join(root, "out"))
    inside = [root, f"{root}/a", f"{root}/gone", str(tmp_path / "in")]
    outside = [f"{root}-beside", f"{root}/out", str(tmp_path), "/"]
    assert [programs.is_below(path, root) for path in inside + outside] == [True] * 4 + [False] * 4
    assert programs.is_below("/anything", "/")

"""`guard mask` in a pipe: at once, while there is somebody at both ends, and in no more memory for more of it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.guards.secrets.drawn import aws_key_id


def _start(command: Command, folder: Path) -> subprocess.Popen[bytes]:
    return command.start(["mask"], folder, command.environment(folder), stdin=subprocess.PIPE)


def _say(process: subprocess.Popen[bytes], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text.encode())
    process.stdin.flush()


def _next(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 30)[0], "nothing came"
    return os.read(process.stdout.fileno(), 1 << 16)


def test_a_line_comes_out_while_the_input_is_still_open(command: Command, tmp_path: Path) -> None:
    with _start(command, tmp_path) as process:
        for number in range(3):
            _say(process, f"{number} {aws_key_id()}\n")
            assert _next(process) == b"%d AKIA****\n" % number
        out, err = process.communicate(aws_key_id(1).encode(), timeout=30)
    assert (out, err, process.returncode) == (b"AKIA****", b"", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_ends_it_in_peace(command: Command, tmp_path: Path) -> None:
    with _start(command, tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        _say(process, "one\n")
        assert _next(process) == b"one\n"
        process.stdout.close()
        _say(process, "two\n")
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_5_and_loses_nothing(command: Command, tmp_path: Path, number: signal.Signals) -> None:
    with _start(command, tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        _say(process, f"whole\nhalf {aws_key_id()}")
        assert _next(process) == b"whole\n"
        process.send_signal(number)
        assert process.wait(30) == 5
        assert process.stdout.read() == b"half AKIA****"
        assert process.stderr.read().decode() == f"guard: stopped by {number.name}\n"


def test_an_input_that_cannot_be_read_is_2(command: Command, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as closed:
        result = command.spawn(["mask"], tmp_path, command.environment(tmp_path), stdin=closed)
    assert (result.code, result.out) == (2, "")
    assert "cannot read standard input" in result.err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is always full")
def test_a_full_disk_is_2(command: Command, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full, open(__file__, "rb") as source:
        result = command.spawn(["mask"], tmp_path, command.environment(tmp_path), stdin=source, stdout=full)
    assert result.code == 2
    assert "cannot write to standard output" in result.err


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the system does not tell")
def test_its_memory_does_not_grow_with_its_input(command: Command, tmp_path: Path) -> None:
    text = "2024-01-01 INFO request 17 served in 12 ms\n" * 1500 + f"key {aws_key_id()}\n"
    peaks = []
    argv, env = command.argv("mask"), command.environment(tmp_path)
    with subprocess.Popen(argv, cwd=tmp_path, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        for megabytes in (4, 60):
            for _ in range(megabytes * (1 << 20) // len(text)):
                _say(process, text)
            status = Path(f"/proc/{process.pid}/status").read_text("ascii")
            peaks += [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    assert process.returncode == 0
    assert peaks[1] < peaks[0] + 8_000

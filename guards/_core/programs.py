"""The one way to run another program: found outside the scanned tree, bounded in time and output, killed as a group."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from guards._core.errors import GuardError

_KILL_AFTER = 1.0
_LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended. A caller judges `stdout`; the return code alone proves nothing."""

    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False
    truncated: bool = False
    """More output than the limit; the program was stopped."""


def find(name: str, *, outside: str) -> str | None:
    """The absolute path of a program on PATH, never one inside the tree `outside`, never by a relative PATH entry.

    A folder or a link of the tree is never the way to it either: it can be made to lead elsewhere.
    """
    tree = os.path.realpath(outside)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if not os.path.isabs(folder) or is_below(folder, tree):
            continue
        for suffix in ("", ".exe") if sys.platform == "win32" else ("",):
            candidate = os.path.join(folder, name + suffix)
            if os.access(candidate, os.X_OK) and os.path.isfile(candidate) and not is_below(candidate, tree):
                return candidate
    return None


def is_below(path: str, folder: str) -> bool:
    """Whether a path, with every link followed, is `folder` or inside of it."""
    real = os.path.realpath(path)
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)


def run(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    timeout: float,
    stdin: bytes = b"",
    limit: int = 256 << 20,
) -> Completed:
    """Run a program to its end, or to the end of our patience; whatever happens, its whole group is gone afterwards.

    Its streams are files in memory, not pipes: nothing to drain, and a grandchild that keeps one open holds up nobody.
    """
    with _scratch(stdin) as source, _scratch() as stdout, _scratch() as stderr:
        try:
            process = subprocess.Popen(
                argv, cwd=cwd, env=dict(env), stdin=source, stdout=stdout, stderr=stderr, start_new_session=True
            )
        except OSError as error:
            raise GuardError(f"cannot start {argv[0]}: {error.strerror}") from error
        try:
            timed_out, truncated = _wait(process, (stdout, stderr), time.monotonic() + timeout, limit)
        finally:
            stop(process)
        return Completed(process.returncode, _content(stdout, limit), _content(stderr, limit), timed_out, truncated)


def _wait(
    process: subprocess.Popen[bytes], streams: Sequence[BinaryIO], deadline: float, limit: int
) -> tuple[bool, bool]:
    while True:
        try:
            process.wait(_LOOK_EVERY)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                return True, False
        else:
            break
        if any(os.fstat(stream.fileno()).st_size > limit for stream in streams):
            return False, True
    return False, any(os.fstat(stream.fileno()).st_size > limit for stream in streams)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program and everything that it started: politely, then for good."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_AFTER)
    # The group outlives its leader when a grandchild ignored the first signal.
    _signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)


def _scratch(content: bytes = b"") -> BinaryIO:
    if hasattr(os, "memfd_create"):
        file: BinaryIO = os.fdopen(os.memfd_create("guard"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller is the context manager
    file.write(content)
    file.flush()
    file.seek(0)
    return file


def _content(file: BinaryIO, limit: int) -> bytes:
    file.seek(0)
    return file.read(limit)

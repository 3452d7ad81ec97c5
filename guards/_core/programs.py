"""The one way to run another program: found outside the scanned tree, bounded in time and output, killed as a group."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from msgspec import Struct

from guards._core.errors import GuardError

_KILL_AFTER = 1.0
_LOOK_EVERY = 0.05
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class Completed(Struct, frozen=True):
    """How a program ended. A caller judges `stdout`; the return code alone proves nothing."""

    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False
    truncated: bool = False
    """More output than the limit; the program was stopped."""


class Tool(NamedTuple):
    """A program as it was found on this machine."""

    name: str
    path: str
    version: str


def find(name: str, *, outside: str) -> str | None:
    """The absolute path of a program on PATH, never one inside the tree `outside`, never by a relative PATH entry.

    A folder or a link of the tree is never the way to it either: it can be made to lead elsewhere.
    """
    tree = os.path.realpath(outside)
    for candidate in candidates(name, outside=outside):
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate) and not is_below(candidate, tree):
            return candidate
    return None


def candidates(name: str, *, outside: str) -> Iterator[str]:
    """Where a program is looked for, in order, whether anything is there or not."""
    tree = os.path.realpath(outside)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if os.path.isabs(folder) and not is_below(folder, tree):
            yield from (
                os.path.join(folder, name + end) for end in (("", ".exe") if sys.platform == "win32" else ("",))
            )


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
    """Run a program to its end, or to the end of our patience; whatever happens, its whole group is gone afterwards."""
    with contextlib.closing(Running(argv, cwd=cwd, env=env, timeout=timeout, stdin=stdin, limit=limit)) as running:
        while (done := running.look(_LOOK_EVERY)) is None:
            pass
        return done


class Running:
    """A program under way. Whoever starts it looks at it now and then, and closes it whatever happens.

    Its streams are files in memory, not pipes: nothing to drain, and a grandchild that keeps one open holds up nobody.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        env: Mapping[str, str],
        timeout: float,
        stdin: bytes = b"",
        limit: int = 256 << 20,
    ) -> None:
        self._limit = limit
        self._deadline = time.monotonic() + timeout
        with contextlib.ExitStack() as stack:
            source = stack.enter_context(_scratch(stdin))
            self._streams = (stack.enter_context(_scratch()), stack.enter_context(_scratch()))
            stdout, stderr = self._streams
            try:
                self._process = subprocess.Popen(
                    argv, cwd=cwd, env=dict(env), stdin=source, stdout=stdout, stderr=stderr, start_new_session=True
                )
            except OSError as error:
                raise GuardError(f"cannot start {argv[0]}: {error.strerror}") from error
            _living.add(self._process)
            self._closing = stack.pop_all()
        _limit_files(self._process.pid, limit + 1)

    def look(self, seconds: float = 0.0) -> Completed | None:
        """How it ended, waiting so long for it; None while it goes on. Taking too long or saying too much ends it."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            timed_out, truncated = time.monotonic() > self._deadline, self._says_too_much()
            if not (timed_out or truncated):
                return None
        else:
            timed_out, truncated = False, self._says_too_much()
        self._end()
        stdout, stderr = (_content(stream, self._limit) for stream in self._streams)
        return Completed(self._process.returncode, stdout, stderr, timed_out, truncated)

    def close(self) -> None:
        """Leave nothing of it behind."""
        self._end()
        self._closing.close()

    def _end(self) -> None:
        if self._process in _living:  # once: its number may be somebody else's afterwards
            stop(self._process)
            _living.discard(self._process)

    def _says_too_much(self) -> bool:
        return any(os.fstat(stream.fileno()).st_size > self._limit for stream in self._streams)


_living: set[subprocess.Popen[bytes]] = set()
_folders: set[str] = set()


def end_all() -> None:
    """End every program at once and remove the folders made for them: for when we will not live to do so in order."""
    for process in tuple(_living):
        _signal_group(process, _KILL)
    for folder in tuple(_folders):
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def private_folder() -> Iterator[str]:
    """A folder outside of every tree, ours alone and gone afterwards, whatever a program leaves in it."""
    with tempfile.TemporaryDirectory(prefix="guard-", dir=_in_memory(), ignore_cleanup_errors=True) as folder:
        path = os.path.realpath(folder)
        _folders.add(path)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)  # `folder` tries again, where something was in the way
            _folders.discard(path)


_MEMORY = "/dev/shm"  # noqa: S108 - what is made in it is ours alone
_ROOM = 256 << 20


def _in_memory() -> str | None:
    """A place for many small files that live for a moment, unless somebody named one or there is too little room.

    On a disk, making and removing them takes longer than looking at them.
    """
    if any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")) or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return None
    room = os.statvfs(_MEMORY)
    return _MEMORY if room.f_bavail * room.f_frsize >= _ROOM else None


def _limit_files(pid: int, size: int) -> None:
    """Where the system can, no file that the program writes grows beyond a size, its output included.

    Otherwise it is stopped when somebody looks, which may be late.
    """
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program and everything that it started: politely, then for good."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_AFTER)
    # The group outlives its leader when a grandchild ignored the first signal.
    _signal_group(process, _KILL)
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
    return file.read(min(limit, os.fstat(file.fileno()).st_size))  # what is asked for is set aside before it is read

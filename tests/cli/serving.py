"""A process that is the `guard` command again and again, each time in a fork of itself, and takes its measure.

Most of what a run costs is importing; here that is paid once. Whatever a run starts and leaves behind becomes a child
of this process, where it is found, counted and ended. Started as a script, with a request per line on stdin; one with
a `fault` is for a run whose n-th operation on the run store or the key fails.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import io
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from typing import Any, NoReturn

_GRACE = 0.5
"""Seconds for a process that was killed to be gone."""
_PR_SET_CHILD_SUBREAPER = 36
_FRESH = ("guards._core.recording", "guards._core.runner", "guards._cli.check")
"""What remembers when a run began is imported anew each time."""


def serve() -> None:
    """Answer requests until stdin ends."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _preload()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def _preload() -> None:
    import click  # noqa: F401
    import rich.console  # noqa: F401

    import guards._builtin as builtin
    import guards._cli.check
    import guards._cli.main
    import guards._core.runner
    import guards._output  # noqa: F401
    from guards._core.model import Trigger
    from guards._core.triggers import engine_for

    known = [builtin.load(guard_id) for guard_id in sorted(builtin.BUILTIN)]
    engine_for([Trigger("x", literal=True)], None)
    # Compiling what every run begins with takes a second; the forks find it in this process.
    usual = [guard.triggers_for(guard.scan_slice(guard.options(), None), {}) for guard in known if guard.enabled]
    engine_for([trigger for triggers in usual for trigger in triggers], None)
    for name in _FRESH:
        package, _, module = name.rpartition(".")
        del sys.modules[name]
        delattr(sys.modules[package], module)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        shared = _held()
        child = os.fork()
        if not child:
            _run(request, out.fileno(), err.fileno())
        status, used = _wait(child, began + request["seconds"])
        told = []
        for stream in (out, err):
            stream.seek(0)
            told.append(os.fsdecode(stream.read()))
        return {
            "code": os.waitstatus_to_exitcode(status),
            "out": told[0],
            "err": told[1],
            "seconds": time.monotonic() - began,
            "cpu_seconds": used.ru_utime + used.ru_stime,
            # What the fork shares with us does not count as its own: together they are what a process of its own holds.
            "memory": used.ru_maxrss * 1024 + shared,
            "left_behind": _left_behind(),
        }


def _held() -> int:
    """The bytes that we hold now. Our peak would be that of the longest answer that we ever handed on."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _wait(child: int, deadline: float) -> tuple[int, resource.struct_rusage]:
    """How it ended and what it used; ended by us where it does not do so by itself."""
    pause = 0.001
    while True:
        pid, status, used = os.wait4(child, os.WNOHANG)
        if pid:
            return status, used
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            return os.wait4(child, 0)[1:]
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


def _left_behind() -> list[str]:
    """The processes that the run started and that outlive it."""
    deadline = time.monotonic() + _GRACE
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass  # dead, only nobody had asked
        except ChildProcessError:
            return []
        if time.monotonic() > deadline:
            return list(_end_children())
        time.sleep(0.02)


def _end_children() -> Any:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        children = [int(pid) for pid in file.read().split()]
    for pid in children:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            yield file.read().replace(b"\0", b" ").decode("utf-8", "replace")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


class _Faults:
    """The n-th operation on our own files fails, and word of it is left in a file."""

    CALLS = ("open", "replace", "link", "unlink", "mkdir", "makedirs", "listdir", "scandir", "lstat", "stat", "utime")

    def __init__(self, number: int, error: int, fired: str) -> None:
        self._number = number
        self._error = error
        self._fired = fired
        self._seen = 0
        self._ours: set[int] = set()
        self._os_open, self._open = os.open, builtins.open

    def install(self) -> None:
        """Stand between the program and the system."""
        for name in self.CALLS:
            setattr(os, name, self._failing(getattr(os, name)))
        builtins.open = self._opened

    def strike(self) -> None:
        """Count an operation; fail where it is the one."""
        self._seen += 1
        if self._seen == self._number:
            os.close(self._os_open(self._fired, os.O_CREAT | os.O_WRONLY))
            raise OSError(self._error, os.strerror(self._error))

    def _failing(self, function: Any) -> Any:
        def replacement(*arguments: Any, **named: Any) -> Any:
            concerned = any(map(_is_ours, arguments))
            if concerned:
                self.strike()
            result = function(*arguments, **named)
            if concerned and function is self._os_open:
                self._ours.add(result)
            return result

        return replacement

    def _opened(self, file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if isinstance(file, int) and file in self._ours:
            return _FailingFile(self, file, mode.replace("b", ""), closefd=named.get("closefd", True))
        return self._open(file, mode, *arguments, **named)


class _FailingFile(io.FileIO):
    def __init__(self, faults: _Faults, descriptor: int, mode: str, *, closefd: bool) -> None:
        super().__init__(descriptor, mode, closefd=closefd)
        self._faults = faults

    def write(self, data: Any) -> int:
        self._faults.strike()
        return super().write(data)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def readall(self) -> bytes:
        self._faults.strike()
        return super().readall() or b""


def _is_ours(argument: object) -> bool:
    path = os.fsdecode(argument) if isinstance(argument, (str, bytes)) else ""
    return "/.guard" in path or "/state/guard" in path


def _run(request: dict[str, Any], out: int, err: int) -> NoReturn:
    """Be the command."""
    code = 70
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        sys.argv = ["guard", *request["argv"]]

        if request["fault"]:
            _Faults(*request["fault"]).install()

        from guards._front import main

        code = main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it was is what the test is about
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()

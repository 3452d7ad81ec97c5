"""A process that runs the `guard` command again and again, each time in a fork of itself.

Most of what a run costs is importing; here that is paid once. What remembers when a run began is imported anew each
time. Started as a script, with a request per line on stdin: `{"argv", "cwd", "env"}`, and `{"fault"}` for a run whose
n-th operation on the run store or the key fails.
"""

from __future__ import annotations

import builtins
import io
import json
import os
import signal
import sys
import tempfile
import traceback
from typing import Any

_LIMIT = 60
_FRESH = ("guards._core.recording", "guards._core.runner", "guards._cli.check")


def serve() -> None:
    """Answer requests with `{"code", "out", "err"}` until stdin ends."""
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

    for guard_id in builtin.BUILTIN:
        builtin.load(guard_id)
    for name in _FRESH:
        package, _, module = name.rpartition(".")
        del sys.modules[name]
        delattr(sys.modules[package], module)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            _run(request, out.fileno(), err.fileno())
        _, status = os.waitpid(child, 0)
        told = []
        for stream in (out, err):
            stream.seek(0)
            told.append(os.fsdecode(stream.read()))
    return {"code": os.waitstatus_to_exitcode(status), "out": told[0], "err": told[1]}


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


def _run(request: dict[str, Any], out: int, err: int) -> None:
    """Be the command. Never returns."""
    code = 70
    try:
        signal.alarm(_LIMIT)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        sys.argv = ["guard", *request["argv"]]

        if request.get("fault"):
            _Faults(*request["fault"]).install()

        from guards._front import main

        code = main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - a fork must not go on as the server
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()

"""Writing reports: to stdout for whoever reads it, to files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from typing import Any, TextIO

from guards._core.errors import GuardError
from guards._output.look import Look


def look_for(given: Mapping[str, Any], *, stream: TextIO | None = None) -> Look:
    """How a report is to look: plain in files, as the terminal allows on stdout."""
    colour = stream is not None and wants_colour(given["color"], stream)
    width = shutil.get_terminal_size((100, 24)).columns if stream is not None and stream.isatty() else 100
    return Look(
        colour=colour,
        width=width,
        verbose=given["verbose"],
        quiet=given["quiet"],
        sarif_suppressed=given["sarif_suppressed"],
        sarif_category=given["sarif_category"],
    )


def wants_colour(choice: str, stream: TextIO) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def write_stdout(text: str) -> None:
    """All of it, as UTF-8 whatever the locale. A reader that closes early has had what it wanted."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError as error:
        raise GuardError(f"cannot write the report to standard output: {error.strerror}") from error


def write_file(path: str, text: str) -> None:
    """Replace a file by a temporary one that is complete and on disk; a device or a pipe is written to directly."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        if _is_stream(path):
            with open(path, "wb", buffering=0) as stream:
                stream.write(data)
            return
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        _replace(path, data)
    except OSError as error:
        raise GuardError(f"cannot write {path}: {error.strerror}") from error


def _is_stream(path: str) -> bool:
    """Whether to write into what is there. A link is replaced: in a tree it may point at anybody's file or device."""
    with contextlib.suppress(OSError):
        mode = (os.stat if path.startswith(_OF_THE_SYSTEM) else os.lstat)(path).st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))
    return False


_OF_THE_SYSTEM = ("/dev/", "/proc/")
"""Where links such as `/dev/stdout` are nobody's trick."""


def _replace(path: str, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=".guard-", dir=os.path.dirname(path) or ".")
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

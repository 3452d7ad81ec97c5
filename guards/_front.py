"""The first module of the `guard` command: small, and careful about what it imports.

It answers what needs no machinery, and is the one place where everything that can happen to the process becomes an
exit code. Python's own defaults (an uncaught exception is 1, a closed pipe is 1) must never leak out: 1 means findings.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # `signal` without its enums, which cost as much as all the rest
import os
import sys

_INTERRUPTED = 5
_COMMANDS = ("-", "cache", "doctor", "explain", "list")
"""What no record can answer: options first, and the commands that do not run guards."""


def main() -> int:
    """Run the command line; the exit code."""
    _stop_on_signals()
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from guards import __version__

        return _write(f"guard {__version__}\n")
    code = _same_as_before(arguments)
    if code is not None:
        return code
    try:
        from guards._cli import main as command_line
    except BaseException as error:  # noqa: BLE001 - a broken installation is not a finding
        return _broken(error)
    return command_line.run(arguments)


def _same_as_before(arguments: list[str]) -> int | None:
    """The exit code of a run that would end as the last one did, after its report was written again."""
    if not arguments or arguments[0].startswith(_COMMANDS) or "--no-cache" in arguments:
        return None
    try:
        from guards._core import replay
    except ImportError:  # a platform without what it needs
        return None
    return replay.answer(arguments)


def _stop_on_signals() -> None:
    """Until the command line takes over, there is nothing to save: end at once, with the code that says so."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(_signal, name, None)
        if number is not None and _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, lambda number, frame: os._exit(_INTERRUPTED))


def _write(text: str) -> int:
    """Print and let go of stdout; a reader that went away changes nothing."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None
    return 0


def _broken(error: BaseException) -> int:
    name = type(error).__name__
    sys.stderr.write(
        f"guard: cannot start: {name}: {error}\n"
        "  Its installation is incomplete or broken: pip install --force-reinstall guard-suite\n"
    )
    return _INTERRUPTED

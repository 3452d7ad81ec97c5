"""The first module of the `guard` command: small, and careful about what it imports.

It answers what needs no machinery, and is the one place where everything that can happen to the process becomes an
exit code. Python's own defaults (an uncaught exception is 1, a closed pipe is 1) must never leak out: 1 means findings.
"""

import _signal  # type: ignore[import-not-found] # `signal` without its enums, which cost as much as all the rest
import gc
import os
import sys

_ENVIRONMENT = 2
_INTERRUPTED = 5
_OBJECTS = 50_000
"""How many new objects are looked through for garbage at once. Nearly all that a run makes stays until its end."""
_COMMANDS = ("-", "baseline", "cache", "doctor", "explain", "init", "install", "list", "mask", "waive")
"""What no record can answer: options first, and the commands that do not run guards."""
_MOST_NEW = 100_000
"""Values between two searches for garbage: with Python's 700, a tenth of a run is spent in search of next to none."""


def command() -> None:
    """Run the command line and end the process, without first taking apart all that goes with it: that is slow."""
    gc.set_threshold(_OBJECTS)
    code = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # a reader that went away changes nothing
            pass
        except (OSError, ValueError):
            code = max(code, _ENVIRONMENT)
    os._exit(code)


def main() -> int:
    """Run the command line; the exit code."""
    _stop_on_signals()
    _open_streams()
    try:
        return _run(sys.argv[1:])
    finally:
        _ignore_signals()


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        from guards import __version__

        return _write(f"guard {__version__}\n")
    code = _same_as_before(arguments)
    if code is not None:
        return code
    gc.set_threshold(_MOST_NEW)
    try:
        from guards._cli import main as command_line
    except BaseException as error:  # noqa: BLE001 - a broken installation is not a finding
        return _broken(error)
    try:
        return command_line.run(arguments)
    finally:
        _stop_asking()


def _same_as_before(arguments: list[str]) -> int | None:
    """The exit code of a run that would end as the last one did, after its report was written again."""
    if not arguments or arguments[0].startswith(_COMMANDS) or "--no-cache" in arguments:
        return None
    is_hook = "--hook" in arguments
    if is_hook and "PRE_COMMIT_FROM_REF" in os.environ:  # about what is pushed, which no record knows
        return None
    try:
        from guards._core import replay
    except ImportError:  # a platform without what it needs
        return None
    code = replay.answer(arguments, _are_harmless)
    if code is None and (is_hook or "--staged" in arguments):
        from guards._core import staged

        code = staged.answer(arguments)
    return code


def _are_harmless(*differences: object) -> bool:
    """Whether all that differs from the last run are edits of which no guard can have anything to say."""
    from guards._core import edited

    return edited.are_harmless(*differences)  # type: ignore[arg-type] # as `replay` hands them over


def _stop_asking() -> None:
    """Leave no process behind that was started for an answer."""
    replay = sys.modules.get("guards._core.replay")
    if replay is not None:
        replay.stop_asking()


def _stop_on_signals() -> None:
    """Until the command line takes over, there is nothing to save: end at once, with the code that says so."""
    for number in _stopping():
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, lambda number, frame: os._exit(_INTERRUPTED))


def _ignore_signals() -> None:
    """The exit code stands: the interpreter, which no longer calls handlers while it ends, must not die of a signal."""
    for number in _stopping():
        _signal.signal(number, _signal.SIG_IGN)


def _stopping() -> list[int]:
    return [getattr(_signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(_signal, name)]


def _open_streams() -> None:
    """Put nothing in the place of a closed stream: the next file that is opened would be written to in its stead."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - it lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def _write(text: str) -> int:
    """Print; a reader that went away changes nothing, a disk that is full does."""
    try:
        os.write(1, text.encode())
    except BrokenPipeError:
        return 0
    except OSError as error:
        sys.stderr.write(f"guard: cannot write to standard output: {error.strerror}\n")
        return _ENVIRONMENT
    return 0


def _broken(error: BaseException) -> int:
    name = type(error).__name__
    sys.stderr.write(
        f"guard: cannot start: {name}: {error}\n"
        "  Its installation is incomplete or broken: pip install --force-reinstall guard-suite\n"
    )
    return _INTERRUPTED

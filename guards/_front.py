"""The first module of the `guard` command: small, and careful about what it imports.

It answers what needs no machinery, and is the one place where everything that can happen to the process becomes an
exit code. Python's own defaults (an uncaught exception is 1, a closed pipe is 1) must never leak out: 1 means findings.
"""

from __future__ import annotations

import sys

_INTERRUPTED = 5


def main() -> int:
    """Run the command line; the exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from guards import __version__

        return _write(f"guard {__version__}\n")
    try:
        from guards._cli import main as command_line
    except BaseException as error:  # noqa: BLE001 - a broken installation is not a finding
        return _broken(error)
    return command_line.run(arguments)


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

"""`guard mask`: what comes in goes out with its secrets masked, line by line."""

from __future__ import annotations

import errno
import os

import click

from guards._core.errors import GuardError, Interrupted

_PIECE = 1 << 16


@click.command("mask", short_help="Mask secrets in what is piped through.")
def mask() -> int:
    """Copy standard input to standard output with every secret masked, a line as soon as it is whole.

    For logs: `tail -f app.log | guard mask`. Of a value only the public prefix of its format stays, such as the name of
    its issuer; a private key is masked line by line. Nothing is read but the input, and nothing written but the output.
    """
    from guards.secrets.masking import Masker

    masker = Masker()
    try:
        try:
            while data := _read():
                _write(masker.feed(data))
        except Interrupted:
            _write(masker.end())
            raise
        _write(masker.end())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # who read it has had enough
    return 0


def _read() -> bytes:
    try:
        return os.read(0, _PIECE)
    except OSError as error:
        raise GuardError(f"cannot read standard input: {error.strerror}") from error


def _write(data: bytes) -> None:
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(1, left) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno == errno.EINVAL and os.name == "nt":  # how a closed pipe looks there
                raise BrokenPipeError from error
            raise GuardError(f"cannot write to standard output: {error.strerror}") from error

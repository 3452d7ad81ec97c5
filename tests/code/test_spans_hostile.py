"""Documents made to hurt: each ends in a value or in a DocumentError, soon, in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from guards._code.spans import DocumentError, ErrorKind, Format, parse
from tests.code.spans_bombs import BOMBS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_documents_end_soon_and_small(name: str) -> None:
    """A child reads it and asks for a position, so that a crash would be seen and the memory is its own."""
    command = [sys.executable, "-m", "tests.code.spans_bombs", name]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert (child.returncode, child.stderr) == (0, b"")
    outcome, seconds, mebibytes = json.loads(child.stdout)
    assert outcome == BOMBS[name].outcome
    assert seconds < 10
    assert mebibytes < 512


@pytest.mark.parametrize("format_", ["json", "yaml", "toml"])
def test_the_deepest_documents_are_read_on_a_stack_that_is_half_used(format_: str) -> None:
    """At the limit exactly, from three hundred frames down: a value and a position, or a limit, never a crash."""

    def sunk(frames: int) -> str:
        if frames:
            return sunk(frames - 1)
        prefix = b"a = " if format_ == "toml" else b""
        levels = 199 if format_ == "toml" else 200
        try:
            (document,) = parse(prefix + b"[" * levels + b"]" * levels, Format(format_))
        except DocumentError as error:
            return error.kind
        path = ("a",) * (format_ == "toml") + (0,) * (levels - 1)
        return document.source(path)

    assert sunk(50) == "[]"
    assert sunk(700) in ("[]", ErrorKind.LIMIT)

"""Texts that are made to be read again and again are read once."""

from __future__ import annotations

import time

import pytest

from guards._code.python_imports import WORD, imports

_MANY = 50_000
_TEXTS = {
    "spaces after from": b"from " + b" " * _MANY,
    "dots after from": b"from " + b". " * _MANY + b"x",
    "goes on and on before import": b"\\\n" * _MANY + b"import a",
    "goes on and on after import": b"import " + b"\\\n" * _MANY,
    "goes on and on after from": b"from " + b"\\\n" * _MANY,
    "each line goes on": b"import a, \\\n" * _MANY,
    "a parenthesis that is never closed": b"from x import (" + b"#a\n" * _MANY,
    "a parenthesis in comments": b"from x import (" + b"a,#(\n" * _MANY,
    "parts of a name": b"import " + b"a . " * _MANY,
    "calls that are none": b"import_module( " * _MANY,
    "a string that ends with a backslash": b'"""\nimport_module(\n)\n\'\n' + b"  import b, \\\n" * _MANY,
    "backslashes in a string": b'"\\\n' * _MANY + b"import",
    "blocks for types": b"".join(b" " * one + b"if TYPE_CHECKING:\n" for one in range(300)) + b" " * 300 + b"import x",
}


@pytest.mark.parametrize("has_lines", [False, True], ids=["alone", "with its lines"])
@pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
def test_the_time_grows_with_the_text_and_no_faster(text: bytes, has_lines: bool) -> None:
    """Read again from each of its lines, any of these would take minutes, and some longer than anybody lives."""
    lines = _lines_of(text) if has_lines else None
    started = time.process_time()
    list(imports(text, lines))
    assert time.process_time() - started < 10


def _lines_of(text: bytes) -> list[int]:
    starts = [0, *(at + 1 for at, byte in enumerate(text) if byte == 10)]
    ends = [*(start - 1 for start in starts[1:]), len(text)]
    return [start for start, end in zip(starts, ends, strict=True) if WORD.encode() in text[start:end]]

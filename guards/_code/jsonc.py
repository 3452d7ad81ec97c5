"""JSON as editors and compilers read it: comments and trailing commas become blanks; lines and columns stay."""

from __future__ import annotations

import re

_STRING = r'"(?:[^"\\\n]++|\\.)*+"'
_COMMENT = r"//[^\n]*+|/\*.*?\*/"
_TOKEN = re.compile(rf"({_STRING})|{_COMMENT}|,(?=(?:\s++|{_COMMENT})*+[\]}}])", re.DOTALL)
_VISIBLE = re.compile(r"\S")


def without_comments(data: bytes) -> bytes:
    """The same text with a blank for each character of a comment, and for trailing commas. What is no UTF-8 stays."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    return _TOKEN.sub(_blank, text).encode()


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[1] else _VISIBLE.sub(" ", found[0])

"""Documents with positions: plain JSON-like values, and for each value or key its exact place in the text.

`parse` reads a whole document, `jsonl` a stream of lines in constant memory. Values come without the cost of
positions, which are found when they are first asked for. Nothing here recurses along the document, and every limit
is checked before the work that it bounds, so hostile documents end in a `DocumentError`.
"""

from __future__ import annotations

from guards._code.spans.document import (
    DEFAULT_LIMITS,
    Document,
    Format,
    JsonPath,
    Limits,
    Part,
    Remark,
    RemarkKind,
    format_of,
)
from guards._code.spans.jsonl import Line, jsonl, parse_line
from guards._code.spans.parsing import parse
from guards._code.spans.text import DocumentError, ErrorKind

__all__ = [
    "DEFAULT_LIMITS",
    "Document",
    "DocumentError",
    "ErrorKind",
    "Format",
    "JsonPath",
    "Limits",
    "Line",
    "Part",
    "Remark",
    "RemarkKind",
    "format_of",
    "jsonl",
    "parse",
    "parse_line",
]

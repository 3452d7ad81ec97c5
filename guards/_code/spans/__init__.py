"""Documents with positions: plain JSON-like values, and for each value or key its exact place in the text.

`parse` reads a whole document, `jsonl` a stream of lines in constant memory. Values come without the cost of
positions, which are found when they are first asked for. Nothing here recurses along the document, and every limit
is checked before the work that it bounds, so hostile documents end in a `DocumentError`.

The names load when they are first used: a run that finds every fact in its cache reads no document.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guards._code.spans.csv import csv_blocks
    from guards._code.spans.document import DEFAULT_LIMITS, Document, JsonPath, Limits, Part, Remark, RemarkKind
    from guards._code.spans.formats import Format, format_of
    from guards._code.spans.json_lines import Line, jsonl, parse_line
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
    "csv_blocks",
    "format_of",
    "jsonl",
    "parse",
    "parse_line",
]

_MODULES = {
    "csv": ("csv_blocks",),
    "document": ("DEFAULT_LIMITS", "Document", "JsonPath", "Limits", "Part", "Remark", "RemarkKind"),
    "formats": ("Format", "format_of"),
    "json_lines": ("Line", "jsonl", "parse_line"),
    "parsing": ("parse",),
    "text": ("DocumentError", "ErrorKind"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found
